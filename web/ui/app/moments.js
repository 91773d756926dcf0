// @ts-check
/** Points in time as the fields of forms have them: the wall clock of the zone in which times are shown, without its offset. */
import { zoneFor } from "./zone.js";

/** An RFC 3339 time as a ``datetime-local`` field shows it; empty for what is none. @param {string | null | undefined} moment @param {string} [timeZone] IANA name; undefined is the browser's own */
export function toField(moment, timeZone = zoneFor(null)) {
  const ms = Date.parse(moment ?? "");
  return Number.isNaN(ms) ? "" : wall(ms, timeZone);
}

/** What such a field says, as RFC 3339 UTC; empty for what is none. @param {string} text @param {string} [timeZone] */
export function fromField(text, timeZone = zoneFor(null)) {
  const wished = Date.parse(`${text}Z`);
  if (Number.isNaN(wished)) return "";
  let ms = wished;
  for (let turn = 0; turn < 2; turn++) ms += wished - Date.parse(`${wall(ms, timeZone)}Z`); // the second turn is for the days when clocks are put on
  return new Date(ms).toISOString();
}

/** @param {number} ms @param {string} [timeZone] */
function wall(ms, timeZone) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(ms);
  const of = (/** @type {string} */ type) => parts.find((part) => part.type === type)?.value ?? "00";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}:${of("second")}`;
}

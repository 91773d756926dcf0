// @ts-check
/** Moments and lengths of a timeline in words. */
import { duration, locale, moment } from "./format.js";
import { t } from "./languages.js";

/** @import { Item } from "./timeline-lanes.js" */

const DAY_MS = 86_400_000;

/** A moment as finely as a window of this length needs it. @param {number} ms @param {number} length in milliseconds */
export function clockOf(ms, length) {
  const seconds = length <= 3_600_000 && ms % 60_000 ? { second: /** @type {const} */ ("2-digit") } : {};
  const day = length > DAY_MS || isMidnight(ms) ? { weekday: /** @type {const} */ ("short"), day: /** @type {const} */ ("numeric") } : {};
  const time = length > DAY_MS && isMidnight(ms) ? {} : { hour: /** @type {const} */ ("2-digit"), minute: /** @type {const} */ ("2-digit"), hour12: false };
  return new Intl.DateTimeFormat(locale, { ...day, ...time, ...seconds }).format(ms);
}

/** When something was, and how long. @param {Item} one */
export function spanWord({ from, to, point }) {
  const since = moment(new Date(from).toISOString());
  if (point) return since;
  const long = duration(new Date(from).toISOString(), to === null ? null : new Date(to).toISOString());
  return to === null ? t("since {since}, {long} so far", { since, long }) : t("{since}, for {long}", { since, long });
}

/** @param {number} ms */
function isMidnight(ms) {
  const at = new Date(ms);
  return !at.getHours() && !at.getMinutes() && !at.getSeconds();
}

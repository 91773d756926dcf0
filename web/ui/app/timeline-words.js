// @ts-check
/** Moments and lengths of a timeline in words, and where its days begin. */
import { day, duration, minute, moment, time } from "./format.js";
import { t } from "./languages.js";
import { zoneFor } from "./zone.js";

/** @import { Item } from "./timeline-lanes.js" */

const DAY_MS = 86_400_000;

/** A moment as finely as a window of this length needs it. @param {number} ms @param {number} length in milliseconds */
export function clockOf(ms, length) {
  if (length <= 3_600_000 && ms % 60_000) return time(ms);
  if (!isMidnight(ms)) return length > DAY_MS ? moment(ms) : minute(ms);
  return length > DAY_MS ? day(ms) : moment(ms);
}

/** When something was, and how long. @param {Item} one */
export function spanWord({ from, to, point }) {
  const since = moment(from);
  if (point) return since;
  const long = duration(new Date(from).toISOString(), to === null ? null : new Date(to).toISOString());
  return to === null ? t("since {since}, {long} so far", { since, long }) : t("{since}, for {long}", { since, long });
}

/** How far the clock on the screen is behind UTC, in milliseconds. @param {number} ms */
export const zoneShift = (ms) => (zoneFor(null) === "UTC" ? 0 : new Date(ms).getTimezoneOffset() * 60_000);

/** When the clock on the screen shows this, said as if it ran in UTC. @param {number} clock */
export function momentOf(clock) {
  const near = clock + zoneShift(clock);
  return clock + zoneShift(near);
}

/** @param {number} ms */
const isMidnight = (ms) => (ms - zoneShift(ms)) % DAY_MS === 0;

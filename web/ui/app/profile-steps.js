// @ts-check
/** What a charging profile allows over a stretch of time, as steps; and which of several has the say (OCPP 1.6 section 3.13.2). */

/** @import { HeldProfile, Session } from "./types.d.ts" */
/** From ``at`` on, in milliseconds; ``limit`` null: it says nothing. ``rules``: no profile of its purpose stands above it then. @typedef {{at: number, limit: number | null, rules: boolean}} Step */
/** @typedef {{profile: HeldProfile, steps: Step[]}} Layer */

const DAY_MS = 86_400_000;

/** The profiles as layers, those with the say first. @param {HeldProfile[]} profiles @param {Session[]} sessions @param {number} from @param {number} to @returns {Layer[]} */
export function layersOf(profiles, sessions, from, to) {
  const sorted = [...profiles].sort((a, b) => a.purpose.localeCompare(b.purpose) || b.stack_level - a.stack_level);
  const marks = [...new Set([from, to, ...sorted.flatMap((profile) => changesOf(profile, sessions, from, to))])].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  return sorted.map((profile) => {
    const above = sorted.filter((other) => other !== profile && other.purpose === profile.purpose && other.evse_id === profile.evse_id && other.stack_level > profile.stack_level);
    /** @type {Step[]} */
    const steps = [];
    for (const at of marks) {
      const limit = limitAt(profile, sessions, at);
      const rules = above.every((other) => limitAt(other, sessions, at) === null);
      const last = steps.at(-1);
      if (!last || last.limit !== limit || last.rules !== rules) steps.push({ at, limit, rules });
    }
    return { profile, steps };
  });
}

/** When its schedule begins that is in force at a moment; null: not at all. @param {HeldProfile} profile @param {Session[]} sessions @param {number} at */
function baseAt({ schedule, kind, recurrency, purpose, evse_id: evse, transaction_id: transaction }, sessions, at) {
  if (kind === "relative") {
    const session = sessions.find((one) => (purpose === "tx" && transaction ? one.transaction_id === transaction : !evse || one.evse_id === evse));
    return session ? Date.parse(session.started_at) : null;
  }
  if (!schedule.starts_at) return null;
  const first = Date.parse(schedule.starts_at);
  if (kind !== "recurring") return first;
  const every = recurrency === "weekly" ? 7 * DAY_MS : DAY_MS;
  return first + Math.floor((at - first) / every) * every;
}

/** @param {HeldProfile} profile @param {Session[]} sessions @param {number} at @returns {number | null} */
function limitAt(profile, sessions, at) {
  const { schedule, valid_from: since, valid_to: until } = profile;
  if ((since && at < Date.parse(since)) || (until && at >= Date.parse(until))) return null;
  const base = baseAt(profile, sessions, at);
  if (base === null || at < base) return null;
  const into = (at - base) / 1000;
  if (schedule.duration_s !== null && into >= schedule.duration_s) return null;
  return schedule.periods.findLast((period) => period.start_s <= into)?.limit ?? null;
}

/** Every moment at which something of it may change. @param {HeldProfile} profile @param {Session[]} sessions @param {number} from @param {number} to */
function changesOf(profile, sessions, from, to) {
  const { schedule, valid_from: since, valid_to: until } = profile;
  const marks = [since, until].flatMap((at) => (at ? [Date.parse(at)] : []));
  for (let at = from; at <= to; at += DAY_MS) {
    const base = baseAt(profile, sessions, at);
    if (base === null) continue;
    marks.push(...schedule.periods.map((period) => base + period.start_s * 1000));
    if (schedule.duration_s !== null) marks.push(base + schedule.duration_s * 1000);
  }
  return marks;
}

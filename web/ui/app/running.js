// @ts-check
/** The sessions that run now, by charger and all together. */
import { signal } from "@preact/signals";
import { chargers } from "./fleet.js";

/** @import { Charger, Session } from "./types.d.ts" */
/** @typedef {import("@preact/signals").Signal<Session[]>} SessionsSignal */

/** All running sessions, newest first; brought up to date now and then, by ``list``. @type {import("@preact/signals").Signal<Session[]>} */
export const activeSessions = signal([]);

/** @type {Map<number, Session>} */
const running = new Map();
/** @type {Map<string, SessionsSignal>} */
const byCharger = new Map();

/** The running sessions of a charger. @param {string} id @returns {SessionsSignal} */
export function sessionsOf(id) {
  let found = byCharger.get(id);
  if (!found) byCharger.set(id, (found = signal(/** @type {Session[]} */ ([]))));
  return found;
}

/** What a charger draws now, all its sessions together; null when nothing charges, and of one that is away: what it last said holds no more. @param {string} id */
export function powerOf(id) {
  const sessions = sessionsOf(id).value;
  return sessions.length && isHere(chargers.get(id)?.value) ? powerOfAll(sessions) : null;
}

/** The same of one session. @param {Session} session */
export const powerIn = (session) => (isHere(chargers.get(session.charger_id)?.value) ? session.power_w : null);

/** What a charger adds to a sum, without being told of changes. @param {Charger} charger */
export const drawnBy = (charger) => (isHere(charger) ? powerOfAll(byCharger.get(charger.id)?.peek() ?? []) : 0);

/** @param {Charger | undefined} charger */
const isHere = (charger) => charger?.connection !== "offline";

/** @param {Iterable<Session>} sessions */
function powerOfAll(sessions) {
  let sum = 0;
  for (const session of sessions) sum += session.power_w ?? 0;
  return sum;
}

/** @param {number} id */
export const runningSession = (id) => running.get(id);

/** It runs, or its figures are new; ``regroup`` shows it. @param {Session} session */
export const runs = (session) => running.set(session.id, session);

/** It runs no longer; ``regroup`` shows it. @param {number} id */
export const isOver = (id) => running.delete(id);

/** These run, and no others. @param {Session[]} sessions */
export function runOnly(sessions) {
  running.clear();
  for (const session of sessions) runs(session);
  regroup();
}

/** Hand the running sessions to their chargers' signals; untouched ones keep their array. */
export function regroup() {
  /** @type {Map<string, Session[]>} */
  const groups = new Map();
  for (const session of running.values()) {
    const group = groups.get(session.charger_id);
    if (group) group.push(session);
    else groups.set(session.charger_id, [session]);
  }
  for (const [id, group] of groups) {
    const held = sessionsOf(id);
    const before = held.peek();
    if (before.length !== group.length || group.some((session, place) => session !== before[place])) held.value = group;
  }
  for (const [id, held] of byCharger) if (!groups.has(id) && held.peek().length) held.value = [];
}

/** List them anew. */
export function list() {
  activeSessions.value = [...running.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
}

// @ts-check
/**
 * The one store: the chargers, their running sessions and the sums over both, kept true by the live feed.
 *
 * Rule 1: first a snapshot, then deltas. What cannot be applied to what is here is fetched anew, a little later, together.
 * Rule 2: what is told while a snapshot is read is applied once more after it, and asks for nothing before.
 * Rule 3: one snapshot is read at a time. Sums over the fleet are taken at most twice a second, not at every event.
 */
import { batch, signal } from "@preact/signals";
import { api, me, patience, walk } from "./api.js";
import { allChargers } from "./api/fleet.js";
import { startSites } from "./api/sites.js";
import { calmly } from "./calm.js";
import { chargers, chargerIds, index, put, setConnector } from "./fleet.js";
import { hear, liveState, startLive, whenLive } from "./live.js";
import { Meanwhile } from "./meanwhile.js";
import { activeSessions, isOver, list, regroup, runningSession, runOnly, runs } from "./running.js";
import { tileState } from "./words.js";

/** @import { Command, LiveEvent, Session, Stranger, Summary } from "./types.d.ts" */

/** @type {import("@preact/signals").Signal<Stranger[]>} */
export const strangers = signal([]);
/** What happened, newest first. @type {import("@preact/signals").Signal<LiveEvent[]>} */
export const feed = signal([]);
/** The newest word on each command heard of. @type {import("@preact/signals").Signal<Command | null>} */
export const commandNews = signal(null);
/** Grows when the tree of actors changed. */
export const actorNews = signal(0);
/** Whether the first snapshot is here. */
export const loaded = signal(false);
/** Why the last snapshot failed, in words. */
export const trouble = signal("");
/** @type {import("@preact/signals").Signal<Summary>} */
export const summary = signal({ total: 0, online: 0, charging: 0, power_w: 0, sessions: 0, faulted: 0, states: {} });
/** Fleet power over the last minutes, one figure every two seconds. @type {import("@preact/signals").Signal<number[]>} */
export const powerTrail = signal([]);

/** What moves all the time, or says only that a list has changed. */
const QUIET = new Set(["session.updated", "charger.live", "charger.changed", "tag.changed", "driver.changed", "user.changed", "attention.updated"]);
/** What says nothing of a charger's or session's state. */
const NOT_KEPT = new Set(["message", "attached", "resync", "batch.updated", "connection.attempt"]);
/** What is told of a charger, but changes nothing of what is shown of it in lists. */
const BESIDE = /^(charger\.(anomaly|configuration|local_list|security_event)|session\..*|(certificate|charging_profile|dead_letter|fault|job|reservation|tag)\..*)$/;
/** So many are fetched one by one; more are fetched with everything. */
const SINGLY = 40;
const SOON_MS = 250;
const LATER_MS = 1500;
const RETRY_MS = 3000;
/** While the first snapshot comes in, rows are shown as they come; sorting them all each time would take longer than reading them. */
const INDEXED_EVERY = 2500;
/** The first snapshot waits that long for the stream, so that nothing falls between the two. */
const ATTACHED_WITHIN_MS = 1500;
/** What is to be fetched again. @type {{chargers: Set<string>, sessions: Set<number>, all: boolean}} */
const stale = { chargers: new Set(), sessions: new Set(), all: false };
/** Chargers that are being fetched, and those of which more is told meanwhile. @type {{ids: Set<string>, told: Set<string>}} */
const fetching = { ids: new Set(), told: new Set() };
/** Running sessions of which too little is known, from when they are missed until they are here, or over. @type {Set<number>} */
const sought = new Set();
/** Chargers that were removed: what is still told of them fetches nothing. @type {Set<string>} */
const gone = new Set();
/** The reading of everything that goes on, and the one that is to follow it. @type {{now: Promise<void> | null, next: Promise<void> | null, lasted_ms: number}} */
const reading = { now: null, next: null, lasted_ms: 0 };
/** @type {Meanwhile | null} */
let meanwhile = null;
let started = false;
/** Whether the first snapshot was asked for when the stream was there already. */
let readAfterLive = false;
let summing = 0;

/** Fetch the first snapshot and keep it true from then on. */
export function startStore() {
  if (started) return;
  started = true;
  hear(apply);
  startLive();
  startSites();
  // A stream that ends may have ended because this sign-in has: then the question is refused, and the sign-in page shows.
  liveState.subscribe(({ state }) => state === "reconnecting" && void api.me().catch(() => undefined));
  void whenLive(ATTACHED_WITHIN_MS).then(() => {
    readAfterLive = liveState.peek().state === "live";
    return snapshot();
  });
  setInterval(() => {
    powerTrail.value = [...powerTrail.value.slice(-149), summary.value.power_w];
  }, 2000);
}

/**
 * Everything anew, as after a restart of the server or a gap in the stream. Who asks while everything is read gets a reading that
 * begins after it. Where nobody is signed in nothing is read: the stream of the next sign-in asks for it.
 * @returns {Promise<void>}
 */
export function snapshot() {
  if (!reading.now) {
    reading.now = readAll().finally(() => {
      reading.now = null;
    });
    return reading.now;
  }
  reading.next ??= reading.now.then(() => {
    reading.next = null;
    return snapshot();
  });
  return reading.next;
}

async function readAll() {
  if (!me.peek()) return;
  const began = performance.now();
  const within = patience();
  meanwhile = new Meanwhile();
  try {
    /** @type {Set<string>} */
    const seen = new Set();
    /** @type {Session[]} */
    const running = [];
    const first = !loaded.peek();
    await Promise.all([
      allChargers((items) => {
        batch(() => {
          for (const charger of items) {
            const known = chargers.get(charger.id)?.peek();
            seen.add(put(known ? { ...charger, availability: known.availability } : charger).peek().id);
          }
          if (first && (!loaded.peek() || chargers.size - chargerIds.peek().length >= INDEXED_EVERY)) index();
          sum();
          loaded.value = true;
        });
      }, within),
      walk("/sessions", { state: "active" }, (/** @type {Session[]} */ items) => running.push(...items), { signal: within }),
      refreshStrangers(within),
    ]);
    reading.lasted_ms = performance.now() - began;
    const told = meanwhile.events();
    meanwhile = null;
    batch(() => {
      for (const id of chargers.keys()) if (!seen.has(id)) chargers.delete(id);
      runOnly(running);
      for (const event of told) applyOne(event);
      regroup();
      index();
      loaded.value = true;
      trouble.value = "";
    });
  } catch (error) {
    trouble.value = /** @type {Error} */ (error).message;
    setTimeout(() => refetch(null), RETRY_MS);
  } finally {
    meanwhile = null;
  }
  sum();
}

/** Who waits to be let in; a server that keeps no such list has none. @param {AbortSignal} [signal] */
export async function refreshStrangers(signal) {
  try {
    strangers.value = (await api.strangers(signal)).items;
  } catch {
    strangers.value = [];
  }
}

/** These chargers were removed. @param {string[]} ids */
function forget(ids) {
  for (const id of ids) {
    gone.add(id);
    chargers.delete(id);
    stale.chargers.delete(id);
  }
  index();
  sum();
}

/** Fetch a charger again (null: everything), soon and once for many events. @param {string | null} id */
export function refetch(id) {
  if (id !== null && gone.has(id)) return;
  if (id === null) stale.all = true;
  else stale.chargers.add(id);
  fetchStale.soon();
}

/** What was told of a charger cannot be applied to what is here. While everything is read it is told again, after that. @param {string} id */
function miss(id) {
  if (!meanwhile) refetch(id);
}

/** The same for a running session. @param {number} id */
function missSession(id) {
  if (meanwhile || sought.has(id)) return;
  sought.add(id);
  stale.sessions.add(id);
  fetchStale.soon();
}

const isMuch = () => stale.all || stale.chargers.size > SINGLY || stale.sessions.size > SINGLY;

// Where everything is read again and again, the server has as long without it as with it.
const fetchStale = calmly(async () => {
  const all = isMuch();
  const [ids, sessions] = [[...stale.chargers], [...stale.sessions]];
  stale.chargers.clear();
  stale.sessions.clear();
  stale.all = false;
  if (all) {
    sought.clear();
    return snapshot();
  }
  fetching.ids = new Set(ids);
  await fetchSingly(ids, sessions);
  fetching.ids.clear();
  for (const id of fetching.told) refetch(id);
  fetching.told.clear();
}, () => (isMuch() ? Math.max(LATER_MS, reading.lasted_ms) : SOON_MS));

/** @param {string[]} ids chargers @param {number[]} sessions */
async function fetchSingly(ids, sessions) {
  const [foundChargers, foundSessions] = await Promise.all([
    Promise.allSettled(ids.map((id) => api.charger(id))),
    Promise.allSettled(sessions.map((id) => api.session(id))),
  ]);
  batch(() => {
    let grown = false;
    foundChargers.forEach((result, place) => {
      if (result.status === "fulfilled") {
        grown ||= !chargers.has(result.value.id);
        put(result.value);
      } else if (/** @type {any} */ (result.reason).status === 404) grown = chargers.delete(ids[place]) || grown;
    });
    if (grown) index();
    foundSessions.forEach((result, place) => {
      // One that is not sought any longer has ended meanwhile.
      if (sought.delete(sessions[place]) && result.status === "fulfilled" && result.value.state === "active") runs(result.value);
    });
    if (sessions.length) regroup();
  });
  sum();
}

const lookForStrangers = calmly(refreshStrangers, SOON_MS);

/** @param {LiveEvent[]} events */
function apply(events) {
  batch(() => {
    let told = false;
    let moved = false;
    for (const event of events) {
      if (event.type === "attached" && event.data.first && !readAfterLive) {
        readAfterLive = true;
        refetch(null);
      }
      if (event.type === "resync") {
        refetch(null);
        actorNews.value++;
      }
      if (NOT_KEPT.has(event.type)) continue;
      news(event);
      meanwhile?.keep(event);
      if (fetching.ids.has(event.data.charger_id) && event.type !== "session.updated") fetching.told.add(event.data.charger_id);
      moved = applyOne(event) || moved;
      if (!QUIET.has(event.type)) {
        told = true;
        feed.value = [event, ...feed.value.slice(0, 199)];
      }
    }
    if (moved) regroup();
    if (told || moved) sum();
  });
}

/** Who follows something of its own hears of it here; nothing of that is kept by the store. @param {LiveEvent} event */
function news({ type, data }) {
  if (type === "command.updated") commandNews.value = /** @type {Command} */ ({ ...data, id: data.id ?? data.command_id });
  else if (type === "charger.waiting") lookForStrangers.soon();
  else if (type.startsWith("actor.")) actorNews.value++;
}

/** Apply one event; true when the running sessions changed. An event that is applied twice changes nothing the second time. @param {LiveEvent} event */
function applyOne({ type, data, at }) {
  const id = data.charger_id;
  const charger = id === undefined ? undefined : chargers.get(id);
  switch (type) {
    case "session.started":
    case "session.updated":
    case "session.ended":
    case "session.assigned":
    case "session.discarded":
      return applySession(type, data);
    case "command.updated":
    case "charger.waiting":
      return false;
    case "connector.status":
      // Connector 0 is the whole charger (1.6): no connector of its own to show.
      if (!charger || (data.evse_id !== 0 && !setConnector(charger, data, at))) miss(id);
      return false;
    case "charger.removed":
      if (data.ids) forget(data.ids);
      else refetch(null);
      return false;
    case "charger.changed":
      // Somebody has added, named, moved or imported it; of many at once it is not said which.
      gone.delete(id);
      if (id) miss(id);
      else refetch(null);
      return false;
    case "charger.connected":
      gone.delete(id);
      if (charger) {
        charger.value = { ...charger.peek(), connection: "online", connected_since: at, last_seen: at, protocol: data.protocol ?? charger.peek().protocol };
      }
      break;
    case "charger.disconnected":
      if (charger) charger.value = { ...charger.peek(), connection: "offline", connected_since: null, last_seen: at };
      break;
    default:
  }
  if (id !== undefined && id !== null && !BESIDE.test(type)) miss(id);
  return false;
}

/** @param {string} type @param {Record<string, any>} data */
function applySession(type, data) {
  const id = Number(data.id ?? data.session_id);
  const known = runningSession(id);
  const ended = (type !== "session.started" && type !== "session.updated") || (data.state !== undefined && data.state !== "active");
  if (ended) {
    sought.delete(id);
    isOver(id);
    return true;
  }
  if (known) {
    // Its start is older than anything that is known of it.
    if (type === "session.started") return false;
    runs({ ...known, ...data, id });
    return true;
  }
  if (data.started_at && data.charger_id && data.energy_wh !== undefined) runs(/** @type {any} */ ({ flags: [], ...data, id }));
  else missSession(id);
  const isKnownThere = chargers.get(data.charger_id)?.peek().evses.some((evse) => evse.id === data.evse_id);
  if (data.charger_id && !isKnownThere) miss(data.charger_id);
  return true;
}

function sum() {
  if (summing) return;
  summing = setTimeout(() => {
    summing = 0;
    batch(total);
  }, 400);
}

function total() {
  /** @type {Summary} */
  const made = { total: chargers.size, online: 0, charging: 0, power_w: 0, sessions: 0, faulted: 0, states: {} };
  for (const held of chargers.values()) {
    const charger = held.peek();
    const state = tileState(charger);
    made.states[state] = (made.states[state] ?? 0) + 1;
    if (charger.connection !== "offline") made.online++;
    if (state === "charging") made.charging++;
    if (state === "faulted") made.faulted++;
  }
  made.power_w = list();
  made.sessions = activeSessions.peek().length;
  summary.value = made;
}

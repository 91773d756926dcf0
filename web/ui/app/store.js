// @ts-check
/**
 * The one store: a signal for each charger and its running sessions, kept true by the live feed.
 *
 * Rule 1: first a snapshot, then deltas. What cannot be applied to what is here is fetched anew, a little later, together.
 * Rule 2: sums over the fleet are taken at most twice a second, not at every event.
 */
import { batch, signal } from "@preact/signals";
import { api, me, walk } from "./api.js";
import { allChargers } from "./api/fleet.js";
import { startSites } from "./api/sites.js";
import { hear, liveState, startLive, whenLive } from "./live.js";
import { tileState } from "./words.js";

/** @import { Charger, Command, LiveEvent, Session, Stranger, Summary } from "./types.d.ts" */
/** @typedef {import("@preact/signals").Signal<Charger>} ChargerSignal */
/** @typedef {import("@preact/signals").Signal<Session[]>} SessionsSignal */

/** @type {Map<string, ChargerSignal>} */
export const chargers = new Map();
/** All charger ids, in order. @type {import("@preact/signals").Signal<string[]>} */
export const chargerIds = signal([]);
/** All running sessions, newest first. @type {import("@preact/signals").Signal<Session[]>} */
export const activeSessions = signal([]);
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

/** @type {Map<string, SessionsSignal>} */
const sessionsByCharger = new Map();
/** @type {Map<number, Session>} */
const active = new Map();
const stale = { ids: new Set(), all: false, timer: 0 };
/** While the first snapshot comes in, rows are shown as they come; sorting them all each time would take longer than reading them. */
const INDEXED_EVERY = 2500;
/** The first snapshot waits that long for the stream, so that nothing falls between the two. */
const ATTACHED_WITHIN_MS = 1500;
let started = false;
/** Whether the first snapshot was asked for when the stream was there already. */
let readAfterLive = false;
let summing = 0;

/** The running sessions of a charger. @param {string} id @returns {SessionsSignal} */
export function sessionsOf(id) {
  let found = sessionsByCharger.get(id);
  if (!found) sessionsByCharger.set(id, (found = signal(/** @type {Session[]} */ ([]))));
  return found;
}

/** What a charger draws now, all its sessions together; null when nothing charges. @param {string} id */
export function powerOf(id) {
  const sessions = sessionsOf(id).value;
  return sessions.length ? sessions.reduce((sum, session) => sum + (session.power_w ?? 0), 0) : null;
}

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

/** Everything anew, as after a restart of the server or a gap in the stream; the stream of the next sign-in asks for it, where nobody is. */
export async function snapshot() {
  if (!me.peek()) return;
  try {
    /** @type {Set<string>} */
    const seen = new Set();
    /** @type {Session[]} */
    const running = [];
    let first = !loaded.value;
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
      }),
      walk("/sessions", { state: "active" }, (/** @type {Session[]} */ items) => running.push(...items)),
      refreshStrangers(),
    ]);
    first = false;
    batch(() => {
      for (const id of chargers.keys()) if (!seen.has(id)) chargers.delete(id);
      active.clear();
      for (const session of running) active.set(session.id, session);
      regroup();
      index();
      loaded.value = true;
      trouble.value = "";
    });
  } catch (error) {
    trouble.value = /** @type {Error} */ (error).message;
    setTimeout(() => refetch(null), 3000);
  }
  sum();
}

/** Who waits to be let in; a server that keeps no such list has none. */
export async function refreshStrangers() {
  try {
    strangers.value = (await api.strangers()).items;
  } catch {
    strangers.value = [];
  }
}

/** @param {Charger} charger @returns {ChargerSignal} */
export function put(charger) {
  const known = chargers.get(charger.id);
  if (known) {
    known.value = charger;
    return known;
  }
  const made = signal(charger);
  chargers.set(charger.id, made);
  return made;
}

/** Bring the list of ids up to date after chargers came or went. */
export function index() {
  chargerIds.value = [...chargers.keys()].sort(byName.compare);
}
/** What moves all the time, or says only that a list has changed. */
const QUIET = new Set(["session.updated", "charger.live", "attention.updated"]);
const byName = new Intl.Collator("en", { numeric: true });

/** Chargers that were removed: what is still told of them fetches nothing. @type {Set<string>} */
const gone = new Set();

/** These chargers were removed. @param {string[]} ids */
export function forget(ids) {
  for (const id of ids) {
    gone.add(id);
    chargers.delete(id);
    stale.ids.delete(id);
  }
  index();
  sum();
}

/** Fetch a charger again (null: everything), soon and once for many events. @param {string | null} id */
export function refetch(id) {
  if (id !== null && gone.has(id)) return;
  if (id === null) stale.all = true;
  else stale.ids.add(id);
  if (!stale.timer) stale.timer = setTimeout(fetchStale, stale.all || stale.ids.size > 40 ? 1500 : 250);
}

async function fetchStale() {
  const ids = [...stale.ids];
  const all = stale.all || ids.length > 40;
  stale.ids.clear();
  stale.all = false;
  stale.timer = 0;
  if (all) return snapshot();
  const found = await Promise.allSettled(ids.map((id) => api.charger(id)));
  batch(() => {
    let grown = false;
    found.forEach((result, place) => {
      if (result.status === "fulfilled") {
        grown ||= !chargers.has(result.value.id);
        put(result.value);
      } else if (/** @type {any} */ (result.reason).status === 404) grown = chargers.delete(ids[place]) || grown;
    });
    if (grown) index();
  });
  sum();
}

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
      if (event.type === "message" || event.type === "attached" || event.type === "batch.updated" || event.type === "connection.attempt") continue;
      if (event.type === "resync") {
        refetch(null);
        actorNews.value++;
        continue;
      }
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

/** Apply one event; true when the running sessions changed. @param {LiveEvent} event */
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
      commandNews.value = /** @type {Command} */ ({ ...data, id: data.id ?? data.command_id });
      return false;
    case "connector.status":
      // Connector 0 is the whole charger (1.6): no connector of its own to show.
      if (!charger || (data.evse_id !== 0 && !patchConnector(charger, data, at))) refetch(id);
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
    case "charger.waiting":
      void refreshStrangers();
      return false;
    default:
  }
  if (type.startsWith("actor.")) actorNews.value++;
  if (id !== undefined && id !== null) refetch(id);
  return false;
}

/** @param {string} type @param {Record<string, any>} data */
function applySession(type, data) {
  const id = Number(data.id ?? data.session_id);
  const known = active.get(id);
  const charger = chargers.get(data.charger_id ?? known?.charger_id);
  const ended = type !== "session.started" && type !== "session.updated" || (data.state !== undefined && data.state !== "active");
  if (ended) {
    if (charger) patchEvse(charger, data.evse_id ?? known?.evse_id, null);
    active.delete(id);
    return true;
  }
  // In 2.x a connector's state follows its transaction, and no status is sent for that.
  if (charger && data.charging_state && data.charging_state !== known?.charging_state) refetch(charger.peek().id);
  if (known) active.set(id, { ...known, ...data, id });
  else if (data.started_at && data.charger_id && data.energy_wh !== undefined) active.set(id, /** @type {any} */ ({ flags: [], ...data, id }));
  else {
    void api.session(id).then((session) => {
      if (session.state === "active") active.set(id, session);
      regroup();
      sum();
    }, () => undefined);
  }
  if (!known) {
    if (charger) patchEvse(charger, data.evse_id, id);
    else if (data.charger_id) refetch(data.charger_id);
  }
  return true;
}

/** @param {ChargerSignal} charger @param {number | null | undefined} evseId @param {number | null} sessionId */
function patchEvse(charger, evseId, sessionId) {
  const before = charger.peek();
  if (evseId === null || evseId === undefined || !before.evses.some((evse) => evse.id === evseId)) return refetch(before.id);
  charger.value = { ...before, evses: before.evses.map((evse) => (evse.id === evseId ? { ...evse, session_id: sessionId } : evse)) };
}

/** @param {ChargerSignal} charger @param {Record<string, any>} data @param {string} at @returns {boolean} whether the connector is known */
function patchConnector(charger, data, at) {
  const before = charger.peek();
  let hit = false;
  const evses = before.evses.map((evse) => {
    if (evse.id !== data.evse_id) return evse;
    const connectors = evse.connectors.map((connector) => {
      if (connector.id !== data.connector_id || data.state === undefined) return connector;
      hit = true;
      return { ...connector, status: data.status ?? connector.status, state: data.state, error_code: data.error_code ?? null, updated_at: data.updated_at ?? at, stale: false };
    });
    return { ...evse, connectors };
  });
  if (hit) charger.value = { ...before, evses, last_seen: at };
  return hit;
}

/** Hand the running sessions to their chargers' signals; untouched ones keep their array. */
function regroup() {
  /** @type {Map<string, Session[]>} */
  const groups = new Map();
  for (const session of active.values()) {
    const group = groups.get(session.charger_id);
    if (group) group.push(session);
    else groups.set(session.charger_id, [session]);
  }
  for (const [id, group] of groups) {
    const held = sessionsOf(id);
    const before = held.peek();
    if (before.length !== group.length || group.some((session, place) => session !== before[place])) held.value = group;
  }
  for (const [id, held] of sessionsByCharger) if (!groups.has(id) && held.peek().length) held.value = [];
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
  const made = { total: chargers.size, online: 0, charging: 0, power_w: 0, sessions: active.size, faulted: 0, states: {} };
  for (const held of chargers.values()) {
    const charger = held.peek();
    const state = tileState(charger);
    made.states[state] = (made.states[state] ?? 0) + 1;
    if (charger.connection !== "offline") made.online++;
    if (state === "charging") made.charging++;
    if (state === "faulted") made.faulted++;
  }
  for (const session of active.values()) made.power_w += session.power_w ?? 0;
  summary.value = made;
  activeSessions.value = [...active.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
}

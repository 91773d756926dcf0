// @ts-check
/** The chargers as this page knows them: a signal for each, and what an event changes of one. */
import { signal } from "@preact/signals";

/** @import { Charger } from "./types.d.ts" */
/** @typedef {import("@preact/signals").Signal<Charger>} ChargerSignal */

/** @type {Map<string, ChargerSignal>} */
export const chargers = new Map();
/** All charger ids, in order. @type {import("@preact/signals").Signal<string[]>} */
export const chargerIds = signal([]);

const byName = new Intl.Collator("en", { numeric: true });

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

/** How a connector stands now. @param {ChargerSignal} charger @param {Record<string, any>} data @param {string} at @returns {boolean} whether the connector is known */
export function setConnector(charger, data, at) {
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

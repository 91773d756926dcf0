// @ts-check
/** What goes on at each site now, from what the store holds; counted when the fleet's sums are. */
import { computed } from "@preact/signals";
import { chargers } from "./fleet.js";
import { drawnBy } from "./running.js";
import { summary } from "./store.js";
import { tileState } from "./words.js";

/** @typedef {{chargers: number, online: number, charging: number, faulted: number, power_w: number, ids: string[]}} LiveFigures */

/** @type {import("@preact/signals").ReadonlySignal<Map<string, LiveFigures>>} */
const figures = computed(() => {
  void summary.value;
  /** @type {Map<string, LiveFigures>} */
  const found = new Map();
  for (const held of chargers.values()) {
    const charger = held.peek();
    if (!charger.site_id) continue;
    let of = found.get(charger.site_id);
    if (!of) found.set(charger.site_id, (of = { chargers: 0, online: 0, charging: 0, faulted: 0, power_w: 0, ids: [] }));
    const state = tileState(charger);
    of.chargers++;
    if (charger.connection !== "offline") of.online++;
    if (state === "charging") of.charging++;
    if (state === "faulted") of.faulted++;
    of.power_w += drawnBy(charger);
    of.ids.push(charger.id);
  }
  return found;
});

/** @param {string} id of the site @returns {LiveFigures} */
export const liveFiguresOf = (id) => figures.value.get(id) ?? { chargers: 0, online: 0, charging: 0, faulted: 0, power_w: 0, ids: [] };

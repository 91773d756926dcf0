// @ts-check
/** Virtual chargers and what is simulated. */
import { json } from "../api.js";

/**
 * A connector as it stands at the virtual charger; ``status`` is OCPP 1.6's word.
 * @typedef {{id: number, status: string, plugged: boolean, soc_percent: number | null, power_w: number, energy_wh: number,
 *   id_tag: string | null, transaction_id: string | null, session_wh: number | null, fault: string | null}} VirtualConnector
 */
/**
 * A virtual charger as it sees itself.
 * @typedef {{id: string, protocol: string, vendor: string, model: string, online: boolean, wanted: boolean, registration: string, queued: number,
 *   driven: boolean, speed: number, clock_offset_s: number, answers_after_s: number, refuses: boolean, connectors: VirtualConnector[]}} VirtualCharger
 */
/** @typedef {{at: string, direction: "sent" | "received" | "noted", text: string}} Frame */
/** @typedef {VirtualCharger & {frames: Frame[]}} VirtualDetail */
/** @typedef {{chargers: number, tags: number, sessions: number, meter_values: number, messages: number, events: number, other: number}} Simulated */
/** @typedef {{count: number, protocol: string, prefix: string, connectors: number, speed: number, driven: boolean}} VirtualWish */
/** @typedef {{action: string, connector?: number, id_tag?: string, soc_percent?: number, error_code?: string, seconds?: number, messages?: number, on?: boolean}} Act */

const name = encodeURIComponent;

export const simulator = {
  /** What it has to offer. @returns {Promise<{most: number, tags: string[]}>} */
  about: () => json("GET", "/simulator"),
  /** @returns {Promise<{items: VirtualCharger[]}>} */
  chargers: () => json("GET", "/simulator/chargers"),
  /** @param {string} id @returns {Promise<VirtualDetail>} */
  charger: (id) => json("GET", `/simulator/chargers/${name(id)}`),
  /** @param {VirtualWish} wish @returns {Promise<{items: VirtualCharger[]}>} */
  add: (wish) => json("POST", "/simulator/chargers", { body: wish }),
  /** @param {string} id @param {Act} act @returns {Promise<{result: string, charger: VirtualCharger}>} */
  act: (id, act) => json("POST", `/simulator/chargers/${name(id)}/actions`, { body: act }),
  /** @param {string} scenario @returns {Promise<{affected: number}>} */
  play: (scenario) => json("POST", "/simulator/scenarios", { body: { scenario } }),
  /** @param {string} id @returns {Promise<Simulated>} */
  remove: (id) => json("DELETE", `/simulator/chargers/${name(id)}`),
  /** How much is simulated, by kind. @returns {Promise<Simulated>} */
  data: () => json("GET", "/demo-data"),
  /** Drop all of it. @returns {Promise<Simulated>} */
  clear: () => json("DELETE", "/demo-data"),
};

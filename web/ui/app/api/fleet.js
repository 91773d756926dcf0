// @ts-check
/** Calls about many chargers: the whole list in brief, batches, imports, and the connection doctor. */
import { BASE, json, request } from "../api.js";

/** @import { AddedCharger, Charger, Connector, Evse, Page } from "../types.d.ts" */

/**
 * @typedef {{id: string, kind: "command" | "order" | "change" | "remove", action: string, payload: Record<string, unknown>,
 *   state: "running" | "done" | "cancelled" | "interrupted", total: number, repeatable: boolean, counts: Record<string, number>, created_by: string,
 *   created_at: string, ended_at: string | null}} Batch
 * @typedef {{charger_id: string, state: string, command_id: string | null, response_status: string | null, error: string | null,
 *   detail: string | null}} BatchResult
 * @typedef {{id: number, outcome: "accepted" | "waiting" | "refused" | "left", reason: string, at: string, first_at: string,
 *   count: number, address: string, secure: boolean, identity: string | null, charger_id: string | null, path: string | null,
 *   offered: string[], protocol: string | null, detail: string | null, similar?: string[]}} Attempt
 * @typedef {{kind: "network" | "named" | "loopback", scheme: "ws" | "wss", host: string, port: number, url: string, reached: boolean | null}} Address
 * @typedef {{loopback_only: boolean, has_tls: boolean, asks_for_certificates: boolean, subprotocols: string[], items: Address[]}} Addresses
 * @typedef {{line: number, column: string, detail: string}} RowError
 * @typedef {{dry_run: boolean, added: number, changed: number, unchanged?: number, wrong?: number, errors: RowError[],
 *   passwords?: {id: string, password: string}[]}} Imported
 */

const name = encodeURIComponent;

export const fleetApi = {
  /** @param {object} body @returns {Promise<Batch>} */
  command: (body) => json("POST", "/commands:batch", { body }),
  /** @param {object} body @returns {Promise<Batch>} */
  change: (body) => json("POST", "/chargers:batch", { body }),
  /** @param {Record<string, unknown>} query @returns {Promise<Page<Batch>>} */
  batches: (query) => json("GET", "/command-batches", { query }),
  /** @param {string} id @returns {Promise<Batch>} */
  batch: (id) => json("GET", `/command-batches/${name(id)}`),
  /** @param {string} id @param {Record<string, unknown>} query @returns {Promise<Page<BatchResult>>} */
  results: (id, query) => json("GET", `/command-batches/${name(id)}/results`, { query }),
  /** @param {string} id @returns {Promise<Batch>} */
  cancel: (id) => json("POST", `/command-batches/${name(id)}/cancel`),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Attempt>>} */
  attempts: (query) => json("GET", "/connection-attempts", { query }),
  /** @param {boolean} test @returns {Promise<Addresses>} */
  addresses: (test) => json("GET", "/connection-addresses", { query: test ? { test } : {} }),
  /** @param {string} id @param {object} body @returns {Promise<AddedCharger>} */
  accept: (id, body) => json("POST", `/strangers/${name(id)}/accept`, { body }),
  /** @param {string} id @returns {Promise<void>} */
  reject: (id) => json("DELETE", `/strangers/${name(id)}`),

  /** @param {string} path @param {string} text @param {string} media @param {Record<string, unknown>} query @returns {Promise<Imported>} */
  import: (path, text, media, query) => json("POST", path, { body: text, query, headers: { "Content-Type": media } }),
};

/** Where a QR code of a text is drawn. @param {string} text */
export const qrAddress = (text) => `${BASE}/qr.svg?text=${name(text)}`;

/**
 * All chargers, in one answer that is read as it comes; ``each`` hears them some hundred at a time.
 * @param {(chargers: Charger[]) => void} each @param {AbortSignal} [signal]
 */
export async function allChargers(each, signal) {
  const response = await request("GET", "/chargers", { query: { view: "brief" }, headers: { Accept: "application/x-ndjson" }, signal });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() ?? "";
    const found = lines.filter(Boolean).map((line) => whole(JSON.parse(line)));
    if (found.length) each(found);
    if (done) break;
  }
  if (rest.trim()) each([whole(JSON.parse(rest))]);
}

/** A charger told in brief, with what was left out. @param {any} brief @returns {Charger} */
function whole(brief) {
  return {
    ...EMPTY,
    ...brief,
    evses: (brief.evses ?? []).map((/** @type {any} */ evse) => /** @type {Evse} */ ({
      session_id: null,
      ...evse,
      connectors: evse.connectors.map((/** @type {any} */ connector) => /** @type {Connector} */ ({ error_code: null, stale: false, ...connector })),
    })),
  };
}

/** @type {Omit<Charger, "id">} */
const EMPTY = {
  name: null, connection: "offline", registration: "accepted", protocol: null, vendor: null, model: null, serial_number: null, firmware_version: null,
  last_seen: null, connected_since: null, remote: null, site_id: null, security_profile: 1, evses: [], actor: null, availability: [], restless: false, clock: null,
};

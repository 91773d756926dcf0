// @ts-check
/** What the API tells of sessions: sums, the story of one, its frames, its signed values. */
import { json, request, walk } from "../api.js";

/** @import { Exchange, Page, Session } from "../types.d.ts" */
/** Energy in Wh, time in s. @typedef {{count: number, running: number, energy_wh: number, duration_s: number, complete: boolean}} Totals */
/** @typedef {{id: string, action: string, requested_by: string | null, at: string, state: string}} CommandMark */
/**
 * @typedef {{
 *   kind: "started" | "updated" | "ended" | "command" | "resolved", at: string, received_at: string | null, reason: string | null,
 *   charging_state: string | null, stopped_reason: string | null, id_tag: string | null, meter_wh: number | null, offline: boolean,
 *   counts: boolean, by: string | null, command: CommandMark | null
 * }} StoryEvent
 */
/** @typedef {{started_by: CommandMark | null, stopped_by: CommandMark | null, stop_tag: string | null, stop_trigger: string | null, events: StoryEvent[]}} Story */
/**
 * @typedef {{
 *   id: number, at: string, measurand: string, context: string, evse_id: number, format: string | null, data: string, data_url: string,
 *   signing_method: string | null, encoding_method: string | null, public_key: string | null
 * }} SignedValue
 */
/** @typedef {{evse_id: number, connector_id: number, state: string, status: string, since: string, until: string | null}} ConnectorSpan */

/** @param {Record<string, unknown>} query @returns {Promise<Totals>} */
export const sessionTotals = (query) => json("GET", "/sessions/totals", { query });

/** @param {number} id @returns {Promise<Story>} */
export const sessionStory = (id) => json("GET", `/sessions/${id}/story`);

/** @param {number} id @param {string | null} cursor @returns {Promise<Page<Exchange>>} */
export const sessionMessages = (id, cursor) => json("GET", `/sessions/${id}/messages`, { query: { limit: 100, cursor } });

/** @param {number} id @returns {Promise<Page<SignedValue>>} */
export const signedValues = (id) => json("GET", `/sessions/${id}/signed-values`, { query: { limit: 500 } });

/** How the connectors of a charger stood between two moments; an empty window, and one of more than a month, has none. @param {string} charger @param {string} since @param {string} until @returns {Promise<ConnectorSpan[]>} */
export async function connectorSpans(charger, since, until) {
  const lasts = Date.parse(until) - Date.parse(since);
  if (lasts <= 0 || lasts > 30 * 86_400_000) return [];
  /** @type {{connectors: {items: ConnectorSpan[]}}} */
  const told = await json("GET", `/chargers/${encodeURIComponent(charger)}/timeline`, { query: { since, until, limit: 500 } });
  return told.connectors.items;
}

/** Unresolved sessions, all of them up to a bound. @param {(items: Session[]) => void} each @param {string} charger */
export const unresolved = (each, charger) => walk("/sessions", { state: "unresolved", charger_id: charger }, each, { most: 2000 });

/** The bytes of a signed value, as text. @param {string} url @returns {Promise<string>} */
export const signedData = async (url) => (await request("GET", url.replace(/^\/api\/v1/, ""), { headers: { Accept: "*/*" } })).text();

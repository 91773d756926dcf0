// @ts-check
/** What the message log, the command forms and the configuration of one charger ask of the API. */
import { json, request } from "../api.js";

/** @import { Command, Exchange, Page, Tag } from "../types.d.ts" */
/** @typedef {import("../schema.js").Schema} Schema */
/** @typedef {{action: string, to_charger: boolean, from_charger: boolean}} SpokenAction */
/** @typedef {{action: string, protocol: string, to_charger: boolean, from_charger: boolean, request: Schema, response: Schema | null}} ActionSchemas */
/** @typedef {{action: string, direction: "in" | "out", count: number, trouble: number, newest: string}} MessageKind */
/**
 * @typedef {object} MessageContext
 * @property {Exchange} message @property {Exchange[]} before @property {Exchange[]} after @property {Exchange | null} previous
 * @property {number | null} session_id @property {string | null} transaction_id @property {string | null} command_id @property {string | null} requested_by
 */

const name = encodeURIComponent;

/** What was asked before is not asked again: schemas do not change while the server runs. @type {Map<string, Promise<any>>} */
const kept = new Map();

/** @template T @param {string} path @returns {Promise<T>} */
function once(path) {
  const found = kept.get(path);
  if (found) return found;
  const asked = json("GET", path).catch((error) => {
    kept.delete(path);
    throw error;
  });
  kept.set(path, asked);
  return asked;
}

export const talk = {
  /** @param {string} protocol @returns {Promise<{items: SpokenAction[]}>} */
  actions: (protocol) => once(`/ocpp/${name(protocol)}/actions`),
  /** @param {string} protocol @param {string} action @returns {Promise<ActionSchemas>} */
  schemas: (protocol, action) => once(`/ocpp/${name(protocol)}/actions/${name(action)}`),
  /** @param {string} id @returns {Promise<{items: MessageKind[]}>} */
  kinds: (id) => json("GET", `/chargers/${name(id)}/message-kinds`),
  /** @param {string | number} id @param {number} each @returns {Promise<MessageContext>} */
  context: (id, each) => json("GET", `/messages/${id}/context`, { query: { each } }),
  /** The stored entry of a frame that has just been heard; undefined while it is not written yet. @param {Exchange} row @returns {Promise<Exchange | undefined>} */
  async stored(row) {
    const until = new Date(Date.parse(row.at) + 1000).toISOString();
    /** @type {Page<Exchange>} */
    const page = await json("GET", `/chargers/${name(row.charger_id)}/messages`, { query: { since: row.at, until, message_id: row.message_id, limit: 20 } });
    return page.items.find((found) => found.at === row.at && found.direction === row.direction);
  },
  /** @param {string} id @returns {Promise<Command>} */
  command: (id) => json("GET", `/commands/${name(id)}`),
  /** @param {string} search @returns {Promise<Page<Tag>>} */
  tags: (search) => json("GET", "/tags", { query: { search, limit: 20 } }),
  /** A list as text in one of the formats it is had in. @param {string} path @param {string} media @param {Record<string, unknown>} [query] */
  text: async (path, media, query = {}) => (await request("GET", path, { query, headers: { Accept: media } })).text(),
};

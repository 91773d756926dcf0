// @ts-check
/** The calls about the life of one charger: timeline, uptime, notes, security events. */
import { json } from "../api.js";

/** @import { Page } from "../types.d.ts" */
/** @template T @typedef {{items: T[], cut: boolean}} Lane what lies on one lane, oldest first; ``cut``: older ones were left out */
/** @typedef {{online: boolean, since: string, until: string | null, protocol: string | null, remote: string | null, code: number | null, reason: string | null}} ConnectionSpan */
/** @typedef {{evse_id: number, connector_id: number, state: import("../types.d.ts").ConnectorState, status: string, error_code: string | null, info: string | null, vendor_error_code: string | null, since: string, until: string | null}} ConnectorSpan */
/** @typedef {{id: number, evse_id: number | null, connector_id: number | null, state: string, started_at: string, ended_at: string | null, energy_wh: number, id_tag: string | null, stop_reason: string | null}} SessionMark */
/** @typedef {{id: string, action: string, state: import("../types.d.ts").Command["state"], effect: string, created_at: string, answered_at: string | null, requested_by: string | null}} CommandMark */
/** @typedef {{id: string, kind: string, state: string, status: string | null, created_at: string, ended_at: string | null}} JobMark */
/** @typedef {{id: number, type: string, at: string, data: Record<string, any>}} Happening */
/** @typedef {{id: number, text: string, author: string, at: string, edited_at: string | null, version: number}} Note */
/** @typedef {{charger_id: string, since: string, until: string, connection: Lane<ConnectionSpan>, connectors: Lane<ConnectorSpan>, sessions: Lane<SessionMark> | null, commands: Lane<CommandMark>, jobs: Lane<JobMark>, happenings: Lane<Happening>, notes: Lane<Note>}} Timeline */
/** @typedef {{hours: number, since: string, known_s: number, online_s: number, online_percent: number | null, disconnections: number}} UptimeWindow */
/** @typedef {{id: number, type: string, critical: boolean, at: string, received_at: string, tech_info: string | null}} SecurityEvent */

const of = (/** @type {string} */ id) => `/chargers/${encodeURIComponent(id)}`;

export const life = {
  /** @param {string} id @param {string} since @param {string} until @returns {Promise<Timeline>} */
  timeline: (id, since, until) => json("GET", `${of(id)}/timeline`, { query: { since, until } }),
  /** @param {string} id @returns {Promise<{at: string, windows: UptimeWindow[]}>} */
  uptime: (id) => json("GET", `${of(id)}/uptime`),
  /** @param {string} id @param {string | null} cursor @returns {Promise<Page<Note>>} */
  notes: (id, cursor) => json("GET", `${of(id)}/notes`, { query: { cursor } }),
  /** @param {string} id @param {string} text @returns {Promise<Note>} */
  addNote: (id, text) => json("POST", `${of(id)}/notes`, { body: { text } }),
  /** @param {string} id @param {Note} note @param {string} text @returns {Promise<Note>} */
  changeNote: (id, note, text) => json("PATCH", `${of(id)}/notes/${note.id}`, { body: { text }, headers: { "If-Match": `"${note.version}"` } }),
  /** @param {string} id @param {Note} note @returns {Promise<void>} */
  removeNote: (id, note) => json("DELETE", `${of(id)}/notes/${note.id}`),
  /** @param {string} id @param {string | null} cursor @returns {Promise<Page<SecurityEvent>>} */
  securityEvents: (id, cursor) => json("GET", `${of(id)}/security-events`, { query: { cursor, limit: 20 } }),
};

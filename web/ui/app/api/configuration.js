// @ts-check
/** Variables of 2.x chargers. */
import { json } from "../api.js";

/** @import { Command, ConfigurationKey } from "../types.d.ts" */
/**
 * @typedef {object} VariableName
 * @property {string} component @property {string | null} component_instance @property {number | null} evse_id @property {number | null} connector_id
 * @property {string} variable @property {string | null} variable_instance @property {string} attribute
 */
/**
 * @typedef {VariableName & {
 *   value: string | null, mutability: string, data_type: string | null, unit: string | null, choices: string[], least: number | null, most: number | null, secret: boolean,
 *   read_at: string | null, written_value: string | null, written_status: string | null, written_reason: string | null, written_at: string | null, state: ConfigurationKey["state"]
 * }} Variable
 */

const name = encodeURIComponent;
const wait = { Prefer: "wait=10" };

export const config = {
  /** @param {string} id @returns {Promise<{items: Variable[], read_at: string | null, reboot_required: boolean}>} */
  variables: (id) => json("GET", `/chargers/${name(id)}/variables`),
  /** Ask for a report; it comes afterwards. @param {string} id @returns {Promise<Command>} */
  reportVariables: (id) => json("POST", `/chargers/${name(id)}/variables/refresh`, { body: {}, headers: wait }),
  /** @param {string} id @param {VariableName & {value: string}} wish @returns {Promise<Command>} */
  setVariable: (id, wish) => json("PUT", `/chargers/${name(id)}/variables`, { body: wish, headers: wait }),
};

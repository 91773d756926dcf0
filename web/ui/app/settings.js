// @ts-check
/** The configuration of a charger in one form for all versions: keys of 1.6 and variables of 2.x as settings, and how two chargers compare. */
import { api } from "./api.js";
import { config } from "./api/configuration.js";
import { KEY_GROUPS, knownKey } from "./key-book.js";
import { t } from "./languages.js";

/** @import { Charger, Command, ConfigurationKey, KeyAdvice } from "./types.d.ts" */
/** @import { Variable } from "./api/configuration.js" */
/** @import { ValueKind } from "./key-book.js" */
/**
 * @typedef {object} Setting
 * @property {string} id by which the same of another charger is found @property {string} group @property {string} name
 * @property {string | null} value @property {boolean} known @property {boolean} secret @property {boolean} writable
 * @property {ValueKind} kind @property {string[]} choices @property {string} [unit] @property {number | null} [least] @property {number | null} [most]
 * @property {ConfigurationKey["state"]} state @property {string | null} written @property {string | null} reason
 * @property {(value: string) => Promise<Command>} write @property {string | null} [advised] what the recommended set would write
 */
/** @typedef {{settings: Setting[], read_at: string | null, failure: string | null, reboot_required: boolean, path: string}} Settings */

/** @param {Charger} charger */
export const hasVariables = (charger) => (charger.protocol ?? "").startsWith("ocpp2");

/** @param {string} id @param {boolean} two whether it has variables @returns {Promise<Settings>} */
export async function settingsOf(id, two) {
  const path = `/chargers/${encodeURIComponent(id)}/${two ? "variables" : "configuration"}`;
  if (two) {
    const told = await config.variables(id);
    return { settings: told.items.map((item) => ofVariable(id, item)), read_at: told.read_at, failure: null, reboot_required: told.reboot_required, path };
  }
  const [told, advice] = await Promise.all([api.configuration(id), api.configurationAdvice(id).catch(() => ({ items: /** @type {KeyAdvice[]} */ ([]) }))]);
  const advised = new Map(advice.items.map((item) => [item.key.toLowerCase(), item.value]));
  const settings = told.keys.map((key) => ofKey(id, key, advised.get(key.key.toLowerCase()) ?? null));
  return { settings, read_at: told.read_at, failure: told.failure, reboot_required: told.reboot_required, path };
}

/** @param {string} id @param {ConfigurationKey} key @param {string | null} advised @returns {Setting} */
function ofKey(id, key, advised) {
  const known = knownKey(key.key, key.value);
  return {
    id: key.key.toLowerCase(), group: t(known.group), name: key.key, value: key.value, known: key.known, secret: key.secret, writable: !key.readonly && key.known && !key.secret,
    kind: known.kind, choices: known.choices ?? [], unit: known.unit, state: key.state, written: key.written_value, reason: null, advised, write: (value) => api.setKey(id, key.key, value),
  };
}

/** @type {Record<string, ValueKind>} */
const KINDS = { boolean: "truth", integer: "whole", decimal: "decimal", OptionList: "choice", MemberList: "list", SequenceList: "list" };

/** @param {string} id @param {Variable} item @returns {Setting} */
function ofVariable(id, item) {
  const place = item.evse_id === null ? "" : ` ${item.evse_id}${item.connector_id === null ? "" : `.${item.connector_id}`}`;
  const name = `${item.variable}${item.variable_instance ? `[${item.variable_instance}]` : ""}${item.attribute === "Actual" ? "" : ` (${item.attribute})`}`;
  const group = `${item.component}${item.component_instance ? `[${item.component_instance}]` : ""}${place}`;
  const kind = item.data_type ? KINDS[item.data_type] ?? "text" : knownKey("", item.value).kind;
  const { component, component_instance, evse_id, connector_id, variable, variable_instance, attribute } = item;
  return {
    id: `${group} ${name}`.toLowerCase(), group, name, value: item.value, known: true, secret: item.secret, writable: item.mutability !== "ReadOnly" && !item.secret,
    kind, choices: item.choices, unit: item.unit ?? undefined, least: item.least, most: item.most, state: item.state, written: item.written_value, reason: item.written_reason,
    write: (value) => config.setVariable(id, { component, component_instance, evse_id, connector_id, variable, variable_instance, attribute, value }),
  };
}

/** What a charger said to a new value, and why. @param {Command} command @returns {{status: string, reason: string}} */
export function answerOf(command) {
  const told = /** @type {any} */ (command.response);
  const one = told?.setVariableResult?.[0] ?? told;
  const info = one?.attributeStatusInfo ?? one?.statusInfo;
  return { status: one?.attributeStatus ?? one?.status ?? command.error ?? command.state, reason: [info?.reasonCode, info?.additionalInfo].filter(Boolean).join(": ") };
}

/** Whether two values mean the same, in the styles in which chargers write them. @param {string | null} one @param {string | null} other */
export function isSame(one, other) {
  const plain = (/** @type {string | null} */ value) => (value ?? "").trim().replace(/^["']|["']$/g, "").toLowerCase();
  const items = (/** @type {string | null} */ value) => plain(value).split(/[,;]/).map((item) => item.trim()).sort().join(",");
  return plain(one) === plain(other) || items(one) === items(other);
}

/** In groups, in their order. @param {Setting[]} settings @returns {[string, Setting[]][]} */
export function inGroups(settings) {
  const groups = new Map(KEY_GROUPS.map((word) => [t(word), /** @type {Setting[]} */ ([])]));
  for (const setting of settings) {
    const found = groups.get(setting.group);
    if (found) found.push(setting);
    else groups.set(setting.group, [setting]);
  }
  return [...groups].filter(([, found]) => found.length);
}

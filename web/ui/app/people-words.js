// @ts-check
/** What roles, ways to sign in, scopes and states of people and tokens are called. */
import { m } from "./languages.js";

/** @typedef {{word: string, icon: string, tone: string, means?: string}} Word */

/** @type {Record<string, Word>} */
export const ROLES = {
  admin: { word: m("Admin"), icon: "shield", tone: "busy", means: m("May do everything, also let others in.") },
  operator: { word: m("Operator"), icon: "charger", tone: "free", means: m("Runs chargers, sessions, tags and drivers.") },
  viewer: { word: m("Viewer"), icon: "search", tone: "off", means: m("Only looks.") },
};

/** @type {Record<string, Word>} */
export const ENABLED = {
  on: { word: m("Enabled"), icon: "check", tone: "free" },
  off: { word: m("Disabled"), icon: "ban", tone: "off" },
};

/** @type {Record<string, string>} */
export const WAYS = { password: m("Password"), link: m("One-time link"), oidc: m("Single sign-on") };

/** @type {Record<string, Word>} */
export const TOKENS = {
  active: { word: m("Valid"), icon: "check", tone: "free" },
  expiring: { word: m("Expires soon"), icon: "clock", tone: "paused" },
  expired: { word: m("Expired"), icon: "clock", tone: "off" },
  revoked: { word: m("Revoked"), icon: "ban", tone: "bad" },
};

/** What a token may do, by scope. @type {Record<string, string>} */
export const SCOPES = {
  "chargers:read": m("See chargers"),
  "chargers:write": m("Add, change and remove chargers"),
  "commands:write": m("Send commands to chargers"),
  "messages:read": m("Read OCPP messages"),
  "sessions:read": m("See sessions and meter values"),
  "sessions:write": m("Correct sessions"),
  "tags:read": m("See tags"),
  "tags:write": m("Add, change and remove tags"),
  "drivers:read": m("See drivers"),
  "drivers:write": m("Add, change and remove drivers"),
  admin: m("Everything, also people, tokens and the audit"),
};

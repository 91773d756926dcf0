// @ts-check
/** What needs attention, in plain words: what is the matter, and what to do next. */
import { count, energy, moment } from "./format.js";
import { m, t, tn } from "./languages.js";
import { protocolWord } from "./words.js";

/** @import { Severity, Worry } from "./api/attention.js" */

/** @type {Record<Severity, {word: string, icon: string, tone: string, means: string}>} */
export const SEVERITIES = {
  critical: { word: m("Critical"), icon: "alert", tone: "bad", means: m("Money or service is being lost now.") },
  warning: { word: m("Warning"), icon: "help", tone: "paused", means: m("It will cost money or service soon.") },
  notice: { word: m("Notice"), icon: "circle", tone: "off", means: m("For a quiet hour.") },
};

/** @typedef {{icon: string, word: string, next: string, many: (n: number) => string, text: (worry: Worry) => string}} Words */

/** @type {Record<string, Words>} */
const KINDS = {
  quarantined: {
    icon: "shield", word: m("Actor in quarantine"), next: m("Read why it crashed on the actors page; it is tried again by itself."),
    many: (n) => tn("{n} actor in quarantine", "{n} actors in quarantine", n, { n: count(n) }),
    text: ({ params }) => tn("crashed {n} time and rests", "crashed {n} times and rests", params.restarts, { n: count(params.restarts) }),
  },
  faulted: {
    icon: "alert", word: m("Faulted"), next: m("Try a reset; if the fault comes back, send somebody."),
    many: (n) => tn("{n} faulted connector", "{n} faulted connectors", n, { n: count(n) }),
    text: ({ evse_id: evse, params }) => `${evse ? t("Connector {n}", { n: evse }) : t("The whole charger")}: ${params.error_code ?? t("Faulted")}`,
  },
  security_event: {
    icon: "shield", word: m("Security event"), next: m("Look at the charger's security events; somebody may be at it."),
    many: (n) => tn("{n} critical security event", "{n} critical security events", n, { n: count(n) }),
    text: ({ params }) => (params.count > 1 ? t("{type}, {n} times within a day", { type: params.type, n: count(params.count) }) : params.type),
  },
  offline_in_session: {
    icon: "unlink", word: m("Offline with an open session"), next: m("It reports what it missed when it is back. If it does not come back, close the session."),
    many: (n) => tn("{n} charger offline with an open session", "{n} chargers offline with open sessions", n, { n: count(n) }),
    text: ({ params }) => tn("Offline with {n} open session", "Offline with {n} open sessions", params.count, { n: count(params.count) }),
  },
  unknown_charger: {
    icon: "help", word: m("Unknown charger waits"), next: m("Accept it if it is yours."),
    many: (n) => tn("{n} unknown charger waits", "{n} unknown chargers wait", n, { n: count(n) }),
    text: ({ params }) => t("Unknown charger waits: OCPP {version}, from {address}", { version: protocolWord(params.protocol), address: params.remote }),
  },
  no_progress: {
    icon: "pause", word: m("No progress"), next: m("Ask the driver to plug in again, or stop the session."),
    many: (n) => tn("{n} session without progress", "{n} sessions without progress", n, { n: count(n) }),
    text: ({ params }) => t("Says that it charges, and stays at {energy}", { energy: energy(params.energy_wh) }),
  },
  no_meter_values: {
    icon: "list", word: m("No meter values"), next: m("Check the charger's meter settings (MeterValueSampleInterval, MeterValuesSampledData)."),
    many: (n) => tn("{n} session without meter values", "{n} sessions without meter values", n, { n: count(n) }),
    text: () => t("Charges, and no meter value has come"),
  },
  offline: {
    icon: "unlink", word: m("Offline"), next: m("Check its power and network; it connects again by itself."),
    many: (n) => tn("{n} charger offline", "{n} chargers offline", n, { n: count(n) }),
    text: () => t("Offline"),
  },
  not_started: {
    icon: "plug", word: m("Plugged in, not started"), next: m("The tag may be missing or refused: start it from here, or look at the charger's messages."),
    many: (n) => tn("{n} car plugged in and not charging", "{n} cars plugged in and not charging", n, { n: count(n) }),
    text: ({ evse_id: evse }) => t("Connector {n}: plugged in, charging has not begun", { n: evse ?? 0 }),
  },
  restless: {
    icon: "reset", word: m("Boots again and again"), next: m("Look at its messages; often it is a loose supply, or a bad configuration."),
    many: (n) => tn("{n} charger boots again and again", "{n} chargers boot again and again", n, { n: count(n) }),
    text: () => t("Boots again and again; nothing is asked of it until it is calm"),
  },
  unresolved_sessions: {
    icon: "help", word: m("Unresolved sessions"), next: m("Say where they belong, or discard them: they cannot be billed until then."),
    many: (n) => tn("{n} unresolved session", "{n} unresolved sessions", n, { n: count(n) }),
    text: ({ params }) => tn("{n} unresolved session", "{n} unresolved sessions", params.count, { n: count(params.count) }),
  },
  dead_letters: {
    icon: "alert", word: m("Messages put aside"), next: m("Hand them over again after a fix, or discard them."),
    many: (n) => tn("{n} message put aside", "{n} messages put aside", n, { n: count(n) }),
    text: ({ params }) => tn("{n} message could not be handled", "{n} messages could not be handled", params.count, { n: count(params.count) }),
  },
  certificate_expires: {
    icon: "lock", word: m("Certificate expires"), next: m("Have the charger ask for a new one before that, or it cannot connect."),
    many: (n) => tn("{n} certificate expires", "{n} certificates expire", n, { n: count(n) }),
    text: ({ params }) => (Date.parse(params.not_after) < Date.now() ? t("Its certificate has expired: {when}", { when: moment(params.not_after) }) : t("Its certificate expires {when}", { when: moment(params.not_after) })),
  },
  suspended: {
    icon: "pause", word: m("Paused for long"), next: m("The car may be full: ask the driver to free the connector, or look at the limits."),
    many: (n) => tn("{n} session paused for long", "{n} sessions paused for long", n, { n: count(n) }),
    text: ({ params }) => (params.by === "car" ? t("Paused by the car for long; it may be full") : t("Paused by the charger for long, for instance by a limit")),
  },
  clock_off: {
    icon: "clock", word: m("Clock is wrong"), next: m("Have it boot, or check its time settings: times of its sessions are not to be trusted."),
    many: (n) => tn("{n} charger with a wrong clock", "{n} chargers with wrong clocks", n, { n: count(n) }),
    text: ({ params }) => (params.offset_s > 0 ? t("Its clock is {n} s behind", { n: count(params.offset_s) }) : t("Its clock is {n} s ahead", { n: count(-params.offset_s) })),
  },
  never_connected: {
    icon: "circle", word: m("Never connected"), next: m("Check the address and password it was given."),
    many: (n) => tn("{n} charger has never connected", "{n} chargers have never connected", n, { n: count(n) }),
    text: () => t("Was added and has never connected"),
  },
};

/** The words about a kind; one that is newer than this page is called by its name. @param {string} kind @returns {Words} */
export function wordsOf(kind) {
  const name = kind.replaceAll("_", " ");
  return KINDS[kind] ?? { icon: "help", word: name, next: "", many: (n) => `${count(n)} × ${name}`, text: () => name };
}

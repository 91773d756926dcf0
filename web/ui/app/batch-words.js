// @ts-check
/** What batches and their results are called. */
import { m, t } from "./languages.js";
import { COMMANDS } from "./words.js";

/** @import { Batch } from "./api/fleet.js" */
/** @typedef {{word: string, icon: string, tone: string, means?: string}} Is */

/** @type {Record<Batch["state"], Is>} */
export const BATCHES = {
  running: { word: m("Running"), icon: "clock", tone: "busy" },
  done: { word: m("Done"), icon: "check", tone: "free" },
  cancelled: { word: m("Cancelled"), icon: "ban", tone: "off" },
  interrupted: { word: m("Interrupted"), icon: "alert", tone: "paused", means: m("The server was restarted in the middle. What had not been sent then was never sent.") },
};

/** What came of it with one charger, in the order in which they are shown. @type {Record<string, Is>} */
export const RESULTS = {
  failed: { word: m("Failed"), icon: "alert", tone: "bad", means: m("It could not be sent, or the charger answered with an error.") },
  rejected: COMMANDS.rejected,
  timed_out: COMMANDS.timed_out,
  unknown: { word: m("Unknown"), icon: "help", tone: "paused", means: m("Nobody knows what came of it: the line was lost, or the server was restarted.") },
  not_sent: { word: m("Not sent"), icon: "ban", tone: "paused", means: m("It was never begun for this charger.") },
  waiting: { word: m("Waiting"), icon: "clock", tone: "off" },
  queued: COMMANDS.queued,
  sent: COMMANDS.sent,
  accepted: COMMANDS.accepted,
  effective: COMMANDS.effective,
  done: { word: m("Done"), icon: "check", tone: "free" },
};

/** Those of which another try may make sense. */
export const RETRIED = ["failed", "rejected", "timed_out", "not_sent"];

/** Why there was no result, in words. @type {Record<string, string>} */
const ERRORS = {
  not_connected: m("It is not connected."),
  unknown_charger: m("No charger is called so."),
  commands_full: m("Too many commands wait for it already."),
  invalid_payload: m("The payload does not fit its OCPP version."),
  unknown_action: m("Its OCPP version has no such action."),
  unavailable: m("The server could not do it just then."),
  actor_crashed: m("Its actor crashed meanwhile."),
  cancelled: m("The work was cancelled before its turn."),
  interrupted: m("The server was stopped before its turn."),
  restarted: m("The server was restarted before it was known."),
  not_found: m("It was removed meanwhile."),
};

/** @param {string | null} error */
export const errorWords = (error) => (error === null ? "" : t(ERRORS[error] ?? error));

/** @type {Record<string, string>} */
const VERBS = {
  reset: m("Restart"), unlock: m("Unlock"), availability: m("Service"), "clear-cache": m("Clear the cache"), trigger: m("Ask for a message"), "data-transfer": m("Data transfer"),
  change: m("Change"), remove: m("Remove"),
};

/** What a batch does. @param {Batch} batch */
export const batchWord = (batch) => (batch.kind === "command" ? batch.action : t(VERBS[batch.action] ?? batch.action));

// @ts-check
/**
 * What states and flags are called, and what they mean: the word and the icon that go beside every colour.
 * The words are English; who shows one translates it (`t(is.word)`), as `Status` does.
 */
import { m, t } from "./languages.js";

/** @import { Charger, Command, ConfigurationKey, ConnectorState, LocalList, TileState } from "./types.d.ts" */

/** @type {Record<TileState, {word: string, short?: string, icon: string, tone: string, means: string}>} */
export const STATES = {
  charging: { word: m("Charging"), icon: "bolt", tone: "charging", means: m("Energy is flowing.") },
  preparing: { word: m("Preparing"), icon: "plug", tone: "busy", means: m("A car is plugged in or a tag was shown; charging has not begun.") },
  suspended_ev: { word: m("Paused by car"), short: m("Paused"), icon: "pause", tone: "paused", means: m("The car takes no energy now; it may be full or waiting.") },
  suspended_evse: { word: m("Paused by charger"), short: m("Paused"), icon: "pause", tone: "paused", means: m("The charger gives no energy now, for instance because of a limit.") },
  finishing: { word: m("Finishing"), icon: "check", tone: "busy", means: m("The session is over; the cable is still plugged in.") },
  reserved: { word: m("Reserved"), icon: "clock", tone: "busy", means: m("Kept for one tag.") },
  available: { word: m("Available"), icon: "circle", tone: "free", means: m("Ready for the next car.") },
  unavailable: { word: m("Unavailable"), icon: "ban", tone: "off", means: m("Taken out of service.") },
  faulted: { word: m("Faulted"), icon: "alert", tone: "bad", means: m("The charger reports an error and cannot charge here.") },
  unknown: { word: m("Not reported"), short: m("No report"), icon: "help", tone: "off", means: m("The charger has not said anything about this connector yet.") },
  offline: { word: m("Offline"), icon: "unlink", tone: "off", means: m("There is no connection to the charger.") },
  quarantined: { word: m("Quarantined"), icon: "shield", tone: "bad", means: m("Its actor crashed too often and rests; the line is kept.") },
  pending: { word: m("Pending"), icon: "clock", tone: "paused", means: m("Not accepted yet.") },
};

/** From what an operator must see first to what is quiet. @type {TileState[]} */
export const STATE_ORDER = [
  "faulted", "quarantined", "charging", "suspended_ev", "suspended_evse", "preparing", "finishing", "reserved", "pending", "available", "unavailable",
  "unknown", "offline",
];

/** @type {ConnectorState[]} */
const LOUDEST = ["faulted", "charging", "suspended_ev", "suspended_evse", "preparing", "finishing", "reserved", "available", "unavailable", "unknown"];

/** The one state that stands for a charger. @param {Charger} charger @returns {TileState} */
export function tileState(charger) {
  if (charger.actor?.state === "quarantined") return "quarantined";
  if (charger.connection === "offline") return "offline";
  if (charger.registration === "pending") return "pending";
  let best = LOUDEST.length - 1;
  for (const evse of charger.evses) for (const connector of evse.connectors) best = Math.min(best, Math.max(0, LOUDEST.indexOf(connector.state)));
  return LOUDEST[best];
}

/** @type {Record<Charger["connection"], {word: string, icon: string, tone: string}>} */
export const CONNECTIONS = {
  online: { word: m("Online"), icon: "link", tone: "free" },
  suspect: { word: m("Silent"), icon: "help", tone: "paused" },
  offline: { word: m("Offline"), icon: "unlink", tone: "off" },
};

/** @type {Record<Command["state"], {word: string, icon: string, tone: string, means: string}>} */
export const COMMANDS = {
  queued: { word: m("Queued"), icon: "clock", tone: "busy", means: m("Waits until the charger has answered what came before.") },
  sent: { word: m("Sent"), icon: "send", tone: "busy", means: m("The charger has it and has not answered yet.") },
  accepted: { word: m("Accepted"), icon: "check", tone: "free", means: m("The charger said yes.") },
  rejected: { word: m("Rejected"), icon: "ban", tone: "bad", means: m("The charger said no.") },
  failed: { word: m("Failed"), icon: "alert", tone: "bad", means: m("The charger answered with an error.") },
  timed_out: { word: m("No answer"), icon: "clock", tone: "bad", means: m("The charger did not answer in time. It may still have done it.") },
  unknown: { word: m("Unknown"), icon: "help", tone: "paused", means: m("The line was lost before the answer. It is not repeated by itself.") },
  effective: { word: m("Effective"), icon: "checks", tone: "charging", means: m("The charger has since shown that it did it.") },
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const SESSIONS = {
  active: { word: m("Active"), icon: "bolt", tone: "charging" },
  ended: { word: m("Ended"), icon: "check", tone: "off" },
  unresolved: { word: m("Unresolved"), icon: "help", tone: "bad" },
  assigned: { word: m("Assigned"), icon: "link", tone: "off" },
  discarded: { word: m("Discarded"), icon: "trash", tone: "off" },
};

/** What a charging profile limits. @type {Record<string, string>} */
export const PURPOSES = {
  station_max: m("all of it together"),
  tx_default: m("every session"),
  tx: m("its session"),
  external: m("set by others"),
};

/** @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const RESERVATIONS = {
  requested: { word: m("Asked"), icon: "send", tone: "busy", means: m("The charger has not answered yet.") },
  accepted: { word: m("Reserved"), icon: "clock", tone: "free", means: m("The charger keeps it.") },
  unknown: { word: m("Unknown"), icon: "help", tone: "paused", means: m("The charger may keep it: it did not answer validly, or it has rebooted since.") },
  refused: { word: m("Refused"), icon: "ban", tone: "bad" },
  used: { word: m("Used"), icon: "bolt", tone: "charging" },
  expired: { word: m("Expired"), icon: "clock", tone: "off" },
  cancelled: { word: m("Cancelled"), icon: "close", tone: "off" },
  lost: { word: m("Lost"), icon: "alert", tone: "bad", means: m("The charger gave it up by itself.") },
};

/** What has become of a frame that was put aside. @type {Record<string, {word: string, icon: string, tone: string}>} */
export const FRAMES = {
  waiting: { word: m("Waiting"), icon: "alert", tone: "bad" },
  redriven: { word: m("Handed over"), icon: "check", tone: "free" },
  discarded: { word: m("Discarded"), icon: "trash", tone: "off" },
};

/** Why a frame was put aside. @type {Record<string, string>} */
export const FRAME_KINDS = {
  invalid: m("Does not fit its schema"),
  poison: m("Cannot be stored"),
  crash: m("Crashed its actor twice"),
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const TAGS = {
  accepted: { word: m("Accepted"), icon: "check", tone: "free" },
  blocked: { word: m("Blocked"), icon: "ban", tone: "bad" },
  expired: { word: m("Expired"), icon: "clock", tone: "paused" },
  invalid: { word: m("Invalid"), icon: "alert", tone: "bad" },
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const ACTORS = {
  running: { word: m("Running"), icon: "check", tone: "free" },
  restarting: { word: m("Restarting"), icon: "reset", tone: "paused" },
  quarantined: { word: m("Quarantined"), icon: "shield", tone: "bad" },
  stopped: { word: m("Stopped"), icon: "ban", tone: "off" },
};

/** How far a job of a charger is. @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const JOBS = {
  accepted: { word: m("Accepted"), icon: "clock", tone: "busy" },
  rejected: { word: m("Rejected"), icon: "ban", tone: "bad" },
  unknown: { word: m("Unknown"), icon: "help", tone: "paused", means: m("No valid answer came to the request.") },
  empty: { word: m("Nothing to upload"), icon: "circle", tone: "off" },
  running: { word: m("Running"), icon: "clock", tone: "busy" },
  finished: { word: m("Finished"), icon: "check", tone: "free" },
  failed: { word: m("Failed"), icon: "alert", tone: "bad" },
  canceled: { word: m("Cancelled"), icon: "ban", tone: "off" },
};

/** What has become of a certificate. @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const CERTIFICATES = {
  requested: { word: m("Being signed"), icon: "clock", tone: "busy" },
  refused: { word: m("Refused"), icon: "ban", tone: "bad", means: m("This server did not sign it.") },
  issued: { word: m("Signed"), icon: "clock", tone: "busy", means: m("Signed, and not sent yet.") },
  sent: { word: m("Sent"), icon: "send", tone: "busy" },
  accepted: { word: m("Accepted"), icon: "check", tone: "free" },
  rejected: { word: m("Rejected"), icon: "alert", tone: "bad", means: m("The charger did not take it.") },
  unconfirmed: { word: m("Unconfirmed"), icon: "help", tone: "paused", means: m("The charger did not answer understandably.") },
  revoked: { word: m("Revoked"), icon: "ban", tone: "off" },
  installed: { word: m("Installed"), icon: "lock", tone: "free" },
};

/** What an operator should know before billing a session. @type {Record<string, string>} */
export const FLAGS = {
  started_missing: m("The start of this session never arrived; times and energy begin with the first message that did."),
  sequence_gap: m("At least one message between start and end is missing; the charger may still send it."),
  sequence_repeated: m("The charger used one sequence number for several messages; all are counted by their content."),
  meter_reset: m("The meter went backwards (replaced or restarted); the parts before and after are added up."),
  negative_energy: m("The meter readings give negative energy: check the charger's meter before billing."),
  stop_conflict: m("The charger stopped this session twice with different figures; the first is kept."),
  unknown_transaction: m("A stop came for a transaction nobody has started here."),
  offline: m("Parts were recorded while the charger was offline and sent later."),
  not_authorized: m("The tag was not accepted, and the charger charged all the same."),
  clock_suspect: m("The charger's clock was wrong when it reported this; compare with the time of arrival."),
  ended_by_boot: m("No stop arrived; the charger has booted since, and its connector was free."),
  registers_mixed: m("The charger reported two energy meters as one; what counts is the difference of start and stop."),
  start_implausible: m("The meter cannot have stood at 0 at the start; the session is counted from its first reading."),
  begins_at_first_reading: m("Counted from the first reading that is not 0, as this charger is set to."),
  energy_estimated: m("No energy meter was reported; the energy is an estimate."),
  phases_summed: m("The charger reported its phases alone; their sum counts."),
  ended_by_next_start: m("No stop arrived; the next start on the same connector ended this session."),
  unconfirmed: m("The charger was asked to stop this session and said that it knows no such transaction; compare with its connector."),
  foreign_transaction: m("The charger named a transaction that was given to another charger; that one was left alone."),
  closed_by_operator: m("An operator closed this session."),
  start_by_operator: m("The start never arrived; an operator gave its time and meter reading."),
  reserved_for_another: m("The connector was reserved for another tag when this session started."),
  estimated: m("The end is an estimate until the charger tells its own."),
};

/** @type {Record<string, string>} */
const FLAG_WORDS = {
  started_missing: m("start missing"),
  sequence_gap: m("message missing"),
  sequence_repeated: m("number repeated"),
  meter_reset: m("meter reset"),
  negative_energy: m("negative energy"),
  stop_conflict: m("two stops"),
  unknown_transaction: m("unknown transaction"),
  offline: m("offline"),
  not_authorized: m("not authorized"),
  clock_suspect: m("clock suspect"),
  ended_by_boot: m("ended by boot"),
  registers_mixed: m("registers mixed"),
  start_implausible: m("start implausible"),
  begins_at_first_reading: m("begins at first reading"),
  energy_estimated: m("energy estimated"),
  phases_summed: m("phases summed"),
  ended_by_next_start: m("ended by next start"),
  unconfirmed: m("unconfirmed"),
  foreign_transaction: m("foreign transaction"),
  closed_by_operator: m("closed by operator"),
  start_by_operator: m("start by operator"),
  reserved_for_another: m("reserved for another"),
  estimated: m("estimated"),
};

/** A flag in short. @param {string} flag */
export const flagWord = (flag) => (FLAG_WORDS[flag] ? t(FLAG_WORDS[flag]) : flag.replaceAll("_", " "));

/** @type {Record<string, string>} */
const PROTOCOLS = { "ocpp1.6": "1.6J", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1" };
/** @param {string | null | undefined} protocol */
export const protocolWord = (protocol) => (protocol ? PROTOCOLS[protocol] ?? protocol : "–");

/** @type {Record<string, string>} */
const FAULTS = { crash: m("crash"), base_exception: m("base exception"), hang: m("hang"), slow: m("delay"), poison: m("poison frame") };

/** What a kind of provoked fault is called. @param {unknown} kind */
export function faultWord(kind) {
  return FAULTS[String(kind)] ? t(FAULTS[String(kind)]) : String(kind ?? t("fault"));
}

/** What has come of the last value written to a key. @type {Record<NonNullable<ConfigurationKey["state"]>, {word: string, icon: string, tone: string, means: string}>} */
export const KEY_STATES = {
  confirmed: { word: m("Read back"), icon: "checks", tone: "free", means: m("The charger took it and reads it back.") },
  differs: { word: m("Differs"), icon: "alert", tone: "bad", means: m("The charger took it, and reads back another value. It may want a restart. It is not written again by itself.") },
  reboot_required: { word: m("Reboot required"), icon: "reset", tone: "paused", means: m("The charger uses it after its next boot.") },
  unconfirmed: { word: m("Not read back"), icon: "help", tone: "paused", means: m("The charger took it; it has not been read since.") },
  rejected: { word: m("Rejected"), icon: "ban", tone: "bad", means: m("The charger knows the key and refused the value.") },
  not_supported: { word: m("Not supported"), icon: "ban", tone: "bad", means: m("The charger does not know the key.") },
  unknown: { word: m("No answer"), icon: "help", tone: "paused", means: m("The charger gave no valid answer; nobody knows whether it took it.") },
};

/** @type {Record<LocalList["state"], {word: string, icon: string, tone: string, means: string}>} */
export const LIST_STATES = {
  never: { word: m("Never sent"), icon: "circle", tone: "off", means: m("Nothing was sent, and its version was not asked for.") },
  not_supported: { word: m("Not supported"), icon: "ban", tone: "off", means: m("The charger has no local list.") },
  empty: { word: m("Empty"), icon: "circle", tone: "off", means: m("The charger holds no tag.") },
  synced: { word: m("Up to date"), icon: "checks", tone: "free", means: m("The charger holds what it should.") },
  stale: { word: m("Differs"), icon: "clock", tone: "paused", means: m("Tags have changed since, or the charger holds another version.") },
  failed: { word: m("Failed"), icon: "alert", tone: "bad", means: m("The charger refused the last update, or nobody knows what came of it.") },
};

// @ts-check
/** What states and flags are called, and what they mean: the word and the icon that go beside every colour. */

/** @import { Charger, Command, ConfigurationKey, ConnectorState, LocalList, TileState } from "./types.d.ts" */

/** @type {Record<TileState, {word: string, short?: string, icon: string, tone: string, means: string}>} */
export const STATES = {
  charging: { word: "Charging", icon: "bolt", tone: "charging", means: "Energy is flowing." },
  preparing: { word: "Preparing", icon: "plug", tone: "busy", means: "A car is plugged in or a tag was shown; charging has not begun." },
  suspended_ev: { word: "Paused by car", short: "Paused", icon: "pause", tone: "paused", means: "The car takes no energy now; it may be full or waiting." },
  suspended_evse: { word: "Paused by charger", short: "Paused", icon: "pause", tone: "paused", means: "The charger gives no energy now, for instance because of a limit." },
  finishing: { word: "Finishing", icon: "check", tone: "busy", means: "The session is over; the cable is still plugged in." },
  reserved: { word: "Reserved", icon: "clock", tone: "busy", means: "Kept for one tag." },
  available: { word: "Available", icon: "circle", tone: "free", means: "Ready for the next car." },
  unavailable: { word: "Unavailable", icon: "ban", tone: "off", means: "Taken out of service." },
  faulted: { word: "Faulted", icon: "alert", tone: "bad", means: "The charger reports an error and cannot charge here." },
  unknown: { word: "Not reported", short: "No report", icon: "help", tone: "off", means: "The charger has not said anything about this connector yet." },
  offline: { word: "Offline", icon: "unlink", tone: "off", means: "There is no connection to the charger." },
  quarantined: { word: "Quarantined", icon: "shield", tone: "bad", means: "Its actor crashed too often and rests; the line is kept." },
  pending: { word: "Pending", icon: "clock", tone: "paused", means: "Not accepted yet." },
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
  online: { word: "Online", icon: "link", tone: "free" },
  suspect: { word: "Silent", icon: "help", tone: "paused" },
  offline: { word: "Offline", icon: "unlink", tone: "off" },
};

/** @type {Record<Command["state"], {word: string, icon: string, tone: string, means: string}>} */
export const COMMANDS = {
  queued: { word: "Queued", icon: "clock", tone: "busy", means: "Waits until the charger has answered what came before." },
  sent: { word: "Sent", icon: "send", tone: "busy", means: "The charger has it and has not answered yet." },
  accepted: { word: "Accepted", icon: "check", tone: "free", means: "The charger said yes." },
  rejected: { word: "Rejected", icon: "ban", tone: "bad", means: "The charger said no." },
  failed: { word: "Failed", icon: "alert", tone: "bad", means: "The charger answered with an error." },
  timed_out: { word: "No answer", icon: "clock", tone: "bad", means: "The charger did not answer in time. It may still have done it." },
  unknown: { word: "Unknown", icon: "help", tone: "paused", means: "The line was lost before the answer. It is not repeated by itself." },
  effective: { word: "Effective", icon: "checks", tone: "charging", means: "The charger has since shown that it did it." },
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const SESSIONS = {
  active: { word: "Active", icon: "bolt", tone: "charging" },
  ended: { word: "Ended", icon: "check", tone: "off" },
  unresolved: { word: "Unresolved", icon: "help", tone: "bad" },
  assigned: { word: "Assigned", icon: "link", tone: "off" },
  discarded: { word: "Discarded", icon: "trash", tone: "off" },
};

/** What a charging profile limits. @type {Record<string, string>} */
export const PURPOSES = {
  station_max: "all of it together",
  tx_default: "every session",
  tx: "its session",
  external: "set by others",
};

/** @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const RESERVATIONS = {
  requested: { word: "Asked", icon: "send", tone: "busy", means: "The charger has not answered yet." },
  accepted: { word: "Reserved", icon: "clock", tone: "free", means: "The charger keeps it." },
  unknown: { word: "Unknown", icon: "help", tone: "paused", means: "The charger may keep it: it did not answer validly, or it has rebooted since." },
  refused: { word: "Refused", icon: "ban", tone: "bad" },
  used: { word: "Used", icon: "bolt", tone: "charging" },
  expired: { word: "Expired", icon: "clock", tone: "off" },
  cancelled: { word: "Cancelled", icon: "close", tone: "off" },
  lost: { word: "Lost", icon: "alert", tone: "bad", means: "The charger gave it up by itself." },
};

/** What has become of a frame that was put aside. @type {Record<string, {word: string, icon: string, tone: string}>} */
export const FRAMES = {
  waiting: { word: "Waiting", icon: "alert", tone: "bad" },
  redriven: { word: "Handed over", icon: "check", tone: "free" },
  discarded: { word: "Discarded", icon: "trash", tone: "off" },
};

/** Why a frame was put aside. @type {Record<string, string>} */
export const FRAME_KINDS = {
  invalid: "Does not fit its schema",
  poison: "Cannot be stored",
  crash: "Crashed its actor twice",
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const TAGS = {
  accepted: { word: "Accepted", icon: "check", tone: "free" },
  blocked: { word: "Blocked", icon: "ban", tone: "bad" },
  expired: { word: "Expired", icon: "clock", tone: "paused" },
  invalid: { word: "Invalid", icon: "alert", tone: "bad" },
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const ACTORS = {
  running: { word: "Running", icon: "check", tone: "free" },
  restarting: { word: "Restarting", icon: "reset", tone: "paused" },
  quarantined: { word: "Quarantined", icon: "shield", tone: "bad" },
  stopped: { word: "Stopped", icon: "ban", tone: "off" },
};

/** How far a job of a charger is. @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const JOBS = {
  accepted: { word: "Accepted", icon: "clock", tone: "busy" },
  rejected: { word: "Rejected", icon: "ban", tone: "bad" },
  unknown: { word: "Unknown", icon: "help", tone: "paused", means: "No valid answer came to the request." },
  empty: { word: "Nothing to upload", icon: "circle", tone: "off" },
  running: { word: "Running", icon: "clock", tone: "busy" },
  finished: { word: "Finished", icon: "check", tone: "free" },
  failed: { word: "Failed", icon: "alert", tone: "bad" },
  canceled: { word: "Cancelled", icon: "ban", tone: "off" },
};

/** What has become of a certificate. @type {Record<string, {word: string, icon: string, tone: string, means?: string}>} */
export const CERTIFICATES = {
  requested: { word: "Being signed", icon: "clock", tone: "busy" },
  refused: { word: "Refused", icon: "ban", tone: "bad", means: "This server did not sign it." },
  issued: { word: "Signed", icon: "clock", tone: "busy", means: "Signed, and not sent yet." },
  sent: { word: "Sent", icon: "send", tone: "busy" },
  accepted: { word: "Accepted", icon: "check", tone: "free" },
  rejected: { word: "Rejected", icon: "alert", tone: "bad", means: "The charger did not take it." },
  unconfirmed: { word: "Unconfirmed", icon: "help", tone: "paused", means: "The charger did not answer understandably." },
  revoked: { word: "Revoked", icon: "ban", tone: "off" },
  installed: { word: "Installed", icon: "lock", tone: "free" },
};

/** What an operator should know before billing a session. @type {Record<string, string>} */
export const FLAGS = {
  started_missing: "The start of this session never arrived; times and energy begin with the first message that did.",
  sequence_gap: "At least one message between start and end is missing; the charger may still send it.",
  sequence_repeated: "The charger used one sequence number for several messages; all are counted by their content.",
  meter_reset: "The meter went backwards (replaced or restarted); the parts before and after are added up.",
  negative_energy: "The meter readings give negative energy: check the charger's meter before billing.",
  stop_conflict: "The charger stopped this session twice with different figures; the first is kept.",
  unknown_transaction: "A stop came for a transaction nobody has started here.",
  offline: "Parts were recorded while the charger was offline and sent later.",
  not_authorized: "The tag was not accepted, and the charger charged all the same.",
  clock_suspect: "The charger's clock was wrong when it reported this; compare with the time of arrival.",
  ended_by_boot: "No stop arrived; the charger has booted since, and its connector was free.",
  registers_mixed: "The charger reported two energy meters as one; what counts is the difference of start and stop.",
  start_implausible: "The meter cannot have stood at 0 at the start; the session is counted from its first reading.",
  begins_at_first_reading: "Counted from the first reading that is not 0, as this charger is set to.",
  energy_estimated: "No energy meter was reported; the energy is an estimate.",
  phases_summed: "The charger reported its phases alone; their sum counts.",
  ended_by_next_start: "No stop arrived; the next start on the same connector ended this session.",
  unconfirmed: "The charger was asked to stop this session and said that it knows no such transaction; compare with its connector.",
  foreign_transaction: "The charger named a transaction that was given to another charger; that one was left alone.",
  closed_by_operator: "An operator closed this session.",
  start_by_operator: "The start never arrived; an operator gave its time and meter reading.",
  reserved_for_another: "The connector was reserved for another tag when this session started.",
  estimated: "The end is an estimate until the charger tells its own.",
};

/** A flag in short. @param {string} flag */
export const flagWord = (flag) => flag.replaceAll("_", " ");

/** @type {Record<string, string>} */
const PROTOCOLS = { "ocpp1.6": "1.6J", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1" };
/** @param {string | null | undefined} protocol */
export const protocolWord = (protocol) => (protocol ? PROTOCOLS[protocol] ?? protocol : "–");

/** @type {Record<string, string>} */
const FAULTS = { crash: "crash", base_exception: "base exception", hang: "hang", slow: "delay", poison: "poison frame" };

/** What a kind of provoked fault is called. @param {unknown} kind */
export function faultWord(kind) {
  return FAULTS[String(kind)] ?? String(kind ?? "fault");
}

/** What has come of the last value written to a key. @type {Record<NonNullable<ConfigurationKey["state"]>, {word: string, icon: string, tone: string, means: string}>} */
export const KEY_STATES = {
  confirmed: { word: "Read back", icon: "checks", tone: "free", means: "The charger took it and reads it back." },
  differs: { word: "Differs", icon: "alert", tone: "bad", means: "The charger took it, and reads back another value. It may want a restart. It is not written again by itself." },
  reboot_required: { word: "Reboot required", icon: "reset", tone: "paused", means: "The charger uses it after its next boot." },
  unconfirmed: { word: "Not read back", icon: "help", tone: "paused", means: "The charger took it; it has not been read since." },
  rejected: { word: "Rejected", icon: "ban", tone: "bad", means: "The charger knows the key and refused the value." },
  not_supported: { word: "Not supported", icon: "ban", tone: "bad", means: "The charger does not know the key." },
  unknown: { word: "No answer", icon: "help", tone: "paused", means: "The charger gave no valid answer; nobody knows whether it took it." },
};

/** @type {Record<LocalList["state"], {word: string, icon: string, tone: string, means: string}>} */
export const LIST_STATES = {
  never: { word: "Never sent", icon: "circle", tone: "off", means: "Nothing was sent, and its version was not asked for." },
  not_supported: { word: "Not supported", icon: "ban", tone: "off", means: "The charger has no local list." },
  empty: { word: "Empty", icon: "circle", tone: "off", means: "The charger holds no tag." },
  synced: { word: "Up to date", icon: "checks", tone: "free", means: "The charger holds what it should." },
  stale: { word: "Differs", icon: "clock", tone: "paused", means: "Tags have changed since, or the charger holds another version." },
  failed: { word: "Failed", icon: "alert", tone: "bad", means: "The charger refused the last update, or nobody knows what came of it." },
};

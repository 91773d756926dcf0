// @ts-check
/** Events of the live stream in plain words. */
import { energy, milliseconds } from "./format.js";
import { isolated } from "./isolated.js";
import { m, t, tn } from "./languages.js";
import { told } from "./server-words.js";
import { CERTIFICATES, COMMANDS, faultWord, JOBS, protocolWord, RESERVATIONS, STATES } from "./words.js";

/** @import { LiveEvent, TileState } from "./types.d.ts" */

/** @param {Record<string, any>} data */
function securityWords(data) {
  const { rotation, upgrade, upgrade_profile: goal, password, security_profile: profile, certificate } = data;
  const words = [
    rotation && t("new password {state}", { state: rotation }),
    upgrade && t("profile {profile} {state}", { profile: goal, state: upgrade }),
    password && t("came with the {which} password", { which: password }),
    profile && t("came with profile {profile}", { profile }),
    certificate && t("known by the certificate of {name}", { name: certificate }),
  ];
  return words.filter(Boolean).join(", ");
}

/** ``text``, and after a colon what is known beside it. @param {string} text @param {unknown} beside */
const withMore = (text, beside) => (beside ? `${text}: ${beside}` : text);

/** The same with what somebody else says: the server, a charger, an operator. @param {string} text @param {unknown} said */
const withSaid = (text, said) => withMore(text, said && told(String(said)));

/** @param {Record<string, any>} data */
const actorOf = (data) => data.name ?? data.actor ?? "";

/** @param {number | null | undefined} evseId */
const where = (evseId) => (evseId ? t("connector {n}", { n: evseId }) : t("the whole charger"));

/** @typedef {{icon: string, tone: string, text: string}} Line */

/** What an event says of itself. @type {Record<string, (data: Record<string, any>) => Line>} */
const LINES = {
  "charger.connected": (data) => ({ icon: "link", tone: "free", text: data.protocol ? t("connected, OCPP {version}", { version: protocolWord(data.protocol) }) : t("connected") }),
  "charger.disconnected": (data) => ({ icon: "unlink", tone: "off", text: withSaid(t("disconnected"), data.reason) }),
  "charger.booted": (data) => ({ icon: "power", tone: "free", text: withSaid(t("booted"), [data.vendor, data.model, data.firmware_version].filter(Boolean).join(" ") || data.registration) }),
  "connector.status": (data) => {
    const state = STATES[/** @type {TileState} */ (data.state)] ?? STATES.unknown;
    const error = data.error_code && data.error_code !== "NoError" ? ` (${isolated(data.error_code)})` : "";
    return { icon: state.icon, tone: state.tone, text: withMore(where(data.evse_id), t(state.word) + error) };
  },
  "session.started": (data) => ({ icon: "bolt", tone: "charging", text: data.id_tag ? t("session started by {tag}", { tag: data.id_tag }) : t("session started") }),
  "session.ended": (data) => ({ icon: "check", tone: "off", text: withMore(t("session ended"), [energy(data.energy_wh), data.stop_reason && isolated(data.stop_reason)].filter(Boolean).join(", ")) }),
  "session.corrected": (data) => ({ icon: "check", tone: "paused", text: withMore(t("session {id} corrected", { id: data.id }), energy(data.energy_wh)) }),
  "session.assigned": (data) => ({ icon: "link", tone: "off", text: t("session {id} was found to belong to session {other}", { id: data.id, other: data.assigned_to }) }),
  "session.discarded": (data) => ({ icon: "trash", tone: "off", text: withSaid(t("session {id} discarded", { id: data.id }), data.resolved_reason) }),
  "charging_profile.set": (data) => ({ icon: "bolt", tone: "free", text: t("holds charging profile {profile} at {where}", { profile: data.profile_id, where: where(data.evse_id) }) }),
  "charging_profile.gone": (data) => ({ icon: "bolt", tone: "off", text: withSaid(t("holds charging profile {profile} no more", { profile: (data.profile_ids ?? []).join(", ") }), data.reason) }),
  "dead_letter.kept": (data) => ({ icon: "alert", tone: "bad", text: withSaid(t("{action} put aside", { action: data.action }), data.reason) }),
  "dead_letter.redriven": (data) => ({
    icon: "reset",
    tone: data.state === "redriven" ? "free" : "bad",
    text: data.state === "redriven" ? t("{action} handed over again", { action: data.action }) : t("{action} handed over again: it failed", { action: data.action }),
  }),
  "dead_letter.discarded": (data) => ({ icon: "trash", tone: "off", text: withSaid(t("dead letter {action} discarded", { action: data.action }), data.outcome) }),
  "command.updated": (data) => {
    const state = COMMANDS[/** @type {keyof typeof COMMANDS} */ (data.state)] ?? COMMANDS.unknown;
    return { icon: state.icon, tone: state.tone, text: withMore(data.action, t(state.word)) };
  },
  "actor.crashed": (data) => ({ icon: "crash", tone: "bad", text: withSaid(t("actor {name} crashed", { name: actorOf(data) }), data.failure ?? data.error) }),
  "actor.restarted": (data) => ({
    icon: "reset",
    tone: "free",
    text: typeof data.recovery_ms === "number" ? t("actor {name} is back after {time}", { name: actorOf(data), time: milliseconds(data.recovery_ms) }) : t("actor {name} is back", { name: actorOf(data) }),
  }),
  "actor.quarantined": (data) => ({ icon: "shield", tone: "bad", text: t("actor {name} crashed too often and is quarantined", { name: actorOf(data) }) }),
  "fault.injected": (data) => ({ icon: "crash", tone: "paused", text: withMore(t("{fault} provoked in actor {name}", { fault: faultWord(data.fault_kind), name: data.actor ?? "" }), data.at) }),
  "fault.recovered": (data) => ({
    icon: "check",
    tone: "free",
    text: typeof data.recovery_ms === "number"
      ? t("actor {name} is over a provoked {fault} after {time}", { name: data.actor ?? "", fault: faultWord(data.fault_kind), time: milliseconds(data.recovery_ms) })
      : t("actor {name} is over a provoked {fault}", { name: data.actor ?? "", fault: faultWord(data.fault_kind) }),
  }),
  "charger.anomaly": (data) => ({ icon: "help", tone: "paused", text: withMore(t("did something odd"), data.code) }),
  "charger.clock_off": (data) => {
    const seconds = Math.round(Math.abs(data.offset_s));
    return { icon: "clock", tone: "paused", text: data.offset_s > 0 ? t("has a clock that is {seconds} s behind", { seconds }) : t("has a clock that is {seconds} s ahead", { seconds }) };
  },
  "charger.availability_restored": (data) => ({ icon: "reset", tone: "paused", text: data.operative ? t("was asked again to be in service after its boot") : t("was asked again to be out of service after its boot") }),
  "charger.configuration": (data) => ({ icon: "list", tone: data.failure || data.status === "Rejected" || data.status === "NotSupported" ? "paused" : "off", text: configured(data) }),
  "charger.local_list": (data) => ({ icon: "tag", tone: data.failure ? "bad" : "off", text: data.failure ? withSaid(t("local list"), data.failure) : t("local list has version {version}", { version: data.version }) }),
  "charger.security": (data) => ({ icon: "shield", tone: "free", text: withMore(t("security"), securityWords(data)) }),
  "security.refused": (data) => ({ icon: "shield", tone: "bad", text: withSaid(t("refused {address}", { address: data.remote ?? "" }), data.reason ?? data.type) }),
  "charger.security_event": (data) => ({ icon: "shield", tone: data.critical ? "bad" : "paused", text: withSaid(t("security event"), data.type) }),
  "job.updated": (data) => {
    const state = JOBS[data.state] ?? JOBS.unknown;
    return { icon: state.icon, tone: state.tone, text: withMore(t(JOB_KINDS[data.kind] ?? m("{kind} job"), { kind: data.kind }), data.status ? isolated(data.status) : t(state.word)) };
  },
  "job.uploaded": (data) => ({ icon: "upload", tone: "free", text: data.file_name ? t("uploaded {file}", { file: data.file_name }) : t("uploaded a file") }),
  "certificate.updated": (data) => {
    const state = CERTIFICATES[data.state] ?? CERTIFICATES.unconfirmed;
    return { icon: state.icon, tone: state.tone, text: withSaid(withMore(t("certificate {name}", { name: data.common_name ?? "" }), t(state.word)), data.reason) };
  },
  "certificate.not_installed": (data) => ({ icon: "alert", tone: "bad", text: withMore(t("did not install a certificate"), data.status ? isolated(data.status) : t("no answer")) }),
  "site.added": (data) => ({ icon: "map", tone: "off", text: t("site {name} added", { name: data.name ?? data.site_id }) }),
  "site.updated": (data) => ({ icon: "map", tone: "off", text: t("site {name} changed", { name: data.name ?? data.site_id }) }),
  "site.removed": (data) => ({ icon: "map", tone: "off", text: t("site {name} removed", { name: data.site_id }) }),
  "certificate.reported": () => ({ icon: "list", tone: "off", text: t("told its certificates") }),
};

/** @type {Record<string, string>} */
const JOB_KINDS = { firmware: m("firmware job"), log: m("log job"), diagnostics: m("diagnostics job") };

/** @param {LiveEvent} event @returns {Line} */
export function eventLine({ type, data }) {
  const line = LINES[type];
  if (line) return line(data);
  if (type.startsWith("reservation.")) {
    const state = RESERVATIONS[data.state] ?? RESERVATIONS.unknown;
    const what = data.evse_id ? t("reservation of connector {n} for {tag}", { n: data.evse_id, tag: data.id_tag }) : t("reservation for {tag}", { tag: data.id_tag });
    return { icon: state.icon, tone: state.tone, text: withMore(what, t(state.word)) };
  }
  return { icon: "circle", tone: "off", text: type.replaceAll(/[._]/g, " ") };
}

/** @param {Record<string, any>} data */
function configured(data) {
  if (data.failure) return withSaid(t("configuration not read"), data.failure);
  if (data.key) return withMore(t("configuration key {key}", { key: data.key }), data.status ? isolated(data.status) : t("no answer"));
  return data.rebooted ? t("configuration: values that waited for a boot are in use") : tn("configuration: {n} key read", "configuration: {n} keys read", data.read ?? 0);
}

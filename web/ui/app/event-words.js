// @ts-check
/** Events of the live stream in plain words. */
import { energy, milliseconds } from "./format.js";
import { CERTIFICATES, COMMANDS, faultWord, JOBS, protocolWord, RESERVATIONS, STATES } from "./words.js";

/** @import { LiveEvent, TileState } from "./types.d.ts" */

/** @param {Record<string, any>} data */
function securityWords(data) {
  const { rotation, upgrade, upgrade_profile: goal, password, security_profile: profile, certificate } = data;
  const words = [
    rotation && `new password ${rotation}`, upgrade && `profile ${goal} ${upgrade}`, password && `came with the ${password} password`,
    profile && `came with profile ${profile}`, certificate && `known by the certificate of ${certificate}`,
  ];
  return words.filter(Boolean).join(", ");
}

/** @param {LiveEvent} event @returns {{icon: string, tone: string, text: string}} */
export function eventLine({ type, data }) {
  switch (type) {
    case "charger.connected":
      return { icon: "link", tone: "free", text: `connected${data.protocol ? `, OCPP ${protocolWord(data.protocol)}` : ""}` };
    case "charger.disconnected":
      return { icon: "unlink", tone: "off", text: `disconnected${data.reason ? `: ${data.reason}` : ""}` };
    case "charger.booted":
      return { icon: "power", tone: "free", text: `booted: ${[data.vendor, data.model, data.firmware_version].filter(Boolean).join(" ") || (data.registration ?? "")}` };
    case "connector.status": {
      const state = STATES[/** @type {TileState} */ (data.state)] ?? STATES.unknown;
      const error = data.error_code && data.error_code !== "NoError" ? ` (${data.error_code})` : "";
      return { icon: state.icon, tone: state.tone, text: `connector ${data.evse_id || "of the whole charger"} ${state.word.toLowerCase()}${error}` };
    }
    case "session.started":
      return { icon: "bolt", tone: "charging", text: `session started${data.id_tag ? ` by ${data.id_tag}` : ""}` };
    case "session.ended":
      return { icon: "check", tone: "off", text: `session ended: ${energy(data.energy_wh)}${data.stop_reason ? `, ${data.stop_reason}` : ""}` };
    case "session.corrected":
      return { icon: "check", tone: "paused", text: `session ${data.id} corrected: ${energy(data.energy_wh)}` };
    case "session.assigned":
      return { icon: "link", tone: "off", text: `session ${data.id} was found to belong to session ${data.assigned_to}` };
    case "session.discarded":
      return { icon: "trash", tone: "off", text: `session ${data.id} discarded: ${data.resolved_reason ?? ""}` };
    case "charging_profile.set":
      return { icon: "bolt", tone: "free", text: `holds charging profile ${data.profile_id} at ${data.evse_id ? `connector ${data.evse_id}` : "the whole charger"}` };
    case "charging_profile.gone":
      return { icon: "bolt", tone: "off", text: `holds charging profile ${(data.profile_ids ?? []).join(", ")} no more: ${data.reason ?? ""}` };
    case "dead_letter.kept":
      return { icon: "alert", tone: "bad", text: `${data.action} put aside: ${data.reason}` };
    case "dead_letter.redriven":
      return { icon: "reset", tone: data.state === "redriven" ? "free" : "bad", text: `${data.action} handed over again${data.state === "redriven" ? "" : ": it failed"}` };
    case "dead_letter.discarded":
      return { icon: "trash", tone: "off", text: `dead letter ${data.action} discarded: ${data.outcome ?? ""}` };
    case "command.updated": {
      const state = COMMANDS[/** @type {keyof typeof COMMANDS} */ (data.state)] ?? COMMANDS.unknown;
      return { icon: state.icon, tone: state.tone, text: `${data.action} ${state.word.toLowerCase()}` };
    }
    case "actor.crashed":
      return { icon: "crash", tone: "bad", text: `actor ${data.name ?? data.actor ?? ""} crashed${data.failure ?? data.error ? `: ${data.failure ?? data.error}` : ""}` };
    case "actor.restarted":
      return { icon: "reset", tone: "free", text: `actor ${data.name ?? data.actor ?? ""} is back${data.recovery_ms === undefined || data.recovery_ms === null ? "" : ` after ${milliseconds(data.recovery_ms)}`}` };
    case "actor.quarantined":
      return { icon: "shield", tone: "bad", text: `actor ${data.name ?? data.actor ?? ""} crashed too often and is quarantined` };
    case "fault.injected":
      return { icon: "crash", tone: "paused", text: `${faultWord(data.fault_kind)} provoked in actor ${data.actor ?? ""}${data.at ? ` at ${data.at}` : ""}` };
    case "fault.recovered":
      return { icon: "check", tone: "free", text: `actor ${data.actor ?? ""} is over a provoked ${faultWord(data.fault_kind)}${typeof data.recovery_ms === "number" ? ` after ${milliseconds(data.recovery_ms)}` : ""}` };
    case "charger.anomaly":
      return { icon: "help", tone: "paused", text: `did something odd: ${data.code ?? ""}` };
    case "charger.clock_off":
      return { icon: "clock", tone: "paused", text: `has a clock that is ${Math.round(Math.abs(data.offset_s))} s ${data.offset_s > 0 ? "behind" : "ahead"}` };
    case "charger.availability_restored":
      return { icon: "reset", tone: "paused", text: `was asked again to be ${data.operative ? "in" : "out of"} service after its boot` };
    case "charger.configuration":
      return { icon: "list", tone: data.failure || data.status === "Rejected" || data.status === "NotSupported" ? "paused" : "off", text: configured(data) };
    case "charger.local_list":
      return { icon: "tag", tone: data.failure ? "bad" : "off", text: data.failure ? `local list: ${data.failure}` : `local list has version ${data.version}` };
    case "charger.security":
      return { icon: "shield", tone: "free", text: `security: ${securityWords(data)}` };
    case "security.refused":
      return { icon: "shield", tone: "bad", text: `refused ${data.remote ?? ""}: ${data.reason ?? data.type ?? ""}` };
    case "charger.security_event":
      return { icon: "shield", tone: data.critical ? "bad" : "paused", text: `security event: ${data.type ?? ""}` };
    case "job.updated": {
      const state = JOBS[data.state] ?? JOBS.unknown;
      return { icon: state.icon, tone: state.tone, text: `${data.kind} job: ${data.status ?? state.word.toLowerCase()}` };
    }
    case "job.uploaded":
      return { icon: "upload", tone: "free", text: `uploaded ${data.file_name ?? "a file"}` };
    case "certificate.updated": {
      const state = CERTIFICATES[data.state] ?? CERTIFICATES.unconfirmed;
      return { icon: state.icon, tone: state.tone, text: `certificate ${data.common_name ?? ""} ${state.word.toLowerCase()}${data.reason ? `: ${data.reason}` : ""}` };
    }
    case "certificate.not_installed":
      return { icon: "alert", tone: "bad", text: `did not install a certificate: ${data.status ?? "no answer"}` };
    case "certificate.reported":
      return { icon: "list", tone: "off", text: "told its certificates" };
    default:
      if (type.startsWith("reservation.")) {
        const state = RESERVATIONS[data.state] ?? RESERVATIONS.unknown;
        return { icon: state.icon, tone: state.tone, text: `reservation of ${data.evse_id ? `connector ${data.evse_id}` : "any connector"} for ${data.id_tag} ${state.word.toLowerCase()}` };
      }
      return { icon: "circle", tone: "off", text: type.replaceAll(/[._]/g, " ") };
  }
}

/** @param {Record<string, any>} data */
function configured(data) {
  if (data.failure) return `configuration not read: ${data.failure}`;
  if (data.key) return `configuration key ${data.key}: ${data.status ?? "no answer"}`;
  return data.rebooted ? "configuration: values that waited for a boot are in use" : `configuration: ${data.read} keys read`;
}

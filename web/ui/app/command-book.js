// @ts-check
/** Every command of OCPP 1.6, 2.0.1 and 2.1 in plain words: where it belongs, what it does, and what it may cost. */
import { m, t } from "./languages.js";

/** @import { Session } from "./types.d.ts" */

/** The groups, in the order in which they are shown. */
export const GROUPS = {
  charging: m("Start and stop"), state: m("State and restart"), configuration: m("Configuration"), profiles: m("Limits and profiles"), tags: m("Cards and local list"),
  reservation: m("Reservations"), upkeep: m("Firmware and logs"), security: m("Certificates and security"), monitoring: m("Monitoring"),
  display: m("Display, costs and tariffs"), grid: m("Grid and batteries"), vendor: m("Vendor's own"),
};

/** @typedef {{group: keyof typeof GROUPS, says: string}} Told */

/** @type {Record<string, Told>} */
const BOOK = {
  RemoteStartTransaction: { group: "charging", says: m("Starts charging for a card, as if it had been held to the reader.") },
  RequestStartTransaction: { group: "charging", says: m("Starts charging for a card, as if it had been held to the reader.") },
  RemoteStopTransaction: { group: "charging", says: m("Ends a session that is running.") },
  RequestStopTransaction: { group: "charging", says: m("Ends a session that is running.") },
  UnlockConnector: { group: "charging", says: m("Releases a cable that is stuck.") },
  GetTransactionStatus: { group: "charging", says: m("Asks whether a transaction still runs and whether messages of it are waiting.") },
  UsePriorityCharging: { group: "charging", says: m("Lets a session charge with priority, or no longer.") },
  NotifyAllowedEnergyTransfer: { group: "charging", says: m("Tells which ways of charging are allowed for a session, such as back to the grid.") },
  RequestBatterySwap: { group: "charging", says: m("Starts a battery swap for a card.") },
  Reset: { group: "state", says: m("Restarts the charger: softly after what runs has ended, or at once.") },
  ChangeAvailability: { group: "state", says: m("Takes the charger or one connector in or out of service.") },
  TriggerMessage: { group: "state", says: m("Lets the charger send a message now that it would send later.") },
  ExtendedTriggerMessage: { group: "state", says: m("The same as TriggerMessage, with the messages of the security extension.") },
  GetConfiguration: { group: "configuration", says: m("Reads configuration keys, all or some.") },
  ChangeConfiguration: { group: "configuration", says: m("Sets a configuration key.") },
  GetVariables: { group: "configuration", says: m("Reads variables of components.") },
  SetVariables: { group: "configuration", says: m("Sets variables of components.") },
  GetBaseReport: { group: "configuration", says: m("Has the charger report all its variables, or a summary.") },
  GetReport: { group: "configuration", says: m("Has the charger report chosen components and variables.") },
  SetNetworkProfile: { group: "configuration", says: m("Stores how the charger connects to a central system. A wrong one locks it out.") },
  SetChargingProfile: { group: "profiles", says: m("Limits current or power over time, for the charger or one session.") },
  ClearChargingProfile: { group: "profiles", says: m("Takes limits away.") },
  GetCompositeSchedule: { group: "profiles", says: m("Asks which limit holds in the next hours, all profiles together.") },
  GetChargingProfiles: { group: "profiles", says: m("Has the charger report the profiles it holds.") },
  UpdateDynamicSchedule: { group: "profiles", says: m("Changes the limit of a dynamic profile now.") },
  ClearCache: { group: "tags", says: m("Lets the charger forget the cards it has remembered.") },
  GetLocalListVersion: { group: "tags", says: m("Asks which version of the local list the charger holds.") },
  SendLocalList: { group: "tags", says: m("Sends cards that the charger may accept by itself.") },
  ReserveNow: { group: "reservation", says: m("Keeps a connector free for a card.") },
  CancelReservation: { group: "reservation", says: m("Gives a reservation up.") },
  UpdateFirmware: { group: "upkeep", says: m("Has the charger fetch and install a firmware. It restarts over that.") },
  SignedUpdateFirmware: { group: "upkeep", says: m("Has the charger fetch, check and install a signed firmware. It restarts over that.") },
  PublishFirmware: { group: "upkeep", says: m("Has a local controller offer a firmware to its chargers.") },
  UnpublishFirmware: { group: "upkeep", says: m("Ends that a local controller offers a firmware.") },
  GetDiagnostics: { group: "upkeep", says: m("Has the charger upload its diagnostics.") },
  GetLog: { group: "upkeep", says: m("Has the charger upload its diagnostics or security log.") },
  CertificateSigned: { group: "security", says: m("Gives the charger the certificate it has asked for.") },
  InstallCertificate: { group: "security", says: m("Installs a root certificate.") },
  DeleteCertificate: { group: "security", says: m("Removes a certificate. Without the right root the charger no longer trusts this server.") },
  GetInstalledCertificateIds: { group: "security", says: m("Lists the certificates that are installed.") },
  CustomerInformation: { group: "security", says: m("Has the charger tell what it has stored of a customer, or erase it.") },
  GetMonitoringReport: { group: "monitoring", says: m("Has the charger report which variables it watches.") },
  SetMonitoringBase: { group: "monitoring", says: m("Chooses which built-in monitors are on.") },
  SetMonitoringLevel: { group: "monitoring", says: m("Sets from which severity on events are reported.") },
  SetVariableMonitoring: { group: "monitoring", says: m("Watches variables for limits or changes.") },
  ClearVariableMonitoring: { group: "monitoring", says: m("Takes monitors away.") },
  AdjustPeriodicEventStream: { group: "monitoring", says: m("Changes how often a stream of measured values is sent.") },
  GetPeriodicEventStream: { group: "monitoring", says: m("Lists the streams of measured values.") },
  SetDisplayMessage: { group: "display", says: m("Shows a text on the charger's display.") },
  GetDisplayMessages: { group: "display", says: m("Has the charger report the texts it shows.") },
  ClearDisplayMessage: { group: "display", says: m("Takes a text from the display.") },
  CostUpdated: { group: "display", says: m("Tells the driver what the session costs so far.") },
  SetDefaultTariff: { group: "display", says: m("Sets the tariff for who has none of their own.") },
  GetTariffs: { group: "display", says: m("Lists the tariffs the charger holds.") },
  ClearTariffs: { group: "display", says: m("Takes tariffs away.") },
  ChangeTransactionTariff: { group: "display", says: m("Changes the tariff of a running session.") },
  NotifyWebPaymentStarted: { group: "display", says: m("Tells the charger that somebody pays on the web for a connector.") },
  SetDERControl: { group: "grid", says: m("Sets how the charger supports the grid: power, voltage, frequency.") },
  GetDERControl: { group: "grid", says: m("Has the charger report its grid support settings.") },
  ClearDERControl: { group: "grid", says: m("Takes grid support settings away.") },
  AFRRSignal: { group: "grid", says: m("Sends a signal of the grid's frequency reserve.") },
  DataTransfer: { group: "vendor", says: m("Sends data that only the vendor knows the meaning of.") },
};

/** @param {string} action @returns {Told} */
export const toldOf = (action) => BOOK[action] ?? { group: "vendor", says: "" };

/**
 * What sending this may cost, in words to be confirmed; empty where it costs nothing.
 * @param {string} action @param {any} payload @param {Session[]} running the charger's open sessions
 */
export function riskOf(action, payload, running) {
  const charging = running.length > 0;
  switch (action) {
    case "Reset":
      if (payload?.type === "Hard" || payload?.type === "Immediate" || payload?.type === "ImmediateAndResume") return charging ? t("Charging stops at once, and the charger restarts.") : t("The charger restarts at once.");
      return charging ? t("A soft reset ends the sessions that run on many chargers, and the charger restarts.") : "";
    case "RemoteStopTransaction":
    case "RequestStopTransaction":
      return t("The session ends, and charging stops.");
    case "UnlockConnector":
      return charging ? t("Where a car is charging at this connector, its session ends.") : "";
    case "ChangeAvailability":
      return (payload?.type ?? payload?.operationalStatus) === "Inoperative" ? t("Nobody can charge there until it is taken into service again.") : "";
    case "UpdateFirmware":
    case "SignedUpdateFirmware":
      return t("The charger restarts to install it; nobody can charge meanwhile.");
    case "SetNetworkProfile":
      return t("With a wrong profile the charger no longer finds this server, and somebody has to go there.");
    case "DeleteCertificate":
      return t("Without the certificate it needs the charger no longer connects, and somebody has to go there.");
    case "ChangeConfiguration":
      return /^(authorizationkey|securityprofile)$/i.test(payload?.key ?? "") ? t("The charger is locked out unless what is stored here changes with it: use the Security tab.") : "";
    case "SetChargingProfile":
      return charging && periods(payload).some((period) => period?.limit === 0) ? t("A limit of 0 pauses charging.") : "";
    case "CustomerInformation":
      return payload?.clear === true ? t("What the charger has stored of the customer is erased.") : "";
    default:
      return "";
  }
}

/** @param {any} payload @returns {any[]} */
function periods(payload) {
  const profile = payload?.csChargingProfiles ?? payload?.chargingProfile;
  return [profile?.chargingSchedule].flat().flatMap((schedule) => schedule?.chargingSchedulePeriod ?? []);
}

/** What a charger may be asked, grouped, by a search. @param {string[]} actions @param {string} search @returns {[string, string[]][]} */
export function grouped(actions, search) {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {string} */ action) => words.every((word) => `${action} ${t(toldOf(action).says)}`.toLowerCase().includes(word));
  return Object.entries(GROUPS).map(([group, word]) => /** @type {[string, string[]]} */ ([t(word), actions.filter((action) => toldOf(action).group === group && fits(action))])).filter(([, found]) => found.length);
}

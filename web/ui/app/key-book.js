// @ts-check
/** What is known of the configuration keys of OCPP 1.6 (section 9, and the security whitepaper): where each belongs and what it holds. */
import { m } from "./languages.js";

/** @typedef {"truth" | "whole" | "decimal" | "list" | "choice" | "text"} ValueKind */
/** @typedef {{group: string, kind: ValueKind, unit?: string, choices?: string[]}} KnownKey */

/** In the order in which they are shown. */
export const KEY_GROUPS = [
  m("Connection"), m("Metering"), m("Sessions"), m("Cards and local list"), m("Limits and profiles"), m("Security"), m("Firmware and logs"), m("About the charger"), m("Vendor's own"),
];
const [CONNECTION, METERING, SESSIONS, CARDS, PROFILES, SECURITY, FIRMWARE, ABOUT, VENDOR] = KEY_GROUPS;

const MEASURANDS = [
  "Energy.Active.Import.Register", "Energy.Active.Export.Register", "Energy.Active.Import.Interval", "Energy.Reactive.Import.Register", "Power.Active.Import", "Power.Active.Export",
  "Power.Offered", "Power.Reactive.Import", "Power.Factor", "Current.Import", "Current.Export", "Current.Offered", "Voltage", "Frequency", "SoC", "Temperature", "RPM",
];

/** @type {Record<string, [string, ValueKind, string?, string[]?]>} */
const KEYS = {
  heartbeatinterval: [CONNECTION, "whole", "s"], websocketpinginterval: [CONNECTION, "whole", "s"], messagetimeout: [CONNECTION, "whole", "s"],
  transactionmessageattempts: [CONNECTION, "whole"], transactionmessageretryinterval: [CONNECTION, "whole", "s"], resetretries: [CONNECTION, "whole"],
  metervaluesampleinterval: [METERING, "whole", "s"], clockaligneddatainterval: [METERING, "whole", "s"], metervaluessampleddata: [METERING, "list", "", MEASURANDS],
  metervaluesaligneddata: [METERING, "list", "", MEASURANDS], stoptxnsampleddata: [METERING, "list", "", MEASURANDS], stoptxnaligneddata: [METERING, "list", "", MEASURANDS],
  metervaluessampleddatamaxlength: [METERING, "whole"], metervaluesaligneddatamaxlength: [METERING, "whole"], stoptxnsampleddatamaxlength: [METERING, "whole"],
  stoptxnaligneddatamaxlength: [METERING, "whole"], stoptransactionmaxmetervalues: [METERING, "whole"],
  connectiontimeout: [SESSIONS, "whole", "s"], stoptransactiononevsidedisconnect: [SESSIONS, "truth"], stoptransactiononinvalidid: [SESSIONS, "truth"],
  unlockconnectoronevsidedisconnect: [SESSIONS, "truth"], maxenergyoninvalidid: [SESSIONS, "whole", "Wh"], minimumstatusduration: [SESSIONS, "whole", "s"],
  authorizeremotetxrequests: [CARDS, "truth"], authorizationcacheenabled: [CARDS, "truth"], allowofflinetxforunknownid: [CARDS, "truth"], localauthorizeoffline: [CARDS, "truth"],
  localpreauthorize: [CARDS, "truth"], localauthlistenabled: [CARDS, "truth"], localauthlistmaxlength: [CARDS, "whole"], sendlocallistmaxlength: [CARDS, "whole"],
  reserveconnectorzerosupported: [CARDS, "truth"],
  chargeprofilemaxstacklevel: [PROFILES, "whole"], chargingscheduleallowedchargingrateunit: [PROFILES, "list", "", ["Current", "Power"]], chargingschedulemaxperiods: [PROFILES, "whole"],
  connectorswitch3to1phasesupported: [PROFILES, "truth"], maxchargingprofilesinstalled: [PROFILES, "whole"],
  securityprofile: [SECURITY, "choice", "", ["0", "1", "2", "3"]], authorizationkey: [SECURITY, "text"], cponame: [SECURITY, "text"], certificatestoremaxlength: [SECURITY, "whole"],
  certificatesignedmaxchainsize: [SECURITY, "whole"], additionalrootcertificatecheck: [SECURITY, "truth"],
  supportedfiletransferprotocols: [FIRMWARE, "list"],
  numberofconnectors: [ABOUT, "whole"], supportedfeatureprofiles: [ABOUT, "list"], supportedfeatureprofilesmaxlength: [ABOUT, "whole"], getconfigurationmaxkeys: [ABOUT, "whole"], connectorphaserotation: [ABOUT, "text"],
  connectorphaserotationmaxlength: [ABOUT, "whole"], blinkrepeat: [ABOUT, "whole"], lightintensity: [ABOUT, "whole", "%"],
};

/** What is known of a key; of a vendor's own, what its value looks like. @param {string} name @param {string | null} value @returns {KnownKey} */
export function knownKey(name, value) {
  const found = KEYS[name.trim().toLowerCase()];
  if (found) return { group: found[0], kind: found[1], unit: found[2] || undefined, choices: found[3] };
  const text = (value ?? "").trim();
  return { group: VENDOR, kind: /^(true|false)$/i.test(text) ? "truth" : /^-?\d{1,15}$/.test(text) ? "whole" : "text" };
}

// @ts-check
/**
 * What a charger's error means, and what to do: the ChargePointErrorCodes of OCPP 1.6 (section 7.6), and the minimum required error codes
 * of the ChargeX consortium (CX001 and on), which many vendors put into ``vendorErrorCode``. Data; nothing is drawn here.
 */
import { m } from "./languages.js";

/** ``who``: the driver at the charger, an operator from here, or somebody on site. @typedef {{means: string, todo: string, who: "driver" | "remote" | "site"}} Explanation */

/** @type {Record<Explanation["who"], string>} */
export const WHO = { driver: m("The driver"), remote: m("From here"), site: m("On site") };

/** @type {Record<string, Explanation>} */
const CODES = {
  ConnectorLockFailure: { means: m("The plug could not be locked or unlocked."), todo: m("Unlock it from here. If it stays, look for dirt and wear at the lock."), who: "remote" },
  EVCommunicationError: { means: m("Car and charger do not understand each other."), todo: m("Have the driver plug in again, or try another car. If every car fails here, check the plug and its cable."), who: "driver" },
  GroundFailure: { means: m("The earth leakage protection has tripped, or earth is missing."), todo: m("Keep it out of service. An electrician checks insulation and earth before it is switched on again."), who: "site" },
  HighTemperature: { means: m("It is too hot inside."), todo: m("It charges less or not until it has cooled down. Check fans, filters and sun; lower the limit for now."), who: "site" },
  InternalError: { means: m("Something in its hardware or software failed."), todo: m("Reset it. If it comes back, fetch its diagnostics and ask the manufacturer."), who: "remote" },
  LocalListConflict: { means: m("Its list of tags does not agree with ours."), todo: m("Send the local list anew, on the page Configuration."), who: "remote" },
  OtherError: { means: m("An error that has no name in OCPP."), todo: m("The vendor's code says more. Look it up in the manual, or ask the manufacturer."), who: "remote" },
  OverCurrentFailure: { means: m("More current flowed than is allowed."), todo: m("Check the fuse and the set limits. Another car tells whether it was the car's fault."), who: "site" },
  OverVoltage: { means: m("The mains voltage is too high."), todo: m("Measure the supply. If it is too high more than once, tell the grid operator."), who: "site" },
  UnderVoltage: { means: m("The mains voltage is too low, or a phase is missing."), todo: m("Check fuses and phases of the supply."), who: "site" },
  PowerMeterFailure: { means: m("The energy meter cannot be read."), todo: m("Do not bill by it. Reset the charger; if it stays, check the meter and its wiring."), who: "site" },
  PowerSwitchFailure: { means: m("The contactor does not switch as it should; it may be welded."), todo: m("Keep it out of service and switch off its supply. The contactor has to be replaced."), who: "site" },
  ReaderFailure: { means: m("The card reader is not there."), todo: m("Reset the charger. Meanwhile sessions can be started from here."), who: "remote" },
  ResetFailure: { means: m("It could not reset itself."), todo: m("Try again at once instead of when idle. If that fails, switch its supply off and on."), who: "remote" },
  WeakSignal: { means: m("Its mobile or wireless signal is weak."), todo: m("Check antenna and provider. It charges on, and reports late."), who: "site" },
};

const LEAKAGE = CODES.GroundFailure;
/** @type {Record<string, Explanation>} */
const REQUIRED = {
  CX001: CODES.ConnectorLockFailure, CX002: LEAKAGE, CX003: CODES.HighTemperature, CX004: CODES.OverCurrentFailure, CX005: CODES.OverVoltage, CX006: CODES.UnderVoltage,
  CX007: CODES.WeakSignal,
  CX008: { means: m("The emergency stop was pressed."), todo: m("Have somebody look why, then release the button."), who: "site" },
  CX009: { means: m("Nobody showed a tag in time."), todo: m("Have the driver show the tag again, or start from here."), who: "driver" },
  CX010: { means: m("The car is in a mode that cannot be charged."), todo: m("Have the driver park, lock, and plug in again."), who: "driver" },
  CX011: { means: m("The check of the cable before charging failed."), todo: m("Have the driver plug in again. If every car fails here, the cable has to be tested."), who: "driver" },
  CX012: { means: m("The voltage did not match the battery before charging began."), todo: m("Have the driver plug in again. If every car fails here, fetch diagnostics."), who: "driver" },
  CX013: { means: m("It has no connection to the internet."), todo: m("Check router, cable and provider on site."), who: "site" },
  CX014: { means: m("The pilot signal between car and charger is wrong."), todo: m("Have the driver plug in again. If every car fails here, check plug and cable."), who: "driver" },
  CX015: { means: m("Its supply failed."), todo: m("Check the mains and the fuse."), who: "site" },
  CX016: { means: m("A contactor in the car does not switch."), todo: m("It is the car's fault. The driver should have the car looked at."), who: "driver" },
  CX017: CODES.PowerSwitchFailure,
  CX018: { means: m("The cable is hot: it charges with less power."), todo: m("Check the plug's contacts for wear, and the cooling of the cable."), who: "site" },
  CX019: { means: m("The cable is too hot: it stopped charging."), todo: m("Keep the connector out of service until plug and cable were checked."), who: "site" },
  CX020: { means: m("The plug is not all the way in."), todo: m("Have the driver push it in, or plug in again."), who: "driver" },
  CX021: { means: m("The capacitance at the plug is wrong."), todo: m("Have the driver plug in again. If every car fails here, test the cable."), who: "site" },
  CX022: { means: m("The insulation resistance is too low."), todo: m("Keep it out of service until the insulation was measured."), who: "site" },
  CX023: { means: m("It cannot tell whether a plug is in."), todo: m("Check plug and socket for dirt and damage."), who: "site" },
  CX024: { means: m("The voltage at the connector is too high."), todo: m("Keep it out of service and fetch diagnostics for the manufacturer."), who: "site" },
  CX025: { means: m("The latch of the plug is broken."), todo: m("The plug or its cable has to be replaced."), who: "site" },
  CX026: { means: m("The cable is cut or stolen."), todo: m("Keep it out of service and safe. The cable has to be replaced."), who: "site" },
};

/** What an error is, by the vendor's code where that is a known one, else by OCPP's; null where nothing is known of it. @param {string | null} code @param {string | null} vendorCode @returns {Explanation | null} */
export function explained(code, vendorCode) {
  const required = /\bCX0\d\d\b/.exec(vendorCode?.toUpperCase() ?? "")?.[0];
  return (required && REQUIRED[required]) || CODES[code ?? ""] || CODES[vendorCode ?? ""] || null;
}

// @ts-check
/** Payloads that operators want most often, filled with what is known of the charger. */
import { m, t } from "./languages.js";

/** @import { Charger, Session } from "./types.d.ts" */
/** @import { Choice } from "./form/context.js" */
/** @import { Path } from "./schema.js" */
/** @typedef {{word: string, payload: any}} Preset */
/** @typedef {{two: boolean, evse: number, connector: number, transaction: string | number, tag: string, now: number}} Known */

const HOUR_S = 3600;

/** @param {number} ms */
const iso = (ms) => new Date(Math.floor(ms / 1000) * 1000).toISOString();

/** @param {Known} known @param {number | null} limit @param {string} purpose @param {number} [hours] */
function profile(known, limit, purpose, hours) {
  const forSession = purpose === "TxProfile";
  const schedule = {
    ...(known.two ? { id: 1 } : {}), ...(hours ? { duration: hours * HOUR_S } : {}), startSchedule: iso(known.now), chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }],
  };
  const common = { stackLevel: 0, chargingProfilePurpose: purpose, chargingProfileKind: "Absolute" };
  const where = known.two ? "evseId" : "connectorId";
  const made = known.two
    ? { id: 1, ...common, ...(forSession ? { transactionId: String(known.transaction) } : {}), chargingSchedule: [schedule] }
    : { chargingProfileId: 1, ...common, ...(forSession ? { transactionId: Number(known.transaction) || 0 } : {}), chargingSchedule: schedule };
  return { [where]: forSession ? known.evse : 0, [known.two ? "chargingProfile" : "csChargingProfiles"]: made };
}

/** @param {Known} known @param {string} message @param {boolean} [whole] */
const trigger = (known, message, whole) => ({ requestedMessage: message, ...(whole ? {} : known.two ? { evse: { id: known.evse, connectorId: known.connector } } : { connectorId: known.evse }) });

/** @param {Known} known */
const token = (known) => ({ idToken: known.tag, type: "ISO14443" });

/** @param {string} component @param {string} variable @param {string} [value] */
const variable = (component, variable, value) => ({ component: { name: component }, variable: { name: variable }, ...(value === undefined ? {} : { attributeValue: value }) });

/** What only makes sense while a session runs. @param {Known} known @param {any} payload */
const running = (known, payload) => (known.transaction === "" ? null : payload);

/** By action; a payload that makes no sense now is null. @type {Record<string, (known: Known) => [string, any][]>} */
const PRESETS = {
  RemoteStartTransaction: (known) => [[m("Start at connector {n}"), { connectorId: known.evse, idTag: known.tag }]],
  RequestStartTransaction: (known) => [[m("Start at connector {n}"), { evseId: known.evse, remoteStartId: 1 + (known.now % 1_000_000), idToken: token(known) }]],
  RemoteStopTransaction: (known) => [[m("Stop the running session"), running(known, { transactionId: Number(known.transaction) || 0 })]],
  RequestStopTransaction: (known) => [[m("Stop the running session"), running(known, { transactionId: String(known.transaction) })]],
  UnlockConnector: (known) => [[m("Connector {n}"), known.two ? { evseId: known.evse, connectorId: known.connector } : { connectorId: known.evse }]],
  GetTransactionStatus: (known) => [[m("The running session"), running(known, { transactionId: String(known.transaction) })], [m("The whole charger"), {}]],
  Reset: (known) => (known.two ? [[m("When idle"), { type: "OnIdle" }], [m("At once"), { type: "Immediate" }]] : [[m("Soft"), { type: "Soft" }], [m("Hard"), { type: "Hard" }]]),
  ChangeAvailability: (known) => known.two
    ? [[m("Connector {n} out of service"), { operationalStatus: "Inoperative", evse: { id: known.evse } }], [m("Connector {n} in service"), { operationalStatus: "Operative", evse: { id: known.evse } }], [m("The whole charger in service"), { operationalStatus: "Operative" }]]
    : [[m("Connector {n} out of service"), { connectorId: known.evse, type: "Inoperative" }], [m("Connector {n} in service"), { connectorId: known.evse, type: "Operative" }], [m("The whole charger in service"), { connectorId: 0, type: "Operative" }]],
  TriggerMessage: (known) => [
    [m("Status of connector {n}"), trigger(known, "StatusNotification")], [m("Meter values of connector {n}"), trigger(known, "MeterValues")],
    [m("Boot notification"), trigger(known, "BootNotification", true)], [m("Heartbeat"), trigger(known, "Heartbeat", true)],
    ...(known.two ? [/** @type {[string, any]} */ ([m("The running session"), running(known, trigger(known, "TransactionEvent"))])] : []),
  ],
  ExtendedTriggerMessage: (known) => [[m("Status of connector {n}"), trigger(known, "StatusNotification")], [m("Request a new certificate"), trigger(known, "SignChargePointCertificate", true)]],
  GetConfiguration: () => [[m("All keys"), {}], [m("Heartbeat interval"), { key: ["HeartbeatInterval"] }], [m("What is measured"), { key: ["MeterValueSampleInterval", "MeterValuesSampledData"] }]],
  ChangeConfiguration: () => [[m("Measure every minute"), { key: "MeterValueSampleInterval", value: "60" }], [m("Heartbeat every five minutes"), { key: "HeartbeatInterval", value: "300" }]],
  GetVariables: () => [[m("Heartbeat interval"), { getVariableData: [variable("OCPPCommCtrlr", "HeartbeatInterval")] }], [m("What is measured"), { getVariableData: [variable("SampledDataCtrlr", "TxUpdatedInterval"), variable("SampledDataCtrlr", "TxUpdatedMeasurands")] }]],
  SetVariables: () => [[m("Heartbeat every five minutes"), { setVariableData: [variable("OCPPCommCtrlr", "HeartbeatInterval", "300")] }], [m("Measure every minute"), { setVariableData: [variable("SampledDataCtrlr", "TxUpdatedInterval", "60")] }]],
  GetBaseReport: (known) => [[m("Everything"), { requestId: requestId(known), reportBase: "FullInventory" }], [m("What can be set"), { requestId: requestId(known), reportBase: "ConfigurationInventory" }], [m("Summary"), { requestId: requestId(known), reportBase: "SummaryInventory" }]],
  SetChargingProfile: (known) => [
    [m("16 A for the charger"), profile(known, 16, known.two ? "ChargingStationMaxProfile" : "ChargePointMaxProfile")], [m("10 A for two hours"), profile(known, 10, known.two ? "ChargingStationMaxProfile" : "ChargePointMaxProfile", 2)],
    [m("6 A for the running session"), running(known, profile(known, 6, "TxProfile"))],
  ],
  ClearChargingProfile: (known) => [[m("All limits"), {}], [m("Limits of connector {n}"), known.two ? { chargingProfileCriteria: { evseId: known.evse } } : { connectorId: known.evse }]],
  GetCompositeSchedule: (known) => [[m("The next day at connector {n}"), { [known.two ? "evseId" : "connectorId"]: known.evse, duration: 24 * HOUR_S, chargingRateUnit: "A" }], [m("The next hour of the whole charger"), { [known.two ? "evseId" : "connectorId"]: 0, duration: HOUR_S }]],
  GetChargingProfiles: (known) => [[m("All of them"), { requestId: requestId(known), chargingProfile: {} }]],
  ReserveNow: (known) => [[m("Connector {n} for an hour"), known.two
    ? { id: 1 + (known.now % 1_000_000), expiryDateTime: iso(known.now + HOUR_S * 1000), idToken: token(known), evseId: known.evse }
    : { connectorId: known.evse, expiryDate: iso(known.now + HOUR_S * 1000), idTag: known.tag, reservationId: 1 + (known.now % 1_000_000) }]],
  GetInstalledCertificateIds: (known) => [[m("Roots of this server"), known.two ? { certificateType: ["CSMSRootCertificate"] } : { certificateType: "CentralSystemRootCertificate" }]],
  SetMonitoringLevel: () => [[m("Errors and worse"), { severity: 4 }], [m("Everything"), { severity: 9 }]],
  SetMonitoringBase: () => [[m("Everything"), { monitoringBase: "All" }], [m("As it came from the factory"), { monitoringBase: "FactoryDefault" }]],
  GetDisplayMessages: (known) => [[m("All of them"), { requestId: requestId(known) }]],
  SetDisplayMessage: () => [[m("A text in the foreground"), { message: { id: 1, priority: "InFront", message: { format: "UTF8", language: "en", content: t("Welcome") } } }]],
  CostUpdated: (known) => [[m("The running session"), running(known, { totalCost: 1.5, transactionId: String(known.transaction) })]],
  DataTransfer: () => [[m("A text for a vendor"), { vendorId: "com.example", messageId: "hello", data: "world" }]],
};

/** @param {Known} known */
const requestId = (known) => 1 + (known.now % 1_000_000);

/** What is known of a charger. @param {Charger} charger @param {Session[]} sessions @param {string} tag @returns {Known} */
export function knownOf(charger, sessions, tag) {
  const evse = sessions[0]?.evse_id ?? charger.evses.find((one) => one.id > 0)?.id ?? 1;
  const connector = charger.evses.find((one) => one.id === evse)?.connectors[0]?.id ?? 1;
  return { two: (charger.protocol ?? "").startsWith("ocpp2"), evse, connector, transaction: sessions[0]?.transaction_id ?? "", tag: sessions[0]?.id_tag ?? tag, now: Date.now() };
}

/** @param {string} action @param {Known} known @returns {Preset[]} */
export const presetsOf = (action, known) => (PRESETS[action]?.(known) ?? []).filter(([, payload]) => payload).map(([word, payload]) => ({ word: t(word, { n: known.evse }), payload }));

/**
 * What is sensible at a place of a payload: this charger's connectors, its running transactions, its keys, cards.
 * @param {Path} path @param {Charger} charger @param {Session[]} sessions @param {string[]} keys @param {string[]} tags @returns {Choice[]}
 */
export function choicesAt(path, charger, sessions, keys, tags) {
  const name = path.findLast((step) => typeof step === "string") ?? "";
  const within = path.at(-2);
  if (name === "evseId" || (name === "id" && within === "evse") || (name === "connectorId" && charger.protocol === "ocpp1.6")) {
    return [...(name === "id" ? [] : [{ value: 0, word: t("the whole charger") }]), ...charger.evses.filter((evse) => evse.id > 0).map((evse) => ({ value: evse.id, word: evse.connectors.map((one) => one.status).join(", ") }))];
  }
  if (name === "connectorId") return [...new Set(charger.evses.flatMap((evse) => evse.connectors.map((one) => one.id)))].map((value) => ({ value }));
  if (name === "transactionId") return sessions.map((session) => ({ value: session.transaction_id, word: t("running at connector {n}", { n: session.evse_id ?? "?" }) }));
  if (name === "idTag" || name === "idToken" || name === "parentIdTag") return tags.map((value) => ({ value }));
  if (name === "key") return keys.map((value) => ({ value }));
  return [];
}

// @ts-check
/** What flows in each phase, from stored meter values and from what the charger says right now. */

/** @import { LiveEvent, MeterValue, Session } from "./types.d.ts" */
/** Watts, amperes and volts. @typedef {{power?: number, current?: number, voltage?: number}} Phase */
/** By name: L1, L2, L3; ``""`` is all of it, or the one of direct current. @typedef {Record<string, Phase>} Phases */

/** @type {Record<string, keyof Phase>} */
const KINDS = { "Power.Active.Import": "power", "Current.Import": "current", Voltage: "voltage" };
const FACTOR = /** @type {Record<string, number>} */ ({ kW: 1000, kA: 1000, kV: 1000, mA: 0.001 });

/** What is newest of each phase, after ``before``. @param {Phases} before @param {MeterValue[]} values oldest first @returns {Phases} */
export function phasesOf(before, values) {
  /** @type {Phases} */
  const found = { ...before };
  for (const { measurand, phase, value, unit, signed, location } of values) {
    const kind = KINDS[measurand];
    const number = Number(value) * (FACTOR[unit] ?? 1);
    const name = phase ? /^L[123]/.exec(phase)?.[0] : "";
    if (!kind || signed || name === undefined || (phase && phase.includes("-L")) || !Number.isFinite(number) || (location && location !== "Outlet")) continue;
    found[name] = { ...found[name], [kind]: number };
  }
  return found;
}

/** The current of the phase that carries most. @param {Phases} phases @returns {number | null} */
export function highestCurrent(phases) {
  const currents = Object.values(phases).flatMap(({ current }) => (current === undefined ? [] : [current]));
  return currents.length ? Math.max(...currents) : null;
}

/** The meter values of a session in a message of the live feed. @param {LiveEvent} event @param {Session} session @returns {MeterValue[]} */
export function samplesIn(event, session) {
  const { action, request, direction, charger_id: charger } = event.data;
  if (event.type !== "message" || charger !== session.charger_id || direction !== "in" || (action !== "MeterValues" && action !== "TransactionEvent")) return [];
  /** @type {any} */
  let payload;
  try {
    payload = (typeof request === "string" ? JSON.parse(request) : request)?.[3] ?? {};
  } catch {
    return [];
  }
  const transaction = payload.transactionId ?? payload.transactionInfo?.transactionId;
  const evse = payload.connectorId ?? payload.evse?.id ?? payload.evseId;
  if (transaction !== undefined ? String(transaction) !== session.transaction_id : evse !== session.evse_id) return [];
  /** @type {MeterValue[]} */
  const values = [];
  for (const { timestamp, sampledValue } of listOf(payload.meterValue)) {
    for (const one of listOf(sampledValue)) {
      const scale = 10 ** (one.unitOfMeasure?.multiplier ?? 0);
      values.push({ at: String(timestamp), value: Number(one.value) * scale, measurand: one.measurand ?? "Energy.Active.Import.Register", unit: one.unit ?? one.unitOfMeasure?.unit ?? "", phase: one.phase ?? null, location: one.location, signed: one.format === "SignedData" });
    }
  }
  return values;
}

/** @param {any} value @returns {any[]} */
const listOf = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);

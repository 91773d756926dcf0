// @ts-check
/** An exchange in plain words: how it ended, whose fault it was, and what can be made of it elsewhere (curl, a test case). */
import { BASE } from "./api.js";
import { m, t } from "./languages.js";

/** @import { Exchange } from "./types.d.ts" */

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const OUTCOMES = {
  result: { word: m("answered"), icon: "check", tone: "free" },
  error: { word: m("error"), icon: "alert", tone: "bad" },
  timeout: { word: m("no answer"), icon: "clock", tone: "bad" },
  lost: { word: m("line lost"), icon: "unlink", tone: "bad" },
  unanswered: { word: m("unanswered"), icon: "help", tone: "off" },
  sent: { word: m("no answer needed"), icon: "check", tone: "off" },
  ignored: { word: m("ignored"), icon: "ban", tone: "paused" },
};

/** Frames that are no call with its answer. @type {Record<string, string>} */
export const KINDS = {
  send: m("message without answer"),
  replay: m("came again"),
  late_answer: m("answer after its time"),
  refused: m("malformed, refused"),
  ignored: m("not a call"),
};

/** @param {Exchange} row */
export const isTrouble = (row) => !["result", "sent"].includes(row.outcome);

/** A frame as it is, or read from its text. @param {unknown} value @returns {any} */
export function frameOf(value) {
  if (typeof value !== "string") return value ?? null;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The payload in a frame: of a CALL, a CALLRESULT, or the details of a CALLERROR. @param {any} whole */
export const payloadOf = (whole) => (Array.isArray(whole) ? whole[whole[0] === 3 ? 2 : whole[0] === 4 ? 4 : 3] ?? null : whole);

/** What a request was read as, where it did not fit its schema. @param {Exchange} row @returns {{payload: unknown, repairs: {code: string, field: string}[]} | null} */
export const repairedOf = (row) => frameOf(row.repaired);

/** @param {Exchange} row */
export function tookMs(row) {
  const took = row.latency_ms ?? (row.answered_at ? Date.parse(row.answered_at) - Date.parse(row.at) : null);
  return took === null ? null : Math.max(0, took);
}

/** A payload in one line. @param {unknown} payload */
export function gistOf(payload) {
  if (payload === null || typeof payload !== "object") return String(payload ?? "");
  return Object.entries(payload)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ")
    .slice(0, 220);
}

/** Codes that say that a frame was not as OCPP wants it, in the spellings of all versions. */
const MALFORMED = /^(FormationViolation|FormatViolation|OccurrenceConstraintViolation|OccurenceConstraintViolation|PropertyConstraintViolation|TypeConstraintViolation|ProtocolError|RpcFrameworkError|MessageTypeNotSupported)$/;

/**
 * Whose fault it is that an exchange is not as it should be; null where nothing is wrong.
 * @param {Exchange} row @returns {{who: "charger" | "us" | "line" | "nobody", word: string, text: string} | null}
 */
export function faultOf(row) {
  const inwards = row.direction === "in";
  const code = row.error_code ?? "";
  if (row.outcome === "lost") return { who: "line", word: t("The line's fault"), text: t("The line was lost before the answer came.") };
  if (row.outcome === "unanswered") return { who: "line", word: t("The line's fault"), text: t("The line was lost before the answer was sent; the charger sends it again.") };
  if (row.outcome === "timeout") return { who: "charger", word: t("The charger's fault"), text: t("The charger did not answer in time.") };
  if (row.kind === "late_answer") return { who: "charger", word: t("The charger's fault"), text: t("The answer came after its time; nobody waited for it any more.") };
  if (row.kind === "refused" || row.outcome === "ignored") return { who: "charger", word: t("The charger's fault"), text: t("What the charger sent is no frame that OCPP knows.") };
  if (inwards && MALFORMED.test(code)) return { who: "charger", word: t("The charger's fault"), text: t("Its frame does not fit the schema of OCPP, and it was refused.") };
  if (inwards && code === "InternalError") return { who: "us", word: t("Our fault"), text: t("This server failed at it and said so; the charger may send it again.") };
  if (inwards && row.outcome === "error") return { who: "nobody", word: t("Refused"), text: t("This server understood it and refused it.") };
  if (inwards && repairedOf(row)) return { who: "charger", word: t("The charger's fault"), text: t("Its frame does not fit the schema of OCPP; it was read in the way shown below, and answered.") };
  if (!inwards && row.outcome === "error" && MALFORMED.test(code)) return { who: "nobody", word: t("In dispute"), text: t("The charger says that our frame is malformed. It fits the schema of OCPP: it was checked before it was sent.") };
  if (!inwards && row.outcome === "error" && code === "InternalError") return { who: "charger", word: t("The charger's fault"), text: t("The charger failed at it and said so.") };
  if (!inwards && row.outcome === "error") return { who: "nobody", word: t("Refused"), text: t("The charger does not do this, or not now.") };
  if (!inwards && row.error) return { who: "charger", word: t("The charger's fault"), text: t("Its answer does not fit the schema of OCPP.") };
  return null;
}

/** The command that sends this again, for a shell. @param {Exchange} row */
export function curlOf(row) {
  const body = JSON.stringify({ action: row.action, payload: payloadOf(frameOf(row.request)) });
  const url = `${location.origin}${BASE}/chargers/${encodeURIComponent(row.charger_id)}/commands`;
  const quoted = (/** @type {string} */ text) => `'${text.replace(/'/g, "'\\''")}'`;
  return [
    `curl -X POST ${quoted(url)}`, "-H \"Authorization: Bearer $VOLTARO_TOKEN\"", "-H 'Content-Type: application/json'", "-H 'Prefer: wait=10'", `-d ${quoted(body)}`,
  ].join(" \\\n  ");
}

/** The exchange as the project's own tests have it: a frame, who sent it, and the answer. @param {Exchange} row */
export function testCaseOf(row) {
  const side = row.direction === "in" ? "from_charger" : "to_charger";
  return JSON.stringify({ [side]: { frame: frameOf(row.request), answer: frameOf(row.answer) } }, null, 2);
}

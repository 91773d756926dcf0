// @ts-check
/** The life of a charger as lanes of spans and points, each with its words, its tone and where it leads. Nothing is drawn here. */
import { eventLine } from "./event-words.js";
import { energy } from "./format.js";
import { isolated } from "./isolated.js";
import { t } from "./languages.js";
import { chargerPath } from "./router.js";
import { COMMANDS, CONNECTIONS, JOBS, STATES } from "./words.js";

/** @import { Happening, Timeline } from "./api/life.js" */
/** One thing on a lane; ``to`` is null while it lasts, and equals ``from`` for a point. @typedef {{key: string, from: number, to: number | null, point: boolean, tone: string, icon: string, word: string, text: string, href: string, row: number}} Item */
/** ``rows`` is how many lie above each other where they overlap. @typedef {{key: string, label: string, items: Item[], cut: boolean, rows: number}} LaneOf */

const MOST_ROWS = 4;
/** Events that people look for when something broke. */
const TROUBLE = /^(actor\.|charger\.booted|charger\.taken_over|dead_letter\.|fault\.|session\.)/;
/** Events that say that the charger does something odd. */
const ODD = /^(charger\.anomaly|charger\.clock_off|charger\.security_event|security\.)/;

/** @param {Timeline} told @returns {LaneOf[]} */
export function lanesOf(told) {
  const page = chargerPath(told.charger_id);
  const happenings = told.happenings.items;
  const trouble = happenings.filter(({ type }) => TROUBLE.test(type));
  const odd = happenings.filter(({ type }) => ODD.test(type));
  const rest = happenings.filter(({ type }) => !TROUBLE.test(type) && !ODD.test(type));
  const event = (/** @type {Happening} */ one) => eventItem(one, page);
  const lanes = [
    lane("line", t("Connection"), told.connection.items.map((span) => {
      const is = CONNECTIONS[span.online ? "online" : "offline"];
      const why = span.online ? [span.protocol && `OCPP ${span.protocol.replace("ocpp", "")}`, span.remote] : [span.reason, span.code];
      return item(`line ${span.since}`, span.since, span.until, is, t(is.word), why.filter(Boolean).join(", "), messagesAt(page, span.since));
    }), told.connection.cut),
    ...connectorLanes(told, page),
    lane("sessions", t("Sessions"), (told.sessions?.items ?? []).map((mark) => {
      const is = mark.state === "active" ? STATES.charging : { icon: mark.state === "unresolved" ? "help" : "check", tone: mark.state === "unresolved" ? "bad" : "violet" };
      const where = mark.evse_id ? t("connector {n}", { n: mark.evse_id }) : "";
      const words = [where, mark.id_tag, mark.state === "active" ? "" : energy(mark.energy_wh), mark.stop_reason].filter(Boolean).join(", ");
      return item(`session ${mark.id}`, mark.started_at, mark.ended_at ?? (mark.state === "active" ? null : mark.started_at), is, t("Session {id}", { id: mark.id }), words, `/sessions/${mark.id}`);
    }), told.sessions?.cut ?? false),
    lane("commands", t("Commands"), told.commands.items.map((mark) => {
      const is = COMMANDS[mark.state] ?? COMMANDS.unknown;
      return point(`command ${mark.id}`, mark.created_at, is, mark.action, [t(is.word), mark.requested_by].filter(Boolean).join(", "), messagesAt(page, mark.created_at, mark.action));
    }), told.commands.cut),
    lane("trouble", t("Boots and faults"), trouble.map(event), told.happenings.cut),
    lane("odd", t("Oddities"), odd.map(event), told.happenings.cut),
    lane("changes", t("Changes"), rest.map(event), told.happenings.cut),
    lane("jobs", t("Jobs"), told.jobs.items.map((mark) => {
      const is = JOBS[mark.state] ?? JOBS.unknown;
      return item(`job ${mark.id}`, mark.created_at, mark.ended_at, is, mark.kind === "firmware" ? t("Firmware") : t("Log"), [t(is.word), mark.status && isolated(mark.status)].filter(Boolean).join(", "), `${page}?tab=maintenance`);
    }), told.jobs.cut),
    lane("notes", t("Notes"), told.notes.items.map((note) => point(`note ${note.id}`, note.at, { icon: "list", tone: "busy" }, note.author, note.text, `${page}?tab=notes`)), told.notes.cut),
  ];
  return lanes.filter(({ key, items }) => items.length > 0 || key === "line" || key === "sessions");
}

/** @param {Timeline} told @param {string} page @returns {LaneOf[]} */
function connectorLanes(told, page) {
  const keys = [...new Set(told.connectors.items.map((span) => `${span.evse_id}.${span.connector_id}`))];
  const several = new Set(told.connectors.items.filter((span) => span.connector_id > 1).map((span) => span.evse_id));
  return keys.map((key) => {
    const spans = told.connectors.items.filter((span) => `${span.evse_id}.${span.connector_id}` === key);
    const label = !spans[0].evse_id ? t("Whole charger") : several.has(spans[0].evse_id) ? t("Connector {n}", { n: key }) : t("Connector {n}", { n: spans[0].evse_id });
    return lane(`connector ${key}`, label, spans.map((span) => {
      const is = STATES[span.state] ?? STATES.unknown;
      const words = [span.error_code !== "NoError" && span.error_code, span.vendor_error_code, span.info, span.status].filter(Boolean).join(", ");
      return item(`connector ${key} ${span.since}`, span.since, span.until, is, t(is.word), words, messagesAt(page, span.since, "StatusNotification"));
    }), told.connectors.cut);
  });
}

/** @param {Happening} event @param {string} page @returns {Item} */
function eventItem({ id, type, at, data }, page) {
  const { icon, tone, text } = eventLine({ type, id: String(id), at, data });
  const where = type.startsWith("actor.") || type.startsWith("fault.") ? `/actors?find=${encodeURIComponent(data.actor ?? "")}`
    : type === "charger.anomaly" ? `${page}?tab=anomalies`
    : type.startsWith("charger.security") || type.startsWith("certificate.") ? `${page}?tab=security`
    : type.startsWith("reservation.") || type.startsWith("charging_profile.") ? `${page}?tab=charging`
    : type.startsWith("charger.configuration") || type === "charger.local_list" ? `${page}?tab=configuration`
    : type.startsWith("session.") && data.id ? `/sessions/${data.id}`
    : messagesAt(page, at);
  return point(`event ${id}`, at, { icon, tone }, text, "", where);
}

/** The messages around a moment. @param {string} page @param {string} at @param {string} [action] */
function messagesAt(page, at, action) {
  const around = (/** @type {number} */ ms) => new Date(Date.parse(at) + ms).toISOString();
  const query = new URLSearchParams({ tab: "messages", since: around(-30_000), until: around(30_000), ...(action ? { action } : {}) });
  return `${page}?${query}`;
}

/** @param {string} key @param {string} since @param {string | null} until @param {{icon: string, tone: string}} is @param {string} word @param {string} text @param {string} href @returns {Item} */
function item(key, since, until, is, word, text, href) {
  return { key, from: Date.parse(since), to: until === null ? null : Date.parse(until), point: false, tone: is.tone, icon: is.icon, word, text, href, row: 0 };
}

/** @param {string} key @param {string} at @param {{icon: string, tone: string}} is @param {string} word @param {string} text @param {string} href @returns {Item} */
function point(key, at, is, word, text, href) {
  return { ...item(key, at, at, is, word, text, href), point: true };
}

/** Spans that overlap are put on rows of their own. @param {string} key @param {string} label @param {Item[]} items @param {boolean} cut @returns {LaneOf} */
function lane(key, label, items, cut) {
  /** @type {number[]} */
  const ends = [];
  const placed = items.map((one) => {
    if (one.point) return one;
    let row = ends.findIndex((end) => end <= one.from);
    if (row < 0) row = Math.min(ends.length, MOST_ROWS - 1);
    ends[row] = one.to ?? Infinity;
    return { ...one, row };
  });
  return { key, label, items: placed, cut, rows: Math.max(1, ends.length) };
}

/** What there was at a moment, lane by lane: what lasted then. @param {LaneOf[]} lanes @param {number} at @returns {{lane: string, item: Item}[]} */
export function standingAt(lanes, at) {
  return lanes.flatMap(({ label, items }) => items.filter((one) => !one.point && one.from <= at && (one.to === null || at < one.to)).map((item) => ({ lane: label, item })));
}

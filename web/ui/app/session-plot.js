// @ts-check
/** What was measured during a session over how its connector stood: power, energy, state of charge, and the current of each phase. */
import { useRef } from "preact/hooks";
import { colour, faded } from "./chart.js";
import { count, decimal, duration, energy, power, soc, time } from "./format.js";
import { html } from "./html.js";
import { m, t } from "./languages.js";
import { aroundZero, broken, showLast, timeAxis, timeScale, timeSeries, usePlot } from "./plot.js";
import { STATES } from "./words.js";
import { Status } from "./widgets.js";

/** @import { Curve } from "./chart.js" */
/** @import { ConnectorSpan, Story } from "./api/sessions.js" */
/** @import { MeterValue, Session, TileState } from "./types.d.ts" */
/** Seconds since 1970. @typedef {{from: number, to: number, state: TileState}} Band */
/** Seconds, then ampere of each phase that was told. @typedef {{phases: string[], columns: (number | null)[][]}} Currents */

const CURRENT = m("Current");
/** Pixels right of the curves for the axis of the state of charge; what is drawn below keeps them free. */
const SOC_AXIS = 44;
/** Above the curves stands how the connector stood. */
const ROOM = 1.18;

/** Charging states of 2.x as connector states of ours. @type {Record<string, TileState>} */
const OF_CHARGING_STATE = { Charging: "charging", EVConnected: "preparing", SuspendedEV: "suspended_ev", SuspendedEVSE: "suspended_evse", Idle: "finishing" };

/** The current of each phase (N left out); where no phase is named, the one there is. @param {MeterValue[]} values @returns {Currents} */
export function currentsOf(values) {
  /** @type {Map<number, Map<string, number>>} */
  const rows = new Map();
  const phases = new Set();
  for (const value of values) {
    const ampere = Number(value.value);
    if (value.measurand !== "Current.Import" || value.signed || !Number.isFinite(ampere) || value.phase === "N") continue;
    const phase = value.phase?.slice(0, 2) ?? "";
    const at = Math.round(Date.parse(value.at) / 1000);
    const row = rows.get(at) ?? new Map();
    rows.set(at, row.set(phase, ampere));
    phases.add(phase);
  }
  const named = [...phases].sort();
  const sorted = [...rows].sort((a, b) => a[0] - b[0]);
  return { phases: named, columns: [sorted.map(([at]) => at), ...named.map((phase) => sorted.map(([, row]) => row.get(phase) ?? null))] };
}

/** How the connector of a session stood while it ran: from the charger's reports, or in 2.x from the session's own events. @param {Session} session @param {ConnectorSpan[]} spans @param {Story | null} story @returns {Band[]} */
export function bandsOf(session, spans, story) {
  const begin = Date.parse(session.started_at) / 1000;
  const end = session.ended_at ? Date.parse(session.ended_at) / 1000 : Date.now() / 1000;
  const mine = spans.filter((span) => span.evse_id === session.evse_id && (session.connector_id === null || span.connector_id === session.connector_id));
  /** @type {{from: number, state: TileState}[]} */
  let changes = mine.map((span) => ({ from: Date.parse(span.since) / 1000, state: span.state in STATES ? /** @type {TileState} */ (span.state) : "unknown" }));
  const told = (story?.events ?? []).filter((event) => event.charging_state && OF_CHARGING_STATE[event.charging_state]);
  if (told.length) changes = told.map((event) => ({ from: Date.parse(event.at) / 1000, state: OF_CHARGING_STATE[event.charging_state ?? ""] }));
  changes.sort((a, b) => a.from - b.from);
  /** @type {Band[]} */
  const bands = [];
  changes.forEach(({ from, state }, place) => {
    const band = { from: Math.max(from, begin), to: Math.min(changes[place + 1]?.from ?? end, end), state };
    const last = bands.at(-1);
    if (band.to <= band.from) return;
    if (last?.state === state && band.from - last.to < 1) last.to = band.to;
    else bands.push(band);
  });
  return bands;
}

/** @param {{curve: Curve, currents: Currents, bands: Band[]}} props */
export function SessionPlot({ curve, currents, bands }) {
  return html`<div class="session-plot">
    ${curve[0].length > 1 && html`<${Plot} data=${curve} bands=${bands} height=${280} make=${energyPlot} label=${t("Power, energy and state of charge")} />`}
    ${(currents.columns[0]?.length ?? 0) > 1 && html`<${Plot} data=${currents.columns} bands=${bands} height=${150} make=${currentPlot(currents.phases)} label=${t("Current of each phase")} />`}
    <p class="plot-words">${inWords(curve)}</p>
    ${bands.length > 0 && html`<h3 class="band-head">${t("How the connector stood")}</h3><ol class="bands" aria-label=${t("How the connector stood")}>${bands.map((band) => html`<li key=${band.from}>
      <${Status} small is=${STATES[band.state]} /><span class="number">${time(iso(band.from))} – ${time(iso(band.to))}</span><small class="quiet number">${duration(iso(band.from), iso(band.to))}</small></li>`)}</ol>`}
  </div>`;
}

const iso = (/** @type {number} */ seconds) => new Date(seconds * 1000).toISOString();

/** The curve said in a sentence, for who cannot see it. @param {Curve} curve */
function inWords(curve) {
  if (!curve[0].length) return "";
  const top = Math.max(...curve[1].map((watts) => watts ?? 0));
  const delivered = curve[2].findLast((wh) => wh !== null);
  const charge = curve[3].findLast((percent) => percent !== null);
  const said = [t("Peak {power}", { power: power(top) })];
  const back = Math.min(...curve[1].map((watts) => watts ?? 0));
  if (back < 0) said.push(t("given back {power} at most", { power: power(-back) }));
  if (delivered !== undefined && delivered !== null) said.push(t("delivered {energy}", { energy: energy(delivered) }));
  if (charge !== undefined && charge !== null) said.push(t("state of charge {soc}", { soc: soc(charge) }));
  return said.join(" · ");
}

/** @typedef {(element: HTMLElement) => {padding: number[], scales: object, axes: object[], series: object[]}} Make */

/** One drawing over time; all of a page share their cursor. @param {{data: any, bands: Band[], height: number, make: Make, label: string}} props */
function Plot({ data, bands, height, make, label }) {
  const newest = useRef(bands);
  newest.current = bands;
  /** @param {HTMLElement} element */
  const options = (element) => ({
    width: element.clientWidth, height, legend: { live: true },
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false }, sync: { key: "session" } },
    hooks: { drawClear: [(/** @type {any} */ shown) => drawBands(shown, element, newest.current)], setCursor: [showLast] },
    ...make(element),
  });
  const ref = usePlot(options, data, height, [data.length], [data, bands]);
  return html`<figure class="chart" role="group" aria-label=${label}><figcaption>${label}</figcaption><div ref=${ref} data-points=${data[0].length} data-bands=${bands.length}></div></figure>`;
}

/** @param {any} shown @param {HTMLElement} element @param {Band[]} bands */
function drawBands(shown, element, bands) {
  const { ctx, bbox } = shown;
  ctx.save();
  for (const band of bands) {
    const [left, right] = [band.from, band.to].map((at) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, shown.valToPos(at, "x", true))));
    if (right <= left) continue;
    const solid = colour(element, TONES[STATES[band.state].tone] ?? "--off");
    ctx.fillStyle = faded(solid, 9);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = solid;
    ctx.fillRect(left, bbox.top, right - left, 3 * devicePixelRatio);
    const word = t(STATES[band.state].word);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    if (ctx.measureText(word).width + 10 * devicePixelRatio < right - left) ctx.fillText(word, left + 5 * devicePixelRatio, bbox.top + 16 * devicePixelRatio);
  }
  ctx.restore();
}

/** @type {Record<string, string>} */
const TONES = { charging: "--charging", free: "--free", busy: "--busy", paused: "--paused", bad: "--bad", off: "--off" };

/** The axis of time, and what all axes share. @param {HTMLElement} element */
function frame(element) {
  const [stroke, grid] = ["--text-2", "--line"].map((token) => colour(element, token));
  const axis = { stroke, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 6 };
  return { axis, time: { ...axis, ...timeAxis }, clock: timeSeries(), narrow: element.clientWidth < 520 };
}

/** @type {Make} */
function energyPlot(element) {
  const { axis, time: below, clock, narrow } = frame(element);
  const [first, second, third] = ["--charging", "--violet", "--amber"].map((token) => colour(element, token));
  const line = { spanGaps: true, points: { show: false } };
  return {
    padding: [12, 8, 0, 0],
    scales: { x: timeScale, w: aroundZero(1000, ROOM), wh: aroundZero(100, ROOM), soc: { range: [0, 100] } },
    axes: [
      below,
      { ...axis, scale: "w", size: 58, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((watts) => `${count(watts / 1000)} kW`), incrs: [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000] },
      { ...axis, scale: "soc", side: 1, size: SOC_AXIS, show: !narrow, grid: { show: false }, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((percent) => `${percent} %`) },
    ],
    series: [
      clock,
      { ...line, ...broken, label: t("Power"), scale: "w", stroke: first, width: 2, fill: faded(first, 12), value: (/** @type {any} */ _, /** @type {number | null} */ watts) => power(watts) },
      { ...line, label: t("Energy"), scale: "wh", stroke: second, width: 1.5, value: (/** @type {any} */ _, /** @type {number | null} */ wh) => energy(wh) },
      { ...line, label: t("State of charge"), scale: "soc", stroke: third, width: 1.5, dash: [5, 4], value: (/** @type {any} */ _, /** @type {number | null} */ percent) => soc(percent) },
    ],
  };
}

/** @param {string[]} phases @returns {Make} */
const currentPlot = (phases) => (element) => {
  const { axis, time: below, clock, narrow } = frame(element);
  const colours = ["--charging", "--violet", "--amber"].map((token) => colour(element, token));
  const dashes = [undefined, [6, 3], [2, 3]];
  return {
    padding: [12, 8 + (narrow ? 0 : SOC_AXIS), 0, 0],
    scales: { x: timeScale, a: aroundZero(8, ROOM) },
    axes: [below, { ...axis, scale: "a", size: 58, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((ampere) => `${count(ampere)} A`) }],
    series: [
      clock,
      ...phases.map((phase, place) => ({
        label: phase || t(CURRENT), scale: "a", stroke: colours[place % 3], dash: dashes[place % 3], width: 1.5, ...broken, points: { show: false },
        value: (/** @type {any} */ _, /** @type {number | null} */ ampere) => (ampere === null || ampere === undefined ? "–" : `${decimal(ampere)} A`),
      })),
    ],
  };
};

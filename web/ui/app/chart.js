// @ts-check
/** A curve of power, energy, state of charge and current over time, drawn by uPlot; loaded when first seen. The same as a table beside it. */
import { useState } from "preact/hooks";
import { current } from "./figures.js";
import { count, energy, power, soc, time } from "./format.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { aroundZero, broken, showLast, timeAxis, timeScale, timeSeries, usePlot } from "./plot.js";

/** @import { MeterValue } from "./types.d.ts" */
/** @typedef {(number | null)[]} Column */
/** Columns: seconds, W, Wh since the start, percent, A of the phase that carries most. @typedef {[number[], Column, Column, Column, Column]} Curve */

const STEPS_W = [1000, 2000, 5000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
const FACTOR = /** @type {Record<string, number>} */ ({ kWh: 1000, kW: 1000 });
const TABLE_ROWS = 60;

/** The curve that these meter values make; phases are summed where no total is given. @param {MeterValue[]} values @param {number | null} startWh @returns {Curve} */
export function curveOf(values, startWh) {
  /** @type {Map<number, {power: number | null, energy: number | null, soc: number | null, current: number | null, phases: Map<string, number>}>} */
  const rows = new Map();
  for (const value of values) {
    const at = Math.round(Date.parse(value.at) / 1000);
    const number = Number(value.value) * (FACTOR[value.unit] ?? 1);
    if (!Number.isFinite(number) || value.signed) continue;
    let row = rows.get(at);
    if (!row) rows.set(at, (row = { power: null, energy: null, soc: null, current: null, phases: new Map() }));
    if (value.measurand === "SoC") row.soc = number;
    else if (value.measurand === "Energy.Active.Import.Register" && !value.phase) row.energy = number;
    else if (value.measurand === "Current.Import" && value.phase !== "N") row.current = Math.max(row.current ?? 0, number);
    else if (value.measurand === "Power.Active.Import") {
      if (value.phase) row.phases.set(value.phase.slice(0, 2), number);
      else row.power = number;
    }
  }
  /** @type {Curve} */
  const curve = [[], [], [], [], []];
  let first = startWh;
  for (const [at, row] of [...rows].sort((a, b) => a[0] - b[0])) {
    if (row.power === null && row.phases.size) row.power = [...row.phases.values()].reduce((sum, watts) => sum + watts, 0);
    if (row.power === null && row.energy === null && row.soc === null && row.current === null) continue;
    if (first === null && row.energy !== null) first = row.energy;
    curve[0].push(at);
    curve[1].push(row.power);
    curve[2].push(row.energy === null ? null : row.energy - (first ?? 0));
    curve[3].push(row.soc);
    curve[4].push(row.current);
  }
  return curve;
}

/** Put the newest figures at the end, unless they are there already. @param {Curve} curve @param {number} at @param {(number | null)[]} figures @returns {Curve} */
export function appended(curve, at, figures) {
  const last = curve[0].at(-1) ?? -Infinity;
  if (at <= last) return curve;
  const [times, ...columns] = curve;
  return /** @type {Curve} */ ([[...times, at], ...columns.map((column, place) => [...column, figures[place] ?? null])]);
}

/** The last of a curve. @param {Curve} curve @param {number | null} seconds null: all of it @returns {Curve} */
export function lastOf(curve, seconds) {
  if (seconds === null || !curve[0].length) return curve;
  const begin = (curve[0].at(-1) ?? 0) - seconds;
  const first = curve[0].findIndex((at) => at >= begin);
  return /** @type {Curve} */ (curve.map((column) => column.slice(first)));
}

/** @param {Element} element @param {string} token */
export function colour(element, token) {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** @param {string} solid @param {number} share */
export const faded = (solid, share) => `color-mix(in srgb, ${solid} ${share}%, transparent)`;

/** @param {{curve: Curve, height?: number}} props */
export function Chart({ curve, height = 260 }) {
  const [table, setTable] = useState(false);
  const has = curve.slice(1).map((column, place) => place < 2 || column.some((value) => value !== null));
  const shown = curve.filter((_, place) => place === 0 || has[place - 1]);
  const kinds = has.map(Number).join("");
  const ref = usePlot((element) => options(element, height, has), shown, height, [kinds], [curve, kinds]);
  return html`<figure class="chart"><div ref=${ref} data-points=${curve[0].length}></div><figcaption>${inWords(curve)}
    ${curve[0].length > 0 && html` <button type="button" class="button small" aria-expanded=${table} onClick=${() => setTable(!table)}>${table ? t("Hide the table") : t("As a table")}</button>`}</figcaption>
    ${table && html`<${CurveTable} curve=${curve} has=${has} />`}</figure>`;
}

/** @param {{curve: Curve, has: boolean[]}} props */
function CurveTable({ curve, has }) {
  const every = Math.max(1, Math.ceil(curve[0].length / TABLE_ROWS));
  const places = curve[0].map((_, place) => place).filter((place) => (curve[0].length - 1 - place) % every === 0).reverse();
  const columns = /** @type {[string, (value: number | null) => string, Column][]} */ ([[t("Power"), power, curve[1]], [t("Energy"), energy, curve[2]], [t("State of charge"), soc, curve[3]], [t("Current"), current, curve[4]]]).filter((_, place) => has[place]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("The curve as a table")}><table class="plain-table"><thead><tr><th>${t("Time")}</th>${columns.map(([word]) => html`<th key=${word} class="right">${word}</th>`)}</tr></thead>
    <tbody>${places.map((place) => html`<tr key=${curve[0][place]}><td class="number">${time(curve[0][place] * 1000)}</td>${columns.map(([word, shown, column]) => html`<td key=${word} class="right number">${shown(column[place])}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** The curve said in a sentence, for who cannot see it. @param {Curve} curve */
function inWords(curve) {
  if (!curve[0].length) return t("No meter values yet.");
  const top = Math.max(...curve[1].map((watts) => watts ?? 0));
  const delivered = curve[2].findLast((wh) => wh !== null);
  const charge = curve[3].findLast((percent) => percent !== null);
  const back = Math.min(...curve[1].map((watts) => watts ?? 0));
  return [t("Peak {power}", { power: power(top) }), back < 0 && t("given back {power} at most", { power: power(-back) }), delivered !== undefined && t("delivered {energy}", { energy: energy(delivered) }), charge !== undefined && t("state of charge {percent}", { percent: soc(charge) })].filter(Boolean).join(" · ");
}

/** @param {HTMLElement} element @param {number} height @param {boolean[]} has @returns {any} */
function options(element, height, has) {
  const [text, grid, first, second, third, fourth] = ["--text-2", "--line", "--charging", "--violet", "--amber", "--busy"].map((token) => colour(element, token));
  const font = "11px system-ui, sans-serif";
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font, gap: 6 };
  const narrow = element.clientWidth < 520;
  const series = (/** @type {string} */ label, /** @type {string} */ scale, /** @type {string} */ stroke, /** @type {(value: number | null) => string} */ shown, /** @type {object} */ more) => ({
    label, scale, stroke, width: 1.5, spanGaps: true, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ value) => shown(value), ...more,
  });
  return {
    width: element.clientWidth,
    height,
    padding: [12, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
    legend: { live: true },
    hooks: { setCursor: [showLast] },
    scales: { x: timeScale, w: aroundZero(1000), wh: aroundZero(100), soc: { range: [0, 100] }, a: aroundZero(10) },
    axes: [
      { ...axis, ...timeAxis },
      { ...axis, scale: "w", size: 58, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((watts) => `${count(watts / 1000)} kW`), incrs: STEPS_W },
      { ...axis, scale: "soc", side: 1, size: 44, show: !narrow && has[2], grid: { show: false }, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((percent) => `${percent} %`) },
    ],
    series: [
      timeSeries(),
      series(t("Power"), "w", first, power, { ...broken, width: 2, fill: faded(first, 14) }),
      series(t("Energy"), "wh", second, energy, {}),
      ...(has[2] ? [series(t("State of charge"), "soc", third, soc, { dash: [5, 4] })] : []),
      ...(has[3] ? [series(t("Current"), "a", fourth, current, { ...broken, dash: [2, 3] })] : []),
    ],
  };
}

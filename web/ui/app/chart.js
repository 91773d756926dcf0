// @ts-check
/** A curve of power, energy and state of charge over time, drawn by uPlot; loaded when first seen. */
import { useEffect, useRef } from "preact/hooks";
import { count, energy, minute, power, soc, time } from "./format.js";
import { html } from "./html.js";
import { repainted } from "./theme.js";

/** @import { MeterValue } from "./types.d.ts" */
/** Columns: seconds, W, Wh since the start, percent. @typedef {[number[], (number | null)[], (number | null)[], (number | null)[]]} Curve */

const STEPS_W = [1000, 2000, 5000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
const FACTOR = /** @type {Record<string, number>} */ ({ kWh: 1000, kW: 1000 });

/** The curve that these meter values make; phases are summed where no total is given. @param {MeterValue[]} values @param {number | null} startWh @returns {Curve} */
export function curveOf(values, startWh) {
  /** @type {Map<number, {power: number | null, energy: number | null, soc: number | null, phases: Map<string, number>}>} */
  const rows = new Map();
  for (const value of values) {
    const at = Math.round(Date.parse(value.at) / 1000);
    const number = Number(value.value) * (FACTOR[value.unit] ?? 1);
    if (!Number.isFinite(number) || value.signed) continue;
    let row = rows.get(at);
    if (!row) rows.set(at, (row = { power: null, energy: null, soc: null, phases: new Map() }));
    if (value.measurand === "SoC") row.soc = number;
    else if (value.measurand === "Energy.Active.Import.Register" && !value.phase) row.energy = number;
    else if (value.measurand === "Power.Active.Import") {
      if (value.phase) row.phases.set(value.phase.slice(0, 2), number);
      else row.power = number;
    }
  }
  /** @type {Curve} */
  const curve = [[], [], [], []];
  let first = startWh;
  for (const [at, row] of [...rows].sort((a, b) => a[0] - b[0])) {
    if (row.power === null && row.phases.size) row.power = [...row.phases.values()].reduce((sum, watts) => sum + watts, 0);
    if (row.power === null && row.energy === null && row.soc === null) continue;
    if (first === null && row.energy !== null) first = row.energy;
    curve[0].push(at);
    curve[1].push(row.power);
    curve[2].push(row.energy === null ? null : row.energy - (first ?? 0));
    curve[3].push(row.soc);
  }
  return curve;
}

/** Put the newest figures at the end, unless they are there already. @param {Curve} curve @param {number} at @param {(number | null)[]} figures @returns {Curve} */
export function appended(curve, at, figures) {
  const last = curve[0].at(-1) ?? -Infinity;
  if (at <= last) return curve;
  return [[...curve[0], at], [...curve[1], figures[0]], [...curve[2], figures[1]], [...curve[3], figures[2]]];
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
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const newest = useRef(curve);
  newest.current = curve;
  const paint = repainted.value;
  useEffect(() => {
    let gone = false;
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    void import("uplot").then(({ default: UPlot }) => {
      if (gone) return;
      plot.current = new UPlot(options(element, height), newest.current, element);
      showLast(plot.current);
      resize.observe(element);
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [height, paint]);
  useEffect(() => {
    plot.current?.setData(curve);
    showLast(plot.current);
  }, [curve]);
  return html`<figure class="chart"><div ref=${ref} data-points=${curve[0].length}></div><figcaption>${inWords(curve)}</figcaption></figure>`;
}

/** While nobody points at the curve, its legend holds the newest figures. @param {any} shown */
function showLast(shown) {
  const last = (shown?.data[0].length ?? 0) - 1;
  if (last >= 0 && shown.cursor.left < 0) shown.setLegend({ idx: last });
}

/** The curve said in a sentence, for who cannot see it. @param {Curve} curve */
function inWords(curve) {
  if (!curve[0].length) return "No meter values yet.";
  const top = Math.max(...curve[1].map((watts) => watts ?? 0));
  const delivered = curve[2].findLast((wh) => wh !== null);
  const charge = curve[3].findLast((percent) => percent !== null);
  return [`Peak ${power(top)}`, delivered !== undefined && `delivered ${energy(delivered)}`, charge !== undefined && `state of charge ${soc(charge)}`].filter(Boolean).join(" · ");
}

/** @param {HTMLElement} element @param {number} height @returns {any} */
function options(element, height) {
  const [text, grid, first, second, third] = ["--text-2", "--line", "--charging", "--violet", "--amber"].map((token) => colour(element, token));
  const font = "11px system-ui, sans-serif";
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font, gap: 6 };
  const narrow = element.clientWidth < 520;
  return {
    width: element.clientWidth,
    height,
    padding: [12, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
    legend: { live: true },
    hooks: { setCursor: [showLast] },
    scales: { x: { time: true }, w: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ top) => [0, Math.max(1000, (top || 0) * 1.12)] },
      wh: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ top) => [0, Math.max(100, (top || 0) * 1.12)] }, soc: { range: [0, 100] } },
    axes: [
      { ...axis, size: 30, values: (/** @type {any} */ _, /** @type {number[]} */ splits, /** @type {any} */ __, /** @type {any} */ ___, /** @type {number} */ step) => splits.map((at) => (step < 60 ? time : minute)(at * 1000)) },
      { ...axis, scale: "w", size: 58, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((watts) => `${count(watts / 1000)} kW`), incrs: STEPS_W },
      { ...axis, scale: "soc", side: 1, size: 44, show: !narrow, grid: { show: false }, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((percent) => `${percent} %`) },
    ],
    series: [
      { label: "Time", value: (/** @type {any} */ _, /** @type {number | null} */ at) => (at === null || !Number.isFinite(at) ? "–" : time(at * 1000)) },
      { label: "Power", scale: "w", stroke: first, width: 2, fill: faded(first, 14), spanGaps: true, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ watts) => power(watts) },
      { label: "Energy", scale: "wh", stroke: second, width: 1.5, spanGaps: true, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ wh) => energy(wh) },
      { label: "State of charge", scale: "soc", stroke: third, width: 1.5, dash: [5, 4], spanGaps: true, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ percent) => soc(percent) },
    ],
  };
}

// @ts-check
/** Power and energy of the last hours, of the fleet or a site: a curve, a sentence, and the same as a table. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { history } from "./api/overview.js";
import { colour, faded } from "./chart.js";
import { count, energy, minute, moment, power } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { queryOf, setQuery } from "./router.js";
import { aroundZero, clockIn, showLast, usePlot } from "./plot.js";
import { Loading, Trouble, useFetched } from "./widgets.js";
import { zoneFor } from "./zone.js";

/** @import { History } from "./api/overview.js" */
/** Seconds, mean W, largest W, Wh since the beginning. @typedef {[number[], (number | null)[], (number | null)[], (number | null)[]]} Columns */

const HEIGHT = 220;
const STEPS_W = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].map((kilowatts) => kilowatts * 1000);
const RANGES = { "": 24, week: 168 };

/** Gaps in which the server did not look stay gaps. @param {History} told @returns {Columns} */
export function columnsOf({ items, step_s: step }) {
  /** @type {Columns} */
  const columns = [[], [], [], []];
  let sum = 0;
  let before = 0;
  for (const point of items) {
    const at = Date.parse(point.at) / 1000;
    if (before && at - before > 2.5 * step) {
      columns[0].push(before + step);
      for (const column of [columns[1], columns[2]]) column.push(null);
      columns[3].push(sum);
    }
    sum += point.energy_wh;
    columns[0].push(at);
    columns[1].push(point.power_w);
    columns[2].push(point.power_w === null ? null : point.power_max_w);
    columns[3].push(sum);
    before = at;
  }
  return columns;
}

/** @param {{site?: string | null, zone?: string | null}} props the site whose figures are shown, and its time zone */
export function HistoryCard({ site = null, zone = null }) {
  const range = queryOf("range") === "week" ? "week" : "";
  const [turn, setTurn] = useState(0);
  const { value, error, again } = useFetched(() => history(RANGES[range], site), [range, site, turn]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setTurn((before) => before + 1), 60_000);
    return () => clearInterval(timer);
  }, []);
  const asTable = queryOf("history") === "table";
  return html`<section class="card block" aria-label=${t("Power over time")}>
    <header><h2>${t("Power and energy")}</h2>
      <div class="chips" role="group" aria-label=${t("Span")}>
        <button class="chip" aria-pressed=${range === ""} onClick=${() => setQuery({ range: null })}>${t("24 hours")}</button>
        <button class="chip" aria-pressed=${range === "week"} onClick=${() => setQuery({ range: "week" })}>${t("7 days")}</button>
        <button class="chip" aria-pressed=${asTable} onClick=${() => setQuery({ history: asTable ? null : "table" })}><${Icon} name="list" />${t("Table")}</button>
      </div></header>
    ${value ? html`${asTable ? html`<${HistoryTable} told=${value} zone=${zone} />` : html`<${HistoryPlot} told=${value} zone=${zone} />`}<p class="sentence">${sentence(value, range, zone)}</p>` : error ? html`<${Trouble} error=${error} again=${again} />` : html`<${Loading} lines=${5} />`}
  </section>`;
}

/** @param {History} told @param {string} range @param {string | null} zone */
function sentence(told, range, zone) {
  if (!told.items.length) return t("Nothing is recorded yet: the first figures are here within a minute.");
  const values = { energy: energy(told.energy_wh), power: power(told.peak_w), when: moment(told.peak_at, zone) };
  if (!told.peak_at) return range ? t("Nothing was delivered in the last 7 days.") : t("Nothing was delivered in the last 24 hours.");
  return range ? t("{energy} delivered in the last 7 days; at most {power}, {when}.", values) : t("{energy} delivered in the last 24 hours; at most {power}, {when}.", values);
}

/** @param {{told: History, zone: string | null}} props */
function HistoryPlot({ told, zone }) {
  const columns = useMemo(() => columnsOf(told), [told]);
  const span = useRef([0, 0]);
  span.current = [Date.parse(told.since) / 1000, Date.parse(told.until) / 1000];
  const ref = usePlot((element, UPlot) => ({ ...clockIn(UPlot, zoneFor(zone)), ...options(element, span, zone) }), columns, HEIGHT, [zone], [columns]);
  return html`<figure class="chart" aria-hidden="true"><div ref=${ref} data-points=${columns[0].length}></div></figure>`;
}

/** By the hour of a day, by six hours of a week. @param {{told: History, zone: string | null}} props */
function HistoryTable({ told, zone }) {
  const step = told.step_s > 600 ? 6 * 3600 : 3600;
  /** @type {Map<number, {wh: number, watts: number, charging: number}>} */
  const rows = new Map();
  for (const point of told.items) {
    const at = Math.floor(Date.parse(point.at) / 1000 / step) * step;
    const row = rows.get(at) ?? { wh: 0, watts: 0, charging: 0 };
    rows.set(at, { wh: row.wh + point.energy_wh, watts: Math.max(row.watts, point.power_max_w), charging: Math.max(row.charging, point.charging) });
  }
  return html`<div class="scroll" tabindex="0"><table class="plain-table"><thead><tr><th>${t("From")}</th><th class="right">${t("Energy")}</th><th class="right">${t("Most power")}</th><th class="right">${t("Most charging")}</th></tr></thead>
    <tbody>${[...rows].reverse().map(([at, row]) => html`<tr key=${at}><td class="number">${moment(at * 1000, zone)}</td><td class="right number">${energy(row.wh)}</td><td class="right number">${power(row.watts)}</td><td class="right number">${count(row.charging)}</td></tr>`)}</tbody></table></div>`;
}

/** @param {HTMLElement} element @param {{current: number[]}} span @param {string | null} zone @returns {any} */
function options(element, span, zone) {
  const [text, grid, first, second] = ["--text-2", "--line", "--charging", "--violet"].map((token) => colour(element, token));
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 6 };
  const narrow = element.clientWidth < 520;
  const inHours = (/** @type {number[]} */ splits) => splits.map((at) => (span.current[1] - span.current[0] > 2 * 86_400 ? moment(at * 1000, zone).replace(/,? \d\d:\d\d$/, "") : minute(at * 1000, zone)));
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [12, narrow ? 8 : 0, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    legend: { live: true },
    hooks: { setCursor: [showLast] },
    scales: { x: { time: true, range: () => span.current }, w: aroundZero(1000), wh: aroundZero(1000) },
    axes: [
      { ...axis, size: 30, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => inHours(splits) },
      { ...axis, scale: "w", size: 62, incrs: STEPS_W, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((watts) => `${count(watts / 1000)} kW`) },
      { ...axis, scale: "wh", side: 1, size: 66, show: !narrow, grid: { show: false }, incrs: STEPS_W, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((wh) => `${count(wh / 1000)} kWh`) },
    ],
    series: [
      { label: t("Time"), value: (/** @type {any} */ _, /** @type {number | null} */ at) => (at === null || !Number.isFinite(at) ? "–" : moment(at * 1000, zone)) },
      { label: t("Power"), scale: "w", stroke: first, width: 2, fill: faded(first, 14), points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ watts) => power(watts) },
      { label: t("Most"), scale: "w", stroke: faded(first, 55), width: 1, dash: [3, 3], points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ watts) => power(watts) },
      { label: t("Energy since then"), scale: "wh", stroke: second, width: 1.5, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ wh) => energy(wh) },
    ],
  };
}


// @ts-check
/** A charging limit over time as steps, drawn by uPlot: computed by us, and beside it what the charger told. */
import { useMemo } from "preact/hooks";
import { colour, faded } from "./chart.js";
import { decimal, minute, moment, power } from "./format.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { usePlot } from "./plot.js";

/** @import { Composite } from "./types.d.ts" */

/** A limit in words; null is none. @param {number | null | undefined} limit @param {"A" | "W"} unit */
export function limitWord(limit, unit) {
  if (limit === null || limit === undefined) return t("no limit");
  return unit === "W" ? power(limit) : `${decimal(limit)} A`;
}

/** @param {{computed: Composite, reported: Composite | null, height?: number}} props */
export function ScheduleChart({ computed, reported, height = 200 }) {
  const drawn = useMemo(() => columns(computed, reported), [computed, reported]);
  const ref = usePlot((element, UPlot) => options(UPlot, element, height, computed.unit, reported !== null), drawn, height, [computed, reported], [], showNow);
  return html`<figure class="chart"><div ref=${ref} data-steps=${computed.periods.length}></div><figcaption>${inWords(computed)}</figcaption></figure>`;
}

/** While nobody points at a moment, the legend holds what is now. @param {any} shown */
function showNow(shown) {
  if (shown.cursor.left < 0) shown.setLegend({ idx: 0 });
}

/** The schedule said in a sentence, for who cannot see it. @param {Composite} schedule */
function inWords(schedule) {
  const begin = Date.parse(schedule.starts_at);
  const said = schedule.periods.map(({ start_s: start, limit, pauses }, place) => {
    const word = pauses ? t("{limit}, so a car pauses", { limit: limitWord(limit, schedule.unit) }) : limitWord(limit, schedule.unit);
    return place === 0 ? t("now {limit}", { limit: word }) : t("from {time} {limit}", { time: moment(begin + start * 1000), limit: word });
  });
  return said.length > 6 ? `${said.slice(0, 6).join(" · ")} · ${t("and {n} more changes", { n: said.length - 6 })}` : said.join(" · ");
}

/** Both schedules on one axis of seconds. @param {Composite} computed @param {Composite | null} reported @returns {any} */
function columns(computed, reported) {
  const both = [computed, ...(reported ? [reported] : [])];
  const ends = both.map((one) => Date.parse(one.starts_at) / 1000 + one.duration_s);
  const times = [...new Set([...both.flatMap((one) => one.periods.map((period) => Date.parse(one.starts_at) / 1000 + period.start_s)), ...ends])].sort((a, b) => a - b);
  return [times, ...both.map((one) => times.map((at) => limitAt(one, at)))];
}

/** @param {Composite} schedule @param {number} at seconds since 1970 @returns {number | null} */
function limitAt(schedule, at) {
  const into = at - Date.parse(schedule.starts_at) / 1000;
  if (into < 0 || into > schedule.duration_s) return null;
  return schedule.periods.findLast((period) => period.start_s <= into)?.limit ?? null;
}

/** @param {any} UPlot @param {HTMLElement} element @param {number} height @param {"A" | "W"} unit @param {boolean} both @returns {any} */
function options(UPlot, element, height, unit, both) {
  const [text, grid, first, second] = ["--text-2", "--line", "--charging", "--amber"].map((token) => colour(element, token));
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 6 };
  const paths = UPlot.paths.stepped({ align: 1 });
  const value = (/** @type {any} */ _, /** @type {number | null} */ limit) => limitWord(limit, unit);
  const top = unit === "A" ? 10 : 1000;
  return {
    width: element.clientWidth,
    height,
    padding: [12, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    hooks: { setCursor: [showNow] },
    scales: { x: { time: true }, y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, Math.max(top, (most || 0) * 1.15)] } },
    axes: [
      { ...axis, size: 30, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((at) => minute(at * 1000)) },
      { ...axis, size: 62, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((limit) => limitWord(limit, unit)) },
    ],
    series: [
      { label: t("Time"), value: (/** @type {any} */ _, /** @type {number | null} */ at) => (at === null || !Number.isFinite(at) ? "–" : moment(at * 1000)) },
      { label: t("Computed"), stroke: first, width: 2, fill: faded(first, 14), paths, points: { show: false }, value },
      ...(both ? [{ label: t("The charger says"), stroke: second, width: 1.5, dash: [5, 4], paths, points: { show: false }, value }] : []),
    ],
  };
}

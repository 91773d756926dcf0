// @ts-check
/** The life of a plot that uPlot draws: loaded when first seen, made again when colours, language or zone change, as wide as its place, ended with it. */
import { useEffect, useRef } from "preact/hooks";
import { moment, time } from "./format.js";
import { holesIn } from "./holes.js";
import { language, t } from "./languages.js";
import { whenLoaded } from "./part.js";
import { repainted } from "./theme.js";
import { clockOf } from "./timeline-words.js";
import { zone, zoneFor } from "./zone.js";

const DAY_S = 86_400;

/** A scale that has room for so much at least, and reaches below zero where something flows back. @param {number} least @param {number} [room] */
export const aroundZero = (least, room = 1.12) => ({
  range: (/** @type {any} */ _, /** @type {number | null} */ low, /** @type {number | null} */ top) => [Math.min(0, (low ?? 0) * room), Math.max(least, (top ?? 0) * room)],
});

/** A line that goes on over moments at which only others were measured, and ends where nothing of its own was for long. */
export const broken = {
  spanGaps: false,
  gaps: (/** @type {any} */ shown, /** @type {number} */ place) => {
    const told = shown.data[0].filter((/** @type {number} */ _, /** @type {number} */ at) => typeof shown.data[place][at] === "number");
    return holesIn(told.map((/** @type {number} */ at) => at * 1000)).map((hole) => hole.map((at) => shown.valToPos(at / 1000, "x", true)));
  },
};

/** Time from the first moment to the last, and a few minutes around a single one. */
export const timeScale = {
  time: true,
  range: (/** @type {any} */ _, /** @type {number | null} */ from, /** @type {number | null} */ to) => (from !== null && from === to ? [from - 120, from + 120] : [from, to]),
};

/** An axis of time by the clock on the screen, with the day where that is not plain. */
export const timeAxis = {
  size: 30,
  space: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ from, /** @type {number} */ to) => (to - from > DAY_S ? 96 : 50),
  values: (/** @type {any} */ shown, /** @type {number[]} */ splits, /** @type {any} */ _, /** @type {any} */ __, /** @type {number} */ step) =>
    splits.map((at) => (step < 60 ? time(at * 1000) : clockOf(at * 1000, spanOf(shown) * 1000))),
};

/** The moment that is pointed at. */
export const timeSeries = () => ({
  label: t("Time"),
  value: (/** @type {any} */ shown, /** @type {number | null} */ at) => (at === null || !Number.isFinite(at) ? "–" : spanOf(shown) > DAY_S ? moment(at * 1000) : time(at * 1000)),
});

/** @param {any} shown @returns {number} in seconds */
const spanOf = (shown) => (shown.scales.x.max ?? 0) - (shown.scales.x.min ?? 0);

/** The clock by which an axis is divided. @param {any} UPlot @param {string} [timeZone] IANA name; undefined is the browser's own */
export const clockIn = (UPlot, timeZone) => (timeZone ? { tzDate: (/** @type {number} */ at) => UPlot.tzDate(new Date(at * 1000), timeZone) } : {});

/** While nobody points at the plot, its legend holds the newest figures. @param {any} shown */
export function showLast(shown) {
  const last = (shown?.data[0].length ?? 0) - 1;
  if (last >= 0 && (shown.cursor.left ?? -1) < 0) shown.setLegend({ idx: last });
}

/**
 * The reference of the element that holds the plot. ``make`` gives uPlot's options; the plot is made again when ``again``, the language or the clock changes, and
 * shows the ``data`` of now when ``news`` does. ``settle`` runs after each.
 * @param {(element: HTMLElement, UPlot: any) => any} make @param {any} data @param {number} height in pixels
 * @param {unknown[]} again @param {unknown[]} news @param {(shown: any) => void} [settle]
 * @returns {{current: HTMLDivElement | null}}
 */
export function usePlot(make, data, height, again, news, settle = showLast) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const newest = useRef(data);
  newest.current = data;
  const [paint, words, clock] = [repainted.value, language.value, zone.value];
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    const giveUp = whenLoaded(() => import("uplot"), ({ default: UPlot }) => {
      plot.current = new UPlot({ ...clockIn(UPlot, zoneFor(null)), ...make(element, UPlot) }, newest.current, element);
      settle(plot.current);
      resize.observe(element);
    });
    return () => {
      giveUp();
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [height, paint, words, clock, ...again]);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData(newest.current);
    settle(plot.current);
  }, news);
  return ref;
}

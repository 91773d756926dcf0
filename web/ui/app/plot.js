// @ts-check
/** The life of a plot that uPlot draws: loaded when first seen, made again when colours change, as wide as its place, ended with it. */
import { useEffect, useRef } from "preact/hooks";
import { whenLoaded } from "./part.js";
import { repainted } from "./theme.js";

/** While nobody points at the plot, its legend holds the newest figures. @param {any} shown */
export function showLast(shown) {
  const last = (shown?.data[0].length ?? 0) - 1;
  if (last >= 0 && (shown.cursor.left ?? -1) < 0) shown.setLegend({ idx: last });
}

/**
 * The reference of the element that holds the plot. ``make`` gives uPlot's options; the plot is made again when ``again`` changes, and
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
  const paint = repainted.value;
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    const giveUp = whenLoaded(() => import("uplot"), ({ default: UPlot }) => {
      plot.current = new UPlot(make(element, UPlot), newest.current, element);
      settle(plot.current);
      resize.observe(element);
    });
    return () => {
      giveUp();
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [height, paint, ...again]);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData(newest.current);
    settle(plot.current);
  }, news);
  return ref;
}

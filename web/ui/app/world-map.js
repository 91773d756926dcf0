// @ts-check
/** A map without anything from elsewhere: land, and marks on it. Drag, pinch, wheel (once it has the focus), buttons and keys move it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { count } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { bounded, clustered, fitted, LAND, landPath, project, unproject, yardstick, zoomed } from "./map.js";

/** @import { View } from "./map.js" */
/** A place to be marked; ``rank`` 0 is the worst state, and stands for a cluster. @typedef {{key: string, latitude: number, longitude: number, number: number, rank: number, icon: string, tone: string, word: string, name: string}} Mark */

const STEP = 1.6;
const PAN = 60;

/**
 * ``pick`` hears the marks of a place that was chosen; ``place`` hears where on the map somebody clicked.
 * @param {{marks: Mark[], label: string, pick?: (marks: Mark[]) => void, place?: (latitude: number, longitude: number) => void, children?: any}} props
 */
export function WorldMap({ marks, label, pick, place, children }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [land, setLand] = useState("");
  const [moved, setMoved] = useState(/** @type {View | null} */ (null));
  const points = useMemo(() => marks.map((mark) => ({ ...mark, ...project(mark.latitude, mark.longitude) })), [marks]);
  useEffect(() => {
    let current = true;
    landPath().then((path) => current && setLand(path), () => undefined);
    return () => {
      current = false;
    };
  }, []);
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    measure();
    return () => watch.disconnect();
  }, []);
  const { width, height } = size;
  // Until somebody has moved it, the map shows all there is.
  const view = moved ? bounded(moved, width, height) : fitted(points, width, height);
  const latest = useRef({ view, size });
  latest.current = { view, size };
  const move = (/** @type {View} */ to) => setMoved(bounded(to, latest.current.size.width, latest.current.size.height));
  const zoom = (/** @type {number} */ factor, dx = 0, dy = 0) => move(zoomed(latest.current.view, factor, dx, dy));
  const hand = useHand(box, latest, move, zoom, place);
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== box.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const { x, y, scale } = view;
    const pan = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[event.key];
    if (pan) move({ x: x + (pan[0] * PAN) / scale, y: y + (pan[1] * PAN) / scale, scale });
    else if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-") zoom(1 / STEP);
    else if (event.key === "0") setMoved(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const factor = view.scale / LAND;
  const ruler = yardstick(view, 96);
  const hint = place ? t("Click where it is. Arrow keys move the map, plus and minus zoom, 0 shows all.") : t("Arrow keys move the map, plus and minus zoom, 0 shows all.");
  return html`<div class="map-frame">
    <div ref=${box} class=${`map ${place ? "placing" : ""}`} role="group" aria-label=${label} aria-roledescription=${t("Map")} title=${hint} tabindex="0" onKeyDown=${keys} ...${hand}>
      <svg width=${width} height=${height} aria-hidden="true">
        <g transform=${`translate(${width / 2 - view.x * view.scale} ${height / 2 - view.y * view.scale}) scale(${factor})`}>${[-LAND, 0, LAND].map((by) => html`<path key=${by} class="land" d=${land} transform=${`translate(${by} 0)`} />`)}</g>
      </svg>
      ${width > 0 && clustered(points, view, width, height).map((cluster) => html`<${Cluster} key=${cluster.members[0].key} cluster=${cluster} pick=${pick} />`)}
    </div>
    <div class="map-tools">
      <button type="button" class="icon-button" aria-label=${t("Zoom in")} title=${t("Zoom in")} onClick=${() => zoom(STEP)}><${Icon} name="plus" /></button>
      <button type="button" class="icon-button" aria-label=${t("Zoom out")} title=${t("Zoom out")} onClick=${() => zoom(1 / STEP)}><${Icon} name="minus" /></button>
      <button type="button" class="icon-button" aria-label=${t("Show all")} title=${t("Show all")} onClick=${() => setMoved(null)}><${Icon} name="map" /></button>
    </div>
    <span class="map-ruler" aria-hidden="true" style=${{ width: `${ruler.pixels}px` }}>${ruler.metres >= 1000 ? `${count(ruler.metres / 1000)} km` : `${count(ruler.metres)} m`}</span>
    ${children}
  </div>`;
}

/** @param {{cluster: {left: number, top: number, members: Mark[]}, pick?: (marks: Mark[]) => void}} props */
function Cluster({ cluster: { left, top, members }, pick }) {
  const worst = members.reduce((a, b) => (b.rank < a.rank ? b : a));
  const number = members.reduce((sum, mark) => sum + mark.number, 0);
  const what = members.length > 1 ? t("{n} places, the worst: {name}, {state}", { n: count(members.length), name: worst.name, state: worst.word }) : `${worst.name}: ${worst.word}`;
  const style = { left: `${left}px`, top: `${top}px` };
  if (!pick) return html`<span class=${`map-mark pin tone-${worst.tone}`} style=${style} aria-hidden="true"><${Icon} name="pin" /></span>`;
  return html`<button type="button" class=${`map-mark tone-${worst.tone}`} style=${style} aria-label=${what} title=${what} data-mark=${worst.key} onClick=${() => pick(members)}>
    <${Icon} name=${worst.icon} />${number > 1 && html`<b>${count(number)}</b>`}</button>`;
}

/**
 * What pointers and the wheel do. One finger scrolls the page up and down, as everywhere; two move the map.
 * @param {{current: HTMLDivElement | null}} box @param {{current: {view: View, size: {width: number, height: number}}}} latest
 * @param {(view: View) => void} move @param {(factor: number, dx: number, dy: number) => void} zoom @param {((latitude: number, longitude: number) => void) | undefined} place
 */
function useHand(box, latest, move, zoom, place) {
  const down = useRef(/** @type {Map<number, {x: number, y: number}>} */ (new Map()));
  const dragged = useRef(0);
  const at = (/** @type {MouseEvent} */ event) => {
    const frame = /** @type {HTMLDivElement} */ (box.current).getBoundingClientRect();
    return { x: event.clientX - frame.left - frame.width / 2, y: event.clientY - frame.top - frame.height / 2 };
  };
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const wheel = (/** @type {WheelEvent} */ event) => {
      // The page scrolls over a map that nobody has turned to.
      if (!event.ctrlKey && !element.contains(document.activeElement)) return;
      event.preventDefault();
      const { x, y } = at(event);
      zoom(2 ** (-event.deltaY / (event.ctrlKey ? 100 : 300)), x, y);
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);
  const lift = (/** @type {PointerEvent} */ event) => down.current.delete(event.pointerId);
  return {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      if (event.button || /** @type {Element} */ (event.target).closest("button")) return;
      dragged.current = down.current.size ? Infinity : 0;
      down.current.set(event.pointerId, at(event));
      /** @type {HTMLDivElement} */ (box.current).setPointerCapture(event.pointerId);
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      const before = down.current.get(event.pointerId);
      if (!before) return;
      const now = at(event);
      const { view } = latest.current;
      const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
      dragged.current += Math.hypot(now.x - before.x, now.y - before.y);
      down.current.set(event.pointerId, now);
      if (!other) return move({ ...view, x: view.x - (now.x - before.x) / view.scale, y: view.y - (now.y - before.y) / view.scale });
      const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      const scaled = zoomed(view, is / Math.max(1, was), middle.x, middle.y);
      move({ ...scaled, x: scaled.x - (now.x - before.x) / 2 / scaled.scale, y: scaled.y - (now.y - before.y) / 2 / scaled.scale });
    },
    onPointerUp: (/** @type {PointerEvent} */ event) => {
      if (place && down.current.has(event.pointerId) && dragged.current < 5) {
        const { view } = latest.current;
        const { x, y } = at(event);
        const found = unproject({ x: view.x + x / view.scale, y: view.y + y / view.scale });
        place(Math.round(found.latitude * 1e5) / 1e5, Math.round(found.longitude * 1e5) / 1e5);
      }
      lift(event);
    },
    onPointerCancel: lift,
  };
}

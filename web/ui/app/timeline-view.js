// @ts-check
/**
 * Swimlanes over time, drawn as SVG: spans and points, a crosshair over all lanes, zoom and pan by keys, wheel and dragging.
 *
 * The drawing is one stop of the keyboard: arrows walk through what lies on the lanes, and what they reach is said below it.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { clockOf, momentOf, spanWord, zoneShift } from "./timeline-words.js";
import { html } from "./html.js";
import { iconPath } from "./icons.js";
import { t, tn } from "./languages.js";
import { go } from "./router.js";
import { standingAt } from "./timeline-lanes.js";

/** @import { Item, LaneOf } from "./timeline-lanes.js" */
/** @typedef {{from: number, to: number}} Window in milliseconds since 1970 */
/** Points that would lie upon each other are drawn as one. @typedef {{items: Item[], x: number}} Knot */

const ROW = 22;
const GAP = 8;
const AXIS = 24;
const NEAR = 15;
const SHORTEST_MS = 60_000;
const LONGEST_MS = 31 * 86_400_000;
const STEPS_MS = [60e3, 300e3, 900e3, 1800e3, 3600e3, 7200e3, 10_800e3, 21_600e3, 43_200e3, 86_400e3, 172_800e3, 604_800e3];

/** The window zoomed around a moment. @param {Window} window @param {number} factor @param {number} around @returns {Window} */
export function zoomed({ from, to }, factor, around) {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (to - from) * factor));
  const share = (around - from) / (to - from);
  return { from: around - length * share, to: around + length * (1 - share) };
}

/** @param {{lanes: LaneOf[], window: Window, now: number, move: (window: Window) => void}} props */
export function Swimlanes({ lanes, window, now, move }) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);
  const [cross, setCross] = useState(/** @type {number | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {[number, number] | null} */ (null));
  const [over, setOver] = useState(/** @type {Item[] | null} */ (null));
  const drag = useRef(/** @type {{x: number, window: Window, moved: boolean} | null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => setWidth(element.clientWidth));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  const narrow = width < 620;
  const left = narrow ? 0 : 132;
  const length = window.to - window.from;
  const x = (/** @type {number} */ ms) => left + ((ms - window.from) / length) * (width - left);
  const at = (/** @type {number} */ px) => window.from + ((px - left) / (width - left)) * length;
  let top = AXIS;
  const placed = lanes.map((lane) => {
    const y = top + (narrow ? 16 : 0);
    top = y + lane.rows * ROW + GAP;
    return { lane, y };
  });
  const pixel = (/** @type {{clientX: number}} */ event) => event.clientX - /** @type {HTMLDivElement} */ (ref.current).getBoundingClientRect().left;
  const picked = chosen && lanes[chosen[0]]?.items[chosen[1]];

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    // Preact's own listeners are passive here, and this one must be able to keep the page from scrolling.
    const wheel = (/** @type {WheelEvent} */ event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!sideways && !event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const by = ((event.deltaX || event.deltaY) / 600) * length;
      if (sideways) move({ from: window.from + by, to: window.to + by });
      else move(zoomed(window, event.deltaY > 0 ? 1.25 : 0.8, at(pixel(event))));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  });

  const keys = (/** @type {KeyboardEvent} */ event) => {
    const pan = (/** @type {number} */ share) => move({ from: window.from + length * share, to: window.to + length * share });
    const middle = picked ? Math.min(window.to, Math.max(window.from, picked.from)) : (window.from + window.to) / 2;
    /** @type {Record<string, () => void>} */
    const known = {
      "+": () => move(zoomed(window, 0.5, middle)),
      "=": () => move(zoomed(window, 0.5, middle)),
      "-": () => move(zoomed(window, 2, middle)),
      ArrowLeft: () => (event.shiftKey ? pan(-0.2) : walk(-1)),
      ArrowRight: () => (event.shiftKey ? pan(0.2) : walk(1)),
      ArrowUp: () => change(-1),
      ArrowDown: () => change(1),
      PageUp: () => pan(-0.8),
      PageDown: () => pan(0.8),
      Enter: () => picked && go(picked.href),
      Escape: () => setChosen(null),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : known[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const within = (/** @type {Item} */ one) => one.from < window.to && (one.to ?? Infinity) >= window.from;
  /** To the next or last thing in sight on this lane. @param {1 | -1} by */
  const walk = (by) => {
    const lane = chosen?.[0] ?? Math.max(0, lanes.findIndex(({ items }) => items.some(within)));
    const items = lanes[lane]?.items ?? [];
    let place = chosen ? chosen[1] + by : by > 0 ? 0 : items.length - 1;
    while (items[place] && !within(items[place])) place += by;
    if (items[place]) setChosen([lane, place]);
  };
  /** To another lane, to what lies nearest there. @param {1 | -1} by */
  const change = (by) => {
    const from = picked ? picked.from : window.from;
    for (let lane = (chosen?.[0] ?? (by > 0 ? -1 : lanes.length)) + by; lanes[lane]; lane += by) {
      const near = lanes[lane].items.map((one, place) => ({ one, place })).filter(({ one }) => within(one)).sort((a, b) => Math.abs(a.one.from - from) - Math.abs(b.one.from - from))[0];
      if (near) return setChosen([lane, near.place]);
    }
  };

  const pointer = {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      if (event.button) return;
      drag.current = { x: event.clientX, window, moved: false };
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      setCross(at(pixel(event)));
      const held = drag.current;
      if (!held) return;
      if (Math.abs(event.clientX - held.x) > 4 && !held.moved) {
        held.moved = true;
        ref.current?.setPointerCapture(event.pointerId);
      }
      const by = ((held.x - event.clientX) / (width - left)) * length;
      if (held.moved) move({ from: held.window.from + by, to: held.window.to + by });
    },
    onPointerUp: () => setTimeout(() => (drag.current = null), 0),
    onPointerLeave: () => (setCross(null), setOver(null)),
    onClickCapture: (/** @type {MouseEvent} */ event) => {
      if (drag.current?.moved) event.stopPropagation();
    },
  };
  const open = (/** @type {Item[]} */ items) => (items.length > 1 ? move(zoomed(window, 0.2, items[0].from)) : go(items[0].href));
  return html`<div class="lanes" ref=${ref} tabindex="0" role="application" aria-label=${t("Timeline: arrows walk through it, plus and minus zoom, shift and arrows move, enter opens")} aria-describedby="timeline-said"
      data-lanes=${lanes.length} onKeyDown=${keys} onBlur=${() => setChosen(null)} ...${pointer}>
    ${width > 0 && html`<svg width=${width} height=${top} aria-hidden="true" focusable="false">
      <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch" /></pattern>
        <clipPath id="plot"><rect x=${left} y="0" width=${Math.max(0, width - left)} height=${top} /></clipPath></defs>
      ${ticks(window, width - left).map((tick) => html`<g key=${tick}><line class="grid" x1=${x(tick)} x2=${x(tick)} y1=${AXIS - 6} y2=${top} /><text class="tick" x=${x(tick) + 3} y="12">${clockOf(tick, length)}</text></g>`)}
      ${placed.map(({ lane, y }, place) => html`<g key=${lane.key} data-lane=${lane.key}>
        <text class="lane-label" x="0" y=${narrow ? y - 4 : y + 15}>${lane.label}</text>
        <rect class="lane-ground" x=${left} y=${y} width=${Math.max(0, width - left)} height=${lane.rows * ROW} />
        <g clip-path="url(#plot)">
          ${lane.items.filter((one) => !one.point && within(one)).map((one) => html`<${Span} key=${one.key} item=${one} y=${y + one.row * ROW} x0=${x(one.from)} x1=${x(one.to ?? Math.max(now, one.from))} left=${left} picked=${one === picked} hover=${setOver} open=${open} />`)}
          ${knots(lane.items.filter((one) => one.point && within(one)), x).map((knot) => html`<${Point} key=${knot.items[0].key} knot=${knot} y=${y} picked=${picked !== null && knot.items.includes(/** @type {Item} */ (picked))} hover=${setOver} open=${open} />`)}
        </g></g>`)}
      ${now < window.to && now > window.from && html`<line class="now" x1=${x(now)} x2=${x(now)} y1=${AXIS - 6} y2=${top} />`}
      ${cross !== null && cross > window.from && html`<line class="cross" x1=${x(cross)} x2=${x(cross)} y1=${AXIS - 6} y2=${top} />`}
      ${picked && html`<line class="cross" x1=${x(Math.max(window.from, picked.from))} x2=${x(Math.max(window.from, picked.from))} y1=${AXIS - 6} y2=${top} />`}
    </svg>`}
  </div>
  <p class="lanes-said pad" id="timeline-said" aria-live="polite">${said(lanes, over ?? (picked ? [picked] : null), picked ? null : cross, length)}</p>`;
}

/** @param {{item: Item, y: number, x0: number, x1: number, left: number, picked: boolean, hover: (items: Item[] | null) => void, open: (items: Item[]) => void}} props */
function Span({ item, y, x0, x1, left, picked, hover, open }) {
  const from = Math.max(x0, left - 4);
  const wide = Math.max(2, x1 - from);
  const thin = item.tone === "off" ? 6 : item.tone === "free" ? 3 : 0;
  return html`<g class=${`span tone-${item.tone} ${picked ? "picked" : ""}`} data-item=${item.key} onPointerEnter=${() => hover([item])} onPointerLeave=${() => hover(null)} onClick=${() => open([item])}>
    <rect class="reach" x=${from} y=${y} width=${Math.max(6, wide)} height=${ROW} />
    <rect class="body" x=${from} y=${y + 2 + thin} width=${wide} height=${ROW - 4 - 2 * thin} rx="3" />
    ${item.tone === "bad" && html`<rect x=${from} y=${y + 2} width=${wide} height=${ROW - 4} rx="3" fill="url(#hatch)" pointer-events="none" />`}
    ${wide > 26 && !thin && html`<svg x=${from + 5} y=${y} width=${wide - 8} height=${ROW} overflow="hidden"><text class="span-word" x="0" y="15">${item.word}</text></svg>`}
  </g>`;
}

/** @param {{knot: Knot, y: number, picked: boolean, hover: (items: Item[] | null) => void, open: (items: Item[]) => void}} props */
function Point({ knot, y, picked, hover, open }) {
  const [first] = knot.items;
  const worst = knot.items.find(({ tone }) => tone === "bad") ?? first;
  return html`<g class=${`point tone-${worst.tone} ${picked ? "picked" : ""}`} data-item=${first.key} transform=${`translate(${knot.x - 9},${y + 2})`}
      onPointerEnter=${() => hover(knot.items)} onPointerLeave=${() => hover(null)} onClick=${() => open(knot.items)}>
    <rect class="body" width="18" height="18" rx="9" />
    ${knot.items.length > 1 ? html`<text x="9" y="13" text-anchor="middle">${knot.items.length > 99 ? "99" : knot.items.length}</text>` : html`<path class="sign" transform="translate(3 3) scale(0.75)" d=${iconPath(first.icon)} />`}
  </g>`;
}

/** @param {Item[]} points @param {(ms: number) => number} x @returns {Knot[]} */
function knots(points, x) {
  /** @type {Knot[]} */
  const found = [];
  for (const one of points) {
    const last = found.at(-1);
    if (last && x(one.from) - last.x < NEAR) last.items.push(one);
    else found.push({ items: [one], x: x(one.from) });
  }
  return found;
}

/** Moments to mark, on the hour or day of the clock on the screen. @param {Window} window @param {number} width */
export function ticks({ from, to }, width) {
  const step = STEPS_MS.find((one) => ((to - from) / one) * 86 < width) ?? STEPS_MS[STEPS_MS.length - 1];
  /** @type {number[]} */
  const marks = [];
  // Walked by the clock on the screen, which is put on or back within some windows.
  for (let clock = Math.ceil((from - zoneShift(from)) / step) * step; ; clock += step) {
    const mark = momentOf(clock);
    if (mark >= to) return marks;
    if (mark >= from && mark !== marks.at(-1)) marks.push(mark);
  }
}

/** What is pointed at, in words. @param {LaneOf[]} lanes @param {Item[] | null} items @param {number | null} moment @param {number} length */
function said(lanes, items, moment, length) {
  if (items) {
    const [one] = items;
    const lane = lanes.find((known) => known.items.some(({ key }) => key === one.key))?.label ?? "";
    if (items.length > 1) return html`<b>${lane}</b> ${tn("{n} thing", "{n} things", items.length)}: ${items.slice(0, 6).map(({ word }) => word).join(", ")}${items.length > 6 ? " …" : ""}`;
    return html`<b>${lane}</b> ${spanWord(one)} <b>${one.word}</b>${one.text && html` <span class="quiet" dir="auto">${one.text}</span>`}`;
  }
  if (moment === null) return html`<span class="quiet">${t("Point at something, or walk through it with the arrows.")}</span>`;
  const standing = standingAt(lanes, moment);
  return html`<b class="number">${clockOf(moment, Math.min(length, 3_600_000))}</b> ${standing.length ? standing.map(({ lane, item }) => `${lane}: ${item.word}`).join(" · ") : html`<span class="quiet">${t("nothing is known of this moment")}</span>`}`;
}

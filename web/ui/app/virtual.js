// @ts-check
/**
 * A list of which only the rows in sight are in the page, whatever their heights: each is measured when it is drawn. What comes in
 * above leaves what is being read where it is. It scrolls with the page.
 */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { html } from "./html.js";

/** Pixels that are drawn above and below what is in sight. */
const AROUND = 240;
/** So many rows before the end, more are asked for. */
const NEAR = 10;

/**
 * @template T
 * @param {{
 *   items: T[], keyOf: (item: T) => string, row: (item: T) => any, attributes?: (item: T) => Record<string, unknown>,
 *   guess: number, label: string, atEnd?: () => void, class?: string
 * }} props ``guess`` is the height in pixels of a row that was not measured yet
 */
export function VirtualList({ items, keyOf, row, attributes = () => ({}), guess, label, atEnd, class: name = "" }) {
  const list = useRef(/** @type {HTMLOListElement | null} */ (null));
  const heights = useRef(/** @type {Map<string, number>} */ (new Map()));
  const [measured, setMeasured] = useState(0);
  const [sight, setSight] = useState([0, 900]);
  const anchor = useRef(/** @type {{key: string, top: number} | null} */ (null));
  const place = useMemo(() => placesOf(items, keyOf, heights.current, guess), [items, measured, guess]);
  const first = Math.max(0, place.at(sight[0] - AROUND));
  const last = Math.min(items.length, place.at(sight[1] + AROUND) + 1);
  const watch = useHeights(heights, () => setMeasured((before) => before + 1));

  const look = () => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    const [from, to] = [-top, innerHeight - top];
    setSight((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    const seen = place.at(Math.max(0, from));
    anchor.current = from > 0 && items[seen] ? { key: keyOf(items[seen]), top: place.offsets[seen] + top } : null;
  };
  useLayoutEffect(() => {
    const held = anchor.current;
    const found = held ? place.index.get(held.key) : undefined;
    if (held && found !== undefined && list.current) {
      const moved = list.current.getBoundingClientRect().top + place.offsets[found] - held.top;
      if (Math.abs(moved) >= 1) scrollBy(0, moved);
    }
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [place]);
  const near = last >= items.length - NEAR && items.length > 0;
  useLayoutEffect(() => {
    if (near) atEnd?.();
  }, [near, items.length]);

  const walk = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const button = /** @type {Element} */ (event.target);
    if (!step || !button.matches("li > button")) return;
    const next = step > 0 ? button.parentElement?.nextElementSibling : button.parentElement?.previousElementSibling;
    const target = next?.querySelector(":scope > button");
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  };
  return html`<ol ref=${list} class=${`virtual ${name}`} aria-label=${label} onKeyDown=${walk}
    style=${{ paddingTop: `${place.offsets[first] ?? 0}px`, height: `${place.offsets[items.length]}px` }}>
    ${items.slice(first, last).map((item, offset) => {
      const key = keyOf(item);
      return html`<${Item} key=${key} id=${key} watch=${watch} size=${items.length} place=${first + offset + 1} attributes=${attributes(item)} children=${row(item)} />`;
    })}</ol>`;
}

/** @param {{id: string, watch: (id: string, element: Element) => () => void, size: number, place: number, attributes: Record<string, unknown>, children?: any}} props */
function Item({ id, watch, size, place, attributes, children }) {
  const element = useRef(/** @type {Element | null} */ (null));
  useLayoutEffect(() => watch(id, /** @type {Element} */ (element.current)), [id]);
  return html`<li ref=${element} aria-setsize=${size} aria-posinset=${place} ...${attributes}>${children}</li>`;
}

/** Where each row begins. @template T @param {T[]} items @param {(item: T) => string} keyOf @param {Map<string, number>} heights @param {number} guess */
function placesOf(items, keyOf, heights, guess) {
  const offsets = new Float64Array(items.length + 1);
  const index = new Map();
  items.forEach((item, number) => {
    const key = keyOf(item);
    index.set(key, number);
    offsets[number + 1] = offsets[number] + (heights.get(key) ?? guess);
  });
  /** The row at so many pixels from the top. @param {number} pixels */
  const at = (pixels) => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle + 1] > pixels) high = middle;
      else low = middle + 1;
    }
    return Math.min(low, Math.max(0, items.length - 1));
  };
  return { offsets, index, at };
}

/** Measures rows by their keys; ``changed`` hears when one has another height. @param {{current: Map<string, number>}} heights @param {() => void} changed */
function useHeights(heights, changed) {
  const keys = useRef(/** @type {WeakMap<Element, string>} */ (new WeakMap()));
  const observer = useMemo(() => new ResizeObserver((entries) => {
    let different = false;
    for (const entry of entries) {
      const key = keys.current.get(entry.target);
      const height = entry.borderBoxSize[0]?.blockSize ?? 0;
      if (key === undefined || !height || Math.abs((heights.current.get(key) ?? 0) - height) < 0.5) continue;
      heights.current.set(key, height);
      different = true;
    }
    if (different) changed();
  }), []);
  useLayoutEffect(() => () => observer.disconnect(), []);
  return (/** @type {string} */ key, /** @type {Element} */ element) => {
    keys.current.set(element, key);
    observer.observe(element);
    return () => observer.unobserve(element);
  };
}

// @ts-check
/** Ten thousand tiles or rows of one height, of which only those in sight are in the page; walked with the keys. It scrolls with the page. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "./html.js";

/** Lines that are drawn above and below what is in sight. */
const AROUND = 6;

/**
 * Which lines are in sight. @param {{current: HTMLElement | null}} ref @param {number} count of lines @param {number} height of one, in pixels
 * @returns {[number, number]} the first, and the one after the last
 */
export function useSight(ref, count, height) {
  const [range, setRange] = useState(/** @type {[number, number]} */ ([0, 30]));
  useLayoutEffect(() => {
    const look = () => {
      const top = ref.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.min(count, Math.floor(-top / height) - AROUND));
      const last = Math.max(first, Math.min(count, Math.ceil((innerHeight - top) / height) + AROUND));
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [count, height]);
  return [Math.min(range[0], count), Math.min(range[1], count)];
}

/** How many tiles of a width stand beside each other. @param {{current: HTMLElement | null}} ref @param {number | undefined} width @param {number} gap */
function useColumns(ref, width, gap) {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element || !width) return setColumns(1);
    const measure = () => setColumns(Math.max(1, Math.floor((element.clientWidth + gap) / (width + gap))));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [width, gap]);
  return columns;
}

/**
 * ``item`` draws one: it gets the item, its place, and whether the keys are at it (then its link has ``tabindex`` 0, else -1).
 * ``tile`` is the least width of a tile in pixels; without it there is one row a line. ``onMark`` hears which are marked with the
 * keys: a place, and whether everything between there and the last one is meant.
 * @template T
 * @param {{items: T[], keyOf: (item: T) => string, item: (item: T, place: number, current: boolean) => any, height: number, tile?: number,
 *   gap?: number, label: string, head?: any, onMark?: (place: number, range: boolean) => void}} props
 */
export function InSight({ items, keyOf, item, height, tile, gap = 0, label, head, onMark }) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [at, setAt] = useState(0);
  /** The place that the keys have gone to, until it is drawn and has the focus. */
  const wanted = useRef(/** @type {number | null} */ (null));
  const columns = useColumns(ref, tile, gap);
  const lines = Math.ceil(items.length / columns);
  const [first, last] = useSight(ref, lines, height + gap);
  const current = Math.min(at, Math.max(0, items.length - 1));
  useEffect(() => {
    if (wanted.current === null) return;
    const link = /** @type {HTMLElement | null | undefined} */ (ref.current?.querySelector(`[data-place="${wanted.current}"] a`));
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });
  const walk = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLAnchorElement)) return;
    const line = tile ? columns : 1;
    const step = /** @type {Record<string, number>} */ ({
      ArrowDown: line, j: line, J: line, ArrowUp: -line, k: -line, K: -line, ArrowRight: tile ? 1 : 0, ArrowLeft: tile ? -1 : 0,
      PageDown: line * 10, PageUp: -line * 10, Home: -items.length, End: items.length,
    })[event.key];
    if (event.key === " ") onMark?.(current, event.shiftKey);
    else if (step) {
      const next = Math.max(0, Math.min(items.length - 1, current + step));
      if (event.shiftKey) onMark?.(next, true);
      wanted.current = next;
      setAt(next);
      show(ref.current, Math.floor(next / columns) * (height + gap), height);
    } else return;
    event.preventDefault();
  };
  const focused = (/** @type {FocusEvent} */ event) => {
    const place = /** @type {HTMLElement} */ (event.target).closest?.("[data-place]")?.getAttribute("data-place");
    if (place) setAt(Number(place));
  };
  const shown = items.slice(first * columns, last * columns);
  const style = tile ? { display: "grid", gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gap: `${gap}px`, gridAutoRows: `${height}px` } : {};
  return html`<div class=${tile ? "in-sight wall-in-sight" : "in-sight table"} role=${tile ? undefined : "table"} aria-label=${tile ? undefined : label} aria-rowcount=${tile ? undefined : items.length + 1}
    onKeyDown=${walk} onFocusIn=${focused}>
    ${head && html`<div class="table-head" role="rowgroup">${head}</div>`}
    <div ref=${ref} role=${tile ? "list" : "rowgroup"} aria-label=${tile ? label : undefined} style=${{ height: `${Math.max(0, lines * (height + gap) - gap)}px`, position: "relative" }}>
      <div role="presentation" style=${{ transform: `translateY(${first * (height + gap)}px)`, ...style }}>
        ${shown.map((one, index) => {
          const place = first * columns + index;
          return html`<${Keyed} key=${keyOf(one)} children=${item(one, place, place === current)} />`;
        })}
      </div>
    </div>
  </div>`;
}

/** @param {{children: any}} props */
function Keyed({ children }) {
  return children;
}

/** Scroll so far that a line is in sight, clear of what is stuck to the window's edges. @param {HTMLElement | null} list @param {number} offset @param {number} height */
function show(list, offset, height) {
  if (!list) return;
  const top = list.getBoundingClientRect().top + offset;
  const [above, below] = [60, 90];
  if (top < above) scrollBy(0, top - above);
  else if (top + height > innerHeight - below) scrollBy(0, top + height - innerHeight + below);
}

// @ts-check
/** The wall of chargers for a screen that everybody sees: how many are in which state, the clock, whether it is live, and nothing to press. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { tileOf } from "./charger-tile.js";
import { chargerIds, chargers } from "./fleet.js";
import { count, day, now, power, time } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { laid } from "./kiosk-layout.js";
import { leaveKiosk } from "./kiosk-mode.js";
import { overlay } from "./keys.js";
import { t } from "./languages.js";
import { liveState } from "./live.js";
import { LivePill } from "./live-pill.js";
import { chosen, filtersOn } from "./pages/charger-filters.js";
import { place, queryOf } from "./router.js";
import { sessionsOf } from "./running.js";
import { loaded, summary, trouble } from "./store.js";
import { Loading, Trouble } from "./widgets.js";
import { STATE_ORDER, STATES, tileState } from "./words.js";

/** How long a page of the wall stays, where there are several. */
const PAGE_MS = 15_000;

export function Kiosk() {
  useAwake();
  useEffect(() => {
    document.title = `${t("Chargers")} · Voltaro`;
  }, []);
  const ids = chargerIds.value;
  const news = summary.value;
  const shown = useMemo(() => chosen(ids), [ids, place.value, news]);
  const [area, room] = useRoom();
  const { columns, perPage, width, height, gap } = laid(shown.length, room.width, room.height);
  const pages = Math.ceil(shown.length / perPage);
  const [page, isPaused, pause] = usePage(pages);
  const isLive = liveState.value.state === "live" && !trouble.value;
  const tiles = shown.slice(page * perPage, (page + 1) * perPage);
  return html`<main id="main" class="kiosk" tabindex="-1" data-live=${isLive}>
    <h1 class="visually-hidden">${t("Chargers")}</h1>
    <header class="kiosk-head">
      <${Counts} ids=${shown} />
      <${Scope} />
      <span class="kiosk-now"><${LivePill} /><time datetime=${new Date(now.value).toISOString()}><b>${time(now.value)}</b><small>${day(now.value)}</small></time></span>
      <span class="kiosk-ways">
        ${pages > 1 && html`<span class="number">${t("Page {n} of {of}", { n: count(page + 1), of: count(pages) })}</span>
          <button class="icon-button" aria-pressed=${isPaused} title=${t("Stay on this page")} aria-label=${t("Stay on this page")} onClick=${pause}><${Icon} name=${isPaused ? "play" : "pause"} /></button>`}
        <button class="icon-button" title=${t("Leave the wall")} aria-label=${t("Leave the wall")} onClick=${leaveKiosk}><${Icon} name="close" /></button></span>
    </header>
    <${NotLive} />
    <div class="kiosk-area" ref=${area}>
      ${!loaded.value
        ? trouble.value ? html`<${Trouble} error=${trouble.value} />` : html`<${Loading} lines=${10} />`
        : tiles.length === 0
          ? html`<p class="kiosk-none quiet">${ids.length ? t("No charger fits.") : t("No chargers yet")}</p>`
          : html`<ul aria-label=${t("Chargers")} style=${{ gridTemplateColumns: `repeat(${columns}, minmax(0, ${width}px))`, gridAutoRows: `${height}px`, gap: `${gap}px` }}>
              ${tiles.map((id) => html`<${Tile} key=${id} id=${id} />`)}</ul>`}
    </div>
  </main>`;
}

/** The size of an element in pixels, and where to set it. @returns {[{current: HTMLDivElement | null}, {width: number, height: number}]} */
function useRoom() {
  const area = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [room, setRoom] = useState({ width: innerWidth, height: innerHeight });
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (area.current);
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [area, room];
}

/** Which page is shown: the next one after a while, or as the keys have it; Escape leaves. @param {number} pages @returns {[number, boolean, () => void]} */
function usePage(pages) {
  const [turn, setTurn] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const page = pages ? turn % pages : 0;
  const pause = () => setPaused((before) => !before);
  useEffect(() => {
    if (pages < 2 || isPaused) return undefined;
    const timer = setTimeout(() => setTurn((page + 1) % pages), PAGE_MS);
    return () => clearTimeout(timer);
  }, [page, pages, isPaused]);
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (overlay.peek() || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[event.key];
      if (event.key === "Escape") leaveKiosk();
      else if (step && pages) setTurn((page + step + pages) % pages);
      else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) pause();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [page, pages]);
  return [page, isPaused, pause];
}

/** The screen stays on as long as the wall is in sight, where the browser has that: over HTTPS, and unless it saves power. */
function useAwake() {
  useEffect(() => {
    /** @type {WakeLockSentinel | null} */
    let lock = null;
    let isOver = false;
    const hold = async () => {
      if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
      const held = await navigator.wakeLock?.request("screen").catch(() => null);
      if (isOver) void held?.release();
      else lock = held ?? null;
    };
    void hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      isOver = true;
      document.removeEventListener("visibilitychange", hold);
      void lock?.release();
    };
  }, []);
}

/** How many of these are in each state, and what flows into cars. @param {{ids: string[]}} props */
function Counts({ ids }) {
  void summary.value;
  /** @type {Record<string, number>} */
  const states = {};
  let watts = 0;
  for (const id of ids) {
    const charger = chargers.get(id)?.peek();
    if (!charger) continue;
    const state = tileState(charger);
    states[state] = (states[state] ?? 0) + 1;
    watts += sessionsOf(id).peek().reduce((sum, session) => sum + (session.power_w ?? 0), 0);
  }
  return html`<ul class="kiosk-counts" aria-label=${t("States")}>${STATE_ORDER.filter((state) => states[state]).map(
    (state) => html`<li key=${state} class=${`tone-${STATES[state].tone}`} data-count=${state}><${Icon} name=${STATES[state].icon} /><b>${count(states[state])}</b> <span>${t(STATES[state].word)}</span></li>`,
  )}<li class="tone-off" data-count="power"><${Icon} name="power" /><b>${power(watts)}</b> <span>${t("Power")}</span></li></ul>`;
}

/** Which chargers these are, where they are not all. */
function Scope() {
  const on = filtersOn().map(({ name, word, shown }) => `${t(word)}: ${shown ? shown(queryOf(name)) : queryOf(name)}`);
  const words = [...(queryOf("search") ? [`${t("Search")}: ${queryOf("search")}`] : []), ...on];
  return words.length > 0 && html`<p class="kiosk-scope">${words.map((word) => html`<bdi key=${word} class="clip">${word}</bdi>`)}</p>`;
}

/** Said large, because nobody looks for a small mark on a screen on the wall. */
function NotLive() {
  const { state, since } = liveState.value;
  if (!loaded.value || (state === "live" && !trouble.value)) return null;
  return html`<p class="kiosk-stale" role="alert"><${Icon} name="alert" /><span><b>${t("Not live")}</b> ${state === "live" ? t("What is shown could not be read anew, and may be old.") : t("This is how it stood at {time}; the connection to the server is lost.", { time: time(since) })}</span></p>`;
}

/** @param {{id: string}} props */
function Tile({ id }) {
  const charger = chargers.get(id)?.value;
  if (!charger) return null;
  const { state, icon, tone, word, power: flowing, session } = tileOf(charger);
  return html`<li class=${`kiosk-tile tone-${tone}`} data-charger=${id} data-state=${state}>
    <b class="clip"><bdi>${id}</bdi></b>
    <span class="kiosk-state"><${Icon} name=${icon} /><span class="clip">${flowing ?? word}</span></span>
    <span class="kiosk-foot">${session ?? html`<bdi class="clip">${charger.name !== id ? charger.name : ""}</bdi>`}</span></li>`;
}

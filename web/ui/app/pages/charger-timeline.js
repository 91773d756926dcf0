// @ts-check
/** The life of a charger: lanes over an hour, a day or a week, and the same as a list. */
import { useEffect, useRef, useState } from "preact/hooks";
import { life } from "../api/life.js";
import { now } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { useTurn } from "../news.js";
import { queryOf, setQuery } from "../router.js";
import { lanesOf } from "../timeline-lanes.js";
import { Swimlanes, zoomed } from "../timeline-view.js";
import { spanWord } from "../timeline-words.js";
import { Empty, Loading, Trouble } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */
/** @import { Timeline } from "../api/life.js" */
/** @import { Item, LaneOf } from "../timeline-lanes.js" */

const HOUR_MS = 3_600_000;
/** @type {[string, string, number][]} */
const RANGES = [["1h", m("1 hour"), HOUR_MS], ["24h", m("24 hours"), 24 * HOUR_MS], ["7d", m("7 days"), 168 * HOUR_MS]];
/** How much of a window that ends now lies in the future, so that what has just happened is not cut off. */
const MARGIN = 0.02;
const LISTED = 60;
const ANEW_MS = 1200;

/** @param {{charger: Charger}} props */
export function TimelineTab({ charger }) {
  const range = RANGES.find(([name]) => name === queryOf("range")) ?? RANGES[1];
  const [since, until] = [Date.parse(queryOf("since")), Date.parse(queryOf("until"))];
  const fixed = Number.isFinite(since) && Number.isFinite(until) && since < until;
  // A window that ends now moves on by steps that the eye would hardly see.
  const step = range[2] / 500;
  const end = Math.ceil(now.value / step) * step;
  const window = fixed ? { from: since, to: until } : { from: end - range[2], to: end + range[2] * MARGIN };
  const told = useTimeline(charger.id, window, fixed);
  const move = (/** @type {{from: number, to: number}} */ next) => {
    const present = Date.now();
    const length = next.to - next.from;
    const last = Math.min(next.to, present + length * 0.1);
    setQuery({ since: new Date(last - length).toISOString(), until: new Date(last).toISOString() });
  };
  const by = (/** @type {number} */ share) => move({ from: window.from + share * (window.to - window.from), to: window.to + share * (window.to - window.from) });
  const lanes = told.value ? lanesOf(told.value) : [];
  const middle = (window.from + window.to) / 2;
  return html`<section class="card block timeline" aria-label=${t("Timeline")}>
    <header><h2><${Icon} name="clock" />${t("Timeline")}</h2>
      <div class="button-row" role="group" aria-label=${t("How much time")}>${RANGES.map(([name, word]) => html`<button key=${name} class="button small" aria-pressed=${!fixed && range[0] === name} onClick=${() => setQuery({ range: name, since: null, until: null })}>${t(word)}</button>`)}</div>
      <div class="button-row" role="group" aria-label=${t("Move and zoom")}>
        <button class="icon-button" aria-label=${t("Earlier")} title=${t("Earlier")} onClick=${() => by(-0.5)}><${Icon} name="right" class="turned" /></button>
        <button class="icon-button" aria-label=${t("Later")} title=${t("Later")} onClick=${() => by(0.5)}><${Icon} name="right" /></button>
        <button class="icon-button" aria-label=${t("Zoom in")} title=${t("Zoom in")} onClick=${() => move(zoomed(window, 0.5, middle))}><${Icon} name="plus" /></button>
        <button class="icon-button" aria-label=${t("Zoom out")} title=${t("Zoom out")} onClick=${() => move(zoomed(window, 2, middle))}><${Icon} name="minus" /></button>
        ${fixed && html`<button class="button small" onClick=${() => setQuery({ since: null, until: null })}><${Icon} name="play" />${t("Now")}</button>`}
      </div></header>
    ${told.error ? html`<${Trouble} error=${told.error} again=${told.again} />` : !told.value ? html`<${Loading} lines=${6} />` : html`
      <${Swimlanes} lanes=${lanes} window=${window} now=${now.value} move=${move} />
      ${lanes.every(({ items }) => items.length === 0) && html`<${Empty} icon="clock" title=${t("Nothing is recorded of this time")}><p>${t("Connections, states, sessions and commands appear here by themselves, and stay for as long as events are kept.")}</p><//>`}
      ${lanes.some(({ cut }) => cut) && html`<p class="warning pad"><${Icon} name="alert" />${t("There was more than is shown: zoom in to see the oldest of it.")}</p>`}
      <${AsList} lanes=${lanes} window=${window} />`}
  </section>`;
}

/** The timeline of a window, read anew when the window moves and when something happens to the charger. @param {string} id @param {{from: number, to: number}} window @param {boolean} fixed */
function useTimeline(id, window, fixed) {
  const [state, setState] = useState(/** @type {{value?: Timeline, error?: unknown}} */ ({}));
  const [turn, again] = useTurn(({ type, data }) => data.charger_id === id && type !== "session.updated" && type !== "message", { topic: `charger:${id}`, calmMs: ANEW_MS });
  const asked = useRef(0);
  const live = fixed ? 0 : window.to - window.from;
  useEffect(() => {
    const mine = ++asked.current;
    const wait = setTimeout(() => {
      // To the present and beyond: a window that ends now shows what happens from now on.
      const [from, to] = fixed ? [window.from, window.to] : [Date.now() - live, Date.now() + 60_000];
      life.timeline(id, new Date(from).toISOString(), new Date(to).toISOString()).then(
        (value) => mine === asked.current && setState({ value }),
        (error) => mine === asked.current && setState((before) => ({ value: before.value, error })),
      );
    }, state.value ? 150 : 0);
    return () => clearTimeout(wait);
  }, [id, turn, live, fixed && window.from, fixed && window.to]);
  return { ...state, again };
}

/** The same in words, newest first, for who cannot see it. @param {{lanes: LaneOf[], window: {from: number, to: number}}} props */
function AsList({ lanes, window }) {
  const [all, setAll] = useState(false);
  /** @type {{lane: string, item: Item}[]} */
  const rows = lanes.flatMap(({ label, items }) => items.map((item) => ({ lane: label, item })))
    .filter(({ item }) => item.from < window.to && (item.to ?? Infinity) >= window.from)
    .sort((a, b) => b.item.from - a.item.from);
  const shown = all ? rows : rows.slice(0, LISTED);
  return html`<details class="as-list"><summary class="pad">${t("The same as a list")} (${rows.length})</summary>
    <table class="plain-table"><thead><tr><th>${t("When")}</th><th>${t("Where")}</th><th>${t("What")}</th></tr></thead>
      <tbody>${shown.map(({ lane, item }) => html`<tr key=${item.key}><td class="number">${spanWord(item)}</td><td>${lane}</td>
        <td><a href=${item.href}><b class=${`tone-${item.tone}`}><${Icon} name=${item.icon} /> ${item.word}</b></a>${item.text && html` <span class="quiet" dir="auto">${item.text}</span>`}</td></tr>`)}</tbody></table>
    ${shown.length < rows.length && html`<p class="pad"><button class="button" onClick=${() => setAll(true)}>${t("Show all {n}", { n: rows.length })}</button></p>`}
  </details>`;
}

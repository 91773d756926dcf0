// @ts-check
/** How soon actors served again after provoked faults: every one as a dot over time, and the figures of each kind. */
import { useState } from "preact/hooks";
import { count, milliseconds, time } from "../format.js";
import { html } from "../html.js";
import { t, tn } from "../languages.js";
import { useNarrow } from "../widgets.js";
import { faultWord } from "../words.js";

/** @import { Fault } from "../types.d.ts" */
/** @typedef {Fault & {recovery_ms: number}} Recovered */

const [HIGH, LEFT, BOTTOM] = [200, 56, 22];
/** A shape as well as a colour for each kind. @type {Record<string, (x: number, y: number) => string>} */
const SHAPES = {
  crash: (x, y) => `M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z`,
  base_exception: (x, y) => `M${x - 4},${y - 4}h8v8h-8z`,
  hang: (x, y) => `M${x},${y - 5}l5,9h-10z`,
  slow: (x, y) => `M${x},${y - 5}l5,5l-5,5l-5,-5z`,
  poison: (x, y) => `M${x - 5},${y - 5}l3,0l2,3l2,-3l3,0l-3.500,5l3.500,5l-3,0l-2,-3l-2,3l-3,0l3.500,-5z`,
};

/** @param {{faults: Fault[]}} props */
export function Recoveries({ faults }) {
  const [table, setTable] = useState(false);
  const over = /** @type {Recovered[]} */ (faults.filter(({ recovery_ms: ms }) => ms !== null));
  if (!over.length) return null;
  const kinds = [...new Set(over.map(({ kind }) => kind))].sort();
  const all = figures(over);
  return html`<section class="card block recoveries" aria-label=${t("Recovery times")}>
    <header><h2>${t("Recovery times")}</h2><span class="quiet">${tn("{n} recovery: half within {half}, 99 of 100 within {most}", "{n} recoveries: half within {half}, 99 of 100 within {most}", over.length, { n: count(over.length), half: milliseconds(all.p50), most: milliseconds(all.p99) })}</span></header>
    <${Plot} over=${over} />
    <div class="pad"><table class="plain-table"><thead><tr><th scope="col">${t("Kind")}</th><th scope="col" class="right hide-narrow">${t("How often")}</th><th scope="col" class="right">${t("Half within")}</th><th scope="col" class="right">${t("99 of 100 within")}</th><th scope="col" class="right hide-narrow">${t("Longest")}</th></tr></thead>
      <tbody>${kinds.map((kind) => {
        const of = figures(over.filter((fault) => fault.kind === kind));
        return html`<tr key=${kind} data-recoveries=${kind}><td><svg class=${`dot kind-${kind}`} viewBox="0 0 14 14" aria-hidden="true"><path d=${shape(kind)(7, 7)} /></svg> ${faultWord(kind)}</td><td class="right number hide-narrow">${count(of.number)}</td><td class="right number">${milliseconds(of.p50)}</td><td class="right number">${milliseconds(of.p99)}</td><td class="right number hide-narrow">${milliseconds(of.most)}</td></tr>`;
      })}</tbody></table>
      <p class="pad-top"><button type="button" class="button small" aria-expanded=${table} onClick=${() => setTable(!table)}>${table ? t("Hide the single ones") : t("Show every one as a table")}</button></p>
      ${table && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("Every recovery")}><table class="plain-table"><thead><tr><th scope="col">${t("Time")}</th><th scope="col">${t("Actor")}</th><th scope="col">${t("Kind")}</th><th scope="col" class="right">${t("Back after")}</th></tr></thead>
        <tbody>${over.slice(0, 200).map((fault) => html`<tr key=${fault.id}><td>${time(fault.injected_at)}</td><td><bdi>${fault.target}</bdi></td><td>${faultWord(fault.kind)}</td><td class="right number">${milliseconds(fault.recovery_ms)}</td></tr>`)}</tbody></table></div>`}
    </div></section>`;
}

/** @param {string} kind */
const shape = (kind) => SHAPES[kind] ?? SHAPES.crash;

/** @param {Recovered[]} over */
function figures(over) {
  const ordered = over.map(({ recovery_ms: ms }) => ms).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))];
  return { number: ordered.length, p50: at(0.5), p99: at(0.99), most: ordered[ordered.length - 1] };
}

/** Dots over time; the scale of milliseconds is logarithmic: a crash takes one, a hang thousands. @param {{over: Recovered[]}} props */
function Plot({ over }) {
  const wide = useNarrow() ? 360 : 720;
  const begins = Math.min(...over.map(({ injected_at: at }) => Date.parse(at)));
  const ends = Math.max(...over.map(({ injected_at: at }) => Date.parse(at)));
  const lowest = Math.floor(Math.log10(Math.max(0.1, Math.min(...over.map(({ recovery_ms: ms }) => ms)))));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...over.map(({ recovery_ms: ms }) => ms), 1))));
  const x = (/** @type {string} */ at) => LEFT + 10 + ((Date.parse(at) - begins) / Math.max(1, ends - begins)) * (wide - LEFT - 24);
  const y = (/** @type {number} */ ms) => 10 + (1 - (Math.log10(Math.max(ms, 10 ** lowest)) - lowest) / (highest - lowest)) * (HIGH - BOTTOM - 18);
  const decades = Array.from({ length: highest - lowest + 1 }, (_, place) => 10 ** (lowest + place));
  return html`<svg class="plot" viewBox=${`0 0 ${wide} ${HIGH}`} role="img" aria-label=${t("Recovery times over the time of their faults, on a logarithmic scale; the table below says the same.")}>
    ${decades.map((ms) => html`<g key=${ms}><line x1=${LEFT} x2=${wide} y1=${y(ms)} y2=${y(ms)} /><text x=${LEFT - 6} y=${y(ms) + 4} text-anchor="end">${milliseconds(ms)}</text></g>`)}
    <text x=${LEFT + 10} y=${HIGH - 4}>${time(new Date(begins).toISOString())}</text><text x=${wide - 6} y=${HIGH - 4} text-anchor="end">${time(new Date(ends).toISOString())}</text>
    ${over.map((fault) => html`<path key=${fault.id} class=${`kind-${fault.kind}`} d=${shape(fault.kind)(x(fault.injected_at), y(fault.recovery_ms))}><title>${`${fault.target}: ${faultWord(fault.kind)}, ${milliseconds(fault.recovery_ms)}`}</title></path>`)}
  </svg>`;
}

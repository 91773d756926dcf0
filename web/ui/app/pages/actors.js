// @ts-check
/** The supervision tree: who runs, who crashed, how fast they came back; where faults may be provoked, with buttons for that. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { count, milliseconds } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hear } from "../live.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { ACTORS, faultWord } from "../words.js";
import { Ago, Loading, Status, Trouble } from "../widgets.js";
import { Provoke, Provoked } from "./actor-faults.js";

/** @import { ActorNode } from "../types.d.ts" */

const FEW = 60;
const LOOK_MS = 3000;

export default function Actors() {
  const [root, setRoot] = useState(/** @type {ActorNode | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const find = queryOf("find").toLowerCase();
  useEffect(() => {
    let current = true;
    let soon = 0;
    const look = () => api.actors().then((tree) => current && (setRoot(tree), setError(null)), (problem) => current && setError(problem));
    const unhear = hear((events) => {
      if (!events.some(({ type }) => type.startsWith("actor.") || type.startsWith("fault.") || type === "resync")) return;
      clearTimeout(soon);
      soon = setTimeout(look, 150);
    });
    void look();
    const timer = setInterval(() => !document.hidden && look(), LOOK_MS);
    return () => {
      current = false;
      unhear();
      clearInterval(timer);
      clearTimeout(soon);
    };
  }, []);
  if (!root) return error ? html`<${Trouble} error=${error} />` : html`<${Loading} lines=${8} />`;
  const all = flat(root);
  const restarts = all.reduce((sum, node) => sum + node.restarts, 0);
  const away = all.filter((node) => node.state === "restarting" || node.state === "quarantined").length;
  return html`<div class="page">
    <header class="page-head"><h1>Actors</h1><span class="quiet">${count(all.length)} in the tree</span></header>
    <section class="figures small" aria-label="Figures of the tree">
      <div class="card"><h2>Running</h2><p><span class="figure">${count(all.filter((node) => node.state === "running").length)}</span></p></div>
      <div class="card"><h2>Away now</h2><p><span class="figure">${count(away)}</span></p></div>
      <div class="card"><h2>Restarts</h2><p><span class="figure" data-figure="restarts">${count(restarts)}</span></p></div>
      <div class="card"><h2>Waiting in mailboxes</h2><p><span class="figure">${count(all.reduce((sum, node) => sum + node.mailbox, 0))}</span></p></div>
    </section>
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder="Actor or charger" aria-label="Search actors" value=${queryOf("find")} onInput=${(/** @type {any} */ event) => setQuery({ find: event.target.value })} /></label>
      <label class="check"><input type="checkbox" checked=${Boolean(queryOf("crashed"))} onChange=${(/** @type {any} */ event) => setQuery({ crashed: event.target.checked ? "1" : null })} />Only those that crashed</label></div>
    <section class="card block tree" aria-label="Supervision tree">
      <div class="actor-row head"><span>Actor</span><span>State</span><span class="right">Mailbox</span><span class="right">Restarts</span><span>Last failure</span><span class="right">Back after</span><span></span></div>
      <${Branch} node=${root} depth=${0} find=${find} crashed=${Boolean(queryOf("crashed"))} />
    </section>
    ${me.value?.fault_injection && html`<${Provoked} />`}
  </div>`;
}

/** @param {ActorNode} node @returns {ActorNode[]} */
function flat(node) {
  return [node, ...node.children.flatMap(flat)];
}

/** @param {ActorNode} node @param {string} find @param {boolean} crashed @returns {boolean} */
function fits(node, find, crashed) {
  if ((!find || node.name.toLowerCase().includes(find)) && (!crashed || node.restarts > 0 || node.state === "quarantined")) return true;
  return node.children.some((child) => fits(child, find, crashed));
}

/** Those that are in trouble first, then by name. @param {ActorNode} a @param {ActorNode} b */
function worseFirst(a, b) {
  const rank = (/** @type {ActorNode} */ node) => (node.state === "quarantined" ? 0 : node.state === "restarting" ? 1 : 2);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, "en", { numeric: true });
}

/** @param {{node: ActorNode, depth: number, find: string, crashed: boolean}} props */
function Branch({ node, depth, find, crashed }) {
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState(true);
  const fitting = node.children.filter((child) => fits(child, find, crashed));
  const sorted = fitting.length > FEW || node.kind !== "supervisor" ? [...fitting].sort(worseFirst) : fitting;
  const shown = all ? sorted : sorted.slice(0, FEW);
  return html`<${Row} node=${node} depth=${depth} open=${open} toggle=${node.children.length ? () => setOpen(!open) : null} />
    ${open && shown.map((child) => html`<${Branch} key=${child.name} node=${child} depth=${depth + 1} find=${find} crashed=${crashed} />`)}
    ${open && sorted.length > shown.length && html`<p class="pad"><button class="button small" onClick=${() => setAll(true)}>Show ${count(sorted.length - shown.length)} more</button></p>`}`;
}

/** @param {{node: ActorNode, depth: number, open: boolean, toggle: (() => void) | null}} props */
function Row({ node, depth, open, toggle }) {
  const charger = node.name.startsWith("charger/") ? node.name.slice(8) : null;
  return html`<div class=${`actor-row depth-${Math.min(depth, 4)}`} data-actor=${node.name} data-state=${node.state} data-restarts=${node.restarts}>
    <span class="actor-name">${toggle ? html`<button class=${`fold ${open ? "open" : ""}`} aria-expanded=${open} aria-label=${`${open ? "Fold" : "Unfold"} ${node.name}`} onClick=${toggle}><${Icon} name="right" /></button>` : html`<i class="fold"></i>`}
      ${charger ? html`<a href=${chargerPath(charger)} title=${node.name}>${charger}</a>` : html`<b>${node.name}</b>`}<small class="quiet hide-narrow">${[(charger || !node.name.startsWith(node.kind)) && node.kind, node.children.length && `${count(node.children.length)} below`].filter(Boolean).join(", ")}</small></span>
    <span><${Status} small is=${ACTORS[node.state] ?? ACTORS.stopped} /></span>
    <span class="right number">${count(node.mailbox)}</span><span class="right number">${node.restarts ? html`<b>${count(node.restarts)}</b>` : 0}</span>
    <span class="failure" title=${node.last_failure ?? ""}>${node.last_failure && html`<span class="clip">${node.last_failure}</span><small class="quiet"><${Ago} at=${node.last_failure_at} /></small>`}${node.faults.map((fault) => html`<small class="tone-paused" key=${fault.id}>${faultWord(fault.kind)} provoked${fault.at ? ` at ${fault.at}` : ""}</small>`)}</span>
    <span class="right number">${node.recovery_ms === null ? "" : milliseconds(node.recovery_ms)}</span>
    <span class="actions-cell right">${me.value?.fault_injection && html`<${Provoke} node=${node} />`}</span>
  </div>`;
}

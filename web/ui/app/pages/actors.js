// @ts-check
/** The supervision tree: who runs, who crashed, how fast they came back; where faults may be provoked, with buttons for that. */
import { useEffect, useRef, useState } from "preact/hooks";
import { me } from "../api.js";
import { actorTree } from "../api/actors.js";
import { count, milliseconds } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useTurn } from "../news.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { ACTORS, faultWord } from "../words.js";
import { Ago, Loading, Status, Trouble } from "../widgets.js";
import { Chaos, Provoke, Provoked } from "./actor-faults.js";

/** @import { Branch } from "../api/actors.js" */

const FEW = 60;
const MORE = 500;
const LOOK_MS = 3000;

export default function Actors() {
  const [root, setRoot] = useState(/** @type {Branch | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [most, setMost] = useState(FEW);
  const find = queryOf("find");
  const troubled = Boolean(queryOf("crashed"));
  const [turn] = useTurn(({ type }) => type.startsWith("actor.") || type.startsWith("fault."));
  useEffect(() => {
    let current = true;
    const look = () =>
      actorTree({ search: find, troubled, most }).then((tree) => current && (setRoot(tree), setError(null)), (problem) => current && setError(problem));
    const first = setTimeout(look, find ? 150 : 0);
    const timer = setInterval(() => !document.hidden && look(), LOOK_MS);
    return () => {
      current = false;
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [find, troubled, most, turn]);
  if (!root) return error ? html`<${Trouble} error=${error} />` : html`<${Loading} lines=${8} />`;
  const { below } = root;
  const sifted = Boolean(find) || troubled;
  return html`<div class="page actors">
    <header class="page-head"><h1>${t("Actors")}</h1><span class="quiet">${tn("{n} in the tree", "{n} in the tree", below.actors, { n: count(below.actors) })}</span></header>
    <${Lesson} />
    <section class="figures small" aria-label=${t("Figures of the tree")}>
      <div class="card"><h2>${t("Running")}</h2><p><span class="figure">${count(below.running)}</span></p></div>
      <div class="card"><h2>${t("Away now")}</h2><p><span class="figure">${count(below.restarting + below.quarantined)}</span></p></div>
      <div class="card"><h2>${t("Restarts")}</h2><p><span class="figure" data-figure="restarts">${count(below.restarts)}</span></p></div>
      <div class="card"><h2>${t("Waiting in mailboxes")}</h2><p><span class="figure">${count(below.mailbox)}</span></p></div>
    </section>
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Actor or charger")} aria-label=${t("Search actors")} value=${find} onInput=${(/** @type {any} */ event) => setQuery({ find: event.target.value })} /></label>
      <label class="check"><input type="checkbox" checked=${troubled} onChange=${(/** @type {any} */ event) => setQuery({ crashed: event.target.checked ? "1" : null })} />${t("Only those that crashed")}</label>
      ${sifted && html`<span class="quiet" role="status">${tn("{n} fits", "{n} fit", below.fitting, { n: count(below.fitting) })}</span>`}
      ${me.value?.fault_injection && html`<${Chaos} root=${root} />`}</div>
    <section class="card block tree" aria-label=${t("Supervision tree")}>
      <div class="actor-row head" aria-hidden="true"><span>${t("Actor")}</span><span>${t("State")}</span><span class="right">${t("Mailbox")}</span><span class="right">${t("Restarts")}</span><span>${t("Last failure")}</span><span class="right">${t("Back after")}</span><span></span></div>
      ${sifted && !below.fitting
        ? html`<p class="calm"><${Icon} name="check" />${troubled && !find ? t("No actor has crashed since the server was started.") : t("No actor fits.")}</p>`
        : html`<${BranchRows} node=${root} depth=${0} most=${most} more=${() => setMost(most + MORE)} />`}
    </section>
    ${me.value?.fault_injection && html`<${Provoked} />`}
  </div>`;
}

/** What an actor is, in plain words; folded away once it was read. */
function Lesson() {
  const kept = useRef(keptOpen());
  const toggled = (/** @type {any} */ event) => {
    try {
      localStorage.setItem(LESSON, event.target.open ? "open" : "read");
    } catch {
      // A browser that keeps nothing shows it again.
    }
  };
  return html`<details class="card lesson" open=${kept.current} onToggle=${toggled}><summary>${t("What is an actor?")}</summary>
    <div class="lesson-text">
      <p>${t("Every connected charger has an actor of its own: a small worker that alone knows how this one charger stands. Messages wait in its mailbox and are handled one after the other, so nothing about a charger ever happens twice at once.")}</p>
      <p>${t("If an actor crashes over a message, its supervisor starts it anew from what is stored, usually within milliseconds. The charger's line stays open, its neighbours notice nothing, and what it had already answered is safe in the database.")}</p>
      <p>${t("A message that crashes its actor twice is put aside under “Dead letters”. An actor that crashes again and again is quarantined: it rests for a while, so that it harms nobody else.")}</p>
    </div></details>`;
}

const LESSON = "voltaro.actors-lesson";

function keptOpen() {
  try {
    return localStorage.getItem(LESSON) !== "read";
  } catch {
    return true;
  }
}

/** @param {{node: Branch, depth: number, most: number, more: () => void}} props */
function BranchRows({ node, depth, most, more }) {
  const [open, setOpen] = useState(true);
  return html`<${Row} node=${node} depth=${depth} open=${open} toggle=${node.children.length ? () => setOpen(!open) : null} />
    ${open && node.children.map((child) => html`<${BranchRows} key=${child.name} node=${child} depth=${depth + 1} most=${most} more=${more} />`)}
    ${open && node.hidden > 0 && html`<p class="pad"><button type="button" class="button small" onClick=${more}>${t("Show {n} more", { n: count(Math.min(node.hidden, MORE)) })}</button> <span class="quiet">${t("of {n}, those in trouble first", { n: count(node.hidden) })}</span></p>`}`;
}

/** @param {{node: Branch, depth: number, open: boolean, toggle: (() => void) | null}} props */
function Row({ node, depth, open, toggle }) {
  const charger = node.name.startsWith("charger/") ? node.name.slice(8) : null;
  const under = node.below.actors - 1;
  const about = [(charger || !node.name.startsWith(node.kind)) && node.kind, under > 0 && t("{n} below", { n: count(under) })].filter(Boolean).join(", ");
  return html`<div class=${`actor-row depth-${Math.min(depth, 4)}`} data-actor=${node.name} data-state=${node.state} data-restarts=${node.restarts}>
    <span class="actor-name">${toggle ? html`<button type="button" class=${`fold ${open ? "open" : ""}`} aria-expanded=${open} aria-label=${open ? t("Fold {name}", { name: node.name }) : t("Unfold {name}", { name: node.name })} onClick=${toggle}><${Icon} name="right" /></button>` : html`<i class="fold"></i>`}
      ${charger ? html`<a href=${chargerPath(charger)} title=${node.name}><bdi>${charger}</bdi></a>` : html`<b>${node.name}</b>`}<small class="quiet hide-narrow">${about}</small></span>
    <span><${Status} small is=${ACTORS[node.state] ?? ACTORS.stopped} /></span>
    <span class="right number" title=${t("Messages that wait")}>${count(node.mailbox)}</span><span class="right number" title=${t("Restarts")}>${node.restarts ? html`<b>${count(node.restarts)}</b>` : 0}</span>
    <span class="failure" title=${node.last_failure ?? ""}>${node.last_failure && html`<span class="clip" dir="auto">${node.last_failure}</span><small class="quiet"><${Ago} at=${node.last_failure_at} /></small>`}${node.faults.map((fault) => html`<small class="tone-paused" key=${fault.id}>${fault.at ? t("{fault} provoked at {point}", { fault: faultWord(fault.kind), point: fault.at }) : t("{fault} provoked", { fault: faultWord(fault.kind) })}</small>`)}</span>
    <span class="right number" title=${t("Back after")}>${node.recovery_ms === null ? "" : milliseconds(node.recovery_ms)}</span>
    <span class="actions-cell right">${me.value?.fault_injection && html`<${Provoke} node=${node} />`}</span>
  </div>`;
}

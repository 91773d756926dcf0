// @ts-check
/** Faults on purpose: any kind at any point of an actor's work, and how soon it served again. Only where the server lets. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api.js";
import { count, milliseconds } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { useHeard } from "../news.js";
import { faultWord } from "../words.js";
import { Ago, attempt, Dialog, notify } from "../widgets.js";
import { Recoveries } from "./actor-recoveries.js";

/** @import { Branch } from "../api/actors.js" */
/** @import { Fault } from "../types.d.ts" */

const SHOWN = 12;
const CHAOS_MS = 4000;
/** How long an actor is left alone after a fault, so that no budget of restarts is spent. */
const REST_MS = 45_000;
/** @type {Record<string, string>} */
const MEANS = {
  crash: m("An exception: the actor is restarted at once."),
  base_exception: m("One that is no ordinary exception, such as SystemExit: it must end this actor alone."),
  hang: m("It never goes on: after its deadline it is found and replaced."),
  slow: m("It goes on after a second."),
  poison: m("A message that crashes the actor whenever it is handled: after two crashes it is put aside and answered."),
};
/** @type {Record<string, string>} */
const POINTS = {
  receive: m("a message is taken from the mailbox"),
  before_write: m("before facts are recorded"),
  after_write: m("after their COMMIT, before the answer"),
  before_read: m("before the store is asked"),
  restart: m("a child has failed, nothing is decided yet"),
  start: m("while it rebuilds itself (it is restarted for that)"),
};

/** Crash an actor at once, or choose what happens to it where. @param {{node: Branch}} props */
export function Provoke({ node }) {
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const crash = async () => {
    setBusy(true);
    await attempt(async () => {
      let fault = await api.provoke({ target: node.name, kind: "crash" });
      for (let look = 0; look < 20 && fault.recovered_at === null; look++) {
        await new Promise((resolve) => setTimeout(resolve, 100 + look * 50));
        fault = await api.fault(fault.id);
      }
      if (fault.recovery_ms === null) notify(t("{name} has not come back yet.", { name: node.name }), "bad");
      else notify(t("{name} was back after {time}.", { name: node.name, time: milliseconds(fault.recovery_ms) }));
    });
    setBusy(false);
  };
  return html`<button type="button" class="button small" disabled=${busy} onClick=${crash} title=${t("Fault injection is on: crash this actor and watch it come back")} aria-label=${`${t("Crash it")}: ${node.name}`}><${Icon} name="crash" />${t("Crash it")}</button>
    <button type="button" class="icon-button" title=${t("Provoke another fault")} aria-label=${t("Provoke a fault in {name}", { name: node.name })} onClick=${() => setOpen(true)}><${Icon} name="down" /></button>
    ${open && html`<${Choose} node=${node} close=${() => setOpen(false)} />`}`;
}

/** @param {{node: Branch, close: () => void}} props */
function Choose({ node, close }) {
  const [menu, setMenu] = useState(/** @type {{kinds: string[], points: Record<string, string[]>}} */ ({ kinds: ["crash"], points: {} }));
  const [kind, setKind] = useState("crash");
  const [at, setAt] = useState("");
  useEffect(() => void attempt(() => api.faultKinds().then(setMenu)), []);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const times = Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("times"));
    void attempt(async () => {
      await api.provoke({ target: node.name, kind, times, ...(at ? { at } : {}) });
      notify(t("Provoked in {name}: {fault}.", { name: node.name, fault: faultWord(kind) }));
      close();
    });
  };
  return html`<${Dialog} title=${t("Provoke a fault in {name}", { name: node.name })} close=${close}><form onSubmit=${submit}>
    <label>${t("Kind")}<select value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)}>${menu.kinds.map((each) => html`<option value=${each}>${faultWord(each)}</option>`)}</select><small class="quiet">${MEANS[kind] && t(MEANS[kind])}</small></label>
    <label>${t("Point")}<select value=${at} onChange=${(/** @type {any} */ event) => setAt(event.target.value)}><option value="">${t("at once")}</option>${(menu.points[node.kind] ?? []).map((each) => html`<option value=${each}>${each}</option>`)}</select><small class="quiet">${at ? POINTS[at] && t(POINTS[at]) : kind === "poison" && node.kind === "charger" ? t("with the charger's next frame") : t("with the next message; one is sent for that")}</small></label>
    <label>${t("Times")}<input name="times" type="number" min="1" max="1000" value="1" required /></label>
    <div class="button-row"><button class="button primary" type="submit">${t("Provoke")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** A fault in some actor every few seconds, as long as this page is open. @param {{root: Branch}} props */
export function Chaos({ root }) {
  const [on, setOn] = useState(false);
  const tree = useRef(root);
  tree.current = root;
  useEffect(() => {
    if (!on) return undefined;
    /** @type {Map<string, number>} */
    const rests = new Map();
    const strike = () => {
      const node = drawn(tree.current, rests);
      if (!node) return;
      rests.set(node.name, Date.now() + REST_MS);
      const kinds = ["crash", "crash", "crash", "base_exception", "slow"];
      void attempt(() => api.provoke({ target: node.name, kind: kinds[Math.floor(Math.random() * kinds.length)] })).then((made) => made ?? setOn(false));
    };
    strike();
    const timer = setInterval(strike, CHAOS_MS);
    return () => clearInterval(timer);
  }, [on]);
  return html`<label class="check push" title=${t("A random fault in a random actor every four seconds, as long as this page is open")}><input type="checkbox" role="switch" checked=${on} onChange=${(/** @type {any} */ event) => setOn(event.target.checked)} />${t("Chaos")}</label>`;
}

/** Some actor that runs and has not been struck just now, chargers as often as all others. @param {Branch} root @param {Map<string, number>} rests */
function drawn(root, rests) {
  /** @param {Branch} node @returns {Branch[]} */
  const flat = (node) => [node, ...node.children.flatMap(flat)];
  const awake = flat(root).filter((node) => node.state === "running" && node.kind !== "supervisor" && (rests.get(node.name) ?? 0) < Date.now());
  const chargers = awake.filter(({ kind }) => kind === "charger");
  const others = awake.filter(({ kind }) => kind !== "charger");
  const some = chargers.length && (!others.length || Math.random() < 0.5) ? chargers : others;
  return some[Math.floor(Math.random() * some.length)];
}

/** The newest provoked faults, and whether their actors serve again; drawn as a plot once there are some. */
export function Provoked() {
  const [faults, setFaults] = useState(/** @type {Fault[]} */ ([]));
  const look = () => api.faults().then((page) => setFaults(page.items), () => {});
  useHeard(({ type }) => type.startsWith("fault."), look);
  useEffect(() => void look(), []);
  if (!faults.length) return null;
  return html`<${Recoveries} faults=${faults} />
    <section class="card block" aria-label=${t("Provoked faults")}><h2 class="pad">${t("Provoked faults")}</h2>
    <ul class="faults">${faults.slice(0, SHOWN).map((fault) => html`<li key=${fault.id} data-fault=${fault.kind} data-over=${fault.recovered_at !== null}>
      <${Icon} name=${fault.recovered_at === null ? "crash" : "check"} /><span class="clip"><b><bdi>${fault.target}</bdi></b> ${fault.at ? t("{fault} at {point}", { fault: faultWord(fault.kind), point: fault.at }) : faultWord(fault.kind)}</span>
      <span class="number">${fate(fault)}</span>
      <small class="quiet"><${Ago} at=${fault.injected_at} /></small></li>`)}</ul></section>`;
}

/** What has come of a fault. @param {Fault} fault */
function fate(fault) {
  if (fault.recovery_ms !== null) return t("served again after {time}", { time: milliseconds(fault.recovery_ms) });
  return fault.crashes ? tn("crashed {n} time", "crashed {n} times", fault.crashes, { n: count(fault.crashes) }) : t("waits for its point");
}

// @ts-check
/** Faults on purpose: any kind at any point of an actor's work, and how soon it served again. Only where the server lets. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { count, milliseconds } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hear } from "../live.js";
import { faultWord } from "../words.js";
import { Ago, attempt, Dialog, notify } from "../widgets.js";

/** @import { ActorNode, Fault } from "../types.d.ts" */

const SHOWN = 12;
/** @type {Record<string, string>} */
const MEANS = {
  crash: "An exception: the actor is restarted at once.",
  base_exception: "One that is no ordinary exception, such as SystemExit: it must end this actor alone.",
  hang: "It never goes on: after its deadline it is found and replaced.",
  slow: "It goes on after a second.",
  poison: "A message that crashes the actor whenever it is handled: after two crashes it is put aside and answered.",
};
/** @type {Record<string, string>} */
const POINTS = {
  receive: "a message is taken from the mailbox",
  before_write: "before facts are recorded",
  after_write: "after their COMMIT, before the answer",
  before_read: "before the store is asked",
  restart: "a child has failed, nothing is decided yet",
  start: "while it rebuilds itself (it is restarted for that)",
};

/** Crash an actor at once, or choose what happens to it where. @param {{node: ActorNode}} props */
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
      notify(fault.recovery_ms === null ? `${node.name} has not come back yet.` : `${node.name} was back after ${milliseconds(fault.recovery_ms)}.`, fault.recovery_ms === null ? "bad" : "good");
    });
    setBusy(false);
  };
  return html`<button class="button small" disabled=${busy} onClick=${crash} title="Fault injection is on: crash this actor and watch it come back"><${Icon} name="crash" />Crash it</button>
    <button class="icon-button" title="Provoke another fault" aria-label=${`Provoke a fault in ${node.name}`} onClick=${() => setOpen(true)}><${Icon} name="down" /></button>
    ${open && html`<${Choose} node=${node} close=${() => setOpen(false)} />`}`;
}

/** @param {{node: ActorNode, close: () => void}} props */
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
      notify(`A ${faultWord(kind)} is provoked in ${node.name}${at ? ` at ${at}` : ""}.`);
      close();
    });
  };
  return html`<${Dialog} title=${`Provoke a fault in ${node.name}`} close=${close}><form onSubmit=${submit}>
    <label>Kind<select value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)}>${menu.kinds.map((each) => html`<option value=${each}>${faultWord(each)}</option>`)}</select><small class="quiet">${MEANS[kind]}</small></label>
    <label>Point<select value=${at} onChange=${(/** @type {any} */ event) => setAt(event.target.value)}><option value="">at once</option>${(menu.points[node.kind] ?? []).map((each) => html`<option value=${each}>${each}</option>`)}</select><small class="quiet">${at ? POINTS[at] : kind === "poison" && node.kind === "charger" ? "with the charger's next frame" : "with the next message; one is sent for that"}</small></label>
    <label>Times<input name="times" type="number" min="1" max="1000" value="1" required /></label>
    <div class="button-row"><button class="button primary" type="submit">Provoke</button><button class="button" type="button" onClick=${close}>Cancel</button></div></form><//>`;
}

/** The newest provoked faults, and whether their actors serve again. */
export function Provoked() {
  const [faults, setFaults] = useState(/** @type {Fault[]} */ ([]));
  useEffect(() => {
    let current = true;
    let soon = 0;
    const look = () => api.faults().then((page) => current && setFaults(page.items), () => {});
    const unhear = hear((events) => {
      if (!events.some(({ type }) => type.startsWith("fault.") || type === "resync")) return;
      clearTimeout(soon);
      soon = setTimeout(look, 150);
    });
    void look();
    return () => {
      current = false;
      unhear();
      clearTimeout(soon);
    };
  }, []);
  if (!faults.length) return null;
  return html`<section class="card block" aria-label="Provoked faults"><h2 class="pad">Provoked faults</h2>
    <ul class="faults">${faults.slice(0, SHOWN).map((fault) => html`<li key=${fault.id} data-fault=${fault.kind} data-over=${fault.recovered_at !== null}>
      <${Icon} name=${fault.recovered_at === null ? "crash" : "check"} /><span class="clip"><b>${fault.target}</b> ${faultWord(fault.kind)}${fault.at ? ` at ${fault.at}` : ""}</span>
      <span class="number">${fault.recovery_ms === null ? (fault.crashes ? `crashed ${count(fault.crashes)} times` : "waits for its point") : `served again after ${milliseconds(fault.recovery_ms)}`}</span>
      <small class="quiet"><${Ago} at=${fault.injected_at} /></small></li>`)}</ul></section>`;
}

// @ts-check
/** Virtual chargers: add them, let things happen to them, and look at one from its own side. */
import { useState } from "preact/hooks";
import { simulator } from "../api/simulator.js";
import { count, power } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { useLooking } from "../looking.js";
import { queryOf, setQuery } from "../router.js";
import { protocolWord } from "../words.js";
import { attempt, Empty, Loading, LongList, notify, Status, Trouble, useNarrow } from "../widgets.js";
import { connectorsAre, lineIs, mayAct, VirtualPage } from "./simulator-charger.js";

/** @import { VirtualCharger } from "../api/simulator.js" */

const LOOK_MS = 2000;

/** @type {[string, string, string, string][]} */
const SCENARIOS = [
  ["cars_arrive", "car", m("Ten cars arrive"), m("On up to ten free connectors a car is plugged in and its driver taps a card.")],
  ["everybody_leaves", "exit", m("Everybody leaves"), m("Every cable is pulled, and sessions end.")],
  ["faults", "alert", m("Three faults"), m("Three connectors break down.")],
  ["repairs", "check", m("All repaired"), m("Every fault is cleared.")],
  ["network_cut", "unlink", m("Network cut"), m("Every line is cut without a word. Cars go on charging; chargers come back by themselves.")],
  ["power_cut", "power", m("Power cut"), m("The mains fail everywhere and come back: sessions end, chargers boot.")],
];

export default function Simulator() {
  const { value, error, again } = useLooking(simulator.chargers, LOOK_MS, []);
  const chosen = queryOf("charger");
  const find = queryOf("find").toLowerCase();
  const narrow = useNarrow();
  if (!value) {
    const off = /** @type {any} */ (error)?.status === 404;
    if (off) return html`<div class="page"><h1>${t("Simulator")}</h1><section class="card"><${Off} /></section></div>`;
    return error ? html`<${Trouble} error=${error} again=${again} />` : html`<${Loading} lines=${8} />`;
  }
  const all = value.items;
  const shown = find ? all.filter((charger) => charger.id.toLowerCase().includes(find)) : all;
  const charging = all.reduce((sum, charger) => sum + charger.connectors.filter((connector) => connector.status === "Charging").length, 0);
  const detail = all.some(({ id }) => id === chosen) && html`<${VirtualPage} key=${chosen} id=${chosen} changed=${again} />`;
  return html`<div class="page simulator">
    <header class="page-head"><h1>${t("Simulator")}</h1><span class="quiet">${tn("{n} virtual charger", "{n} virtual chargers", all.length, { n: count(all.length) })}${charging > 0 && `, ${tn("{n} car charges", "{n} cars charge", charging, { n: count(charging) })}`}</span></header>
    <p class="quiet lead">${t("Each of these is a real OCPP client that dials this server over a socket, as a charger of metal would. All of it is marked as simulated and never billed.")}</p>
    <div class=${`columns ${detail ? "with-detail" : ""}`}>
      <div class="column">
        ${mayAct() && html`<${Scenarios} again=${again} empty=${!all.length} />`}
        <section class="card block" aria-label=${t("Virtual chargers")}>
          <header><h2>${t("Virtual chargers")}</h2>${all.length > 8 && html`<label class="search short"><${Icon} name="search" /><input type="search" placeholder=${t("Find")} aria-label=${t("Find a virtual charger")} value=${queryOf("find")} onInput=${(/** @type {any} */ event) => setQuery({ find: event.target.value })} /></label>`}</header>
          ${all.length
            ? html`<${LongList} items=${shown} height=${narrow ? 64 : 48} label=${t("Virtual chargers")} keyOf=${(/** @type {VirtualCharger} */ charger) => charger.id} row=${(/** @type {VirtualCharger} */ charger) => html`<${Row} charger=${charger} chosen=${charger.id === chosen} />`} />`
            : html`<${Empty} icon="car" title=${t("No virtual chargers")}><p>${mayAct() ? t("Add some, plug a car in, and watch every other page follow. None of it touches your own chargers.") : t("An operator can add some.")}</p><//>`}
        </section>
      </div>
      <div class="column">${detail || (mayAct() && html`<${Add} again=${again} />`)}</div>
    </div>
  </div>`;
}

function Off() {
  return html`<${Empty} icon="car" title=${t("The simulator is off on this server")}>
    <p>${t("It lets you add virtual chargers that speak real OCPP, to try things without a car.")}</p>
    <p>${t("Start the server with this to allow it:")}</p><code>voltaro serve --simulator</code><p>${t("or look at the whole thing at once:")}</p><code>voltaro demo</code><//>`;
}

/** @param {{charger: VirtualCharger, chosen: boolean}} props */
function Row({ charger, chosen }) {
  const open = () => setQuery({ charger: chosen ? null : charger.id });
  const watts = charger.connectors.reduce((sum, connector) => sum + connector.power_w, 0);
  return html`<div class=${`virtual-row ${chosen ? "chosen" : ""}`} role="row" data-virtual=${charger.id}>
    <span role="cell" class="virtual-name"><button type="button" class="link" aria-expanded=${chosen} onClick=${open}><bdi>${charger.id}</bdi></button><small class="quiet">${protocolWord(charger.protocol)}</small></span>
    <span role="cell"><${Status} small is=${lineIs(charger)} /></span>
    <span role="cell" class="virtual-connectors">${connectorsAre(charger).map((is) => html`<${Status} key=${is.word} small is=${is} />`)}</span>
    <span role="cell" class="right number hide-narrow">${watts ? power(watts) : ""}</span>
  </div>`;
}

/** @param {{again: () => void, empty: boolean}} props */
function Scenarios({ again, empty }) {
  const [busy, setBusy] = useState("");
  const play = async (/** @type {string} */ name) => {
    setBusy(name);
    await attempt(async () => {
      const { affected } = await simulator.play(name);
      notify(affected ? tn("It happened to {n}.", "It happened to {n} of them.", affected) : t("There was nothing for it to happen to."), affected ? "good" : "bad");
      again();
    });
    setBusy("");
  };
  return html`<section class="card block" aria-label=${t("Scenarios")}><header><h2>${t("Let something happen")}</h2></header>
    <div class="button-row pad">${SCENARIOS.map(([name, icon, word, means]) => html`<button key=${name} type="button" class="button" disabled=${Boolean(busy) || empty} title=${t(means)} onClick=${() => play(name)}><${Icon} name=${icon} />${t(word)}</button>`)}</div></section>`;
}

/** @param {{again: () => void}} props */
function Add({ again }) {
  const [busy, setBusy] = useState(false);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const wish = {
      count: Number(form.get("count")), protocol: String(form.get("protocol")), prefix: String(form.get("prefix")),
      connectors: Number(form.get("connectors")), speed: Number(form.get("speed")), driven: form.get("driven") !== null,
    };
    setBusy(true);
    void attempt(async () => {
      const { items } = await simulator.add(wish);
      notify(tn("{n} virtual charger is dialling.", "{n} virtual chargers are dialling.", items.length, { n: count(items.length) }));
      again();
    }).then(() => setBusy(false));
  };
  return html`<section class="card block" aria-label=${t("Add virtual chargers")}><header><h2>${t("Add virtual chargers")}</h2></header>
    <form class="pad stack" onSubmit=${submit}>
      <div class="two-fields"><label>${t("How many")}<input name="count" type="number" min="1" max="500" value="1" required /></label>
        <label>${t("Connectors each")}<input name="connectors" type="number" min="1" max="8" value="2" required /></label></div>
      <label>${t("OCPP version")}<select name="protocol"><option value="ocpp1.6">1.6</option><option value="ocpp2.0.1">2.0.1</option><option value="ocpp2.1">2.1</option><option value="mixed">${t("mixed")}</option></select></label>
      <label>${t("Name begins with")}<input name="prefix" value="SIM" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]{0,11}" maxlength="12" required autocomplete="off" /><small class="quiet">${t("They are called SIM-001, SIM-002 and so on.")}</small></label>
      <label>${t("How much faster than life cars charge")}<input name="speed" type="number" min="1" max="1000" value="20" required /></label>
      <label class="check"><input name="driven" type="checkbox" />${t("People come and go by themselves")}</label>
      <button class="button primary" type="submit" disabled=${busy}><${Icon} name="plus" />${t("Add")}</button>
    </form></section>`;
}

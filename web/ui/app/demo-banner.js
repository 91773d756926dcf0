// @ts-check
/** Says that what is seen is a demonstration, and drops it with one click: the operator's own chargers stay. */
import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { me } from "./api.js";
import { simulator } from "./api/simulator.js";
import { chargerIds, chargers } from "./fleet.js";
import { count } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t, tn } from "./languages.js";
import { snapshot } from "./store.js";
import { attempt, Dialog, Loading, notify } from "./widgets.js";

/** @import { Simulated } from "./api/simulator.js" */

/** How many of the chargers are simulated. */
export const simulatedCount = computed(() => chargerIds.value.reduce((sum, id) => sum + (chargers.get(id)?.peek().simulated ? 1 : 0), 0));

export function DemoBanner() {
  const [asking, setAsking] = useState(false);
  const number = simulatedCount.value;
  if (!number && !asking) return null;
  return html`<aside class="demo-banner" aria-label=${t("Demonstration")}>
    <p>${tn("This is a demonstration: {n} simulated charger.", "This is a demonstration: {n} simulated chargers.", number, { n: count(number) })} <span class="quiet">${t("Nothing of it is billed.")}</span></p>
    ${me.value?.role === "admin" && html`<button type="button" class="button small" onClick=${() => setAsking(true)}><${Icon} name="trash" />${t("Keep my chargers, drop the demo")}</button>`}
    ${asking && html`<${Drop} close=${() => setAsking(false)} own=${chargerIds.value.length - number} />`}
  </aside>`;
}

/** @param {{close: () => void, own: number}} props */
function Drop({ close, own }) {
  const [found, setFound] = useState(/** @type {Simulated | null} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => void attempt(() => simulator.data().then(setFound)), []);
  const drop = async () => {
    setBusy(true);
    await attempt(async () => {
      const gone = await simulator.clear();
      await snapshot();
      notify(tn("The demonstration is gone: {n} simulated charger.", "The demonstration is gone: {n} simulated chargers.", gone.chargers, { n: count(gone.chargers) }));
      close();
    });
    setBusy(false);
  };
  /** @type {[string, number][]} */
  const rows = found ? [[t("Simulated chargers"), found.chargers], [t("Their sessions"), found.sessions], [t("Meter values"), found.meter_values], [t("Messages"), found.messages], [t("Cards made for them"), found.tags]] : [];
  return html`<${Dialog} title=${t("Drop the demonstration")} close=${close}>
    ${found ? html`<p>${t("This goes, and cannot be brought back:")}</p><ul class="counts">${rows.map(([word, number]) => html`<li key=${word}><span>${word}</span><b class="number">${count(number)}</b></li>`)}</ul>` : html`<${Loading} lines=${5} />`}
    <p>${own ? tn("Your own charger stays, with everything that belongs to it.", "Your own {n} chargers stay, with everything that belongs to them.", own, { n: count(own) }) : t("You have no charger of your own yet; people and settings stay.")}</p>
    <div class="button-row"><button type="button" class="button danger" disabled=${busy || !found} onClick=${drop}>${busy ? t("Dropping it …") : t("Drop the demo")}</button><button type="button" class="button" onClick=${close}>${t("Cancel")}</button></div>
  <//>`;
}

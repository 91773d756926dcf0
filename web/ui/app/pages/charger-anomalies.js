// @ts-check
/** What one charger does that OCPP does not say: in plain words, counted, with the raw frame beside the repaired one. */
import { useState } from "preact/hooks";
import { api } from "../api.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Ago, Empty, Json, Loading, Trouble, useFetched } from "../widgets.js";

/** @import { Anomaly, Charger, Exchange } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function Anomalies({ charger }) {
  const { value, error } = useFetched(() => api.anomalies(charger.id), [charger.id]);
  if (error) return html`<${Trouble} error=${error} />`;
  if (!value) return html`<${Loading} />`;
  const items = [...value.items].sort((a, b) => b.last_seen.localeCompare(a.last_seen));
  const strict = charger.quirks?.mode === "strict";
  return html`<section class="card block" aria-label="Anomalies">
    ${strict && html`<p class="pad">This charger is in strict mode: nothing it says is repaired, and what does not fit OCPP is refused.</p>`}
    ${items.length === 0 ? html`<${Empty} icon="check" title="Nothing odd"><p>What this charger says fits OCPP as it is written.</p><//>`
      : html`<ul class="letters" aria-label="What this charger does oddly">${items.map((item) => html`<${Row} key=${`${item.code} ${item.field}`} charger=${charger} item=${item} />`)}</ul>`}
  </section>`;
}

/** @param {{charger: Charger, item: Anomaly}} props */
function Row({ charger, item }) {
  const [open, setOpen] = useState(false);
  return html`<li data-anomaly=${item.code}>
    <p><b>${item.explanation}</b></p>
    <p class="quiet">${item.quirk && html`<span class="mono">${item.quirk}</span> · `}<span class="mono">${item.code}</span>${item.field && html` · <span class="mono">${item.field}</span>`}
      ${" · "}${count(item.count)} ${item.count === 1 ? "time" : "times"} · last <${Ago} at=${item.last_seen} /> · first <${Ago} at=${item.first_seen} /></p>
    ${item.example && html`<p class="mono">${item.example}</p>`}
    ${item.message_id && html`<p><button class="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? "Hide the frame" : "Show the frame"}</button></p>`}
    ${open && html`<${Frame} charger=${charger} item=${item} />`}
  </li>`;
}

/** The newest frame with this anomaly, from the message log. @param {{charger: Charger, item: Anomaly}} props */
function Frame({ charger, item }) {
  const until = new Date(Date.parse(item.last_seen) + 1000).toISOString();
  const { value, error } = useFetched(() => api.messages(charger.id, { since: item.last_seen, until, limit: 100 }), [item.last_seen]);
  if (error) return html`<${Trouble} error=${error} />`;
  if (!value) return html`<${Loading} lines=${3} />`;
  const exchange = value.items.find((/** @type {Exchange} */ row) => row.message_id === item.message_id);
  if (!exchange) return html`<p class="quiet">The message log does not have it any more.</p>`;
  return html`<div class="message-detail two">
    <div><h4>As the charger sent it</h4><${Json} value=${exchange.request} /></div>
    <div><h4>As it was read</h4>${exchange.repaired ? html`<${Json} value=${exchange.repaired.payload} />` : html`<p class="quiet">Nothing had to be repaired.</p>`}</div>
  </div>`;
}

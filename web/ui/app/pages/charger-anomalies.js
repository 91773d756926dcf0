// @ts-check
/** What one charger does that OCPP does not say: in plain words, counted, with the raw frame beside the repaired one. */
import { useState } from "preact/hooks";
import { api } from "../api.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { told } from "../server-words.js";
import { useNews } from "../news.js";
import { Ago, Empty, Json, Loading, Trouble, useFetched } from "../widgets.js";

/** @import { Anomaly, Charger, Exchange } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function Anomalies({ charger }) {
  const { value, error, again } = useFetched(() => api.anomalies(charger.id), [charger.id, useNews(charger.id, "charger")]);
  if (!value) return error ? html`<${Trouble} error=${error} again=${again} />` : html`<${Loading} />`;
  const items = [...value.items].sort((a, b) => b.last_seen.localeCompare(a.last_seen));
  const strict = charger.quirks?.mode === "strict";
  return html`<section class="card block" aria-label=${t("Anomalies")}><header><h2><${Icon} name="help" />${t("Anomalies")}</h2></header>
    ${strict && html`<p class="pad">${t("This charger is in strict mode: nothing it says is repaired, and what does not fit OCPP is refused.")}</p>`}
    ${items.length === 0 ? html`<${Empty} icon="check" title=${t("Nothing odd")}><p>${t("What this charger says fits OCPP as it is written.")}</p><//>`
      : html`<ul class="letters" aria-label=${t("What this charger does oddly")}>${items.map((item) => html`<${Row} key=${`${item.code} ${item.field}`} charger=${charger} item=${item} />`)}</ul>`}
  </section>`;
}

/** @param {{charger: Charger, item: Anomaly}} props */
function Row({ charger, item }) {
  const [open, setOpen] = useState(false);
  return html`<li data-anomaly=${item.code}>
    <p><b>${told(item.explanation)}</b></p>
    <p class="quiet">${item.quirk && html`<span class="mono">${item.quirk}</span> · `}<span class="mono">${item.code}</span>${item.field && html` · <bdi class="mono">${item.field}</bdi>`}
      ${" · "}${tn("{n} time", "{n} times", item.count, { n: count(item.count) })} · ${t("last")}${" "}<${Ago} at=${item.last_seen} /> · ${t("first")}${" "}<${Ago} at=${item.first_seen} /></p>
    ${item.example && html`<p class="mono" dir="auto">${item.example}</p>`}
    ${item.message_id && html`<p><button class="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? t("Hide the frame") : t("Show the frame")}</button></p>`}
    ${open && html`<${Frame} charger=${charger} item=${item} />`}
  </li>`;
}

/** The newest frame with this anomaly, from the message log. @param {{charger: Charger, item: Anomaly}} props */
function Frame({ charger, item }) {
  const until = new Date(Date.parse(item.last_seen) + 1000).toISOString();
  const { value, error, again } = useFetched(() => api.messages(charger.id, { since: item.last_seen, until, limit: 100 }), [item.last_seen]);
  if (error) return html`<${Trouble} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} lines=${3} />`;
  const exchange = value.items.find((/** @type {Exchange} */ row) => row.message_id === item.message_id);
  if (!exchange) return html`<p class="quiet">${t("The message log does not have it any more.")}</p>`;
  return html`<div class="message-detail two">
    <div><h4>${t("As the charger sent it")}</h4><${Json} value=${exchange.request} /></div>
    <div><h4>${t("As it was read")}</h4>${exchange.repaired ? html`<${Json} value=${exchange.repaired.payload} />` : html`<p class="quiet">${t("Nothing had to be repaired.")}</p>`}</div>
  </div>`;
}

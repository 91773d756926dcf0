// @ts-check
/** What a charger has reported of its security, newest first. */
import { saveCsv } from "../api.js";
import { life } from "../api/life.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { told } from "../server-words.js";
import { useNews } from "../news.js";
import { usePages } from "../paged.js";
import { attempt, Empty, Loading, Trouble } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function SecurityEvents({ charger }) {
  const list = usePages((cursor) => life.securityEvents(charger.id, cursor), charger.id, { keeps: true, news: useNews(charger.id, "charger") });
  const { items, error, again } = list;
  return html`<section class="card block" aria-label=${t("Security events")}><header><h2><${Icon} name="alert" />${t("Security events")}</h2>
      ${items && items.length > 0 && html`<button class="button small" onClick=${() => void attempt(() => saveCsv(`/chargers/${encodeURIComponent(charger.id)}/security-events`, {}, "security-events.csv"))}><${Icon} name="download" />CSV</button>`}</header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !items ? html`<${Loading} lines=${2} />`
      : items.length === 0 ? html`<${Empty} icon="check" title=${t("No security event")}><p>${t("When the charger reports that its door was opened, its clock set or a password refused, it appears here.")}</p><//>`
      : html`<table class="plain-table"><thead><tr><th>${t("When")}</th><th>${t("What")}</th></tr></thead>
        <tbody>${items.map((event) => html`<tr key=${event.id} data-security-event=${event.type}><td class="number nowrap" title=${t("arrived {time}", { time: moment(event.received_at) })}>${moment(event.at)}</td>
          <td>${event.critical && html`<span class="status small tone-bad"><${Icon} name="alert" />${t("Critical")}</span> `}<b dir="auto">${event.type}</b>${event.tech_info && html`<br /><small class="quiet wraps" dir="auto">${told(event.tech_info)}</small>`}</td></tr>`)}</tbody></table>`}
    ${list.next && html`<p class="pad"><button class="button" onClick=${list.more}>${t("Older events")}</button></p>`}
  </section>`;
}

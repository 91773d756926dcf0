// @ts-check
/** Bulk work: what was done to many chargers at once, newest first. */
import { me } from "../api.js";
import { fleetApi } from "../api/fleet.js";
import { BATCHES, batchWord } from "../batch-words.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { t } from "../languages.js";
import { useHeard } from "../news.js";
import { Pages, usePages } from "../paged.js";
import { Ago, Empty, Status } from "../widgets.js";
import { Progress } from "./batch.js";

/** @import { Batch } from "../api/fleet.js" */

const PAGE = 100;

export default function Batches() {
  const list = usePages((cursor) => fleetApi.batches({ limit: PAGE, cursor }), "", { keeps: true });
  useHeard(({ type, data }) => type === "batch.updated" && data.state !== "running", list.again, { topic: "batches" });
  return html`<div class="page batch-page"><header class="page-head"><h1>${t("Bulk work")}</h1></header>
    <${Pages} list=${list} more=${t("Older ones")}>${(/** @type {Batch[]} */ items) => html`<h2 class="visually-hidden">${t("Bulk work")}</h2>
      ${items.length === 0 ? html`<${Empty} icon="send" title=${t("Nothing yet")}><p>${me.value?.role === "viewer" ? t("What operators do to many chargers at once is listed here, with a result for each of them.") : t("Choose chargers in the list, then what is to be done with them. Each has a result of its own here.")}</p>${me.value?.role !== "viewer" && html`<p><a class="button primary" href="/chargers">${t("To the chargers")}</a></p>`}<//>`
      : html`<table class="plain-table batch-list"><thead><tr><th>${t("What")}</th><th>${t("State")}</th><th class="right">${t("Chargers")}</th><th class="hide-narrow">${t("Results")}</th><th class="hide-narrow">${t("By")}</th><th class="hide-narrow">${t("Begun")}</th></tr></thead>
        <tbody>${items.map((batch) => html`<tr key=${batch.id} data-batch=${batch.id}><td><a href=${`/batches/${batch.id}`}>${batchWord(batch)}</a><small class="quiet only-narrow"><${Ago} at=${batch.created_at} /></small></td><td><${Status} small is=${BATCHES[batch.state]} /></td>
          <td class="right number">${count(batch.total)}</td><td class="hide-narrow"><${Progress} batch=${batch} /></td><td class="hide-narrow"><bdi>${batch.created_by}</bdi></td><td class="quiet hide-narrow"><${Ago} at=${batch.created_at} /></td></tr>`)}</tbody></table>`}`}<//></div>`;
}

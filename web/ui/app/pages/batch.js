// @ts-check
/** One thing done to many chargers: how far it is, and what came of it with each. */
import { useEffect, useRef } from "preact/hooks";
import { me, saveList } from "../api.js";
import { fleetApi } from "../api/fleet.js";
import { BATCHES, batchWord, errorWords, RESULTS, RETRIED } from "../batch-words.js";
import { count, fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useTurn } from "../news.js";
import { usePages } from "../paged.js";
import { chargerPath, go, queryOf, setQuery } from "../router.js";
import { Ago, attempt, Empty, Json, Loading, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Batch, BatchResult } from "../api/fleet.js" */

const PAGE = 200;
const UNSETTLED = ["waiting", "queued", "sent"];

/** The results as one bar of parts; the words beside it are in the chips and the table. @param {{batch: Batch}} props */
export function Progress({ batch }) {
  const parts = Object.keys(RESULTS).filter((state) => batch.counts[state]);
  const words = parts.map((state) => `${count(batch.counts[state])} ${t(RESULTS[state].word)}`).join(", ");
  return html`<span class="batch-bar" role="img" aria-label=${words} title=${words}>${parts.map((state) => html`<i key=${state} class=${`tone-${RESULTS[state].tone}`} style=${{ flexGrow: batch.counts[state] }}></i>`)}</span>`;
}

/** @param {{id: string}} props */
export default function BatchPage({ id }) {
  const [turn, look] = useTurn(({ type, data }) => type === "batch.updated" && data.id === id, { topic: "batches" });
  const state = queryOf("state");
  const { value: batch, error: trouble, again: read } = useFetched(() => fleetApi.batch(id), [id, turn]);
  const list = usePages(
    (cursor, shown) => fleetApi.results(id, { state, limit: cursor ? PAGE : Math.max(PAGE, Math.min(500, shown)), cursor }),
    { id, state },
    { news: turn, keyOf: (result) => result.charger_id },
  );
  const settling = batch !== undefined && (batch.state === "running" || UNSETTLED.some((name) => batch.counts[name]));
  useSettling(settling, look);
  const error = /** @type {any} */ (trouble ?? list.error);
  if (error && !(batch && list.items)) return error.status === 404 ? html`<${Empty} icon="send" title=${t("There is no such work")}><a class="button" href="/batches">${t("Bulk work")}</a><//>` : html`<${Trouble} error=${error} again=${() => (read(), list.again())} />`;
  if (!batch || !list.items) return html`<${Loading} lines=${8} />`;
  const able = me.value?.role !== "viewer";
  const again = RETRIED.reduce((sum, name) => sum + (batch.counts[name] ?? 0), 0);
  return html`<div class="page batch-page">
    <nav class="crumbs" aria-label=${t("Where this is")}><a href="/batches">${t("Bulk work")}</a><${Icon} name="right" /></nav>
    <header class="page-head"><h1>${batchWord(batch)}</h1><${Status} is=${BATCHES[batch.state]} /><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveList(`/command-batches/${id}/results`, { state }, `batch-${id}.csv`, "text/csv"))}><${Icon} name="download" />${t("CSV")}</button>
      ${able && batch.state === "running" && html`<button class="button danger" onClick=${() => attempt(() => fleetApi.cancel(id))}><${Icon} name="stop" />${t("Begin no more")}</button>`}
      ${able && batch.state !== "running" && batch.repeatable && again > 0 && html`<button class="button primary" onClick=${() => attempt(() => retry(batch))}><${Icon} name="reset" />${tn("Try {n} again", "Try {n} again", again, { n: count(again) })}</button>`}</header>
    <section class="card batch-head"><${Progress} batch=${batch} />
      <p class="quiet">${tn("{n} charger", "{n} chargers", batch.total, { n: count(batch.total) })}, ${t("begun by {name}", { name: batch.created_by })} <span title=${fullMoment(batch.created_at)}><${Ago} at=${batch.created_at} /></span>${batch.state === "interrupted" ? html`. ${t(BATCHES.interrupted.means ?? "")}` : ""}</p>
      ${Object.keys(batch.payload).length > 0 && html`<${Json} value=${batch.payload} />`}</section>
    <div class="chips" role="group" aria-label=${t("Results")}>${Object.keys(RESULTS).filter((name) => batch.counts[name] || name === state).map((name) => html`<button key=${name} class=${`chip tone-${RESULTS[name].tone}`} aria-pressed=${state === name} title=${RESULTS[name].means && t(RESULTS[name].means)}
      onClick=${() => setQuery({ state: state === name ? null : name })}><${Icon} name=${RESULTS[name].icon} />${t(RESULTS[name].word)}<b>${count(batch.counts[name] ?? 0)}</b></button>`)}</div>
    <section class="card block">
      <table class="plain-table batch-results"><thead><tr><th>${t("Charger")}</th><th>${t("Result")}</th><th class="hide-narrow">${t("Said")}</th></tr></thead><tbody>
        ${list.items.map((result) => html`<tr key=${result.charger_id} data-result=${result.charger_id}><td><a href=${chargerPath(result.charger_id)}><bdi>${result.charger_id}</bdi></a></td>
          <td><${Status} small is=${RESULTS[result.state] ?? RESULTS.unknown} /><div class="only-narrow"><${Said} result=${result} /></div></td><td class="wraps hide-narrow"><${Said} result=${result} /></td></tr>`)}</tbody></table>
      ${list.items.length === 0 && html`<p class="quiet pad">${t("No charger has this result.")}</p>`}
      ${list.next && html`<p class="pad"><button class="button" onClick=${list.more}>${t("More results")}</button></p>`}
    </section></div>`;
}

/** @param {{result: BatchResult}} props */
function Said({ result }) {
  const words = errorWords(result.error);
  const said = [result.response_status, result.detail].filter(Boolean).join(" · ");
  return html`${words}${words && said ? html`<br />` : ""}${said && html`<small class="quiet"><bdi lang="en">${said}</bdi></small>`}`;
}

/** The last answers come after the last piece of news: look now and then while some are awaited. @param {boolean} settling @param {() => void} look */
function useSettling(settling, look) {
  const again = useRef(look);
  again.current = look;
  useEffect(() => {
    if (!settling) return undefined;
    const timer = setInterval(() => !document.hidden && again.current(), 3000);
    return () => clearInterval(timer);
  }, [settling]);
}

/** The same once more, for those that it did not reach. @param {Batch} batch */
async function retry(batch) {
  /** @type {string[]} */
  const ids = [];
  let cursor = null;
  do {
    const page = /** @type {{items: BatchResult[], next: string | null}} */ (await fleetApi.results(batch.id, { state: RETRIED.join(","), limit: 500, cursor }));
    ids.push(...page.items.filter(({ error }) => error !== "unknown_charger").map((result) => result.charger_id));
    cursor = page.next;
  } while (cursor);
  const { kind, action, payload } = batch;
  const made = kind === "command" ? await fleetApi.command({ action, payload, charger_ids: ids })
    : kind === "order" ? await fleetApi.command({ verb: action, payload, charger_ids: ids })
    : await fleetApi.change({ action, ...(kind === "change" ? { change: payload } : {}), charger_ids: ids });
  go(`/batches/${made.id}`);
}

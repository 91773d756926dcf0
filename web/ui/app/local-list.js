// @ts-check
/** A charger's local authorization list: how it stands, and bringing it up to date. */
import { useState } from "preact/hooks";
import { api, me } from "./api.js";
import { count } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t, tn } from "./languages.js";
import { told } from "./server-words.js";
import { LIST_STATES } from "./words.js";
import { Ago, attempt, Loading, Status, Trouble } from "./widgets.js";

/** @import { LocalList } from "./types.d.ts" */

/** @param {{id: string, able: boolean, fetched: {value?: LocalList, error?: unknown, again: () => void}}} props */
export function LocalListCard({ id, able, fetched }) {
  const { value, error, again } = fetched;
  const [busy, setBusy] = useState(false);
  const act = (/** @type {() => Promise<unknown>} */ work) => attempt(async () => {
    setBusy(true);
    await work().finally(() => setBusy(false));
    again();
  });
  if (error) return html`<section class="card block"><${Trouble} error=${error} again=${again} /></section>`;
  if (!value) return html`<section class="card block"><${Loading} /></section>`;
  const should = tn("{n} tag", "{n} tags", value.wanted, { n: count(value.wanted) });
  const facts = [
    [t("Version"), value.version === null ? t("not asked") : value.version],
    [t("Holds"), value.held === null ? t("not known") : tn("{n} tag", "{n} tags", value.held, { n: count(value.held) })],
    [t("Should hold"), value.max_length === null ? should : t("{tags} of at most {most}", { tags: should, most: count(value.max_length) })],
  ];
  const mayWrite = me.value?.role !== "viewer";
  return html`<section class="card block local-list" aria-label=${t("Local authorization list")} data-state=${value.state}>
    <header><h2>${t("Local list")}</h2><${Status} is=${LIST_STATES[value.state]} /></header>
    <dl class="facts tall">${facts.map(([word, text]) => html`<div key=${word}><dt>${word}</dt><dd>${text}</dd></div>`)}
      ${value.synced_at && html`<div><dt>${t("Sent")}</dt><dd><${Ago} at=${value.synced_at} /></dd></div>`}</dl>
    ${value.failure && html`<p class="pad form-error" dir="auto">${told(value.failure)}</p>`}
    ${value.note && html`<p class="pad warning"><${Icon} name="alert" />${value.note}</p>`}
    <label class="check pad"><input type="checkbox" checked=${value.sync} disabled=${!mayWrite || busy}
      onChange=${(/** @type {any} */ event) => act(() => api.keepLocalList(id, event.target.checked))} />${t("Keep it up to date by itself")}</label>
    ${mayWrite && html`<div class="button-row pad">
      <button type="button" class="button" disabled=${!able || busy} onClick=${() => act(() => api.syncLocalList(id, false))}><${Icon} name="send" />${t("Send what differs")}</button>
      <button type="button" class="button" disabled=${!able || busy} onClick=${() => act(() => api.syncLocalList(id, true))}>${t("Send all")}</button>
      <button type="button" class="button" disabled=${!able || busy} onClick=${() => act(() => api.order(id, "local-list/check", {}))}>${t("Ask its version")}</button>
    </div>`}</section>`;
}

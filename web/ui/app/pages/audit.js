// @ts-check
/** The audit: who did what to what, when, from where, and what was different before and after. */
import { useEffect, useState } from "preact/hooks";
import { saveList } from "../api.js";
import { people } from "../api/people.js";
import { fullMoment, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { Pages, usePages } from "../paged.js";
import { queryOf, setQuery } from "../router.js";
import { ViewMenu } from "../view-menu.js";
import { attempt, Empty } from "../widgets.js";

/** @import { Deed } from "../api/people.js" */

const PAGE = 50;
const NAMES = ["actor", "action", "target"];
const VIEW = [...NAMES, "since", "until", "sort"];

/** The moment of a local date and time in a field; nothing for none. @param {string} text */
const instant = (text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : "");

export default function Audit() {
  const query = { ...Object.fromEntries(NAMES.map((name) => [name, queryOf(name)])), since: instant(queryOf("since")), until: instant(queryOf("until")), sort: queryOf("sort") };
  const list = usePages((cursor) => people.audit({ ...query, limit: PAGE, cursor }), query);
  const isFiltered = [...NAMES, "since", "until"].some((name) => queryOf(name));
  return html`<div class="page">
    <header class="page-head"><h1>${t("Audit")}</h1><span class="push"></span><${ViewMenu} of=${VIEW} />
      <button class="button" onClick=${() => attempt(() => saveList("/audit", query, "audit.csv", "text/csv"))}><${Icon} name="download" />CSV</button>
      <button class="button" onClick=${() => attempt(() => saveList("/audit", query, "audit.ndjson", "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button></header>
    <div class="toolbar audit-filters">
      <${Filter} word=${t("Who")} name="actor" /><${Filter} word=${t("What")} name="action" placeholder="tag.added" /><${Filter} word=${t("To what")} name="target" />
      <${Filter} word=${t("From")} name="since" type="datetime-local" /><${Filter} word=${t("Until")} name="until" type="datetime-local" />
      <label>${t("Order")}<select value=${query.sort} onChange=${(/** @type {any} */ event) => setQuery({ sort: event.target.value })}>
        <option value="">${t("Newest first")}</option><option value="at">${t("Oldest first")}</option></select></label>
      ${isFiltered && html`<button class="button" onClick=${() => setQuery({ actor: null, action: null, target: null, since: null, until: null })}><${Icon} name="close" />${t("Everything")}</button>`}
    </div>
    <${Pages} list=${list} lines=${8} more=${query.sort === "at" ? t("Newer ones") : t("Older ones")}>${(/** @type {Deed[]} */ items) => html`<h2 class="visually-hidden">${t("What was done")}</h2>${
      items.length === 0
        ? html`<${Empty} icon="list" title=${t("Nothing fits")}><p>${t("Every change is kept here, by whomever, and nothing of it can be changed.")}</p><//>`
        : html`<ul class="rows deeds" aria-label=${t("What was done")}>${items.map((deed) => html`<${Row} key=${deed.id} deed=${deed} />`)}</ul>`
    }`}<//>
  </div>`;
}

/** A filter that takes hold when it is left or Enter is pressed, and keeps what is being written meanwhile. @param {{word: string, name: string, type?: string, placeholder?: string}} props */
function Filter({ word, name, ...more }) {
  const kept = queryOf(name);
  const [draft, setDraft] = useState(kept);
  useEffect(() => setDraft(kept), [kept]);
  return html`<label>${word}<input ...${more} value=${draft} autocomplete="off" spellcheck=${false}
    onInput=${(/** @type {any} */ event) => setDraft(event.target.value)} onChange=${(/** @type {any} */ event) => setQuery({ [name]: event.target.value.trim() })} /></label>`;
}

/** @param {{deed: Deed}} props */
function Row({ deed }) {
  const names = [...new Set([...Object.keys(deed.before ?? {}), ...Object.keys(deed.after ?? {})])];
  const others = Object.entries(deed.detail);
  return html`<li data-deed=${deed.action}><details><summary class="deed-line">
      <time datetime=${deed.at} title=${fullMoment(deed.at)}>${moment(deed.at)}</time>
      <b><bdi>${deed.actor}</bdi></b><code>${deed.action}</code><span class="wraps"><bdi>${deed.target}</bdi></span></summary>
    <div class="deed-detail">
      ${names.length > 0 && html`<table class="plain-table difference"><caption class="visually-hidden">${t("What was changed")}</caption>
        <thead><tr><td></td><th scope="col">${t("Before")}</th><th scope="col">${t("After")}</th></tr></thead>
        <tbody>${names.map((name) => html`<tr key=${name}><th scope="row" translate=${false}>${name}</th>
          <td>${deed.before && name in deed.before ? html`<${Value} value=${deed.before[name]} kind="del" />` : html`<span class="quiet">–</span>`}</td>
          <td>${deed.after && name in deed.after ? html`<${Value} value=${deed.after[name]} kind="ins" />` : html`<span class="quiet">–</span>`}</td></tr>`)}</tbody></table>`}
      ${others.length > 0 && html`<dl class="facts">${others.map(([name, value]) => html`<div key=${name}><dt translate=${false}>${name}</dt><dd><${Value} value=${value} kind="span" /></dd></div>`)}</dl>`}
      <p class="quiet small-text">${deed.address ? t("From {address}, request {id}", { address: deed.address, id: deed.request_id ?? "–" }) : t("Not over the API: by the command line, or by Voltaro itself")}</p>
    </div></details></li>`;
}

/** A value of the audit: text as text, whoever wrote it. @param {{value: unknown, kind: "ins" | "del" | "span"}} props */
function Value({ value, kind }) {
  if (value === null || value === undefined || value === "") return html`<span class="quiet">${t("nothing")}</span>`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return html`<${kind} class="wraps" dir="auto" translate=${false}>${text}<//>`;
}

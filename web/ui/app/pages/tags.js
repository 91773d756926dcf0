// @ts-check
/** Tags: who may charge. Tens of thousands, of which only the rows in sight are drawn; added, changed, learned at a charger, imported. */
import { useEffect, useRef, useState } from "preact/hooks";
import { me, saveCsv, saveList } from "../api.js";
import { changeTag, listTags, readTag } from "../api/tags.js";
import { count, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useChanges } from "../news.js";
import { usePages } from "../paged.js";
import { queryOf, setQuery } from "../router.js";
import { Simulated } from "../simulated.js";
import { ViewMenu } from "../view-menu.js";
import { TAGS } from "../words.js";
import { DeleteTag, TagDialog } from "./tag-dialogs.js";
import { Learn } from "./tag-learn.js";
import { attempt, Empty, Later, Loading, LongList, notify, Status, Trouble, useNarrow } from "../widgets.js";

/** @import { HeldTag } from "../api/tags.js" */
/** @import { Tag } from "../types.d.ts" */

const PAGE = 500;
const TYPING_MS = 200;
const VIEW = ["search", "status"];

export default function Tags() {
  const [open, setOpen] = useState(/** @type {{kind: "add" | "edit" | "delete" | "import", tag?: HeldTag} | null} */ (null));
  const narrow = useNarrow();
  const search = queryOf("search");
  const status = queryOf("status");
  const able = me.value?.role !== "viewer";
  const news = [useChanges("tag"), useChanges("driver")].join(); // a tag is shown with its driver's name
  const list = usePages((cursor) => listTags({ search, status, limit: PAGE, cursor }), { search, status }, { patienceMs: TYPING_MS, keyOf: (tag) => tag.id_tag, keeps: true, news });
  const { items, next, put, again } = list;
  const close = () => setOpen(null);
  const set = async (/** @type {HeldTag} */ tag, /** @type {Tag["status"]} */ to) => {
    try {
      put(await changeTag(tag, { status: to }));
    } catch (problem) {
      const failed = /** @type {any} */ (problem);
      if (failed.status !== 412) return notify(failed.message, "bad");
      const fresh = await attempt(() => readTag(tag.id_tag));
      if (fresh) put(fresh);
      notify(t("{tag} was changed by somebody else meanwhile. It is shown as it stands now; decide again.", { tag: tag.id_tag }), "bad");
    }
  };
  const act = { edit: (/** @type {HeldTag} */ tag) => setOpen({ kind: "edit", tag }), remove: (/** @type {HeldTag} */ tag) => setOpen({ kind: "delete", tag }), set };
  const filtered = Boolean(search || status);
  return html`<div class="page">
    <header class="page-head"><h1>${t("Tags")}</h1>${items && html`<span class="quiet">${count(items.length)}${next ? "+" : ""}</span>`}<span class="push"></span>
      <${ViewMenu} of=${VIEW} />
      <button class="button" onClick=${() => attempt(() => saveCsv("/tags", { search, status }, "tags.csv"))}><${Icon} name="download" />CSV</button>
      <button class="button" onClick=${() => attempt(() => saveList("/tags", { search, status }, "tags.ndjson", "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button>
      ${able && html`<button class="button" onClick=${() => setOpen({ kind: "import" })}><${Icon} name="upload" />${t("Import")}</button>
        <button class="button" aria-pressed=${Boolean(queryOf("learn"))} onClick=${() => setQuery({ learn: queryOf("learn") ? null : "1", at: null })}><${Icon} name="send" />${t("Learn a card")}</button>
        <button class="button primary" onClick=${() => setOpen({ kind: "add" })}><${Icon} name="plus" />${t("Add a tag")}</button>`}</header>
    ${able && queryOf("learn") && html`<${Learn} added=${again} />`}
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Tag, group or note")} aria-label=${t("Search tags")} dir="auto" value=${search} onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <div class="chips">${Object.entries(TAGS).map(([name, is]) => html`<button key=${name} class=${`chip tone-${is.tone}`} aria-pressed=${status === name} onClick=${() => setQuery({ status: status === name ? null : name })}><${Icon} name=${is.icon} />${t(is.word)}</button>`)}</div></div>
    ${list.error ? html`<${Trouble} error=${list.error} again=${again} />` : !items ? html`<${Loading} />` : html`<section class="card block"><h2 class="visually-hidden">${t("Tags")}</h2>
      ${items.length === 0
        ? html`<${Empty} icon="tag" title=${filtered ? t("No tag fits") : t("No tags yet")}><p>${filtered ? t("Loosen the filter above.") : !able ? t("A tag is the number of a card or app that may charge. Tags appear here once an operator has added them.") : t("A tag is the number of a card or app that may charge. Add the first, learn one by showing it at a charger, or import a file.")}</p><//>`
        : html`<${LongList} items=${items} height=${narrow ? 96 : 44} keyOf=${(/** @type {HeldTag} */ tag) => tag.id_tag} label=${t("Tags")} head=${heads()}
            row=${(/** @type {HeldTag} */ tag) => html`<${Row} tag=${tag} able=${able} act=${act} />`} />`}
      ${next && html`<${Rest} more=${list.more} seen=${items.length} />`}
    </section>`}
    ${open?.kind === "add" && html`<${TagDialog} close=${close} done=${again} />`}
    ${open?.kind === "edit" && open.tag && html`<${TagDialog} tag=${open.tag} close=${close} done=${put} />`}
    ${open?.kind === "delete" && open.tag && html`<${DeleteTag} tag=${open.tag} close=${close} changed=${put} done=${() => open.tag && list.drop(open.tag)} />`}
    ${open?.kind === "import" && html`<${Later} load=${() => import("./import-dialog.js")} part="ImportDialog" path="/tags/import" close=${close} done=${again} />`}
  </div>`;
}

const heads = () => html`<div class="row tag-row"><span role="columnheader">${t("Tag")}</span><span role="columnheader">${t("Status")}</span><span role="columnheader">${t("Group")}</span>
  <span role="columnheader">${t("Expires")}</span><span role="columnheader" class="right">${t("At once")}</span><span role="columnheader">${t("Driver")}</span><span role="columnheader">${t("Note")}</span><span role="columnheader" class="right">${t("Actions")}</span></div>`;

/** @typedef {{edit: (tag: HeldTag) => void, remove: (tag: HeldTag) => void, set: (tag: HeldTag, to: Tag["status"]) => void}} Act */

/** @param {{tag: HeldTag, able: boolean, act: Act}} props */
function Row({ tag, able, act }) {
  const name = { tag: tag.id_tag };
  return html`<div class="row tag-row" role="row" data-tag=${tag.id_tag}>
    <span role="cell" class="mono clip" title=${tag.id_tag}><bdi>${tag.id_tag}</bdi> <${Simulated} is=${tag} /></span><span role="cell"><${Status} small is=${TAGS[tag.status] ?? TAGS.invalid} /></span>
    <span role="cell" class="mono clip tag-group"><bdi>${tag.parent ?? ""}</bdi></span><span role="cell" class="clip tag-expires">${tag.expires_at ? moment(tag.expires_at) : html`<span class="quiet">${t("never")}</span>`}</span>
    <span role="cell" class="right number hide-narrow">${tag.max_active_sessions ?? html`<span class="quiet">${t("any")}</span>`}</span><span role="cell" class="clip tag-driver" title=${tag.driver_name}>${tag.user_id !== null && html`<a href=${`/drivers/${tag.user_id}`}><bdi>${tag.driver_name ?? tag.user_id}</bdi></a>${tag.driver_disabled && html` <${Icon} name="ban" label=${t("Disabled")} />`}`}</span>
    <span role="cell" class="clip tag-note" title=${tag.note}><bdi>${tag.note ?? ""}</bdi></span>
    <span role="cell" class="right actions-cell"><a class="icon-button" title=${t("Its sessions")} aria-label=${t("Sessions of {tag}", name)} href=${`/sessions?tag=${encodeURIComponent(tag.id_tag)}`}><${Icon} name="bolt" /></a>
      ${able && html`${tag.status === "blocked"
        ? html`<button class="button small" aria-label=${t("Unblock {tag}", name)} onClick=${() => act.set(tag, "accepted")}>${t("Unblock")}</button>`
        : html`<button class="button small" aria-label=${t("Block {tag}", name)} onClick=${() => act.set(tag, "blocked")}>${t("Block")}</button>`}
        <button class="button small" aria-label=${t("Change {tag}", name)} onClick=${() => act.edit(tag)}>${t("Change")}</button>
        <button class="icon-button" title=${t("Delete")} aria-label=${t("Delete {tag}", name)} onClick=${() => act.remove(tag)}><${Icon} name="trash" /></button>`}</span></div>`;
}

/** The end of what is here: more comes when it is scrolled into sight, or is asked for. @param {{more: () => Promise<void>, seen: number}} props */
function Rest({ more, seen }) {
  const ref = useRef(/** @type {HTMLParagraphElement | null} */ (null));
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && void more(), { rootMargin: "800px" });
    watch.observe(/** @type {Element} */ (ref.current));
    return () => watch.disconnect();
  }, [more]);
  return html`<p class="pad" ref=${ref}><button class="button" onClick=${more}>${tn("More than {n} tag", "More than {n} tags", seen, { n: count(seen) })}</button></p>`;
}

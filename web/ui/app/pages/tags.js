// @ts-check
/** Tags: who may charge. Add, block, delete, and import from CSV after a dry run. */
import { useEffect, useState } from "preact/hooks";
import { api, me, saveCsv } from "../api.js";
import { count, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { queryOf, setQuery } from "../router.js";
import { Simulated } from "../simulated.js";
import { TAGS } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble } from "../widgets.js";

/** @import { Tag } from "../types.d.ts" */

export default function Tags() {
  const [items, setItems] = useState(/** @type {Tag[] | null} */ (null));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [turn, setTurn] = useState(0);
  const [open, setOpen] = useState(/** @type {"" | "add" | "import"} */ (""));
  const search = queryOf("search");
  const status = queryOf("status");
  const able = me.value?.role !== "viewer";
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      api.tags({ search, status, limit: 200 }).then(
        (page) => {
          if (!current) return;
          setItems(page.items);
          setNext(page.next);
          setError(null);
        },
        (problem) => current && setError(problem),
      );
    }, items ? 150 : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [search, status, turn]);
  const again = () => setTurn((before) => before + 1);
  const more = () => attempt(async () => {
    const page = await api.tags({ search, status, limit: 200, cursor: next });
    setItems([...(items ?? []), ...page.items]);
    setNext(page.next);
  });
  const change = (/** @type {Tag} */ tag, /** @type {Tag["status"]} */ to) => attempt(async () => {
    const changed = await api.changeTag(tag.id_tag, { status: to });
    setItems((before) => before?.map((known) => (known.id_tag === tag.id_tag ? changed : known)) ?? null);
  });
  const remove = (/** @type {Tag} */ tag) => attempt(async () => {
    await api.removeTag(tag.id_tag);
    notify(`${tag.id_tag} is deleted.`);
    setItems((before) => before?.filter((known) => known.id_tag !== tag.id_tag) ?? null);
  });
  return html`<div class="page">
    <header class="page-head"><h1>Tags</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/tags", { search, status }, "tags.csv"))}><${Icon} name="download" />CSV</button>
      ${able && html`<button class="button" onClick=${() => setOpen("import")}><${Icon} name="upload" />Import</button>
        <button class="button primary" onClick=${() => setOpen("add")}><${Icon} name="plus" />Add a tag</button>`}</header>
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder="Tag or note" aria-label="Search tags" value=${search} onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <div class="chips">${Object.entries(TAGS).map(([name, is]) => html`<button key=${name} class=${`chip tone-${is.tone}`} aria-pressed=${status === name} onClick=${() => setQuery({ status: status === name ? null : name })}><${Icon} name=${is.icon} />${is.word}</button>`)}</div></div>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !items ? html`<${Loading} />` : html`<section class="card block">
      ${items.length === 0
        ? html`<${Empty} icon="tag" title=${search || status ? "No tag fits" : "No tags yet"}><p>${search || status ? "Loosen the filter above." : "A tag is the number of a card or app that may charge. Add the first, or import a CSV with the columns id_tag, status, expires_at, note."}</p><//>`
        : html`<table class="plain-table"><thead><tr><th>Tag</th><th>Status</th><th class="hide-narrow">Group</th><th class="hide-narrow">Expires</th><th class="hide-narrow right">At once</th><th class="hide-narrow">Note</th><th></th></tr></thead>
        <tbody>${items.map((tag) => html`<tr key=${tag.id_tag} data-tag=${tag.id_tag}><td class="mono">${tag.id_tag} <${Simulated} is=${tag} /></td><td><${Status} small is=${TAGS[tag.status] ?? TAGS.invalid} /></td>
          <td class="mono hide-narrow">${tag.parent ?? ""}</td><td class="hide-narrow">${tag.expires_at ? moment(tag.expires_at) : html`<span class="quiet">never</span>`}</td>
          <td class="right number hide-narrow">${tag.max_active_sessions ?? html`<span class="quiet">any</span>`}</td><td class="clip hide-narrow">${tag.note ?? ""}</td>
          <td class="right actions-cell">${able && html`<a class="icon-button" title="Its sessions" aria-label=${`Sessions of ${tag.id_tag}`} href=${`/sessions?tag=${encodeURIComponent(tag.id_tag)}`}><${Icon} name="bolt" /></a>
            ${tag.status === "blocked"
              ? html`<button class="button small" onClick=${() => change(tag, "accepted")}>Unblock</button>`
              : html`<button class="button small" onClick=${() => change(tag, "blocked")}>Block</button>`}
            <${Delete} tag=${tag} remove=${remove} />`}</td></tr>`)}</tbody></table>`}
      ${next && html`<p class="pad"><button class="button" onClick=${more}>More tags</button></p>`}
    </section>`}
    ${open === "add" && html`<${AddTag} close=${() => setOpen("")} done=${again} />`}
    ${open === "import" && html`<${Import} close=${() => setOpen("")} done=${again} />`}
  </div>`;
}

/** Deleting asks once more, in place. @param {{tag: Tag, remove: (tag: Tag) => void}} props */
function Delete({ tag, remove }) {
  const [sure, setSure] = useState(false);
  if (sure) return html`<button class="button small danger" onClick=${() => remove(tag)} onBlur=${() => setSure(false)} autofocus>Delete?</button>`;
  return html`<button class="icon-button" title="Delete" aria-label=${`Delete ${tag.id_tag}`} onClick=${() => setSure(true)}><${Icon} name="trash" /></button>`;
}

/** @param {{close: () => void, done: () => void}} props */
function AddTag({ close, done }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
    void attempt(async () => {
      await api.addTag({
        id_tag: text("id_tag"),
        ...(text("note") ? { note: text("note") } : {}),
        ...(text("parent") ? { parent: text("parent") } : {}),
        ...(text("expires_at") ? { expires_at: new Date(text("expires_at")).toISOString() } : {}),
        ...(text("most") ? { max_active_sessions: Number(text("most")) } : {}),
      });
      notify(`${text("id_tag")} may charge now.`);
      close();
      done();
    });
  };
  return html`<${Dialog} title="Add a tag" close=${close}><form onSubmit=${submit}>
    <label>Tag<input name="id_tag" required autofocus autocomplete="off" spellcheck=${false} maxlength="36" class="mono" /></label>
    <label>Note <small class="quiet">whose it is</small><input name="note" autocomplete="off" maxlength="200" /></label>
    <div class="two"><label>Group<input name="parent" autocomplete="off" maxlength="36" class="mono" /></label><label>Sessions at once<input name="most" type="number" min="1" placeholder="any" /></label></div>
    <label>Expires<input name="expires_at" type="datetime-local" /></label>
    <div class="button-row"><button class="button primary" type="submit">Add</button><button class="button" type="button" onClick=${close}>Cancel</button></div></form><//>`;
}

/** @param {{close: () => void, done: () => void}} props */
function Import({ close, done }) {
  const [csv, setCsv] = useState("");
  const [seen, setSeen] = useState(/** @type {{added: number, changed: number, errors: {line: number, column: string, detail: string}[]} | null} */ (null));
  const choose = async (/** @type {any} */ event) => {
    const file = event.target.files?.[0];
    if (!file) return;
    const text = await file.text();
    setCsv(text);
    setSeen((await attempt(() => api.importTags(text, true))) ?? null);
  };
  const take = () => attempt(async () => {
    const result = await api.importTags(csv, false);
    notify(`${count(result.added)} tags added, ${count(result.changed)} changed.`);
    close();
    done();
  });
  return html`<${Dialog} title="Import tags" close=${close}>
    <p>A CSV with a header line: <code>id_tag,status,parent,expires_at,max_active_sessions,note</code>. Only <code>id_tag</code> is required. Nothing is written before you have seen what would happen.</p>
    <label>File<input type="file" accept=".csv,text/csv" onChange=${choose} /></label>
    ${seen && html`<p><b>${count(seen.added)}</b> would be added, <b>${count(seen.changed)}</b> changed${seen.errors.length ? html`, <b class="tone-bad">${count(seen.errors.length)} lines are wrong</b>` : ""}.</p>
      ${seen.errors.length > 0 && html`<ul class="import-errors">${seen.errors.slice(0, 20).map((error) => html`<li key=${`${error.line} ${error.column}`}>Line ${error.line}: ${error.column} ${error.detail}</li>`)}</ul>`}`}
    <div class="button-row"><button class="button primary" disabled=${!seen || seen.errors.length > 0} onClick=${take}>Import</button><button class="button" onClick=${close}>Cancel</button></div><//>`;
}

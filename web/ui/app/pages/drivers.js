// @ts-check
/** Drivers: the people whose tags charge. Search, add, import after a dry run. */
import { useState } from "preact/hooks";
import { me, saveCsv } from "../api.js";
import { people } from "../api/people.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { Pages, usePages } from "../paged.js";
import { DriverFields, driverOf } from "../people-widgets.js";
import { ENABLED } from "../people-words.js";
import { go, queryOf, setQuery } from "../router.js";
import { attempt, Dialog, Empty, notify, Status } from "../widgets.js";

/** @import { Driver, Imported } from "../api/people.js" */

const PAGE = 100;
const TYPING_MS = 150;

export default function Drivers() {
  const [open, setOpen] = useState(/** @type {"" | "add" | "import"} */ (""));
  const search = queryOf("search");
  const disabled = queryOf("disabled");
  const able = me.value?.role !== "viewer";
  const list = usePages((cursor) => people.drivers({ search, disabled, limit: PAGE, cursor }), { search, disabled }, { patienceMs: TYPING_MS });
  return html`<div class="page">
    <header class="page-head"><h1>${t("Drivers")}</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/drivers", { search, disabled }, "drivers.csv"))}><${Icon} name="download" />CSV</button>
      ${able && html`<button class="button" onClick=${() => setOpen("import")}><${Icon} name="upload" />${t("Import")}</button>
        <button class="button primary" onClick=${() => setOpen("add")}><${Icon} name="plus" />${t("Add a driver")}</button>`}</header>
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Name, e-mail, telephone, id")} aria-label=${t("Search drivers")} value=${search} onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <div class="chips"><button class="chip tone-off" aria-pressed=${disabled === "true"} onClick=${() => setQuery({ disabled: disabled ? null : "true" })}><${Icon} name="ban" />${t("Disabled")}</button></div></div>
    <${Pages} list=${list} more=${t("More drivers")}>${(/** @type {Driver[]} */ items) => html`<h2 class="visually-hidden">${t("Drivers")}</h2>${
      items.length === 0
        ? html`<${Empty} icon="user" title=${search || disabled ? t("No driver fits") : t("No drivers yet")}><p>${search || disabled ? t("Loosen the filter above.") : t("A driver owns tags, and the sessions begun with them. They do not sign in here. Add the first, or import a CSV with the columns name, email, phone, external_id, note.")}</p><//>`
        : html`<table class="plain-table"><thead><tr><th>${t("Name")}</th><th>${t("State")}</th><th class="hide-narrow">${t("E-mail")}</th><th class="hide-narrow">${t("Telephone")}</th><th class="hide-narrow">${t("External id")}</th><th class="hide-narrow">${t("Note")}</th></tr></thead>
          <tbody>${items.map((driver) => html`<tr key=${driver.id} data-driver=${driver.id}><td><a href=${`/drivers/${driver.id}`}><bdi>${driver.name}</bdi></a></td>
            <td><${Status} small is=${ENABLED[driver.disabled ? "off" : "on"]} /></td><td class="hide-narrow wraps">${driver.email ?? ""}</td><td class="hide-narrow">${driver.phone ?? ""}</td>
            <td class="mono hide-narrow wraps">${driver.external_id ?? ""}</td><td class="hide-narrow wraps" dir="auto">${driver.note ?? ""}</td></tr>`)}</tbody></table>`
    }`}<//>
    ${open === "add" && html`<${AddDriver} close=${() => setOpen("")} />`}
    ${open === "import" && html`<${Import} close=${() => setOpen("")} done=${list.again} />`}
  </div>`;
}

/** @param {{close: () => void}} props */
function AddDriver({ close }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    void attempt(async () => {
      const driver = await people.addDriver(driverOf(event));
      go(`/drivers/${driver.id}`);
    });
  };
  return html`<${Dialog} title=${t("Add a driver")} close=${close}><form onSubmit=${submit}><${DriverFields} />
    <div class="button-row"><button class="button primary" type="submit">${t("Add")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** @param {{close: () => void, done: () => void}} props */
function Import({ close, done }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [seen, setSeen] = useState(/** @type {Imported | null} */ (null));
  const choose = async (/** @type {any} */ event) => {
    const chosen = event.target.files?.[0] ?? null;
    setFile(chosen);
    setSeen(chosen ? ((await attempt(() => people.importDrivers(chosen, true))) ?? null) : null);
  };
  const take = () => attempt(async () => {
    const result = await people.importDrivers(/** @type {File} */ (file), false);
    notify(t("{added} drivers added, {changed} changed.", { added: count(result.added), changed: count(result.changed) }));
    close();
    done();
  });
  return html`<${Dialog} title=${t("Import drivers")} close=${close}>
    <p>${t("A CSV with a header line, or NDJSON. Only the name is required; a driver whose external id is known is changed, any other is new. Nothing is written before you have seen what would happen.")}</p>
    <p><code>name,email,phone,external_id,note,disabled</code></p>
    <label>${t("File")}<input type="file" accept=".csv,.ndjson,.jsonl,text/csv" onChange=${choose} /></label>
    ${seen && html`<p role="status">${t("{added} would be added, {changed} changed.", { added: count(seen.added), changed: count(seen.changed) })}
      ${seen.errors.length > 0 && html`<b class="tone-bad"> ${tn("{n} line is wrong.", "{n} lines are wrong.", seen.errors.length, { n: count(seen.errors.length) })}</b>`}</p>
      ${seen.errors.length > 0 && html`<ul class="import-errors">${seen.errors.slice(0, 20).map((error) => html`<li key=${`${error.line} ${error.column}`}>${t("Line {line}:", { line: error.line })} ${error.column} ${error.detail}</li>`)}</ul>`}`}
    <div class="button-row"><button class="button primary" disabled=${!seen || seen.errors.length > 0} onClick=${take}>${t("Import")}</button><button class="button" onClick=${close}>${t("Cancel")}</button></div><//>`;
}

// @ts-check
/** Drivers: the people whose tags charge. Search, add, import after a dry run. */
import { useState } from "preact/hooks";
import { me, saveCsv } from "../api.js";
import { people } from "../api/people.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { useChanges } from "../news.js";
import { Pages, usePages } from "../paged.js";
import { DriverFields, driverOf } from "../people-widgets.js";
import { ENABLED } from "../people-words.js";
import { go, queryOf, setQuery } from "../router.js";
import { ViewMenu } from "../view-menu.js";
import { attempt, Dialog, Empty, Later, Status } from "../widgets.js";

/** @import { Driver } from "../api/people.js" */

const PAGE = 100;
const TYPING_MS = 150;
const VIEW = ["search", "disabled"];

export default function Drivers() {
  const [open, setOpen] = useState(/** @type {"" | "add" | "import"} */ (""));
  const search = queryOf("search");
  const disabled = queryOf("disabled");
  const able = me.value?.role !== "viewer";
  const list = usePages((cursor) => people.drivers({ search, disabled, limit: PAGE, cursor }), { search, disabled }, { patienceMs: TYPING_MS, keeps: true, news: useChanges("driver") });
  return html`<div class="page">
    <header class="page-head"><h1>${t("Drivers")}</h1><span class="push"></span><${ViewMenu} of=${VIEW} />
      <button class="button" onClick=${() => attempt(() => saveCsv("/drivers", { search, disabled }, "drivers.csv"))}><${Icon} name="download" />CSV</button>
      ${able && html`<button class="button" onClick=${() => setOpen("import")}><${Icon} name="upload" />${t("Import")}</button>
        <button class="button primary" onClick=${() => setOpen("add")}><${Icon} name="plus" />${t("Add a driver")}</button>`}</header>
    <div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Name, e-mail, telephone, id")} aria-label=${t("Search drivers")} value=${search} onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <div class="chips"><button class="chip tone-off" aria-pressed=${disabled === "true"} onClick=${() => setQuery({ disabled: disabled ? null : "true" })}><${Icon} name="ban" />${t("Disabled")}</button></div></div>
    <${Pages} list=${list} more=${t("More drivers")}>${(/** @type {Driver[]} */ items) => html`<h2 class="visually-hidden">${t("Drivers")}</h2>${
      items.length === 0
        ? html`<${Empty} icon="user" title=${search || disabled ? t("No driver fits") : t("No drivers yet")}><p>${search || disabled ? t("Loosen the filter above.") : !able ? t("A driver owns tags, and the sessions begun with them. Drivers appear here once an operator has added them.") : t("A driver owns tags, and the sessions begun with them. They do not sign in here. Add the first, or import a CSV with the columns name, email, phone, external_id, note.")}</p><//>`
        : html`<table class="plain-table"><thead><tr><th>${t("Name")}</th><th>${t("State")}</th><th class="hide-narrow">${t("E-mail")}</th><th class="hide-narrow">${t("Telephone")}</th><th class="hide-narrow">${t("External id")}</th><th class="hide-narrow">${t("Note")}</th></tr></thead>
          <tbody>${items.map((driver) => html`<tr key=${driver.id} data-driver=${driver.id}><td><a href=${`/drivers/${driver.id}`}><bdi>${driver.name}</bdi></a></td>
            <td><${Status} small is=${ENABLED[driver.disabled ? "off" : "on"]} /></td><td class="hide-narrow wraps">${driver.email ?? ""}</td><td class="hide-narrow">${driver.phone ?? ""}</td>
            <td class="mono hide-narrow wraps">${driver.external_id ?? ""}</td><td class="hide-narrow wraps" dir="auto">${driver.note ?? ""}</td></tr>`)}</tbody></table>`
    }`}<//>
    ${open === "add" && html`<${AddDriver} close=${() => setOpen("")} />`}
    ${open === "import" && html`<${Later} load=${() => import("./import-dialog.js")} part="ImportDialog" path="/drivers/import" close=${() => setOpen("")} done=${list.again} />`}
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

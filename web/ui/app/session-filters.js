// @ts-check
/** The filters of the session list: kept in the address, shown as a bar, and turned into the query of the API. */
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { m, t } from "./languages.js";
import { queryOf, setQuery } from "./router.js";
import { FLAGS, flagWord, SESSIONS } from "./words.js";
import { Entry } from "./widgets.js";

/** What the list is sorted by. @type {Record<string, string>} */
const SORTS = { "": m("Newest first"), started_at: m("Oldest first"), "-energy_wh": m("Most energy first"), energy_wh: m("Least energy first") };

const ALL = { word: m("All"), icon: "list", tone: "off" };

/** @param {string} day of an input of type date @param {number} later days */
const midnight = (day, later) => {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
};

/** What the address asks for, in the names of the API. @returns {Record<string, string>} */
export function sessionQuery() {
  const [from, to, energy, flags] = ["from", "to", "energy", "flags"].map(queryOf);
  const day = /^\d{4}-\d\d-\d\d$/;
  return {
    charger_id: queryOf("charger"),
    id_tag: queryOf("tag"),
    state: queryOf("state"),
    site_id: queryOf("site"),
    started_after: day.test(from) ? midnight(from, 0) : "",
    started_before: day.test(to) ? midnight(to, 1) : "",
    energy_at_least_wh: Number(energy) > 0 ? String(Math.round(Number(energy) * 1000)) : "",
    flags: Object.keys(FLAGS).includes(flags) ? flags : "",
    flagged: flags === "any" ? "true" : "",
    sort: queryOf("sort") in SORTS ? queryOf("sort") : "",
  };
}

/** The members of the address that make a view of the list. */
export const VIEW = ["charger", "tag", "state", "site", "from", "to", "energy", "flags", "sort"];

/** Whether anything but the order is chosen. @param {Record<string, string>} query */
export const isFiltered = (query) => Object.entries(query).some(([name, value]) => value && name !== "sort");

export function SessionFilters() {
  const field = (/** @type {string} */ name) => ({ value: queryOf(name), entered: (/** @type {string} */ text) => setQuery({ [name]: text }) });
  const choice = (/** @type {string} */ name) => ({ value: queryOf(name), onChange: (/** @type {any} */ event) => setQuery({ [name]: event.target.value }) });
  const more = ["site", "energy", "flags", "sort"].some(queryOf);
  return html`<div class="toolbar session-filters" role="search" aria-label=${t("Filter sessions")}>
    <div class="chips">${Object.entries({ "": ALL, ...SESSIONS }).map(
      ([state, is]) => html`<button key=${state} class=${`chip tone-${is.tone}`} aria-pressed=${queryOf("state") === state} onClick=${() => setQuery({ state })}><${Icon} name=${is.icon} />${t(is.word)}</button>`,
    )}</div>
    <label class="search short"><${Icon} name="charger" /><${Entry} placeholder=${t("Charger")} aria-label=${t("Charger")} dir="auto" ...${field("charger")} /></label>
    <label class="search short"><${Icon} name="tag" /><${Entry} placeholder=${t("Tag")} aria-label=${t("Tag")} dir="auto" ...${field("tag")} /></label>
    <label class="inline">${t("From")}<${Entry} type="date" ...${field("from")} /></label><label class="inline">${t("to")}<${Entry} type="date" ...${field("to")} /></label>
    <details class="more-filters" open=${more}><summary>${t("More filters")}</summary><div class="toolbar">
      <label>${t("Site")}<${Entry} autocomplete="off" dir="auto" ...${field("site")} /></label>
      <label>${t("At least, kWh")}<${Entry} type="number" min="0" step="any" ...${field("energy")} /></label>
      <label>${t("Flags")}<select ...${choice("flags")}><option value="">${t("Any or none")}</option><option value="any">${t("At least one flag")}</option>
        ${Object.keys(FLAGS).map((flag) => html`<option key=${flag} value=${flag}>${flagWord(flag)}</option>`)}</select></label>
      <label>${t("Order")}<select ...${choice("sort")}>${Object.entries(SORTS).map(([sort, word]) => html`<option key=${sort} value=${sort}>${t(word)}</option>`)}</select></label></div></details>
  </div>`;
}

// @ts-check
/** Which chargers are shown and in which order, as the address says it; and the fields that change it. */
import { chargers } from "../fleet.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { place, queryOf, setQuery } from "../router.js";
import { sessionsOf } from "../running.js";
import { summary } from "../store.js";
import { CONNECTIONS, protocolWord, STATE_ORDER, tileState } from "../words.js";

/** @import { Charger } from "../types.d.ts" */

/** The filters beside state and search, each with how it is called and what it looks at. @type {{name: string, word: string, of: (charger: Charger) => string | null | undefined, shown?: (value: string) => string}[]} */
export const FILTERS = [
  { name: "connection", word: m("Connection"), of: (charger) => charger.connection, shown: (value) => t(CONNECTIONS[/** @type {Charger["connection"]} */ (value)]?.word ?? value) },
  { name: "protocol", word: m("Protocol"), of: (charger) => charger.protocol, shown: protocolWord },
  { name: "vendor", word: m("Vendor"), of: (charger) => charger.vendor },
  { name: "model", word: m("Model"), of: (charger) => charger.model },
  { name: "firmware_version", word: m("Firmware"), of: (charger) => charger.firmware_version },
  { name: "site_id", word: m("Site"), of: (charger) => charger.site_id },
  { name: "registration", word: m("Registration"), of: (charger) => charger.registration, shown: (value) => t(REGISTRATIONS[value] ?? value) },
  { name: "security_profile", word: m("Security profile"), of: (charger) => String(charger.security_profile), shown: (value) => t(PROFILES[value] ?? value) },
];

/** @type {Record<string, string>} */
export const REGISTRATIONS = { accepted: m("Accepted"), pending: m("Pending"), rejected: m("Rejected") };
/** @type {Record<string, string>} */
export const PROFILES = { 0: m("0: open"), 1: m("1: password"), 2: m("2: password over TLS"), 3: m("3: certificate") };

/** What chargers can be sorted by. @type {Record<string, (charger: Charger) => string | number>} */
const ORDERS = {
  state: (charger) => STATE_ORDER.indexOf(tileState(charger)),
  power: (charger) => -sessionsOf(charger.id).peek().reduce((sum, session) => sum + (session.power_w ?? 0), 0),
  protocol: (charger) => charger.protocol ?? "~",
  model: (charger) => [charger.vendor ?? "~", charger.model ?? "~"].join(" "),
  firmware: (charger) => charger.firmware_version ?? "~",
  site: (charger) => charger.site_id ?? "~",
  seen: (charger) => (charger.connection === "offline" ? -Date.parse(charger.last_seen ?? "1970-01-01") : -Infinity),
};
const byName = new Intl.Collator("en", { numeric: true });

/** What the address asks for, beside the search. */
export const filtersOn = () => FILTERS.filter(({ name }) => queryOf(name));

/** Whether the address chooses or sorts by anything that changes as chargers live. */
export const isChoosing = () => filtersOn().length > 0 || ["search", "state", "sort"].some((name) => queryOf(name));

/** The ids of those that the address means, in its order. @param {string[]} ids in order of name @returns {string[]} */
export function chosen(ids) {
  const query = place.value.query;
  const search = (query.get("search") ?? "").trim().toLowerCase();
  const states = (query.get("state") ?? "").split(",").filter(Boolean);
  const on = FILTERS.flatMap((filter) => (query.get(filter.name) ? [{ of: filter.of, value: query.get(filter.name) }] : []));
  const fits = (/** @type {string} */ id) => {
    const charger = chargers.get(id)?.peek();
    return charger !== undefined && (!states.length || states.includes(tileState(charger))) && on.every(({ of, value }) => of(charger) === value)
      && (!search || wordsOf(charger).includes(search));
  };
  const found = states.length || on.length || search ? ids.filter(fits) : ids;
  const sort = query.get("sort") ?? "";
  const name = sort.replace(/^-/, "");
  const sign = sort.startsWith("-") ? -1 : 1;
  const order = ORDERS[name];
  if (!order) return name === "id" && sign < 0 ? [...found].reverse() : found;
  const ranked = found.map((id) => /** @type {[string, string | number]} */ ([id, order(/** @type {Charger} */ (chargers.get(id)?.peek()))]));
  return ranked.sort((a, b) => sign * (typeof a[1] === "number" ? a[1] - Number(b[1]) || 0 : byName.compare(a[1], String(b[1])))).map(([id]) => id);
}

/** @param {Charger} charger */
const wordsOf = (charger) => [charger.id, charger.name, charger.vendor, charger.model, charger.serial_number, charger.firmware_version, charger.site_id].join(" ").toLowerCase();

/** A column's head, which sorts by it. @param {{name: string, word: string, class?: string}} props */
export function SortHead({ name, word, class: extra }) {
  const sort = queryOf("sort") || "id";
  const down = sort === `-${name}`;
  const on = down || sort === name;
  return html`<span role="columnheader" class=${extra} aria-sort=${on ? (down ? "descending" : "ascending") : undefined}>
    <button class="sort-head" onClick=${() => setQuery({ sort: sort === name ? `-${name}` : name === "id" ? null : name })}>${word}${on && html`<${Icon} name=${down ? "up" : "down"} />`}</button></span>`;
}

/** The fields behind "Filters": each offers what there is among the chargers. */
export function FilterFields() {
  void summary.value;
  /** @type {Map<string, Set<string>>} */
  const values = new Map(FILTERS.map(({ name }) => [name, new Set()]));
  for (const held of chargers.values()) {
    for (const { name, of } of FILTERS) {
      const value = of(held.peek());
      if (value) values.get(name)?.add(value);
    }
  }
  return html`<div class="filter-fields">${FILTERS.map(({ name, word, shown }) => {
    const chosenValue = queryOf(name);
    const offered = [...new Set([...(values.get(name) ?? []), ...(chosenValue ? [chosenValue] : [])])].sort(byName.compare);
    return html`<label key=${name}>${t(word)}<select value=${chosenValue} onChange=${(/** @type {any} */ event) => setQuery({ [name]: event.target.value || null })}>
      <option value="">${t("any")}</option>${offered.map((value) => html`<option key=${value} value=${value}>${shown ? shown(value) : value}</option>`)}</select></label>`;
  })}</div>`;
}

/** What is filtered by, each taken away with a click. */
export function FiltersOn() {
  const on = filtersOn();
  if (!on.length) return null;
  return html`<div class="chips">${on.map(({ name, word, shown }) => {
    const value = queryOf(name);
    return html`<button key=${name} class="chip" aria-pressed="true" aria-label=${t("Take away the filter {name}", { name: t(word) })} onClick=${() => setQuery({ [name]: null })}>
      ${t(word)}: <bdi>${shown ? shown(value) : value}</bdi><${Icon} name="close" /></button>`;
  })}</div>`;
}

/** The members of the address that make a view of the list. */
export const VIEW = ["search", "state", "sort", "view", ...FILTERS.map(({ name }) => name)];

/** Without any filter. */
export const clearFilters = () => setQuery({ search: null, state: null, ...Object.fromEntries(FILTERS.map(({ name }) => [name, null])) });

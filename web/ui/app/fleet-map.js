// @ts-check
/** Where the fleet stands: sites and chargers on the map, and the same as a list. */
import { useMemo, useState } from "preact/hooks";
import { me } from "./api.js";
import { sites, sitesLoaded } from "./api/sites.js";
import { chargers } from "./fleet.js";
import { count, power } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t, tn } from "./languages.js";
import { chargerPath, queryOf, setQuery } from "./router.js";
import { drawnBy } from "./running.js";
import { summary } from "./store.js";
import { STATES, tileState } from "./words.js";
import { Status } from "./widgets.js";
import { WorldMap } from "./world-map.js";

/** @import { TileState } from "./types.d.ts" */
/** @import { Mark } from "./world-map.js" */
/** A site with its chargers, or a charger by itself. @typedef {{key: string, path: string, name: string, latitude: number | null, longitude: number | null, number: number, watts: number, states: Partial<Record<TileState, number>>, worst: TileState}} Place */

/** What an operator must go and see first. @type {TileState[]} */
const WORST = ["faulted", "quarantined", "offline", "pending", "unavailable", "unknown", "suspended_evse", "suspended_ev", "preparing", "finishing", "reserved", "charging", "available"];
const MOST = 200;

export const sitePath = (/** @type {string} */ id) => `/sites/${encodeURIComponent(id)}`;

/** Every place of the fleet; chargers without a site stand for themselves. @returns {Place[]} */
export function placesOf() {
  /** @type {Map<string, Place>} */
  const found = new Map();
  for (const site of sites.value.values()) {
    found.set(site.id, { key: site.id, path: sitePath(site.id), name: site.name, latitude: site.latitude, longitude: site.longitude, number: 0, watts: 0, states: {}, worst: "available" });
  }
  /** @type {Place[]} */
  const alone = [];
  for (const held of chargers.values()) {
    const charger = held.peek();
    const state = tileState(charger);
    const site = charger.site_id ? found.get(charger.site_id) : undefined;
    const watts = drawnBy(charger);
    if (!site) {
      alone.push({ key: `charger ${charger.id}`, path: chargerPath(charger.id), name: charger.name ?? charger.id, latitude: charger.latitude ?? null, longitude: charger.longitude ?? null, number: 1, watts, states: { [state]: 1 }, worst: state });
      continue;
    }
    site.number++;
    site.watts += watts;
    site.states[state] = (site.states[state] ?? 0) + 1;
    if (site.number === 1 || WORST.indexOf(state) < WORST.indexOf(site.worst)) site.worst = state;
  }
  return [...found.values(), ...alone];
}

/** @param {Place} place @returns {Mark} */
const markOf = (place) => {
  const { word, icon, tone } = place.number ? STATES[place.worst] : { ...STATES.available, word: t("No chargers"), tone: "off" };
  return { key: place.key, latitude: /** @type {number} */ (place.latitude), longitude: /** @type {number} */ (place.longitude), number: place.number, rank: WORST.indexOf(place.worst), icon, tone, word: t(word), name: place.name };
};

export function FleetMap() {
  const [picked, setPicked] = useState(/** @type {string[]} */ ([]));
  const asList = queryOf("map") === "list";
  // Sums are taken at most twice a second, and so are places.
  const places = useMemo(placesOf, [summary.value, sites.value]);
  const placed = useMemo(() => places.filter((place) => place.latitude !== null), [places]);
  const marks = useMemo(() => placed.map(markOf), [placed]);
  const here = places.filter((place) => picked.includes(place.key));
  return html`<section class="card block" aria-label=${t("Where the fleet stands")}>
    <header><h2>${t("Map")}</h2>
      <div class="chips" role="group" aria-label=${t("Show as")}>
        <button class="chip" aria-pressed=${!asList} onClick=${() => setQuery({ map: null })}><${Icon} name="map" />${t("Map")}</button>
        <button class="chip" aria-pressed=${asList} onClick=${() => setQuery({ map: "list" })}><${Icon} name="list" />${t("List")}</button>
      </div>
      <a href="/sites">${tn("{n} site", "{n} sites", sites.value.size, { n: count(sites.value.size) })}</a></header>
    ${asList ? html`<${PlaceTable} places=${places} />` : html`<${WorldMap} marks=${marks} label=${t("Where the fleet stands")} pick=${(/** @type {Mark[]} */ chosen) => setPicked(chosen.map((mark) => mark.key))}>
      ${here.length > 0 && html`<${Picked} places=${here} close=${() => setPicked([])} />`}
      ${sitesLoaded.value && !placed.length && html`<div class="map-empty"><div><b>${t("Nothing has a place on the map yet")}</b>
        <small class="quiet">${t("Make a site, click on the map where it is, and assign its chargers. The map works without the internet.")}</small>
        ${me.value?.role !== "viewer" && html`<a class="button small" href="/sites?add=1"><${Icon} name="plus" />${t("Add a site")}</a>`}</div></div>`}
    <//><${Unplaced} places=${places} />`}
  </section>`;
}

/** What is there where somebody has clicked. @param {{places: Place[], close: () => void}} props */
function Picked({ places, close }) {
  return html`<div class="map-picked" role="dialog" aria-label=${t("What is here")}>
    <header><b>${tn("{n} place", "{n} places", places.length, { n: count(places.length) })}</b><button class="icon-button" aria-label=${t("Close")} onClick=${close}><${Icon} name="close" /></button></header>
    <ul class="rows">${places.slice(0, MOST).map((place) => html`<li key=${place.key}><a class="row-link" href=${place.path}><span><b><bdi>${place.name}</bdi></b><small>${stateWords(place)}</small></span>
      <small class="number nowrap">${power(place.watts)}</small></a></li>`)}</ul>
  </div>`;
}

/** "2 charging, 1 faulted". @param {Place} place */
function stateWords(place) {
  const words = WORST.filter((state) => place.states[state]).map((state) => `${count(place.states[state] ?? 0)} ${t(STATES[state].word)}`);
  return words.join(", ") || t("No chargers");
}

/** The map's twin for who cannot see it. @param {{places: Place[]}} props */
function PlaceTable({ places }) {
  if (!places.length) return html`<p class="calm quiet">${t("No sites and no chargers yet.")}</p>`;
  return html`<div class="scroll"><table class="plain-table"><thead><tr><th>${t("Place")}</th><th>${t("State")}</th><th class="right">${t("Chargers")}</th><th class="right">${t("Power")}</th><th class="hide-narrow">${t("Position")}</th></tr></thead>
    <tbody>${places.slice(0, MOST).map((place) => html`<tr key=${place.key}><td><a href=${place.path}><bdi>${place.name}</bdi></a></td>
      <td>${place.number ? html`<${Status} small is=${STATES[place.worst]} />` : html`<span class="quiet">–</span>`}</td>
      <td class="right number">${count(place.number)}</td><td class="right number nowrap">${power(place.watts)}</td>
      <td class="hide-narrow">${place.latitude === null ? html`<span class="quiet">${t("none")}</span>` : html`<span class="number">${place.latitude.toFixed(3)}, ${place.longitude?.toFixed(3)}</span>`}</td></tr>`)}</tbody></table>
    ${places.length > MOST && html`<p class="quiet pad">${t("and {n} more", { n: count(places.length - MOST) })}</p>`}</div>`;
}

/** What the map cannot show. @param {{places: Place[]}} props */
function Unplaced({ places }) {
  const lost = places.filter((place) => place.latitude === null);
  if (!lost.length || lost.length === places.length) return null;
  return html`<details class="unplaced"><summary>${tn("{n} place without a position", "{n} places without a position", lost.length, { n: count(lost.length) })}</summary>
    <ul>${lost.slice(0, 50).map((place) => html`<li key=${place.key}><a href=${place.path}><bdi>${place.name}</bdi></a></li>`)}${lost.length > 50 && html`<li class="quiet">${t("and {n} more", { n: count(lost.length - 50) })}</li>`}</ul></details>`;
}

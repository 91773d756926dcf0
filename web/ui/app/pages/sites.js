// @ts-check
/** Sites: where chargers stand, and what goes on there. */
import { useState } from "preact/hooks";
import { me, saveCsv } from "../api.js";
import { sites, sitesLoaded } from "../api/sites.js";
import { FleetMap, sitePath } from "../fleet-map.js";
import { count, energy, power } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { go, queryOf, setQuery } from "../router.js";
import { liveFiguresOf } from "../site-figures.js";
import { SiteForm } from "../site-form.js";
import { attempt, Empty, Loading } from "../widgets.js";

/** @import { Site } from "../api/sites.js" */

export default function Sites() {
  const [adding, setAdding] = useState(queryOf("add") === "1");
  const search = queryOf("search");
  const able = me.value?.role !== "viewer";
  const wanted = search.toLocaleLowerCase();
  const found = [...sites.value.values()].filter((site) => [site.id, site.name, site.address].some((text) => text?.toLocaleLowerCase().includes(wanted)));
  const close = () => {
    setAdding(false);
    setQuery({ add: null });
  };
  return html`<div class="page">
    <header class="page-head"><h1>${t("Sites")}</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/sites", { search }, "sites.csv"))}><${Icon} name="download" />CSV</button>
      ${able && html`<button class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Add a site")}</button>`}</header>
    ${!sitesLoaded.value ? html`<${Loading} lines=${6} />` : sites.value.size === 0
      ? html`<section class="card block"><h2 class="visually-hidden">${t("Sites")}</h2><${Empty} icon="map" title=${t("No sites yet")}>
          <p>${t("A site is a place where chargers stand: a car park, a depot, a house. It has an address, a place on the map and a time zone, and shows the power and energy of its chargers together.")}</p>
          ${able && html`<p><button class="button" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Add the first site")}</button></p>`}<//></section>`
      : html`<div class="toolbar"><label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Name or address")} aria-label=${t("Search sites")} value=${search} onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
          <span class="quiet">${tn("{n} site", "{n} sites", found.length, { n: count(found.length) })}</span></div>
        <section class="card block" aria-label=${t("Sites")}><h2 class="visually-hidden">${t("Sites")}</h2>${found.length === 0
          ? html`<${Empty} icon="search" title=${t("No site fits")}><p>${t("Loosen the filter above.")}</p><//>`
          : html`<table class="plain-table sites-list"><thead><tr><th>${t("Site")}</th><th class="right">${t("Online")}</th><th class="right hide-narrow">${t("Charging")}</th><th class="right hide-narrow">${t("Faulted")}</th><th class="right">${t("Power")}</th><th class="right hide-narrow">${t("Energy today")}</th><th class="hide-narrow">${t("Time zone")}</th></tr></thead>
            <tbody>${found.map((site) => html`<${Row} key=${site.id} site=${site} />`)}</tbody></table>`}</section>
        <${FleetMap} />`}
    ${adding && html`<${SiteForm} close=${close} done=${(/** @type {Site} */ site) => go(sitePath(site.id))} />`}
  </div>`;
}

/** @param {{site: Site}} props */
function Row({ site }) {
  const live = liveFiguresOf(site.id);
  return html`<tr data-site=${site.id}><td><a href=${sitePath(site.id)}><b><bdi>${site.name}</bdi></b></a>${site.address && html`<small class="quiet block-text"><bdi>${site.address}</bdi></small>`}</td>
    <td class="right number nowrap">${count(live.online)} / ${count(live.chargers)}</td><td class="right number hide-narrow">${count(live.charging)}</td>
    <td class="right number hide-narrow">${live.faulted ? html`<b class="tone-bad"><${Icon} name="alert" />${count(live.faulted)}</b>` : "0"}</td>
    <td class="right number nowrap">${power(live.power_w)}</td><td class="right number nowrap hide-narrow">${energy(site.energy_today_wh)}</td><td class="hide-narrow">${site.time_zone}</td></tr>`;
}

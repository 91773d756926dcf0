// @ts-check
/** A site: what goes on there, its chargers, its power over the day, its place. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { me } from "../api.js";
import { refreshSites, siteApi, sites, sitesLoaded } from "../api/sites.js";
import { chargers } from "../fleet.js";
import { count, energyParts, now, power, powerParts } from "../format.js";
import { HistoryCard } from "../history-chart.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { chargerPath, go } from "../router.js";
import { powerOf } from "../running.js";
import { liveFiguresOf } from "../site-figures.js";
import { SiteForm } from "../site-form.js";
import { AssignDialog, RemoveDialog } from "../site-chargers.js";
import { refetch } from "../store.js";
import { attempt, Empty, Figure, Loading, Status } from "../widgets.js";
import { STATES, tileState } from "../words.js";
import { WorldMap } from "../world-map.js";

/** @import { Site } from "../api/sites.js" */

/** @param {{id: string}} props */
export default function SitePage({ id }) {
  const [dialog, setDialog] = useState(/** @type {"" | "edit" | "assign" | "remove"} */ (""));
  useEffect(() => {
    // Its energy of the day is asked for anew each minute.
    refreshSites();
    const timer = setInterval(() => !document.hidden && refreshSites(), 60_000);
    return () => clearInterval(timer);
  }, [id]);
  const site = sites.value.get(id);
  if (!site) {
    if (!sitesLoaded.value) return html`<${Loading} lines=${6} />`;
    return html`<${Empty} icon="map" title=${t("There is no such site")}><a href="/sites">${t("Go to the sites")}</a><//>`;
  }
  const able = me.value?.role !== "viewer";
  const close = () => setDialog("");
  return html`<div class="page">
    <header class="charger-head"><nav class="crumbs" aria-label=${t("Where you are")}><a href="/sites">${t("Sites")}</a><${Icon} name="right" /></nav>
      <div class="title-line"><h1><bdi>${site.name}</bdi></h1><span class="push"></span>
        ${able && html`<button class="button" onClick=${() => setDialog("assign")}><${Icon} name="plus" />${t("Assign chargers")}</button>
          <button class="button" onClick=${() => setDialog("edit")}><${Icon} name="edit" />${t("Edit")}</button>
          <button class="button danger" onClick=${() => setDialog("remove")}><${Icon} name="trash" />${t("Remove")}</button>`}</div></header>
    <${Figures} site=${site} />
    <div class="columns"><div class="column wide-column"><${Chargers} site=${site} able=${able} assign=${() => setDialog("assign")} /><${HistoryCard} site=${site.id} zone=${site.time_zone} /></div>
      <div class="column"><${About} site=${site} edit=${able ? () => setDialog("edit") : null} /></div></div>
    ${dialog === "edit" && html`<${SiteForm} site=${site} close=${close} />`}
    ${dialog === "assign" && html`<${AssignDialog} site=${site} close=${close} />`}
    ${dialog === "remove" && html`<${RemoveDialog} site=${site} close=${close} done=${() => go("/sites")} />`}
  </div>`;
}

/** @param {{site: Site}} props */
function Figures({ site }) {
  const live = liveFiguresOf(site.id);
  return html`<section class="figures small" aria-label=${t("Figures of the site")}>
    <div class="card"><h2>${t("Online")}</h2><p><span class="figure" data-figure="site-online">${count(live.online)}<small>${t("of {n}", { n: count(live.chargers) })}</small></span></p></div>
    <div class="card"><h2>${t("Charging now")}</h2><p><span class="figure">${count(live.charging)}<small>${live.faulted ? tn("{n} faulted", "{n} faulted", live.faulted, { n: count(live.faulted) }) : ""}</small></span></p></div>
    <div class="card"><h2>${t("Power now")}</h2><p data-figure="site-power"><${Figure} parts=${powerParts(live.power_w)} /></p></div>
    <div class="card"><h2>${t("Energy today")}</h2><p data-figure="site-energy"><${Figure} parts=${energyParts(site.energy_today_wh)} /></p></div>
  </section>`;
}

/** @param {{site: Site, able: boolean, assign: () => void}} props */
function Chargers({ site, able, assign }) {
  const { ids } = liveFiguresOf(site.id);
  return html`<section class="card block" aria-label=${t("Chargers of the site")}>
    <header><h2>${t("Chargers")}</h2>${ids.length > 0 && html`<span class="quiet">${count(ids.length)}</span>`}</header>
    ${ids.length === 0
      ? html`<${Empty} icon="charger" title=${t("No charger stands here yet")}><p>${t("Assign those that do: their power and energy then count here, and their times are shown in the site's time zone.")}</p>
          ${able && html`<p><button class="button" onClick=${assign}><${Icon} name="plus" />${t("Assign chargers")}</button></p>`}<//>`
      : html`<table class="plain-table"><thead><tr><th>${t("Charger")}</th><th>${t("State")}</th><th class="right">${t("Power")}</th><th class="hide-narrow">${t("Model")}</th>${able && html`<th><span class="visually-hidden">${t("Actions")}</span></th>`}</tr></thead>
        <tbody>${ids.map((id) => html`<${Row} key=${id} id=${id} able=${able} />`)}</tbody></table>`}
  </section>`;
}

/** @param {{id: string, able: boolean}} props */
function Row({ id, able }) {
  const charger = chargers.get(id)?.value;
  if (!charger) return null;
  const watts = powerOf(id);
  const leave = () => attempt(async () => {
    await siteApi.assign(id, null);
    refetch(id);
  });
  return html`<tr data-charger=${id}><td><a href=${chargerPath(id)}><bdi>${charger.name ?? id}</bdi></a>${charger.name && html`<small class="quiet block-text"><bdi>${id}</bdi></small>`}</td>
    <td><${Status} small is=${STATES[tileState(charger)]} /></td><td class="right number nowrap">${watts === null ? "–" : power(watts)}</td>
    <td class="hide-narrow"><bdi>${[charger.vendor, charger.model].filter(Boolean).join(" ")}</bdi></td>
    ${able && html`<td class="right"><button class="icon-button" aria-label=${t("Take {name} from this site", { name: id })} title=${t("Take it from this site")} onClick=${leave}><${Icon} name="close" /></button></td>`}</tr>`;
}

/** @param {{site: Site, edit: (() => void) | null}} props */
function About({ site, edit }) {
  const marks = useMemo(
    () => site.latitude === null || site.longitude === null ? [] : [{ key: site.id, latitude: site.latitude, longitude: site.longitude, number: 1, rank: 0, icon: "pin", tone: "bad", word: "", name: site.name }],
    [site.latitude, site.longitude],
  );
  const localTime = new Intl.DateTimeFormat(undefined, { timeZone: known(site.time_zone), hour: "2-digit", minute: "2-digit", hour12: false });
  return html`<section class="card block" aria-label=${t("About the site")}><header><h2>${t("About the site")}</h2></header>
    <dl class="facts tall">
      <div><dt>${t("Address")}</dt><dd><bdi>${site.address ?? "–"}</bdi></dd></div>
      <div><dt>${t("Time zone")}</dt><dd>${site.time_zone} <small class="quiet">${t("now {time}", { time: localTime.format(now.value) })}</small></dd></div>
      <div><dt>${t("Position")}</dt><dd class="number">${site.latitude === null ? "–" : `${site.latitude}, ${site.longitude}`}</dd></div>
      <div><dt>${t("Identity")}</dt><dd class="mono">${site.id}</dd></div>
      ${site.note && html`<div><dt>${t("Note")}</dt><dd><bdi>${site.note}</bdi></dd></div>`}
    </dl>
    ${marks.length ? html`<div class="site-map"><${WorldMap} marks=${marks} label=${t("Where the site is")} /></div>` : html`<p class="quiet pad">${t("It has no place on the map yet.")} ${edit && html`<button class="button small" onClick=${edit}>${t("Set it")}</button>`}</p>`}
  </section>`;
}

/** A zone that the browser knows too; the server may know others. @param {string} name */
function known(name) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}


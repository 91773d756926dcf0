// @ts-check
/** Which chargers stand at a site: assigning them, and where they go when it is removed. */
import { useState } from "preact/hooks";
import { refreshSites, siteApi, sites } from "./api/sites.js";
import { chargerIds, chargers } from "./fleet.js";
import { count } from "./format.js";
import { html } from "./html.js";
import { t, tn } from "./languages.js";
import { liveFiguresOf } from "./site-figures.js";
import { refetch } from "./store.js";
import { Dialog, notify } from "./widgets.js";

/** @import { Site } from "./api/sites.js" */

const SHOWN = 100;

/** @param {{site: Site, close: () => void}} props */
export function AssignDialog({ site, close }) {
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState(/** @type {Set<string>} */ (new Set()));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const wanted = search.toLocaleLowerCase();
  const found = chargerIds.value.filter((id) => {
    const charger = chargers.get(id)?.peek();
    return charger && charger.site_id !== site.id && [id, charger.name].some((text) => text?.toLocaleLowerCase().includes(wanted));
  });
  const toggle = (/** @type {string} */ id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const ids = [...chosen];
    /** @type {string[]} */
    const failed = [];
    // One after the other: each is a change of its own, with its own place in the audit log.
    for (const id of ids) {
      try {
        await siteApi.assign(id, site.id);
        refetch(id);
      } catch (problem) {
        failed.push(`${id}: ${/** @type {Error} */ (problem).message}`);
      }
    }
    if (failed.length) {
      setError(failed.join("\n"));
      setBusy(false);
      return;
    }
    notify(tn("{n} charger stands here now.", "{n} chargers stand here now.", ids.length, { n: count(ids.length) }));
    close();
  };
  return html`<${Dialog} title=${t("Assign chargers")} close=${close}><form onSubmit=${send}>
    <label>${t("Search")}<input type="search" value=${search} onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} autofocus /></label>
    ${found.length === 0 ? html`<p class="quiet">${t("No other charger fits.")}</p>` : html`<fieldset class="pick-list"><legend class="visually-hidden">${t("Chargers")}</legend>${found.slice(0, SHOWN).map((id) => {
      const charger = chargers.get(id)?.peek();
      const elsewhere = charger?.site_id ? sites.value.get(charger.site_id)?.name ?? charger.site_id : null;
      return html`<label key=${id} class="check"><input type="checkbox" checked=${chosen.has(id)} onChange=${() => toggle(id)} /><span><bdi>${id}</bdi>${charger?.name && html` <small class="quiet"><bdi>${charger.name}</bdi></small>`}
        ${elsewhere && html` <small class="quiet">${t("now at {site}", { site: elsewhere })}</small>`}</span></label>`;
    })}</fieldset>`}
    ${found.length > SHOWN && html`<p class="quiet">${t("and {n} more: search for them", { n: count(found.length - SHOWN) })}</p>`}
    <p class="form-error" role="alert">${error}</p>
    <div class="button-row"><button class="button primary" disabled=${busy || !chosen.size}>${chosen.size ? tn("Assign {n}", "Assign {n}", chosen.size, { n: count(chosen.size) }) : t("Assign")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
  </form><//>`;
}

/** @param {{site: Site, close: () => void, done: () => void}} props */
export function RemoveDialog({ site, close, done }) {
  const { chargers: number } = liveFiguresOf(site.id);
  const [to, setTo] = useState("");
  const [error, setError] = useState("");
  const others = [...sites.value.values()].filter((other) => other.id !== site.id);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await siteApi.remove(site.id, site.version, number === 0 ? {} : to ? { move_to: to } : { detach: true });
      notify(t("{name} is removed.", { name: site.name }));
      refetch(null);
      refreshSites();
      done();
    } catch (problem) {
      setError(/** @type {Error} */ (problem).message);
    }
  };
  return html`<${Dialog} title=${t("Remove the site")} close=${close}><form onSubmit=${send}>
    <p>${number ? tn("{n} charger stands at {name}.", "{n} chargers stand at {name}.", number, { n: count(number), name: site.name }) : t("No charger stands at {name}.", { name: site.name })}</p>
    ${number > 0 && html`<label>${t("Its chargers go to")}<select value=${to} onChange=${(/** @type {any} */ event) => setTo(event.target.value)}><option value="">${t("no site")}</option>${others.map((other) => html`<option key=${other.id} value=${other.id}>${other.name}</option>`)}</select></label>`}
    <p class="quiet">${t("Sessions and meter values are kept.")}</p>
    <p class="form-error" role="alert">${error}</p>
    <div class="button-row"><button class="button danger">${t("Remove")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
  </form><//>`;
}

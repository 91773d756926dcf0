// @ts-check
/** Making and changing a site: its name, address, time zone, and its place by a click on the map. */
import { useState } from "preact/hooks";
import { refreshSites, siteApi } from "./api/sites.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { Dialog } from "./widgets.js";
import { WorldMap } from "./world-map.js";

/** @import { Site, SiteWish } from "./api/sites.js" */

const zones = () => (Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : []);
const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const degrees = (/** @type {number | null | undefined} */ number) => (number === null || number === undefined ? "" : String(number));

/** @param {{site?: Site, close: () => void, done?: (site: Site) => void}} props */
export function SiteForm({ site, close, done }) {
  const [name, setName] = useState(site?.name ?? "");
  const [address, setAddress] = useState(site?.address ?? "");
  const [zone, setZone] = useState(site?.time_zone ?? browserZone());
  const [note, setNote] = useState(site?.note ?? "");
  const [latitude, setLatitude] = useState(degrees(site?.latitude));
  const [longitude, setLongitude] = useState(degrees(site?.longitude));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  // The one that was opened: the list goes on meanwhile, and what others change is not overwritten unasked.
  const [version, setVersion] = useState(site?.version ?? 0);
  const put = (/** @type {number} */ north, /** @type {number} */ east) => {
    setLatitude(String(north));
    setLongitude(String(east));
  };
  const placed = latitude !== "" && longitude !== "" && Number.isFinite(Number(latitude)) && Number.isFinite(Number(longitude));
  const marks = placed ? [{ key: "here", latitude: Number(latitude), longitude: Number(longitude), number: 1, rank: 0, icon: "pin", tone: "bad", word: "", name: name }] : [];
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    /** @type {SiteWish} */
    const wish = {
      name, address: address.trim() || null, time_zone: zone.trim(), note: note.trim() || null,
      latitude: latitude === "" ? null : Number(latitude), longitude: longitude === "" ? null : Number(longitude),
    };
    try {
      const saved = site ? await siteApi.change(site.id, version, wish) : await siteApi.add(wish);
      refreshSites();
      close();
      done?.(saved);
    } catch (problem) {
      const fresh = site && /** @type {any} */ (problem).status === 412 ? await siteApi.site(site.id).catch(() => null) : null;
      if (fresh) setVersion(fresh.version);
      setError(fresh ? t("Somebody else has changed this since you opened it. Saving again puts your values in the place of theirs.") : /** @type {Error} */ (problem).message);
      setBusy(false);
    }
  };
  const typed = (/** @type {(text: string) => void} */ set) => (/** @type {any} */ event) => set(event.target.value);
  return html`<${Dialog} wide title=${site ? t("Edit the site") : t("Add a site")} close=${close}><form class="site-form" onSubmit=${send}>
    <div class="two"><label>${t("Name")}<input required maxlength="200" value=${name} onInput=${typed(setName)} autofocus /></label>
      <label>${t("Time zone")}<input required list="zones" value=${zone} onInput=${typed(setZone)} autocomplete="off" /><datalist id="zones">${zones().map((known) => html`<option key=${known} value=${known}></option>`)}</datalist></label></div>
    <label>${t("Address")}<input maxlength="500" value=${address} onInput=${typed(setAddress)} autocomplete="street-address" /></label>
    <div class="site-place"><${WorldMap} marks=${marks} label=${t("Where the site is")} place=${put} /></div>
    <div class="two"><label>${t("Latitude")}<input type="number" step="any" min="-90" max="90" value=${latitude} onInput=${typed(setLatitude)} placeholder="52.52" /></label>
      <label>${t("Longitude")}<input type="number" step="any" min="-180" max="180" value=${longitude} onInput=${typed(setLongitude)} placeholder="13.405" /></label></div>
    <label>${t("Note")}<input maxlength="2000" value=${note} onInput=${typed(setNote)} /></label>
    <p class="form-error" role="alert">${error}</p>
    <div class="button-row"><button class="button primary" disabled=${busy}>${site ? t("Save") : t("Add")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button>
      ${placed && html`<button class="button push" type="button" onClick=${() => (setLatitude(""), setLongitude(""))}>${t("Take it off the map")}</button>`}</div>
  </form><//>`;
}

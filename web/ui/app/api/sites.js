// @ts-check
/** Sites: where chargers stand. All of them are held, because times and maps need them everywhere. */
import { signal } from "@preact/signals";
import { json, me, walk } from "../api.js";
import { lookWhenTold } from "../news.js";

/**
 * @typedef {{id: string, name: string, address: string | null, latitude: number | null, longitude: number | null, time_zone: string, note: string | null,
 *   chargers: number, online: number, charging: number, faulted: number, power_w: number, energy_today_wh: number, created_at: string, version: number}} Site
 * @typedef {{id?: string, name: string, address: string | null, latitude: number | null, longitude: number | null, time_zone: string, note: string | null}} SiteWish
 */

/** Every site, by id, in the order of their names. @type {import("@preact/signals").Signal<Map<string, Site>>} */
export const sites = signal(new Map());
/** Whether they are here yet. */
export const sitesLoaded = signal(false);

const path = (/** @type {string} */ id) => `/sites/${encodeURIComponent(id)}`;
const ifMatch = (/** @type {number} */ version) => ({ "If-Match": `"${version}"` });

export const siteApi = {
  /** @param {string} id @returns {Promise<Site>} */
  site: (id) => json("GET", path(id)),
  /** @param {SiteWish} site @returns {Promise<Site>} */
  add: (site) => json("POST", "/sites", { body: site }),
  /** @param {string} id @param {number} version @param {Partial<SiteWish>} change @returns {Promise<Site>} */
  change: (id, version, change) => json("PATCH", path(id), { body: change, headers: ifMatch(version) }),
  /** @param {string} id @param {number} version @param {{move_to?: string, detach?: boolean}} leaving @returns {Promise<void>} */
  remove: (id, version, leaving) => json("DELETE", path(id), { query: leaving, headers: ifMatch(version) }),
  /** @param {string} charger @param {string | null} site @returns {Promise<unknown>} */
  assign: (charger, site) => json("PATCH", `/chargers/${encodeURIComponent(charger)}`, { body: { site_id: site } }),
};

/** @type {ReturnType<typeof lookWhenTold> | null} */
let held = null;

/** Fetch the sites, and again whenever one has changed. */
export function startSites() {
  if (held) return;
  held = lookWhenTold(({ type }) => type.startsWith("site."), load, { calmMs: 250 });
  void load();
}

/** Fetch them again, soon and once for many changes. */
export const refreshSites = () => held?.soon();

async function load() {
  if (!me.peek()) return;
  /** @type {Map<string, Site>} */
  const found = new Map();
  try {
    await walk("/sites", {}, (/** @type {Site[]} */ items) => items.forEach((site) => found.set(site.id, site)));
    sites.value = found;
    sitesLoaded.value = true;
  } catch {
    setTimeout(refreshSites, 5000);
  }
}

/** The time zone of a site, for `format.js`. @param {string | null | undefined} id */
export const zoneOfSite = (id) => (id ? sites.value.get(id)?.time_zone ?? null : null);

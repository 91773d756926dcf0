// @ts-check
/** In which time zone times are shown: the browser's, UTC, or that of the site they belong to. */
import { signal } from "@preact/signals";
import { m } from "./languages.js";

/** @typedef {"browser" | "utc" | "site"} ZoneChoice */

/** @type {Record<ZoneChoice, string>} */
export const ZONES = { browser: m("This browser's time"), site: m("The site's time"), utc: m("UTC") };

const KEPT = "voltaro.zone";

/** @type {import("@preact/signals").Signal<ZoneChoice>} */
export const zone = signal(kept());

/** @returns {ZoneChoice} */
function kept() {
  try {
    const found = localStorage.getItem(KEPT);
    if (found && found in ZONES) return /** @type {ZoneChoice} */ (found);
  } catch {
    // A browser that keeps nothing still has a zone.
  }
  return "browser";
}

/** @param {ZoneChoice} choice */
export function chooseZone(choice) {
  try {
    localStorage.setItem(KEPT, choice);
  } catch {
    // As above.
  }
  zone.value = choice;
}

/** The zone a time is shown in; undefined is the browser's own. @param {string | null | undefined} site the IANA name of the site's zone @returns {string | undefined} */
export function zoneFor(site) {
  if (zone.value === "utc") return "UTC";
  return zone.value === "site" && site ? site : undefined;
}

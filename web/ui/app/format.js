// @ts-check
/** Numbers, times and units as the browser's language writes them. */
import { computed, signal } from "@preact/signals";
import { language, t } from "./languages.js";
import { zoneFor } from "./zone.js";

/** The present second, for ages and durations that run. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
document.addEventListener("visibilitychange", () => (now.value = Date.now()));

/** The locale for Intl: the browser's own where it speaks the chosen language, else the language itself. A C locale, which Intl refuses, is English. */
const locale = computed(() => {
  const wished = navigator.language.startsWith(language.value) ? navigator.language : language.value;
  try {
    return new Intl.NumberFormat(wished).resolvedOptions().locale;
  } catch {
    return "en";
  }
});

/** Formatters are dear to make: one for each locale, zone and manner. @type {Map<string, any>} */
const made = new Map();

/** @template T @param {string} manner @param {string} extra @param {() => T} make @returns {T} */
function kept(manner, extra, make) {
  const key = `${manner} ${locale.value} ${extra}`;
  let found = made.get(key);
  if (found === undefined) made.set(key, (found = make()));
  return found;
}

/** @param {number} least @param {number} most digits after the point */
const figures = (least, most) => kept("number", `${least} ${most}`, () => new Intl.NumberFormat(locale.value, { minimumFractionDigits: least, maximumFractionDigits: most }));

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const MANNERS = {
  minute: { hour: "2-digit", minute: "2-digit", hour12: false },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false },
  clockMs: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false },
  day: { day: "numeric", month: "short", year: "numeric" },
  dayAndTime: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false },
  full: { dateStyle: "full", timeStyle: "long" },
};

/** @param {keyof typeof MANNERS} manner @param {string | number | null | undefined} at @param {string | null} [site] @param {string} [none] */
function told(manner, at, site, none = "–") {
  if (at === null || at === undefined || at === "") return none;
  const timeZone = zoneFor(site);
  return kept(manner, timeZone ?? "", () => new Intl.DateTimeFormat(locale.value, { ...MANNERS[manner], timeZone })).format(new Date(at));
}

/** @param {number} number */
export const count = (number) => figures(0, 0).format(number);
/** A number with at most so many digits after the point. @param {number} number @param {number} [digits] */
export const decimal = (number, digits = 1) => figures(0, digits).format(number);

/** A figure and its unit apart, so that they can be set apart. @param {number | null | undefined} wh @returns {[string, string]} */
export function energyParts(wh) {
  if (wh === null || wh === undefined) return ["–", ""];
  if (Math.abs(wh) < 1_000_000) return [figures(2, 2).format(wh / 1000), "kWh"];
  return [figures(2, 2).format(wh / 1_000_000), "MWh"];
}

/** @param {number | null | undefined} w @returns {[string, string]} */
export function powerParts(w) {
  if (w === null || w === undefined) return ["–", ""];
  if (Math.abs(w) < 1_000_000) return [figures(1, 1).format(w / 1000), "kW"];
  return [figures(2, 2).format(w / 1_000_000), "MW"];
}

/** @param {number | null | undefined} wh */
export const energy = (wh) => energyParts(wh).join(" ").trim();
/** @param {number | null | undefined} w */
export const power = (w) => powerParts(w).join(" ").trim();
/** @param {number | null | undefined} percent */
export const soc = (percent) => (percent === null || percent === undefined ? "–" : `${figures(0, 0).format(percent)} %`);

/** @param {number} ms */
export function milliseconds(ms) {
  return ms < 1000 ? `${ms < 10 ? figures(1, 1).format(ms) : figures(0, 0).format(ms)} ms` : `${figures(2, 2).format(ms / 1000)} s`;
}

/** Times of day and dates; ``site`` is the zone of the site they belong to, for who wishes to see that. @param {string | number | null | undefined} at @param {string | null} [site] */
export const time = (at, site) => told("clock", at, site);
/** @param {string | number | null | undefined} at @param {string | null} [site] */
export const timeMs = (at, site) => told("clockMs", at, site);
/** @param {string | number | null | undefined} at @param {string | null} [site] */
export const minute = (at, site) => told("minute", at, site);
/** @param {string | number | null | undefined} at @param {string | null} [site] */
export const day = (at, site) => told("day", at, site);
/** @param {string | number | null | undefined} at @param {string | null} [site] */
export const moment = (at, site) => told("dayAndTime", at, site);
/** @param {string | number | null | undefined} at @param {string | null} [site] */
export const fullMoment = (at, site) => told("full", at, site, "");

/** 1:02:03, or 2:03 below an hour. @param {string} from @param {string | null} [to] */
export function duration(from, to) {
  const seconds = Math.max(0, Math.round(((to ? Date.parse(to) : now.value) - Date.parse(from)) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "3 min. ago". @param {string | null | undefined} at */
export function ago(at) {
  if (!at) return t("never");
  const seconds = Math.round((now.value - Date.parse(at)) / 1000);
  if (seconds < 5) return t("now");
  const relative = kept("relative", "", () => new Intl.RelativeTimeFormat(locale.value, { numeric: "auto", style: "narrow" }));
  if (seconds < 60) return relative.format(-seconds, "second");
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86_400), "day");
}

/** A size in the largest unit that fits. @param {number} size in bytes */
export function bytes(size) {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  return `${figures(power ? 1 : 0, power ? 1 : 0).format(size / 1024 ** power)} ${units[power]}`;
}

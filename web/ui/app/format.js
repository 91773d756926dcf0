// @ts-check
/** Numbers, times and units as the browser's language writes them. */
import { signal } from "@preact/signals";

/** The present second, for ages and durations that run. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
document.addEventListener("visibilitychange", () => (now.value = Date.now()));

/** The browser's language; one that Intl refuses (a C locale) becomes English. */
export const locale = (() => {
  try {
    return new Intl.NumberFormat(navigator.language).resolvedOptions().locale;
  } catch {
    return "en";
  }
})();

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const clockMs = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });
const dayAndTime = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const fullTime = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" });

/** @param {number} number */
export const count = (number) => whole.format(number);
/** With one decimal. @param {number} number */
export const decimal = (number) => one.format(number);

/** A figure and its unit apart, so that they can be set apart. @param {number | null | undefined} wh @returns {[string, string]} */
export function energyParts(wh) {
  if (wh === null || wh === undefined) return ["–", ""];
  if (Math.abs(wh) < 1_000_000) return [two.format(wh / 1000), "kWh"];
  return [two.format(wh / 1_000_000), "MWh"];
}

/** @param {number | null | undefined} w @returns {[string, string]} */
export function powerParts(w) {
  if (w === null || w === undefined) return ["–", ""];
  if (Math.abs(w) < 1_000_000) return [one.format(w / 1000), "kW"];
  return [two.format(w / 1_000_000), "MW"];
}

/** @param {number | null | undefined} wh */
export const energy = (wh) => energyParts(wh).join(" ").trim();
/** @param {number | null | undefined} w */
export const power = (w) => powerParts(w).join(" ").trim();
/** @param {number | null | undefined} percent */
export const soc = (percent) => (percent === null || percent === undefined ? "–" : `${whole.format(percent)} %`);

/** @param {number} ms */
export function milliseconds(ms) {
  return ms < 1000 ? `${ms < 10 ? one.format(ms) : whole.format(ms)} ms` : `${two.format(ms / 1000)} s`;
}

/** @param {string | null | undefined} at */
export const time = (at) => (at ? clock.format(new Date(at)) : "–");
/** @param {string | null | undefined} at */
export const timeMs = (at) => (at ? clockMs.format(new Date(at)) : "–");
/** @param {string | null | undefined} at */
export const moment = (at) => (at ? dayAndTime.format(new Date(at)) : "–");
/** @param {string | null | undefined} at */
export const fullMoment = (at) => (at ? fullTime.format(new Date(at)) : "");

/** 1:02:03, or 2:03 below an hour. @param {string} from @param {string | null} [to] */
export function duration(from, to) {
  const seconds = Math.max(0, Math.round(((to ? Date.parse(to) : now.value) - Date.parse(from)) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "3 min. ago". @param {string | null | undefined} at */
export function ago(at) {
  if (!at) return "never";
  const seconds = Math.round((now.value - Date.parse(at)) / 1000);
  if (seconds < 5) return "now";
  if (seconds < 60) return relative.format(-seconds, "second");
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86_400), "day");
}

/** A size in the largest unit that fits. @param {number} size in bytes */
export function bytes(size) {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  return `${(size / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

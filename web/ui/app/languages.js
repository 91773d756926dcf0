// @ts-check
/**
 * The dashboard's languages. The text in the source is English and is the key: ``t("Add a charger")``. A catalogue in
 * ``languages/`` holds what another language says for it; what it lacks is shown in English.
 */
import { signal } from "@preact/signals";

/** @typedef {Record<string, string | Record<string, string>>} Catalogue a text, or one for each plural category of Intl.PluralRules */

/** What can be chosen, in its own words. @type {Record<string, string>} */
export const LANGUAGES = { en: "English", de: "Deutsch" };

const KEPT = "voltaro.language";

/** The language on the screen; it changes when its catalogue is there. */
export const language = signal("en");

/** @type {Catalogue} */
let catalogue = {};
let plurals = new Intl.PluralRules("en");

/** Show the language that was chosen in this browser, or the browser's own. */
export async function startLanguage() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // A browser that keeps nothing still has a language.
  }
  const wished = kept ?? navigator.language.slice(0, 2);
  await show(wished in LANGUAGES ? wished : "en");
}

/** @param {string} name of LANGUAGES */
export async function chooseLanguage(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // As above.
  }
  await show(name);
}

/** @param {string} name */
async function show(name) {
  if (name === "en") catalogue = {};
  else {
    const response = await fetch(new URL(`../languages/${name}.json`, import.meta.url)).catch(() => null);
    if (!response?.ok) return;
    catalogue = await response.json();
  }
  plurals = new Intl.PluralRules(name);
  document.documentElement.lang = name;
  language.value = name;
}

/** A text in the chosen language. ``{name}`` in it is replaced by ``values.name``. @param {string} text @param {Record<string, string | number>} [values] */
export function t(text, values) {
  void language.value;
  const found = catalogue[text];
  return filled(typeof found === "string" ? found : text, values);
}

/**
 * A text that depends on a number: ``tn("{n} charger", "{n} chargers", 3)``; the catalogue has the many's text as its key.
 * ``values`` may hold ``n`` as it is to be shown.
 * @param {string} one @param {string} many @param {number} n @param {Record<string, string | number>} [values]
 */
export function tn(one, many, n, values) {
  void language.value;
  const found = catalogue[many];
  const text = typeof found === "object" ? (found[plurals.select(n)] ?? found.other) : n === 1 ? one : many;
  return filled(text, { n, ...values });
}

/** Marks a text that is translated where it is shown, by ``t``. @template {string} T @param {T} text */
export const m = (text) => text;

/** @param {string} text @param {Record<string, string | number>} [values] */
function filled(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}

// @ts-check
/** The page's own words in the language of the dashboard, as it was chosen there or as the browser has it. What the API says of itself is English. */

const LANGUAGES = ["en", "de"];

/** @returns {string} */
function wished() {
  let kept = null;
  try {
    kept = localStorage.getItem("voltaro.language");
  } catch {
    // A browser that keeps nothing still has a language.
  }
  const name = kept ?? navigator.language.slice(0, 2);
  return LANGUAGES.includes(name) ? name : "en";
}

/** @type {Record<string, string>} */
let catalogue = {};
if (wished() !== "en") {
  const found = await import(`./${wished()}.js`).catch(() => null);
  if (found) {
    catalogue = found.default;
    document.documentElement.lang = wished();
  }
}

/** A text in that language; ``{name}`` in it is replaced by ``values.name``. @param {string} text @param {Record<string, string | number>} [values] */
export function t(text, values = {}) {
  return (catalogue[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

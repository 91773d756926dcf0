// @ts-check
/** Files with rows as the API takes them: CSV and NDJSON as they are, JSON as the NDJSON of its items. */

/** ``counts`` says what the numbers of wrong rows count. @typedef {{text: string, media: "text/csv" | "application/x-ndjson", counts: "lines" | "items"}} Rows */

/** JSON is a list, ``{"items": [...]}`` as the API answers it, or one object. Raises SyntaxError for JSON that is none. @param {string} name @param {string} text @returns {Rows} */
export function rowsOf(name, text) {
  const start = text.trimStart();
  const isLines = /\.(ndjson|jsonl)$/i.test(name);
  if (!isLines && (start.startsWith("[") || start.startsWith("{") || /\.json$/i.test(name))) {
    const found = parsed(start);
    if (found !== undefined) {
      const items = Array.isArray(found) ? found : Array.isArray(found?.items) ? found.items : [found];
      return { text: items.map((/** @type {unknown} */ item) => JSON.stringify(item)).join("\n"), media: "application/x-ndjson", counts: "items" };
    }
  }
  return { text, media: isLines || start.startsWith("{") ? "application/x-ndjson" : "text/csv", counts: "lines" };
}

/** Undefined for what may be an object a line. @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^\{[^\n]*\}\s*\n\s*\{/.test(text)) return undefined;
    throw error;
  }
}

// @ts-check
/** What is wrong with the lines of a file that is to be imported: the first of them, in plain words of the chosen language. */
import { count } from "./format.js";
import { html } from "./html.js";
import { isolated } from "./isolated.js";
import { m, t, tn } from "./languages.js";

/** @typedef {{line: number, column: string, detail: string}} RowError as the API says it, in English */

const MOST_SHOWN = 20;

/** What the API says of a line (``web/importing.py``, msgspec), and how it is shown. @type {[RegExp, string][]} */
const SAID = [
  [/^is required$/, m("is missing")],
  [/^expected (?:int|float|decimal) <= (?<most>[-\d.]+)$/, m("may be {most} at most")],
  [/^expected (?:int|float|decimal) >= (?<least>[-\d.]+)$/, m("must be {least} at least")],
  [/^expected str of length <= (?<most>\d+)$/, m("has more than {most} characters")],
  [/^expected str of length >= (?<least>\d+)$/, m("needs {least} characters or more")],
  [/^expected str matching regex/, m("is not written as it has to be")],
  [/^expected (?:int|float|decimal)\b/, m("must be a number")],
  [/^expected bool/, m("must be true or false")],
  [/^(?:expected datetime|invalid RFC3339)/, m("must be a time like 2026-12-31T23:00:00Z")],
  [/^invalid enum value (?<value>.+)$/, m("may not be {value}")],
  [/^is the (?<key>\w+) of line (?<line>\d+) again$/, m("stands in line {line} already")],
  [/^(?:is no column here|is not known); (?:they are|there may be) (?<names>.+)$/, m("is no column here; there are {names}")],
  [/^names no site$/, m("is no site")],
  [/^is the id of no driver$/, m("is the number of no driver")],
  [/^has more cells than the header$/, m("has more cells than the header")],
  [/^is not UTF-8$/, m("is not UTF-8: save the file as UTF-8")],
  [/^is beyond the (?<most>\d+) rows/, m("is beyond the {most} lines that one file may have")],
  [/^is no(?:t)? (?:CSV|JSON)/, m("cannot be read")],
];

/** @param {string} detail */
export function rowWords(detail) {
  const said = detail.replace(/^./, (first) => first.toLowerCase());
  for (const [pattern, text] of SAID) {
    const found = pattern.exec(said);
    if (found) return t(text, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, isolated(value)])));
  }
  return isolated(detail);
}

/** ``ofItems``: what is counted are entries of a JSON list, no lines. @param {{errors: RowError[], ofItems?: boolean}} props */
export function RowErrors({ errors, ofItems = false }) {
  if (!errors.length) return null;
  const rest = errors.length - MOST_SHOWN;
  return html`<ul class="import-errors">${errors.slice(0, MOST_SHOWN).map((error) => html`<li key=${`${error.line} ${error.column}`}>${ofItems ? t("Entry {line}", { line: error.line }) : t("Line {line}", { line: error.line })}${error.column && html`, <code dir="auto">${error.column}</code>`}: ${rowWords(error.detail)}</li>`)}
    ${rest > 0 && html`<li>${tn("and {n} more", "and {n} more", rest, { n: count(rest) })}</li>`}</ul>`;
}

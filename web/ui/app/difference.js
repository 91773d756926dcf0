// @ts-check
/** What differs between two payloads, field by field. */
import { html } from "./html.js";
import { t } from "./languages.js";

/** @typedef {{pointer: string, was: unknown, is: unknown}} Change ``undefined`` where it is not there */

/** @param {unknown} was @param {unknown} is @param {string} [pointer] @returns {Change[]} */
export function differences(was, is, pointer = "") {
  if (Object.is(was, is)) return [];
  if (isBranch(was) && isBranch(is) && Array.isArray(was) === Array.isArray(is)) {
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return names.flatMap((name) => differences(was[name], is[name], `${pointer}/${name}`));
  }
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ pointer: pointer || "/", was, is }];
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isBranch = (value) => value !== null && typeof value === "object";

/** @param {{was: unknown, is: unknown, label: string}} props */
export function Differences({ was, is, label }) {
  const changes = differences(was, is);
  if (!changes.length) return html`<p class="quiet">${t("Nothing differs from the one before.")}</p>`;
  return html`<table class="plain-table differences" aria-label=${label}><thead><tr><th scope="col">${t("Field")}</th><th scope="col">${t("Before")}</th><th scope="col">${t("Now")}</th></tr></thead>
    <tbody>${changes.slice(0, 200).map((change) => html`<tr key=${change.pointer}><td class="mono wraps" dir="auto">${change.pointer}</td>
      <td class="mono wraps"><${Side} value=${change.was} tag="del" /></td><td class="mono wraps"><${Side} value=${change.is} tag="ins" /></td></tr>`)}</tbody></table>`;
}

/** @param {{value: unknown, tag: string}} props */
function Side({ value, tag }) {
  if (value === undefined) return html`<span class="quiet">${t("not there")}</span>`;
  const text = JSON.stringify(value);
  return tag === "del" ? html`<del dir="auto">${text}</del>` : html`<ins dir="auto">${text}</ins>`;
}

// @ts-check
/** The filters of a charger's message log: kept in the address, sent to the API, and held against what comes in live. */
import { useEffect, useState } from "preact/hooks";
import { count } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { isTrouble } from "./message-words.js";
import { fromField, toField } from "./moments.js";
import { queryOf, setQuery } from "./router.js";
import { Entry } from "./widgets.js";

/** @import { Exchange } from "./types.d.ts" */
/** @import { MessageKind } from "./api/talk.js" */

/** Their names in the address. */
const NAMES = ["action", "direction", "errors", "text", "message_id", "since", "until"];

/** The filters in the address, as the API spells them. */
export function filters() {
  const at = (/** @type {string} */ name) => {
    const moment = Date.parse(queryOf(name));
    return Number.isNaN(moment) ? "" : new Date(moment).toISOString();
  };
  return {
    action: namesOf(queryOf("action")).join(","), direction: queryOf("direction"), trouble: queryOf("errors") ? "true" : "", since: at("since"), until: at("until"),
    message_id: queryOf("message_id").trim(), text: queryOf("text").length > 1 ? queryOf("text") : "",
  };
}

/** Take all filters away. */
export const loosen = () => setQuery(Object.fromEntries(NAMES.map((name) => [name, null])));

/** Whether a row that has just come passes the filters. @param {Exchange} row */
export function fits(row) {
  const { action, direction, trouble, since, until, text, message_id } = filters();
  const names = namesOf(action);
  return (
    (!names.length || names.includes(row.action)) && (!direction || row.direction === direction) && (!trouble || isTrouble(row)) && (!message_id || row.message_id === message_id) &&
    (!since || Date.parse(row.at) >= Date.parse(since)) && (!until || Date.parse(row.at) < Date.parse(until)) &&
    (!text || `${textOf(row.request)} ${textOf(row.answer)}`.toLowerCase().includes(text.toLowerCase()))
  );
}

/** @param {string} list names with commas between them */
const namesOf = (list) => list.split(",").map((name) => name.trim()).filter(Boolean);

/** @param {unknown} value */
const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

/** A text that reaches the address when nobody has typed for a moment. @param {string} name */
function useTyped(name) {
  const [text, setText] = useState(queryOf(name));
  const told = queryOf(name);
  useEffect(() => setText(told), [told]);
  useEffect(() => {
    if (text === queryOf(name)) return;
    const typed = setTimeout(() => setQuery({ [name]: text }), 300);
    return () => clearTimeout(typed);
  }, [text]);
  return /** @type {const} */ ([text, (/** @type {any} */ event) => setText(event.target.value)]);
}

/** @param {string} name */
const set = (name) => (/** @type {any} */ event) => setQuery({ [name]: event.target.value });

/** @param {string} name */
const setTime = (name) => (/** @type {string} */ text) => setQuery({ [name]: fromField(text) });

/** @param {{kinds: MessageKind[]}} props */
export function Filters({ kinds }) {
  const [text, typeText] = useTyped("text");
  const [messageId, typeId] = useTyped("message_id");
  const more = ["message_id", "since", "until"].filter((name) => queryOf(name)).length;
  return html`
    <label class="search short"><${Icon} name="search" /><input type="search" placeholder=${t("Text in a frame")} aria-label=${t("Find text in a frame")} minlength="2" value=${text} onInput=${typeText} /></label>
    <${Actions} kinds=${kinds} />
    <select aria-label=${t("Direction")} value=${queryOf("direction")} onChange=${set("direction")}>
      <option value="">${t("Both directions")}</option><option value="in">${t("From the charger")}</option><option value="out">${t("To the charger")}</option></select>
    <label class="check"><input type="checkbox" checked=${Boolean(queryOf("errors"))} onChange=${(/** @type {any} */ event) => setQuery({ errors: event.target.checked ? "1" : null })} />${t("Trouble only")}</label>
    <details class="menu"><summary class="button">${more ? t("More filters ({n})", { n: more }) : t("More filters")}</summary><div class="menu-body">
      <label>${t("From")}<${Entry} type="datetime-local" step="1" value=${toField(queryOf("since"))} entered=${setTime("since")} /></label>
      <label>${t("To")}<${Entry} type="datetime-local" step="1" value=${toField(queryOf("until"))} entered=${setTime("until")} /></label>
      <label>${t("Message id")}<input class="mono" spellcheck=${false} value=${messageId} onInput=${typeId} /></label></div></details>
    ${NAMES.some((name) => queryOf(name)) && html`<button type="button" class="button" onClick=${loosen}><${Icon} name="close" />${t("No filters")}</button>`}`;
}

/** Which actions are shown: those that occur, with how often. @param {{kinds: MessageKind[]}} props */
function Actions({ kinds }) {
  const chosen = namesOf(queryOf("action"));
  const counts = new Map(chosen.map((name) => [name, 0]));
  for (const kind of kinds) if (kind.action) counts.set(kind.action, (counts.get(kind.action) ?? 0) + kind.count);
  const names = [...counts.keys()].sort();
  const turn = (/** @type {string} */ name) => setQuery({ action: (chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name]).join(",") });
  return html`<details class="menu actions-menu"><summary class="button">${chosen.length === 1 ? chosen[0] : chosen.length ? t("{n} actions", { n: chosen.length }) : t("All actions")}</summary>
    <fieldset class="menu-body"><legend>${t("Actions that occur")}</legend>
      ${names.length ? names.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${chosen.includes(name)} onChange=${() => turn(name)} /><span dir="auto">${name}</span><small class="quiet push number">${count(counts.get(name) ?? 0)}</small></label>`)
        : html`<p class="quiet">${t("None yet.")}</p>`}
      ${chosen.length > 0 && html`<button type="button" class="button small" onClick=${() => setQuery({ action: null })}>${t("All actions")}</button>`}</fieldset></details>`;
}

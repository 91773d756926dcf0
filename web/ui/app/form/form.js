// @ts-check
/** A form for any JSON schema, or the same as JSON: what is typed in one is seen in the other. */
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../languages.js";
import { membersOf, pointerOf, resolved, violations, withAt } from "../schema.js";
import { FormProvider, idAt } from "./context.js";
import { Members } from "./fields.js";

/** @import { Path, Schema, Violation } from "../schema.js" */
/** @import { Choice, Form } from "./context.js" */

/**
 * @param {{
 *   schema: Schema, value: any, laid: any, change: (value: any) => void, asJson: boolean, told: Violation[], tried: boolean,
 *   spoil: (bad: boolean) => void, choices?: (path: Path) => Choice[]
 * }} props ``laid`` is the value by which it is laid out, ``told`` what the server found wrong, ``tried`` whether somebody tried to send it,
 * ``spoil`` hears whether what is typed as JSON is none
 */
export function SchemaForm({ schema, value, laid, change, asJson, told, tried, spoil, choices = () => [] }) {
  const id = useId();
  const [left, setLeft] = useState(/** @type {Set<string>} */ (new Set()));
  useEffect(() => setLeft(new Set()), [laid]);
  const found = useMemo(() => violations(value, schema, schema), [value, schema]);
  const wrong = useMemo(() => {
    const shown = found.filter((violation) => tried || left.has(violation.pointer));
    return new Map([...shown, ...told].reverse().map((violation) => [violation.pointer, violation.detail]));
  }, [found, told, tried, left]);
  const root = resolved(schema, schema);
  /** @type {Form} */
  const form = {
    root: schema, value, laid, id, wrong, choices,
    change: (path, next) => change(withAt(value, path, next) ?? {}),
    leave: (path) => setLeft((before) => (before.has(pointerOf(path)) ? before : new Set([...before, pointerOf(path)]))),
  };
  const all = tried || told.length ? [...told, ...(tried ? found : [])].filter((violation, place, list) => list.findIndex((other) => other.pointer === violation.pointer) === place) : [];
  return html`<${FormProvider} value=${form}>
    ${all.length > 0 && html`<${Summary} form=${form} wrong=${all} asJson=${asJson} />`}
    ${asJson ? html`<${AsJson} value=${value} change=${change} spoil=${spoil} />`
      : membersOf(root).required.length + membersOf(root).optional.length + membersOf(root).vendor.length === 0 ? html`<p class="quiet">${t("Nothing needs to be said with it.")}</p>`
      : html`<div class="form-members"><${Members} part=${root} path=${[]} /></div>`}<//>`;
}

/** What is wrong, each a way to its field. @param {{form: Form, wrong: Violation[], asJson: boolean}} props */
function Summary({ form, wrong, asJson }) {
  const lead = (/** @type {string} */ pointer) => (/** @type {Event} */ event) => {
    event.preventDefault();
    const target = document.getElementById(idAt(form, pointer));
    const closed = target?.closest("details:not([open])");
    if (closed instanceof HTMLDetailsElement) closed.open = true;
    (target?.matches("div") ? target.querySelector("input") : target)?.focus();
  };
  return html`<div role="alert"><ul class="form-wrong">${wrong.slice(0, 12).map((violation) => html`<li key=${violation.pointer}>
    ${asJson ? html`<code>${violation.pointer || "/"}</code>` : html`<a href=${`#${idAt(form, violation.pointer)}`} onClick=${lead(violation.pointer)}><code>${violation.pointer || "/"}</code></a>`} ${violation.detail}</li>`)}</ul></div>`;
}

/** @param {{value: any, change: (value: any) => void, spoil: (bad: boolean) => void}} props */
function AsJson({ value, change, spoil }) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [bad, setBad] = useState("");
  useEffect(() => {
    if (JSON.stringify(value) !== compact(text)) setText(JSON.stringify(value, null, 2));
  }, [value]);
  useEffect(() => () => spoil(false), []);
  const set = (/** @type {any} */ event) => {
    setText(event.target.value);
    const why = whyNot(event.target.value);
    setBad(why);
    spoil(Boolean(why));
    if (!why) change(JSON.parse(event.target.value));
  };
  return html`<label>${t("Payload, in OCPP's spelling")}<textarea class="mono" rows="8" spellcheck=${false} value=${text} aria-invalid=${bad ? "true" : undefined} onInput=${set}></textarea></label>
    <p class="form-error" role="alert">${bad}</p>`;
}

/** @param {string} text */
function compact(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** @param {string} text */
function whyNot(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? "" : t("A payload is a JSON object: { ... }");
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

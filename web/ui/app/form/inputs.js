// @ts-check
/** The inputs of a form for what is no object and no list: words, texts, numbers, points in time, yes or no, and JSON for the rest. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../languages.js";
import { fromField, toField } from "../moments.js";
import { kindOf } from "../schema.js";
import { idAt, useForm } from "./context.js";

/** @import { Path, Schema } from "../schema.js" */
/** @typedef {{part: Schema, path: Path, pointer: string, value: any, isRequired: boolean, described: string | undefined, label: string}} InputProps */

/** So many words are shown side by side, more in a list that opens. */
const FEW = 4;
const LONG = 600;

/** @param {InputProps} props */
export function Input(props) {
  const inputs = { enum: Words, moment: Moment, text: Text, whole: Figure, decimal: Figure, truth: Truth };
  const found = /** @type {Record<string, any>} */ (inputs)[kindOf(props.part)] ?? Anything;
  return html`<${found} ...${props} />`;
}

/** What all inputs carry. @param {InputProps} props */
function useCommon({ path, pointer, described, isRequired }) {
  const form = useForm();
  return {
    form,
    common: {
      id: idAt(form, pointer), "aria-describedby": described, "aria-invalid": form.wrong.has(pointer) ? "true" : undefined, "aria-required": isRequired ? "true" : undefined,
      onBlur: (/** @type {FocusEvent} */ event) => left(event, () => form.leave(path)),
    },
  };
}

/**
 * What is wrong appears when a field is left, but never while a button is being pressed: it would move away from under the pointer. Some
 * browsers do not say that it is a button.
 * @param {FocusEvent} event @param {() => void} tell
 */
function left(event, tell) {
  if (event.relatedTarget === null) setTimeout(tell, 300);
  else if (!(event.relatedTarget instanceof HTMLButtonElement)) tell();
}

/** @param {InputProps} props */
function Words(props) {
  const { part, path, value, isRequired, label } = props;
  const { form, common } = useCommon(props);
  const few = part.enum.length <= FEW && part.enum.every((/** @type {unknown} */ word) => String(word).length < 24);
  if (few) {
    return html`<div class="radios" role="radiogroup" aria-label=${label} aria-describedby=${common["aria-describedby"]} aria-invalid=${common["aria-invalid"]} id=${common.id}>
      ${part.enum.map((/** @type {any} */ word) => html`<label key=${word} class="check"><input type="radio" name=${common.id} checked=${value === word} onChange=${() => form.change(path, word)} /><span translate=${false}>${word}</span></label>`)}
      ${!isRequired && value !== undefined && html`<button type="button" class="button small" onClick=${() => form.change(path, undefined)}>${t("Leave out")}</button>`}</div>`;
  }
  return html`<select ...${common} value=${value ?? ""} onChange=${(/** @type {any} */ event) => form.change(path, event.target.value === "" ? undefined : event.target.value)}>
    ${(!isRequired || value === undefined || !part.enum.includes(value)) && html`<option value=${part.enum.includes(value) ? "" : value ?? ""}>${part.enum.includes(value) || value === undefined ? t("(left out)") : String(value)}</option>`}
    ${part.enum.map((/** @type {string} */ word) => html`<option key=${word} value=${word}>${word}</option>`)}</select>`;
}

/** @param {InputProps} props */
function Truth(props) {
  const { path, value, label } = props;
  const { form, common } = useCommon(props);
  return html`<div class="radios" role="radiogroup" aria-label=${label} id=${common.id} aria-describedby=${common["aria-describedby"]}>
    ${[[true, t("yes")], [false, t("no")]].map(([truth, word]) => html`<label key=${word} class="check"><input type="radio" name=${common.id} checked=${value === truth} onChange=${() => form.change(path, truth)} /><span>${word}</span></label>`)}
    ${!props.isRequired && value !== undefined && html`<button type="button" class="button small" onClick=${() => form.change(path, undefined)}>${t("Leave out")}</button>`}</div>`;
}

/** @param {InputProps} props */
function Text(props) {
  const { part, path, value, isRequired } = props;
  const { form, common } = useCommon(props);
  const choices = form.choices(path);
  const set = (/** @type {any} */ event) => form.change(path, event.target.value === "" && !isRequired ? undefined : event.target.value);
  const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  const length = [...text].length;
  return html`<span class="counted">${part.maxLength > LONG || text.includes("\n")
      ? html`<textarea ...${common} rows="3" spellcheck=${false} value=${text} onInput=${set}></textarea>`
      : html`<input ...${common} type="text" spellcheck=${false} autocomplete="off" value=${text} list=${choices.length ? `${common.id}-choices` : undefined} onInput=${set} />`}
    ${part.maxLength !== undefined && html`<small class=${`number counter ${length > part.maxLength ? "over" : "quiet"}`}>${length} / ${part.maxLength}</small>`}</span>
    <${Choices} id=${common.id} choices=${choices} />`;
}

/** @param {{id: string, choices: import("./context.js").Choice[]}} props */
function Choices({ id, choices }) {
  return choices.length > 0 && html`<datalist id=${`${id}-choices`}>${choices.map((choice) => html`<option key=${choice.value} value=${choice.value}>${choice.word ?? ""}</option>`)}</datalist>`;
}

/** A number; what is being typed stays as it is typed. @param {InputProps} props */
function Figure(props) {
  const { part, path, value } = props;
  const { form, common } = useCommon(props);
  const choices = form.choices(path);
  const [typed, setTyped] = useState(shown(value));
  useEffect(() => {
    if (!Object.is(read(typed), value)) setTyped(shown(value));
  }, [value]);
  const set = (/** @type {any} */ event) => {
    setTyped(event.target.value);
    form.change(path, read(event.target.value));
  };
  const isWhole = kindOf(part) === "whole";
  return html`<input ...${common} type="number" inputmode=${isWhole ? "numeric" : "decimal"} step=${part.multipleOf ?? (isWhole ? 1 : "any")}
      min=${part.minimum > -(2 ** 31) ? part.minimum : undefined} max=${part.maximum < 2 ** 31 - 1 ? part.maximum : undefined} value=${typed} list=${choices.length ? `${common.id}-choices` : undefined} onInput=${set} />
    <${Choices} id=${common.id} choices=${choices} />`;
}

/** @param {unknown} value */
const shown = (value) => (value === undefined || value === null ? "" : String(value));

/** @param {string} text @returns {number | undefined} */
const read = (text) => (text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text));

/** @param {InputProps} props */
function Moment(props) {
  const { path, value } = props;
  const { form, common } = useCommon(props);
  const field = toField(value);
  return html`<span class="button-row"><input ...${common} type="datetime-local" step="1" value=${field}
      onInput=${(/** @type {any} */ event) => form.change(path, fromField(event.target.value) || undefined)} />
    <button type="button" class="button small" onClick=${() => form.change(path, new Date(Math.floor(Date.now() / 1000) * 1000).toISOString())}>${t("Now")}</button>
    ${value !== undefined && html`<small class="quiet mono wraps">${String(value)}</small>`}</span>`;
}

/** What the schema leaves open, as JSON. @param {InputProps} props */
function Anything(props) {
  const { path, value } = props;
  const { form, common } = useCommon(props);
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [bad, setBad] = useState("");
  const set = (/** @type {any} */ event) => {
    setText(event.target.value);
    try {
      form.change(path, event.target.value.trim() === "" ? undefined : JSON.parse(event.target.value));
      setBad("");
    } catch (error) {
      setBad(/** @type {Error} */ (error).message);
    }
  };
  return html`<textarea ...${common} class="mono" rows="3" spellcheck=${false} value=${text} onInput=${set}></textarea>${bad && html`<small class="form-error">${bad}</small>`}`;
}

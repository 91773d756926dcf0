// @ts-check
/** The fields of a form for a JSON schema: objects, lists, one of several, and the inputs within. Optional ones wait under "More fields". */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { at, exampleOf, kindOf, limitsOf, membersOf, plain, pointerOf, resolved, violations } from "../schema.js";
import { idAt, useForm } from "./context.js";
import { Input } from "./inputs.js";

/** @import { Path, Schema } from "../schema.js" */
/** @typedef {{part: Schema, path: Path, isRequired: boolean}} FieldProps ``part`` is resolved */

/** The members of an object. @param {{part: Schema, path: Path}} props */
export function Members({ part, path }) {
  const form = useForm();
  const { required, optional, vendor } = membersOf(part);
  const laid = at(form.laid, path) ?? {};
  const first = [...required, ...optional.filter((name) => laid[name] !== undefined)];
  const rest = optional.filter((name) => laid[name] === undefined);
  const value = at(form.value, path) ?? {};
  const field = (/** @type {string} */ name) => html`<${Field} key=${name} part=${resolved(part.properties?.[name], form.root)} path=${[...path, name]} isRequired=${required.includes(name)} />`;
  return html`${first.map(field)}
    ${rest.length > 0 && html`<${More} word=${t("More fields ({n})", { n: rest.length })} names=${rest} open=${!first.length || rest.some((name) => value[name] !== undefined)} fields=${() => rest.map(field)} />`}
    ${vendor.length > 0 && html`<${More} word=${t("Vendor data")} names=${vendor} open=${vendor.some((name) => value[name] !== undefined)} fields=${() => vendor.map(field)} />`}`;
}

/** What is not needed: made only when it is opened. @param {{word: string, names: string[], open: boolean, fields: () => any}} props */
function More({ word, names, open: atFirst, fields }) {
  const [open, setOpen] = useState(atFirst);
  return html`<details class="form-more" open=${open} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary>${word}<small class="quiet" translate=${false}> ${open ? "" : names.slice(0, 6).join(", ")}${!open && names.length > 6 ? " ..." : ""}</small></summary>${(open || atFirst) && fields()}</details>`;
}

/** One member or element. @param {FieldProps} props */
export function Field({ part, path, isRequired }) {
  const form = useForm();
  const kind = kindOf(part);
  const value = at(form.value, path);
  if (kind === "choice") return html`<${Choice} part=${part} path=${path} isRequired=${isRequired} />`;
  if (kind === "list" || (kind === "object" && part.properties && part.additionalProperties === false)) {
    return value === undefined ? html`<${Absent} part=${part} path=${path} isRequired=${isRequired} />` : html`<${Branch} part=${part} path=${path} isRequired=${isRequired} />`;
  }
  const pointer = pointerOf(path);
  const name = nameOf(path);
  const id = idAt(form, pointer);
  const said = Boolean(part.description) || limitsOf(part).length > 0;
  const wrong = form.wrong.get(pointer);
  const described = [said && `${id}-says`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field" data-field=${pointer}>
    <label for=${id} class="field-name"><span translate=${false}>${name}</span>${isRequired && html`<b class="must" aria-hidden="true">*</b>`}</label>
    <${Input} part=${part} path=${path} pointer=${pointer} value=${value} isRequired=${isRequired} described=${described} label=${name} />
    ${wrong && html`<p class="form-error" id=${`${id}-wrong`}>${wrong}</p>`}
    ${said && html`<p class="field-says" id=${`${id}-says`}><${Says} part=${part} /></p>`}</div>`;
}

/** @param {{part: Schema}} props */
function Says({ part }) {
  const said = plain(part.description);
  const limits = limitsOf(part).filter(Boolean).join(" · ");
  return html`${said && html`<span lang="en">${said}</span>`}${said && limits ? " · " : ""}${limits}`;
}

/** @param {Path} path */
const nameOf = (path) => {
  const last = path.at(-1);
  return typeof last === "number" ? `${path.at(-2) ?? ""} ${last + 1}` : String(last ?? "");
};

/** An object or a list that is there. @param {FieldProps} props */
function Branch({ part, path, isRequired }) {
  const form = useForm();
  const pointer = pointerOf(path);
  const wrong = form.wrong.get(pointer);
  const inList = typeof path.at(-1) === "number";
  return html`<fieldset class="field-group" data-field=${pointer} id=${idAt(form, pointer)} tabindex="-1">
    <legend><span translate=${false}>${nameOf(path)}</span>${isRequired && html`<b class="must" aria-hidden="true">*</b>`}
      ${(!isRequired || inList) && html`<button type="button" class="button small" aria-label=${t("Remove {name}", { name: nameOf(path) })} onClick=${() => form.change(path, undefined)}><${Icon} name="trash" />${t("Remove")}</button>`}</legend>
    ${(part.description || kindOf(part) === "list") && html`<p class="field-says"><${Says} part=${part} /></p>`}
    ${wrong && html`<p class="form-error">${wrong}</p>`}
    ${kindOf(part) === "list" ? html`<${Elements} part=${part} path=${path} />` : html`<${Members} part=${part} path=${path} />`}</fieldset>`;
}

/** An object or a list that is left out. @param {FieldProps} props */
function Absent({ part, path, isRequired }) {
  const form = useForm();
  const pointer = pointerOf(path);
  const wrong = form.wrong.get(pointer);
  return html`<div class="field absent" data-field=${pointer}><button type="button" class="button small" id=${idAt(form, pointer)} onClick=${() => form.change(path, exampleOf(part, form.root))}>
      <${Icon} name="plus" />${t("Add {name}", { name: nameOf(path) })}</button>${isRequired && html`<b class="must" aria-hidden="true">*</b>`}
    ${wrong && html`<p class="form-error">${wrong}</p>`}${part.description && html`<p class="field-says"><${Says} part=${part} /></p>`}</div>`;
}

/** @param {{part: Schema, path: Path}} props */
function Elements({ part, path }) {
  const form = useForm();
  const list = at(form.value, path);
  const items = resolved(part.items, form.root);
  const elements = Array.isArray(list) ? list : [];
  const simple = !["object", "list", "choice"].includes(kindOf(items));
  return html`${elements.map((_, place) => html`<div key=${place} class=${simple ? "element simple" : "element"}><${Field} part=${items} path=${[...path, place]} isRequired />
      ${simple && html`<button type="button" class="icon-button" aria-label=${t("Remove {name}", { name: nameOf([...path, place]) })} onClick=${() => form.change([...path, place], undefined)}><${Icon} name="trash" /></button>`}</div>`)}
    <p><button type="button" class="button small" disabled=${elements.length >= (part.maxItems ?? Infinity)} onClick=${() => form.change([...path, elements.length], exampleOf(items, form.root))}>
      <${Icon} name="plus" />${t("Add an element to {name}", { name: nameOf(path) })}</button></p>`;
}

/** One of several forms. @param {FieldProps} props */
function Choice({ part, path, isRequired }) {
  const form = useForm();
  const ways = /** @type {Schema[]} */ (part.anyOf ?? part.oneOf).map((way) => resolved(way, form.root));
  const value = at(form.value, path);
  const fitting = ways.findIndex((way) => value !== undefined && !violations(value, way, form.root).length);
  const [way, setWay] = useState(Math.max(0, fitting));
  const id = `${idAt(form, pointerOf(path))}-way`;
  return html`<div class="field"><label for=${id} class="field-name">${t("Form of {name}", { name: nameOf(path) })}</label>
    <select id=${id} value=${way} onChange=${(/** @type {any} */ event) => {
      setWay(Number(event.target.value));
      form.change(path, exampleOf(ways[Number(event.target.value)], form.root));
    }}>${ways.map((one, place) => html`<option key=${place} value=${place}>${one.title ?? one.description ?? kindOf(one)}</option>`)}</select>
    <${Field} part=${ways[way]} path=${path} isRequired=${isRequired} /></div>`;
}

// @ts-check
/** JSON schemas as people read them: members with their kinds and limits, what they refer to opened on demand; and an example of each. */
import { element, prose } from "./dom.js";

/** @typedef {Record<string, any>} Schema */

/** What a reference means. @param {Schema} schema @param {Schema} document @returns {Schema} */
export function resolved(schema, document) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((/** @type {any} */ at, /** @type {string} */ step) => at[step], document);
}

/** The choices of a schema without null, and whether it may be null. @param {Schema} schema @returns {{kinds: Schema[], nullable: boolean}} */
function choices(schema) {
  const all = schema.anyOf ?? schema.oneOf ?? [schema];
  const kinds = all.filter((/** @type {Schema} */ kind) => kind.type !== "null");
  return { kinds, nullable: kinds.length < all.length };
}

/** The kind in a few words: `text`, `list of SessionView`, `one of in, out`. @param {Schema} schema @param {Schema} document @returns {string} */
export function kindOf(schema, document) {
  const { kinds, nullable } = choices(schema);
  const told = kinds.map((kind) => oneKind(kind, document)).join(" or ");
  return nullable ? `${told} or null` : told;
}

/** @param {Schema} schema @param {Schema} document @returns {string} */
function oneKind(schema, document) {
  if (schema.$ref) {
    const target = resolved(schema, document);
    return target.enum ? oneKind(target, document) : schema.$ref.split("/").pop();
  }
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.type === "array") return `list of ${kindOf(schema.items ?? {}, document)}`;
  if (schema.format) return schema.format;
  if (schema.type === "object") return "object";
  return { string: "text", integer: "whole number", number: "number", boolean: "true or false" }[/** @type {string} */ (schema.type)] ?? "anything";
}

/** The limits that a value has. @param {Schema} schema @returns {string} */
export function limitsOf(schema) {
  const { kinds } = choices(schema);
  const told = kinds.flatMap((kind) => [
    kind.minimum !== undefined && `from ${kind.minimum}`,
    kind.maximum !== undefined && `to ${kind.maximum}`,
    kind.minLength !== undefined && `at least ${kind.minLength} characters`,
    kind.maxLength !== undefined && `at most ${kind.maxLength} characters`,
    kind.minItems !== undefined && `at least ${kind.minItems}`,
    kind.maxItems !== undefined && `at most ${kind.maxItems}`,
    kind.pattern !== undefined && `like ${kind.pattern}`,
  ]);
  const preset = schema.default;
  if (preset !== undefined && preset !== null && JSON.stringify(preset).length < 40) told.push(`${JSON.stringify(preset)} when left out`);
  return told.filter(Boolean).join(", ");
}

/** The object in a schema, where there is one: itself, or what its list holds. @param {Schema} schema @param {Schema} document @returns {Schema | undefined} */
function inside(schema, document) {
  for (const kind of choices(schema).kinds) {
    const target = resolved(kind, document);
    if (target.properties) return target;
    if (target.type === "array" && target.items) return inside(target.items, document);
  }
  return undefined;
}

/** The members of a schema; what is within them is drawn when it is opened. @param {Schema} schema @param {Schema} document @returns {HTMLElement} */
export function schemaView(schema, document) {
  const target = inside(schema, document);
  if (!target) return element("p", { lang: "en" }, element("span", { class: "kind" }, kindOf(schema, document)), schema.description ? ` ${schema.description}` : "");
  const required = new Set(target.required ?? []);
  const rows = Object.entries(target.properties).map(([name, member]) => {
    const limits = limitsOf(member);
    const row = element(
      "li",
      {},
      element("span", { class: "member" }, name),
      element("span", { class: "kind" }, kindOf(member, document)),
      required.has(name) && element("span", { class: "required" }, "required"),
      limits && element("span", { class: "quiet" }, limits),
      member.description && element("span", { class: "about" }, member.description),
    );
    const within = inside(member, document);
    if (within) {
      const opened = element("details", {}, element("summary", {}, `members of ${name}`));
      opened.addEventListener("toggle", () => opened.childElementCount === 1 && opened.append(schemaView(member, document)), { once: true });
      row.append(opened);
    }
    return row;
  });
  return element("div", { class: "schema", lang: "en" }, target.description && prose(target.description), element("ul", {}, ...rows));
}

/** A value that fits: the example that is told, else what is required. @param {Schema} schema @param {Schema} document @param {number} [depth] @returns {any} */
export function exampleOf(schema, document, depth = 0) {
  const { kinds } = choices(schema);
  const target = resolved(kinds[0] ?? {}, document);
  if (target.examples) return target.examples[0];
  if (target.enum) return target.enum[0];
  if ("const" in target) return target.const;
  if (target.type === "array") return depth > 4 ? [] : [exampleOf(target.items ?? {}, document, depth + 1)];
  if (target.properties) {
    const names = depth > 4 ? [] : (target.required ?? []);
    return Object.fromEntries(names.map((/** @type {string} */ name) => [name, exampleOf(target.properties[name], document, depth + 1)]));
  }
  if (target.format === "date-time") return new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
  return { string: "", integer: target.minimum ?? 0, number: target.minimum ?? 0, boolean: false, object: {} }[/** @type {string} */ (target.type)] ?? null;
}

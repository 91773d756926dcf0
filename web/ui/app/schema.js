// @ts-check
/**
 * JSON schemas (draft 4, as OCPP uses them) read for forms and explanations: references, kinds, a first value, what is wrong with one.
 * Paths are lists of member names and places; a pointer is a path as text (RFC 6901).
 */
import { t } from "./languages.js";

/** @typedef {Record<string, any>} Schema */
/** @typedef {(string | number)[]} Path */
/** @typedef {{pointer: string, detail: string}} Violation */

const DEEPEST = 12;

/** A part with its reference followed; what stands beside the reference holds. @param {Schema | undefined} part @param {Schema} root @returns {Schema} */
export function resolved(part, root) {
  let found = part ?? {};
  for (let depth = 0; found.$ref && depth < DEEPEST; depth++) {
    const { $ref, ...own } = found;
    const steps = String($ref).replace(/^#\/?/, "").split("/").filter(Boolean);
    const target = steps.reduce((at, step) => at?.[step.replace(/~1/g, "/").replace(/~0/g, "~")], root);
    found = { ...(target ?? {}), ...own };
  }
  return found;
}

/** How a part is filled in. @param {Schema} part resolved @returns {"object" | "list" | "choice" | "enum" | "moment" | "text" | "whole" | "decimal" | "truth" | "any"} */
export function kindOf(part) {
  if (part.anyOf || part.oneOf) return "choice";
  if (part.enum) return "enum";
  const type = Array.isArray(part.type) ? part.type.find((name) => name !== "null") : part.type;
  if (type === "object" || part.properties) return "object";
  if (type === "array") return "list";
  if (type === "string") return part.format === "date-time" ? "moment" : "text";
  if (type === "integer") return "whole";
  if (type === "number") return "decimal";
  return type === "boolean" ? "truth" : "any";
}

/** The members of an object: required ones first, as the schema orders them; what only vendors know apart. @param {Schema} part @returns {{required: string[], optional: string[], vendor: string[]}} */
export function membersOf(part) {
  const names = Object.keys(part.properties ?? {});
  const must = new Set(part.required ?? []);
  return {
    required: [...names.filter((name) => must.has(name)), ...[...must].filter((name) => !names.includes(name))],
    optional: names.filter((name) => !must.has(name) && name !== "customData"),
    vendor: names.filter((name) => !must.has(name) && name === "customData"),
  };
}

/** The least that may fit: what is required, with plausible values. @param {Schema | undefined} part @param {Schema} root @param {number} [depth] @returns {any} */
export function exampleOf(part, root = part ?? {}, depth = 0) {
  const found = resolved(part, root);
  if (depth > DEEPEST) return null;
  if (found.default !== undefined) return found.default;
  switch (kindOf(found)) {
    case "enum":
      return found.enum[0];
    case "choice":
      return exampleOf((found.anyOf ?? found.oneOf)[0], root, depth + 1);
    case "moment":
      return new Date(Math.ceil(Date.now() / 60_000) * 60_000).toISOString();
    case "text":
      return "x".repeat(found.minLength ?? 0);
    case "whole":
    case "decimal":
      return Math.min(found.maximum ?? 0, Math.max(found.minimum ?? 0, 0));
    case "truth":
      return false;
    case "list":
      return Array.from({ length: Math.max(1, found.minItems ?? 1) }, () => exampleOf(found.items, root, depth + 1));
    case "object":
      return Object.fromEntries(membersOf(found).required.map((name) => [name, exampleOf(found.properties?.[name], root, depth + 1)]));
    default:
      return null;
  }
}

/** The schema of what lies at a path; null where the schema does not know it. @param {Schema} root @param {Path} path @returns {Schema | null} */
export function schemaAt(root, path) {
  let found = resolved(root, root);
  for (const step of path) {
    const next = typeof step === "number" ? found.items : found.properties?.[step];
    if (!next) return null;
    found = resolved(next, root);
  }
  return found;
}

/** @param {string | number} step */
const escaped = (step) => String(step).replace(/~/g, "~0").replace(/\//g, "~1");

/** @param {Path} path */
export const pointerOf = (path) => path.map((step) => `/${escaped(step)}`).join("");

/** What lies at a path. @param {any} value @param {Path} path @returns {any} */
export const at = (value, path) => path.reduce((found, step) => found?.[step], value);

/** The value with another at the path; undefined takes it away. Nothing is changed in place. @param {any} value @param {Path} path @param {any} next @returns {any} */
export function withAt(value, path, next) {
  if (!path.length) return next;
  const [step, ...rest] = path;
  if (typeof step === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    const made = withAt(list[step], rest, next);
    if (made === undefined) list.splice(step, 1);
    else list[step] = made;
    return list;
  }
  const { [step]: old, ...others } = value ?? {};
  const made = withAt(old, rest, next);
  if (made === undefined) return others;
  return step in (value ?? {}) ? { ...value, [step]: made } : { ...others, [step]: made };
}

/** What a schema demands of a part, in a few words. @param {Schema} part resolved @returns {string[]} */
export function limitsOf(part) {
  const told = [];
  if (part.maxLength !== undefined) told.push(t("at most {n} characters", { n: part.maxLength }));
  if (part.minimum !== undefined && part.minimum > -(2 ** 31)) told.push(t("at least {n}", { n: part.minimum }));
  if (part.maximum !== undefined && part.maximum < 2 ** 31 - 1) told.push(t("at most {n}", { n: part.maximum }));
  if (part.multipleOf !== undefined) told.push(t("in steps of {n}", { n: part.multipleOf }));
  if (part.minItems > 1) told.push(t("at least {n} elements", { n: part.minItems }));
  if (part.maxItems !== undefined) told.push(t("at most {n} elements", { n: part.maxItems }));
  return told;
}

/** What a part is, in a word. @param {Schema} part resolved */
export function kindWord(part) {
  const words = {
    object: t("object"), list: t("list"), choice: t("one of several"), enum: t("one of a list"), moment: t("point in time"), text: t("text"),
    whole: t("whole number"), decimal: t("number"), truth: t("yes or no"), any: t("anything"),
  };
  return words[kindOf(part)];
}

/** A description as OCPP's schemas have it, without what only their makers read. @param {unknown} text */
export const plain = (text) => String(text ?? "").replace(/urn:\S+\s*/g, "").replace(/\r/g, "").replace(/\s*\n\s*/g, "\n").trim();

/** Everything that is wrong with a value, in the order of the form. @param {any} value @param {Schema | undefined} part @param {Schema} root @param {Path} [path] @returns {Violation[]} */
export function violations(value, part, root, path = []) {
  const found = resolved(part, root);
  const wrong = (/** @type {string} */ detail) => [{ pointer: pointerOf(path), detail }];
  switch (kindOf(found)) {
    case "choice": {
      const tried = (found.anyOf ?? found.oneOf).map((/** @type {Schema} */ way) => violations(value, way, root, path));
      return tried.some((/** @type {Violation[]} */ told) => !told.length) ? [] : tried[0];
    }
    case "enum":
      return found.enum.includes(value) ? [] : wrong(t("is not one of the words that OCPP allows here"));
    case "moment":
      return typeof value === "string" && MOMENT.test(value) && !Number.isNaN(Date.parse(value)) ? [] : wrong(t("is not a point in time with its zone"));
    case "text":
      return typeof value !== "string" ? wrong(t("is not a text")) : length(value, found, wrong);
    case "whole":
      return Number.isInteger(value) ? range(value, found, wrong) : wrong(t("is not a whole number"));
    case "decimal":
      return typeof value === "number" && Number.isFinite(value) ? range(value, found, wrong) : wrong(t("is not a number"));
    case "truth":
      return typeof value === "boolean" ? [] : wrong(t("is neither true nor false"));
    case "list":
      if (!Array.isArray(value)) return wrong(t("is not a list"));
      if (value.length < (found.minItems ?? 0)) return wrong(t("has fewer than {n} elements", { n: found.minItems }));
      if (value.length > (found.maxItems ?? Infinity)) return wrong(t("has more than {n} elements", { n: found.maxItems }));
      return value.flatMap((element, place) => violations(element, found.items, root, [...path, place]));
    case "object":
      return object(value, found, root, path, wrong);
    default:
      return [];
  }
}

/** @param {any} value @param {Schema} part @param {Schema} root @param {Path} path @param {(detail: string) => Violation[]} wrong @returns {Violation[]} */
function object(value, part, root, path, wrong) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return wrong(t("is not an object"));
  const told = [];
  for (const name of part.required ?? []) {
    if (!(name in value)) told.push({ pointer: pointerOf([...path, name]), detail: t("is missing") });
  }
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(part.properties ?? {}, name) ? part.properties[name] : undefined;
    if (known) told.push(...violations(member, known, root, [...path, name]));
    else if (part.additionalProperties === false) told.push({ pointer: pointerOf([...path, name]), detail: t("is not known here") });
  }
  return told;
}

/** @param {string} value @param {Schema} part @param {(detail: string) => Violation[]} wrong */
function length(value, part, wrong) {
  const characters = [...value].length;
  if (characters > (part.maxLength ?? Infinity)) return wrong(t("is longer than {n} characters", { n: part.maxLength }));
  return characters < (part.minLength ?? 0) ? wrong(t("is shorter than {n} characters", { n: part.minLength })) : [];
}

/** @param {number} value @param {Schema} part @param {(detail: string) => Violation[]} wrong */
function range(value, part, wrong) {
  if (value < (part.minimum ?? -Infinity)) return wrong(t("is less than {n}", { n: part.minimum }));
  if (value > (part.maximum ?? Infinity)) return wrong(t("is more than {n}", { n: part.maximum }));
  const steps = part.multipleOf ? value / part.multipleOf : 0;
  return Math.abs(steps - Math.round(steps)) > 1e-6 ? wrong(t("has more decimals than OCPP allows here")) : [];
}

const MOMENT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

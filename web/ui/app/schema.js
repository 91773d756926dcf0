// @ts-check
/** From a JSON schema to a first payload an operator can fill in: what is required, with plausible values. */

/** @param {any} schema @returns {any} */
export function exampleOf(schema) {
  return made(schema, schema, 0);
}

/** @param {any} part @param {any} root @param {number} depth @returns {any} */
function made(part, root, depth) {
  if (!part || depth > 6) return null;
  if (part.$ref) return made(resolved(part.$ref, root), root, depth + 1);
  if (part.default !== undefined) return part.default;
  if (part.enum) return part.enum[0];
  switch (Array.isArray(part.type) ? part.type[0] : part.type) {
    case "string":
      return part.format === "date-time" ? new Date().toISOString() : "";
    case "integer":
    case "number":
      return part.minimum ?? 0;
    case "boolean":
      return false;
    case "array":
      return (part.minItems ?? 0) > 0 || depth > 0 ? [made(part.items, root, depth + 1)] : [];
    default:
      return Object.fromEntries((part.required ?? []).map((/** @type {string} */ name) => [name, made(part.properties?.[name], root, depth + 1)]));
  }
}

/** @param {string} reference @param {any} root */
function resolved(reference, root) {
  return reference.replace(/^#\//, "").split("/").reduce((found, name) => found?.[name], root);
}

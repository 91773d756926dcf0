// @ts-check
/** One operation: what it is for, who may, what goes in and comes out, and a form to try it. */
import { element, prose, table } from "./dom.js";
import { exampleOf, kindOf, limitsOf, resolved, schemaView } from "./schema.js";
import { curlOf, send } from "./send.js";
import { t } from "./words.js";

/** @typedef {{path: string, method: string, id: string, summary: string, group: string, raw: any}} Operation */
/** @typedef {{token: () => string, csrf: () => string | null, scopes: () => string[] | null}} Caller */

/** @param {Operation} operation @param {any} document @param {Caller} caller */
export function operationView(operation, document, caller) {
  const { raw, method, path } = operation;
  const parameters = (raw.parameters ?? []).map((/** @type {any} */ each) => resolved(each, document));
  const title = element("h1", { tabindex: "-1", lang: "en" }, operation.summary);
  const made = element(
    "article",
    {},
    element("p", { class: "address" }, element("span", { class: `method ${method.toLowerCase()}` }, method), element("code", {}, path)),
    title,
    raw.description && prose(raw.description),
  );
  if (parameters.length) {
    const rows = parameters.map((/** @type {any} */ each) => [
      element("code", {}, each.name),
      each.in + (each.required ? ", required" : ""),
      [kindOf(each.schema, document), limitsOf(each.schema)].filter(Boolean).join(", "),
      each.description ?? each.schema.description ?? "",
    ]);
    made.append(element("h2", {}, t("Parameters")), table(t("Parameters"), [t("Name"), t("Where"), t("Kind"), t("Meaning")], rows));
  }
  for (const [media, content] of Object.entries(raw.requestBody?.content ?? {})) {
    made.append(element("h2", {}, t("Body")), element("p", { class: "quiet" }, media), schemaView(content.schema, document));
  }
  made.append(tryView(operation, parameters, document, caller), element("h2", {}, t("Answers")), ...answers(raw, document));
  return { made, title };
}

/** @param {any} raw @param {any} document @returns {HTMLElement[]} */
function answers(raw, document) {
  return Object.entries(raw.responses).map(([status, given]) => {
    const response = resolved(given, document);
    const isGood = status.startsWith("2") || status.startsWith("3");
    const [first, ...rest] = String(response.description).split("\n");
    const made = element("details", { class: "answer", ...(status.startsWith("2") ? { open: "" } : {}) });
    const head = isGood ? element("span", { lang: "en" }, first) : rest.length ? t("{n} types of problem", { n: rest.length + 1 }) : t("1 type of problem");
    made.append(element("summary", {}, element("b", { class: isGood ? "good" : "bad" }, status), " ", head));
    if (!isGood) made.append(element("ul", { class: "problems", lang: "en" }, ...[first, ...rest].map((line) => element("li", {}, ...coded(line.replace(/^- /, ""))))));
    for (const [media, content] of Object.entries(response.content ?? {})) {
      if (isGood) made.append(element("p", { class: "quiet" }, media), schemaView(content.schema, document));
    }
    const headers = Object.entries(response.headers ?? {});
    if (headers.length) {
      const rows = headers.map(([name, header]) => [element("code", {}, name), resolved(header, document).description]);
      made.append(element("details", {}, element("summary", {}, t("Headers")), table(t("Headers of {status}", { status }), [t("Name"), t("Meaning")], rows)));
    }
    return made;
  });
}

/** @param {string} text */
const coded = (text) => text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

/** The form. @param {Operation} operation @param {any[]} parameters @param {any} document @param {Caller} caller */
function tryView(operation, parameters, document, caller) {
  const { raw, method, path } = operation;
  const form = /** @type {HTMLFormElement} */ (element("form", { class: "try" }));
  for (const parameter of parameters) form.append(field(parameter, document));
  const success = Object.entries(raw.responses).find(([status]) => status.startsWith("2"))?.[1];
  const media = Object.keys(resolved(success, document)?.content ?? {});
  if (media.length > 1) form.append(labelled("Accept", choice("Accept", media, "header", true)));
  const [bodyMedia, body] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
  const area = /** @type {HTMLTextAreaElement} */ (element("textarea", { spellcheck: "false", rows: "8" }));
  if (body) {
    area.value = bodyMedia === "application/json" ? JSON.stringify(exampleOf(body.schema, document), null, 2) : "";
    form.append(labelled(t("Body ({media})", { media: bodyMedia }), area, "wide"));
  }
  const isOpen = raw.security?.length === 0;
  const streams = media.includes("text/event-stream");
  const curl = element("pre", { class: "curl", tabindex: "0", "aria-label": t("The same as a line for a shell") });
  const copy = element("button", { class: "button", type: "button" }, t("Copy as curl"));
  const go = /** @type {HTMLButtonElement} */ (element("button", { class: "button primary" }, t("Send {method}", { method })));
  const note = element("p", { class: "quiet" });
  const answer = element("div", { class: "came" });
  const request = () => requestOf(method, path, form, body ? [bodyMedia, area.value] : undefined);
  const redraw = () => {
    curl.textContent = curlOf(request(), isOpen, streams);
    const scopes = caller.scopes();
    const missing = !isOpen && !caller.token() && (scopes === null || (raw["x-scope"] && !scopes.includes(raw["x-scope"]) && !scopes.includes("admin")));
    go.disabled = Boolean(missing);
    note.textContent = !missing
      ? method === "GET"
        ? ""
        : t("This is the running system: what you send is done.")
      : scopes === null
        ? t("Sign in to the dashboard, or paste a token above, to try this here.")
        : t("You do not have the scope {scope}.", { scope: raw["x-scope"] });
  };
  form.append(element("div", { class: "buttons" }, go, copy, note));
  form.addEventListener("input", redraw);
  globalThis.document.addEventListener("caller", redraw);
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(curl.textContent ?? "");
    copy.textContent = t("Copied");
    setTimeout(() => (copy.textContent = t("Copy as curl")), 1500);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(request(), { token: caller.token(), csrf: caller.csrf() }, answer);
  });
  redraw();
  return element("section", { "aria-label": t("Try it") }, element("h2", {}, t("Try it")), form, curl, answer);
}

/** @param {string} text @param {HTMLElement} input @param {string} [kind] */
const labelled = (text, input, kind = "") => element("label", { class: kind }, element("span", {}, text), input);

/** @param {string} name @param {string[]} values @param {string} place @param {boolean} [required] */
function choice(name, values, place, required = false) {
  const options = values.map((value) => element("option", { value }, value));
  return element("select", { name, "data-in": place }, !required && element("option", { value: "" }, ""), ...options);
}

/** @param {any} parameter @param {any} document */
function field(parameter, document) {
  const schema = resolved(parameter.schema, document);
  const values = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
  const attributes = { name: parameter.name, "data-in": parameter.in, autocomplete: "off", ...(parameter.required ? { required: "" } : {}) };
  const input = values ? choice(parameter.name, values, parameter.in, parameter.required) : element("input", attributes);
  return labelled(parameter.required ? t("{name} (required)", { name: parameter.name }) : parameter.name, input);
}

/** @param {string} method @param {string} path @param {HTMLFormElement} form @param {[string, string] | undefined} body @returns {import("./send.js").Request} */
function requestOf(method, path, form, body) {
  const query = new URLSearchParams();
  /** @type {Record<string, string>} */
  const headers = {};
  let url = path;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-in]"))) {
    if (input.dataset.in === "path") url = url.replace(`{${input.name}}`, input.value ? encodeURIComponent(input.value) : `{${input.name}}`);
    else if (!input.value) continue;
    else if (input.dataset.in === "header") headers[input.name] = input.value;
    else query.set(input.name, input.value);
  }
  if (body?.[1]) headers["Content-Type"] = body[0];
  const asked = String(query);
  return { method, url: asked ? `${url}?${asked}` : url, headers, body: body?.[1] || undefined };
}

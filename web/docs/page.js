// @ts-check
/** The API's page: reads openapi.json, lists the operations, and sends a request where one is asked for. */

const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const find = /** @type {HTMLInputElement} */ (document.getElementById("find"));
const list = /** @type {HTMLElement} */ (document.getElementById("operations"));

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A schema with what it refers to written out, so that it can be read at a glance. @param {any} schema @param {any} document @param {number} depth @returns {any} */
function written(schema, document, depth = 0) {
  if (schema?.$ref) {
    const name = schema.$ref.split("/").pop();
    return depth > 3 ? name : written(document.components.schemas[name], document, depth + 1);
  }
  if (Array.isArray(schema)) return schema.map((member) => written(member, document, depth));
  if (schema && typeof schema === "object") {
    return Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, written(member, document, depth)]));
  }
  return schema;
}

/** @param {string} method @param {string} path @param {any} operation @param {HTMLElement} form @param {HTMLElement} answer */
async function send(method, path, operation, form, answer) {
  const query = new URLSearchParams();
  let url = path;
  for (const input of form.querySelectorAll("input")) {
    if (input.dataset.in === "path") url = url.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(input.name, input.value);
  }
  if (String(query)) url += `?${query}`;
  /** @type {Record<string, string>} */
  const headers = {};
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  else if (method !== "get") {
    const me = await fetch("/api/v1/me");
    if (me.ok) headers["X-Voltaro-CSRF"] = (await me.json()).csrf;
  }
  const area = form.querySelector("textarea");
  if (area && area.value) headers["Content-Type"] = Object.keys(operation.requestBody.content)[0];
  const response = await fetch(url, { method: method.toUpperCase(), headers, body: area?.value || undefined });
  if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    answer.textContent = `${response.status}: a stream; read it with EventSource or curl -N.`;
    return;
  }
  const text = await response.text();
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    shown = text;
  }
  answer.textContent = `${response.status} ${response.statusText}\n${shown}`;
}

/** @param {string} method @param {string} path @param {any} operation @param {any} document */
function operationView(method, path, operation, document) {
  const form = element("form", {});
  for (const parameter of operation.parameters ?? []) {
    const input = element("input", { name: parameter.name, "data-in": parameter.in, ...(parameter.required ? { required: "" } : {}) });
    form.append(element("label", {}, `${parameter.name} `, input));
  }
  const body = operation.requestBody?.content;
  if (body) {
    const schema = Object.values(body)[0].schema;
    form.append(element("pre", {}, JSON.stringify(written(schema, document), null, 2)), element("textarea", { "aria-label": "Body" }));
  }
  form.append(element("button", {}, "Send"));
  const answer = element("pre", { hidden: "", "aria-live": "polite" });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "...";
    send(method, path, operation, form, answer).catch((error) => (answer.textContent = String(error)));
  });
  const good = Object.entries(operation.responses).find(([status]) => status !== "default")?.[1];
  const schema = good?.content?.["application/json"]?.schema;
  const made = element(
    "details",
    {},
    element("summary", {}, element("span", { class: "method" }, method.toUpperCase()), element("span", { class: "path" }, path), ` ${operation.summary}`),
    element("p", {}, operation.description ?? ""),
    form,
    answer,
  );
  if (schema) made.append(element("details", {}, element("summary", {}, "Answer"), element("pre", {}, JSON.stringify(written(schema, document), null, 2))));
  return made;
}

const document_ = await (await fetch("/api/v1/openapi.json")).json();
/** @type {HTMLElement} */ (document.getElementById("about")).textContent = `${document_.info.version}. ${document_.info.description}`;
for (const [path, methods] of Object.entries(document_.paths)) {
  for (const [method, operation] of Object.entries(methods)) list.append(operationView(method, path, operation, document_));
}
find.addEventListener("input", () => {
  for (const made of list.children) {
    const summary = made.querySelector("summary")?.textContent?.toLowerCase() ?? "";
    /** @type {HTMLElement} */ (made).hidden = !summary.includes(find.value.toLowerCase());
  }
});

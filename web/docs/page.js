// @ts-check
/** The API's page: reads openapi.json, lists the operations by group, shows one at a time, and lets it be tried. */
import { element, prose, table } from "./dom.js";
import { operationView } from "./operation.js";
import { t } from "./words.js";

/** @typedef {import("./operation.js").Operation} Operation */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const token = /** @type {HTMLInputElement} */ (byId("token"));
const find = /** @type {HTMLInputElement} */ (byId("find"));
const [menu, main, who, toggle] = [byId("menu"), byId("main"), byId("who"), byId("toggle")];

/** Who is signed in; null while nobody is. @type {{name: string, scopes: string[], csrf: string | null} | null} */
let me = null;
/** @type {import("./operation.js").Caller} */
const caller = { token: () => token.value.trim(), csrf: () => me?.csrf ?? null, scopes: () => me?.scopes ?? null };

for (const one of document.querySelectorAll("[data-say]")) one.textContent = t(one.textContent ?? "");
token.placeholder = t("vlt_..., or as signed in");
find.placeholder = t("session, POST, tags:write");
byId("operations").setAttribute("aria-label", t("Operations"));

const told = await (await fetch("/api/v1/openapi.json")).json();
/** @type {Operation[]} */
const operations = Object.entries(told.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, raw]) => ({
    path,
    method: method.toUpperCase(),
    id: raw.operationId,
    summary: raw.summary,
    group: raw.tags[0],
    raw,
  })),
);
byId("version").textContent = `API ${told.info.version}`;

function drawMenu() {
  const wanted = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const here = decodeURIComponent(location.hash.slice(1));
  const groups = told.tags.map((/** @type {{name: string}} */ tag) => {
    const found = operations.filter(
      (each) => each.group === tag.name && wanted.every((text) => `${each.method} ${each.path} ${each.id} ${each.summary} ${each.raw["x-scope"] ?? ""}`.toLowerCase().includes(text)),
    );
    if (!found.length) return null;
    const links = found.map((each) =>
      element(
        "li",
        {},
        element(
          "a",
          { href: `#${each.id}`, ...(each.id === here ? { "aria-current": "page" } : {}) },
          element("span", { class: `method ${each.method.toLowerCase()}` }, each.method),
          element("span", { class: "path" }, each.path.replace("/api/v1", "")),
        ),
      ),
    );
    const opened = wanted.length || found.some((each) => each.id === here);
    return element("details", opened ? { open: "" } : {}, element("summary", {}, element("span", { lang: "en" }, tag.name), element("span", { class: "quiet" }, ` ${found.length}`)), element("ul", {}, ...links));
  });
  const drawn = groups.filter(Boolean);
  menu.replaceChildren(...(drawn.length ? drawn : [element("p", { class: "quiet" }, t("No operation has that in its address, name or scope."))]));
}

function overview() {
  const groups = told.tags.map((/** @type {any} */ tag) => [tag.name, prose(tag.description.replaceAll("``", "`")), String(operations.filter((each) => each.group === tag.name).length)]);
  const problems = told["x-problem-types"].map((/** @type {any} */ kind) => [
    element("code", {}, kind.type.replace("urn:voltaro:problem:", "")),
    kind.statuses.join(", "),
    kind.fault,
    kind.meaning,
  ]);
  const title = element("h1", { tabindex: "-1" }, t("Voltaro API"));
  const made = element(
    "article",
    {},
    title,
    prose(told.info.description),
    element("h2", {}, t("Groups")),
    table(t("Groups of operations"), [t("Group"), t("What it is for"), t("Operations")], groups),
    element("h2", {}, t("Problems")),
    prose("`type` of a problem is `urn:voltaro:problem:` and one of these. Fault says who has to do something: the caller, the server, the charger; or nobody, since the request does not fit how things stand (state)."),
    table(t("Types of problems"), [t("Slug"), t("Status"), t("Fault"), t("Meaning")], problems),
  );
  return { made, title };
}

/** @param {boolean} [first] */
function draw(first = false) {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id === "main") return;
  const operation = operations.find((each) => each.id === id);
  const { made, title } = operation ? operationView(operation, told, caller) : overview();
  document.title = operation ? `${operation.method} ${operation.path} - Voltaro API` : "Voltaro API";
  main.replaceChildren(made);
  drawMenu();
  showMenu(false);
  if (!first) {
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
}

/** @param {boolean} open On a phone the menu is shown only when asked for. */
function showMenu(open) {
  toggle.setAttribute("aria-expanded", String(open));
  menu.classList.toggle("open", open);
}

async function recognise() {
  const response = await fetch("/api/v1/me");
  me = response.ok ? await response.json() : null;
  showWho();
}

function showWho() {
  who.textContent = token.value.trim() ? t("asking by token") : me ? t("signed in as {name}", { name: me.name }) : t("not signed in");
  document.dispatchEvent(new Event("caller"));
}

token.addEventListener("input", showWho);
find.addEventListener("input", () => {
  drawMenu();
  showMenu(Boolean(find.value));
});
toggle.addEventListener("click", () => showMenu(toggle.getAttribute("aria-expanded") !== "true"));
addEventListener("hashchange", () => draw());
draw(true);
await recognise();

// @ts-check
/** The menu of a list's saved views: choose one, keep what is shown now, change or remove one. */
import { useRef, useState } from "preact/hooks";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { isolated } from "./isolated.js";
import { t } from "./languages.js";
import { place } from "./router.js";
import { areEnough, cleanName, keepView, LONGEST_NAME, MOST_VIEWS, queryOfView, removeView, renameView, urlOfView, viewCalled, views, viewsAreKept } from "./saved-views.js";
import { Copy, notify } from "./widgets.js";

/** @import { View } from "./saved-views.js" */

/** @param {{of: string[]}} props ``of``: the members of the address's query that make a view of this list */
export function ViewMenu({ of }) {
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const [isOpen, setOpen] = useState(false);
  const { path } = place.value;
  const query = queryOfView(of);
  const mine = views.value.filter((view) => view.path === path);
  const present = mine.find((view) => view.query === query);
  const toggled = (/** @type {any} */ event) => {
    setOpen(event.newState === "open");
    if (event.newState === "open") requestAnimationFrame(() => /** @type {HTMLElement | null | undefined} */ (menu.current?.querySelector("[aria-current], a, input"))?.focus());
  };
  return html`<button class="button view-button" data-views popovertarget="views" aria-expanded=${isOpen} aria-label=${present ? t("Saved views: {name}", { name: isolated(present.name) }) : t("Saved views")}>
      <${Icon} name="bookmark" />${present ? html`<bdi class="clip">${present.name}</bdi>` : html`<span class="hide-narrow">${t("Views")}</span>`}</button>
    <div id="views" class="card menu-popover view-menu" popover="auto" role="dialog" aria-label=${t("Saved views")} ref=${menu} onToggle=${toggled}>
      ${isOpen && html`<${Menu} path=${path} query=${query} mine=${mine} present=${present} close=${() => menu.current?.hidePopover()} />`}
    </div>`;
}

/** @param {{path: string, query: string, mine: View[], present: View | undefined, close: () => void}} props */
function Menu({ path, query, mine, present, close }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [changing, setChanging] = useState("");
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (!step || !(event.target instanceof HTMLAnchorElement)) return;
    const links = [...(list.current?.querySelectorAll("a") ?? [])];
    links[links.indexOf(event.target) + step]?.focus();
    event.preventDefault();
  };
  return html`
    ${mine.length > 0 && html`<ul ref=${list} aria-label=${t("Saved views")} onKeyDown=${walk}>${mine.map((view) => html`<li key=${view.name} data-view=${view.name}>
      <span class="view-line"><a href=${urlOfView(view)} aria-current=${view === present ? "true" : undefined} onClick=${close}>${view === present && html`<${Icon} name="check" />`}<bdi>${view.name}</bdi></a>
        <${Copy} text=${location.origin + urlOfView(view)} label=${t("Copy the link of {name}", { name: isolated(view.name) })} />
        <button type="button" class="icon-button" aria-expanded=${changing === view.name} aria-label=${t("Change the view {name}", { name: isolated(view.name) })} title=${t("Change")} onClick=${() => setChanging(changing === view.name ? "" : view.name)}><${Icon} name="edit" /></button></span>
      ${changing === view.name && html`<${Change} view=${view} query=${query} done=${() => { setChanging(""); list.current?.closest("[popover]")?.querySelector("a")?.focus(); }} />`}</li>`)}</ul>`}
    ${mine.length === 0 && html`<p class="quiet"><b>${t("No views yet")}</b>${t("A view is what the list shows now, under a name: its filters, its order, its shape. It is then one click away, here and with Ctrl K, and its link shows others the same.")}</p>`}
    ${query === "" ? html`<p class="quiet">${t("Filter or sort the list, then keep here what it shows.")}</p>` : !present && html`<${Keep} path=${path} query=${query} />`}
    ${!viewsAreKept.value && html`<p class="warning"><${Icon} name="alert" />${t("This browser keeps nothing: the views are gone when the page is left. Their links stay good.")}</p>`}`;
}

/** @param {{path: string, query: string}} props */
function Keep({ path, query }) {
  const [text, setText] = useState("");
  const name = cleanName(text);
  const replaces = viewCalled(path, name);
  if (!replaces && areEnough()) return html`<p class="quiet">${t("No more than {n} views are kept: remove one, or change one to what is shown now.", { n: MOST_VIEWS })}</p>`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!name) return;
    keepView({ name, path, query });
    notify(t("The view {name} is kept in this browser.", { name: isolated(name) }));
  };
  return html`<form class="view-form" onSubmit=${submit}>
    <label>${t("Keep what is shown as")}<input value=${text} required maxlength=${LONGEST_NAME} autocomplete="off" dir="auto" onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>
    <button class="button primary">${replaces ? t("Replace") : t("Keep")}</button></form>`;
}

/** @param {{view: View, query: string, done: () => void}} props */
function Change({ view, query, done }) {
  const [text, setText] = useState(view.name);
  const name = cleanName(text);
  const isTaken = name !== view.name && Boolean(viewCalled(view.path, name));
  const rename = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!name || isTaken) return;
    if (name !== view.name) renameView(view, name);
    done();
  };
  const act = (/** @type {() => void} */ work) => () => {
    work();
    done();
  };
  return html`<form class="view-form" onSubmit=${rename}>
    <label>${t("Name")}<input value=${text} required autofocus maxlength=${LONGEST_NAME} autocomplete="off" dir="auto" aria-invalid=${isTaken || undefined} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>
    <button class="button" disabled=${!name || isTaken}>${t("Rename")}</button>
    <p class="form-error" role="alert">${isTaken ? t("Another view has this name.") : ""}</p>
    <span class="button-row"><button type="button" class="button small" disabled=${query === "" || query === view.query} onClick=${act(() => keepView({ ...view, query }))}>${t("Replace by what is shown")}</button>
      <button type="button" class="button small danger" onClick=${act(() => removeView(view))}><${Icon} name="trash" />${t("Remove")}</button></span></form>`;
}

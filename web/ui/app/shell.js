// @ts-check
/** The frame around every page: menu, connection state, theme, who is signed in. */
import { useEffect, useState } from "preact/hooks";
import { DemoBanner } from "./demo-banner.js";
import { count, power } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { overlay, startKeys } from "./keys.js";
import { isKiosk } from "./kiosk-mode.js";
import { t } from "./languages.js";
import { LivePill } from "./live-pill.js";
import { isForOthers, menu, menuEntries } from "./menu.js";
import { route } from "./pages.js";
import { whenLoaded } from "./part.js";
import { Preferences } from "./preferences.js";
import { place } from "./router.js";
import { startStore, summary } from "./store.js";
import { Empty, Later, Loading, Notices, Trouble } from "./widgets.js";

export function Shell() {
  useEffect(startStore, []);
  useEffect(startKeys, []);
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [place.value.path]);
  if (isKiosk.value) return html`<${Later} load=${() => import("./kiosk.js")} part="Kiosk" /><${Notices} /><${Over} />`;
  return html`<div class="shell">
    <a class="skip" href="#main">${t("Skip to content")}</a>
    <aside class="side" aria-label=${t("Menu and state")}>
      <a class="brand" href="/"><${Mark} /><b>Voltaro</b></a>
      <button class="find" onClick=${() => (overlay.value = "palette")} aria-label=${t("Go to or do")}><${Icon} name="search" /><span>${t("Go to or do")}</span><kbd>Ctrl K</kbd></button>
      <nav aria-label=${t("Main")} data-open=${open}>
        ${menu.value.map(
          (group) => html`<div class="menu-group" key=${group.word}><h2>${t(group.word)}</h2>
            ${group.entries.map(
              ({ section, path, icon, word, main }) => html`<a key=${section} class=${main ? "" : "minor"} href=${path} aria-current=${route.value.section === section ? "page" : undefined}>
                <${Icon} name=${icon} /><span>${t(word)}</span><${MenuCount} section=${section} /></a>`,
            )}</div>`,
        )}
        <button class="more" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name=${open ? "close" : "list"} /><span>${open ? t("Close") : t("More")}</span></button>
      </nav>
      <div class="side-foot"><${LivePill} /><${Preferences} /></div>
    </aside>
    <main id="main" tabindex="-1"><${DemoBanner} /><${PageHere} /></main>
    <${Notices} />
    <${Over} />
  </div>`;
}

/** What lies over the page. */
function Over() {
  if (!overlay.value) return null;
  return html`<${Later} key=${overlay.value} load=${() => import("./palette.js")} part=${overlay.value === "palette" ? "Palette" : "KeyHelp"} />`;
}

/** The mark: a bolt in a ring. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <circle cx="12" cy="12" r="10" /><path d="M13.2 4.500 7 13.200h4.300L10.600 19.500 17 10.600h-4.400z" />
  </svg>`;
}

/** @param {{section: string}} props */
function MenuCount({ section }) {
  const { total, sessions } = summary.value;
  const number = section === "chargers" ? total : section === "sessions" ? sessions : 0;
  return number ? html`<small class="menu-count">${count(number)}</small>` : null;
}

/** The page of the present route, its module loaded when first seen. */
function PageHere() {
  const { load, params, key } = route.value;
  const [page, setPage] = useState(/** @type {{key: string, view: any, error?: unknown}} */ ({ key: "", view: null }));
  useEffect(() => (load ? whenLoaded(load, (module) => setPage({ key, view: module.default }), (error) => setPage({ key, view: null, error })) : undefined), [key]);
  useEffect(() => {
    const { total, power_w: watts } = summary.value;
    const entry = menuEntries.value.find(({ section }) => section === route.value.section);
    const what = params.id ?? (entry ? t(entry.word) : t("Not found"));
    document.title = total && route.value.section === "overview" ? `${power(watts)} · Voltaro` : `${what} · Voltaro`;
  }, [place.value.path, summary.value]);
  if (!load) return html`<${Empty} icon="help" title=${t("There is no such page")}><a href="/">${t("Go to the overview")}</a><//>`;
  if (isForOthers(route.value.section)) return html`<div class="page"><header class="page-head"><h1>${t("This page is not for your role")}</h1></header><p class="quiet">${t("Ask an administrator of this server, or for another role.")}</p><p><a href="/">${t("Go to the overview")}</a></p></div>`;
  if (page.error && page.key === key) return html`<${Trouble} error=${page.error} again=${() => location.reload()} />`;
  if (page.key !== key || !page.view) return html`<${Loading} lines=${6} />`;
  return html`<${page.view} key=${place.value.path} ...${params} />`;
}

// @ts-check
/** The frame around every page: menu, connection state, theme, who is signed in. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "./api.js";
import { DemoBanner } from "./demo-banner.js";
import { count, now, power, time } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { liveState } from "./live.js";
import { route } from "./pages.js";
import { place } from "./router.js";
import { startStore, summary } from "./store.js";
import { nextTheme, theme } from "./theme.js";
import { attempt, Empty, Loading, Notices, Trouble } from "./widgets.js";

/** @type {[string, string, string, string][]} */
const MENU = [
  ["overview", "/", "home", "Overview"],
  ["chargers", "/chargers", "charger", "Chargers"],
  ["sessions", "/sessions", "bolt", "Sessions"],
  ["tags", "/tags", "tag", "Tags"],
  ["dead-letters", "/dead-letters", "alert", "Dead letters"],
  ["actors", "/actors", "tree", "Actors"],
  ["simulator", "/simulator", "car", "Simulator"],
  ["system", "/system", "gear", "System"],
];

export function Shell() {
  useEffect(startStore, []);
  return html`<div class="shell">
    <a class="skip" href="#main">Skip to content</a>
    <aside class="side">
      <a class="brand" href="/"><${Mark} /><b>Voltaro</b></a>
      <nav aria-label="Main">
        ${MENU.filter(([section]) => section !== "simulator" || me.value?.simulator).map(
          ([section, path, icon, word]) => html`<a key=${section} href=${path} aria-current=${route.value.section === section ? "page" : undefined}>
            <${Icon} name=${icon} /><span>${word}</span><${MenuCount} section=${section} />
          </a>`,
        )}
      </nav>
      <div class="side-foot"><${LivePill} /><${Who} /></div>
    </aside>
    <main id="main" tabindex="-1"><${DemoBanner} /><${PageHere} /></main>
    <${Notices} />
  </div>`;
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

/** Whether what is on the screen is live, and if not, since when. */
function LivePill() {
  const { state, since } = liveState.value;
  const away = Math.round((now.value - since) / 1000);
  if (state === "live") return html`<span class="pill live" role="status" title="Every change arrives by itself"><i></i>Live</span>`;
  if (state === "connecting" && away < 5) return html`<span class="pill" role="status"><i></i>Connecting</span>`;
  if (away < 20) return html`<span class="pill wait" role="status"><i></i>Reconnecting</span>`;
  return html`<span class="pill stale" role="status" title="The server cannot be reached; figures are from then"><i></i>Stale since ${time(new Date(since).toISOString())}</span>`;
}

function Who() {
  const leave = () =>
    attempt(async () => {
      await api.logout();
      me.value = null;
      location.assign("/");
    });
  const icons = { auto: "auto", light: "sun", dark: "moon" };
  return html`<div class="who">
    <span class="who-name" title=${me.value?.role}><${Icon} name="user" /><span>${me.value?.name}<small>${me.value?.role}</small></span></span>
    <button class="icon-button" onClick=${nextTheme} title=${`Theme: ${theme.value}`} aria-label=${`Theme: ${theme.value}. Change`}><${Icon} name=${icons[theme.value]} /></button>
    <button class="icon-button" onClick=${leave} title="Sign out" aria-label="Sign out"><${Icon} name="exit" /></button>
  </div>`;
}

/** The page of the present route, its module loaded when first seen. */
function PageHere() {
  const { load, params, key } = route.value;
  const [page, setPage] = useState(/** @type {{key: string, view: any, error?: unknown}} */ ({ key: "", view: null }));
  useEffect(() => {
    let current = true;
    load?.().then(
      (module) => current && setPage({ key, view: module.default }),
      (error) => current && setPage({ key, view: null, error }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  useEffect(() => {
    const { total, power_w: watts } = summary.value;
    const what = params.id ?? MENU.find(([section]) => section === route.value.section)?.[3] ?? "Not found";
    document.title = total && route.value.section === "overview" ? `${power(watts)} · Voltaro` : `${what} · Voltaro`;
  }, [place.value.path, summary.value]);
  if (!load) return html`<${Empty} icon="help" title="There is no such page"><a href="/">Go to the overview</a><//>`;
  if (page.error && page.key === key) return html`<${Trouble} error=${page.error} again=${() => location.reload()} />`;
  if (page.key !== key || !page.view) return html`<${Loading} lines=${6} />`;
  return html`<${page.view} key=${place.value.path} ...${params} />`;
}

// @ts-check
/** Where we are: the path and the query, kept in the browser's history. */
import { signal } from "@preact/signals";

/** @typedef {{path: string, query: URLSearchParams}} Place */

const here = () => ({ path: location.pathname.replace(/(.)\/+$/, "$1"), query: new URLSearchParams(location.search) });

/** @type {import("@preact/signals").Signal<Place>} */
export const place = signal(here());

/** @param {string} url */
export function go(url) {
  history.pushState(null, "", url);
  place.value = here();
  scrollTo(0, 0);
}

/** Set or clear members of the query; the address changes, the history does not grow. @param {Record<string, string | null | undefined>} changes */
export function setQuery(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  place.value = here();
}

/** @param {string} name */
export const queryOf = (name) => place.value.query.get(name) ?? "";

/** Take clicks on links to our own pages. */
export function startRouter() {
  addEventListener("popstate", () => (place.value = here()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (/^\/(api|metrics|livez|readyz)(\/|$)/.test(link.pathname)) return;
    event.preventDefault();
    if (link.href !== location.href) go(link.href);
  });
}

/** @param {string} id */
export const chargerPath = (id) => `/chargers/${encodeURIComponent(id)}`;

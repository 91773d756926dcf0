// @ts-check
/** Which page a path shows. A page is a module, loaded when first seen. */
import { computed } from "@preact/signals";
import { place } from "./router.js";

/** @type {[RegExp, string, () => Promise<any>][]} */
const ROUTES = [
  [/^\/$/, "overview", () => import("./pages/overview.js")],
  [/^\/chargers$/, "chargers", () => import("./pages/chargers.js")],
  [/^\/connect$/, "connect", () => import("./pages/connect.js")],
  [/^\/batches$/, "batches", () => import("./pages/batches.js")],
  [/^\/batches\/(?<id>[^/]+)$/, "batches", () => import("./pages/batch.js")],
  [/^\/chargers\/(?<id>[^/]+)$/, "chargers", () => import("./pages/charger.js")],
  [/^\/sessions$/, "sessions", () => import("./pages/sessions.js")],
  [/^\/sessions\/(?<id>\d+)$/, "sessions", () => import("./pages/session.js")],
  [/^\/messages\/(?<id>\d+)$/, "chargers", () => import("./pages/message.js")],
  [/^\/tags$/, "tags", () => import("./pages/tags.js")],
  [/^\/drivers$/, "drivers", () => import("./pages/drivers.js")],
  [/^\/drivers\/(?<id>\d+)$/, "drivers", () => import("./pages/driver.js")],
  [/^\/users$/, "users", () => import("./pages/users.js")],
  [/^\/users\/(?<id>\d+)$/, "users", () => import("./pages/user.js")],
  [/^\/tokens$/, "tokens", () => import("./pages/tokens.js")],
  [/^\/audit$/, "audit", () => import("./pages/audit.js")],
  [/^\/account$/, "account", () => import("./pages/account.js")],
  [/^\/dead-letters$/, "dead-letters", () => import("./pages/dead-letters.js")],
  [/^\/actors$/, "actors", () => import("./pages/actors.js")],
];

/** The route that fits the path: its section of the menu, its parameters, its module. */
export const route = computed(() => {
  for (const [pattern, section, load] of ROUTES) {
    const found = pattern.exec(place.value.path);
    if (found) return { section, load, params: decoded(found.groups ?? {}), key: pattern.source };
  }
  return { section: "", load: null, params: /** @type {Record<string, string>} */ ({}), key: "" };
});

/** @param {Record<string, string>} groups */
function decoded(groups) {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)];
      } catch {
        return [name, value];
      }
    }),
  );
}

// @ts-check
/** The menu: what pages there are, how they are called, and who sees them. A new page is a line here and one in `pages.js`. */
import { computed } from "@preact/signals";
import { me } from "./api.js";
import { m } from "./languages.js";

/**
 * ``key`` is pressed after ``g``; ``needs`` is a scope of the API; ``main`` stays in the bar of a phone; ``here`` says whether this
 * server has such a page.
 * @typedef {{section: string, path: string, icon: string, word: string, key?: string, needs?: string, main?: boolean,
 *   here?: (who: import("./types.d.ts").Me) => boolean}} Entry
 * @typedef {{word: string, entries: Entry[]}} Group
 */

/** @type {Group[]} */
const GROUPS = [
  {
    word: m("Operate"),
    entries: [
      { section: "overview", path: "/", icon: "home", word: m("Overview"), key: "o", main: true },
      { section: "chargers", path: "/chargers", icon: "charger", word: m("Chargers"), key: "c", main: true },
      { section: "connect", path: "/connect", icon: "plug", word: m("Connect"), key: "n" },
      { section: "batches", path: "/batches", icon: "send", word: m("Bulk work"), key: "b" },
      { section: "sites", path: "/sites", icon: "map", word: m("Sites"), key: "l" },
      { section: "sessions", path: "/sessions", icon: "bolt", word: m("Sessions"), key: "s", main: true },
    ],
  },
  {
    word: m("People"),
    entries: [
      { section: "tags", path: "/tags", icon: "tag", word: m("Tags"), key: "t", main: true },
      { section: "drivers", path: "/drivers", icon: "car", word: m("Drivers"), key: "r", needs: "drivers:read" },
      { section: "users", path: "/users", icon: "user", word: m("Users"), key: "u", needs: "admin" },
      { section: "tokens", path: "/tokens", icon: "lock", word: m("Tokens"), key: "k", needs: "admin" },
      { section: "audit", path: "/audit", icon: "list", word: m("Audit"), key: "j", needs: "admin" },
    ],
  },
  {
    word: m("System"),
    entries: [
      { section: "dead-letters", path: "/dead-letters", icon: "alert", word: m("Dead letters"), key: "d" },
      { section: "actors", path: "/actors", icon: "tree", word: m("Actors"), key: "a" },
      { section: "simulator", path: "/simulator", icon: "car", word: m("Simulator"), key: "v", here: (who) => Boolean(who.simulator) },
      { section: "system", path: "/system", icon: "gear", word: m("System"), key: "y" },
    ],
  },
];

/** Whether who is signed in may do what a page needs. @param {Entry} entry */
const isAllowed = (entry) => {
  const scopes = me.value?.scopes ?? [];
  return !entry.needs || scopes.includes(entry.needs) || scopes.includes("admin");
};

/** Whether the pages of a section are for somebody else. @param {string} section */
export const isForOthers = (section) => GROUPS.some((group) => group.entries.some((entry) => entry.section === section && !isAllowed(entry)));

/** The groups with what who is signed in may see. */
export const menu = computed(() => {
  const seen = (/** @type {Entry} */ entry) => (!entry.here || (me.value && entry.here(me.value))) && isAllowed(entry);
  return GROUPS.map((group) => ({ ...group, entries: group.entries.filter(seen) })).filter((group) => group.entries.length);
});

/** Every page of the menu. */
export const menuEntries = computed(() => menu.value.flatMap((group) => group.entries));

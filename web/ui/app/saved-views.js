// @ts-check
/** Saved views: what a list is filtered by, its order and its shape, under a name. A view is a link; its name is kept in this browser. */
import { signal } from "@preact/signals";
import { place } from "./router.js";

/** ``query`` is as `queryOfView` writes it. @typedef {{name: string, path: string, query: string}} View */

const KEPT = "voltaro.views";
/** So many are kept, of all lists together. */
export const MOST_VIEWS = 50;
/** The longest name, in characters. */
export const LONGEST_NAME = 60;
const byName = new Intl.Collator("en", { numeric: true });

/** All that are kept, in the order of their names. @type {import("@preact/signals").Signal<View[]>} */
export const views = signal(read());
/** Whether this browser keeps them; without that they are gone with the page. */
export const viewsAreKept = signal(true);

addEventListener("storage", ({ key }) => {
  if (key === KEPT || key === null) views.value = read();
});

/** What was kept, as far as it is what we would keep: others can write there too. @returns {View[]} */
function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? ordered(found.filter(isView).slice(0, MOST_VIEWS)) : [];
  } catch {
    return [];
  }
}

/** @param {any} one @returns {one is View} */
function isView(one) {
  const isText = [one?.name, one?.path, one?.query].every((text) => typeof text === "string");
  return isText && one.name !== "" && one.name === cleanName(one.name) && /^\/[a-z-]+$/.test(one.path);
}

/** @param {View[]} all */
function ordered(all) {
  return [...all].sort((a, b) => byName.compare(a.name, b.name));
}

/** @param {View[]} all */
function write(all) {
  views.value = ordered(all);
  try {
    localStorage.setItem(KEPT, JSON.stringify(views.value));
    viewsAreKept.value = true;
  } catch {
    viewsAreKept.value = false;
  }
}

/** A name in one line, without blanks around it, and not too long. @param {string} text */
export function cleanName(text) {
  return [...text.replace(/\s+/g, " ").trim()].slice(0, LONGEST_NAME).join("").trim();
}

/** What is shown now, of these members of the address's query: always in one order, so that two that show the same are the same. @param {string[]} members */
export function queryOfView(members) {
  const query = new URLSearchParams();
  for (const member of [...members].sort()) {
    const value = place.value.query.get(member);
    if (value) query.set(member, value);
  }
  return query.toString();
}

/** @param {View} view */
export const urlOfView = ({ path, query }) => (query ? `${path}?${query}` : path);

/** The view of a list that has this name. @param {string} path @param {string} name */
export const viewCalled = (path, name) => views.value.find((view) => view.path === path && view.name === name);

/** Whether one more than there are would be too many. */
export const areEnough = () => views.value.length >= MOST_VIEWS;

/** Keep a view, in the place of one of the same list and name. @param {View} view */
export const keepView = (view) => write([...views.value.filter((one) => one.path !== view.path || one.name !== view.name), view]);

/** @param {View} view */
export const removeView = (view) => write(views.value.filter((one) => one !== view));

/** @param {View} view @param {string} name that no other view of its list has */
export const renameView = (view, name) => write(views.value.map((one) => (one === view ? { ...one, name } : one)));

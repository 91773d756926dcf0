// @ts-check
/** Keys that work on every page: `/` searches, `g` and a letter goes somewhere, `?` tells them all. */
import { signal } from "@preact/signals";
import { enterKiosk } from "./kiosk-mode.js";
import { menuEntries } from "./menu.js";
import { go } from "./router.js";

/** What lies over the page: the command palette, the list of keys, or nothing. @type {import("@preact/signals").Signal<"palette" | "keys" | null>} */
export const overlay = signal(null);

/** How long after `g` its letter is waited for, in milliseconds. */
const PATIENCE_MS = 1500;
let wentAt = -Infinity;

/** @param {Element | null} element */
const isTyping = (element) => element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    overlay.value = overlay.value === "palette" ? null : "palette";
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(document.activeElement) || document.querySelector("dialog[open]")) return;
  const views = document.querySelector("main [data-views]");
  const went = event.timeStamp - wentAt < PATIENCE_MS;
  wentAt = -Infinity;
  const entry = went ? menuEntries.value.find(({ key }) => key === event.key) : undefined;
  if (entry) go(entry.path);
  else if (event.key === "g") wentAt = event.timeStamp;
  else if (event.key === "?") overlay.value = "keys";
  else if (event.key === "/") {
    const search = document.querySelector("main input[type=search]");
    if (search instanceof HTMLElement) search.focus();
    else overlay.value = "palette";
  } else if (event.key === "v" && views instanceof HTMLElement) views.click();
  else if (event.key === "w") enterKiosk();
  else return;
  event.preventDefault();
}

export function startKeys() {
  document.addEventListener("keydown", pressed);
}

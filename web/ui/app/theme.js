// @ts-check
/** Light, dark, or as the machine has it; remembered in this browser. */
import { signal } from "@preact/signals";

/** @typedef {"auto" | "light" | "dark"} Theme */
/** @type {Theme[]} */
const THEMES = ["auto", "light", "dark"];

/** @type {import("@preact/signals").Signal<Theme>} */
export const theme = signal(/** @type {Theme} */ ("auto"));
/** Grows when colours on the page have changed, for what is drawn on a canvas. */
export const repainted = signal(0);

export function startTheme() {
  try {
    const kept = /** @type {Theme | null} */ (localStorage.getItem("voltaro.theme"));
    if (kept && THEMES.includes(kept)) theme.value = kept;
  } catch {
    // A browser that keeps nothing still has a theme.
  }
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => repainted.value++);
}

/** @param {Theme} choice */
export function chooseTheme(choice) {
  theme.value = choice;
  try {
    localStorage.setItem("voltaro.theme", choice);
  } catch {
    // As above.
  }
  show();
}

export const nextTheme = () => chooseTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]);

function show() {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  repainted.value++;
}

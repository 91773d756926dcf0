// @ts-check
/** A part of the dashboard that is loaded when it is first needed. */
import { t } from "./languages.js";

const FIRST_MS = 500;
const MOST_MS = 15_000;

/**
 * Load a module, again and again until it comes: a server that is being restarted is back soon. ``failed`` hears once that it takes
 * longer. Returns what gives it up.
 * @template Part @param {() => Promise<Part>} load @param {(part: Part) => void} use @param {(error: Error) => void} [failed] @returns {() => void}
 */
export function whenLoaded(load, use, failed) {
  let isGivenUp = false;
  let timer = 0;
  /** @param {number} waitMs */
  const attempt = (waitMs) =>
    void load().then(
      (part) => isGivenUp || use(part),
      () => {
        if (isGivenUp) return;
        if (waitMs === FIRST_MS) failed?.(new Error(t("A part of the dashboard could not be loaded: the server does not answer. It is tried again.")));
        timer = setTimeout(() => attempt(Math.min(waitMs * 2, MOST_MS)), waitMs);
      },
    );
  attempt(FIRST_MS);
  return () => {
    isGivenUp = true;
    clearTimeout(timer);
  };
}

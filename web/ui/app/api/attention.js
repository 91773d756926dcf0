// @ts-check
/** What needs an operator now: asked of the server when it says that something has changed. */
import { signal } from "@preact/signals";
import { json, me } from "../api.js";
import { lookWhenTold } from "../news.js";

/**
 * @typedef {"critical" | "warning" | "notice"} Severity
 * @typedef {{id: string, kind: string, severity: Severity, since: string | null, charger_id: string | null, evse_id: number | null, session_id: number | null,
 *   params: Record<string, any>, link: string, mute: {until: string, note: string | null, muted_by: string, muted_at: string} | null}} Worry
 * @typedef {{items: Worry[], next: string | null, kinds: {kind: string, severity: Severity, count: number, muted: number}[], at: string}} Worries
 */

/** The first few hundred, worst first, with the counts of all; null until they are here. @type {import("@preact/signals").Signal<Worries | null>} */
export const worries = signal(null);
/** Why they could not be fetched. */
export const worriesTrouble = signal("");

export const attentionApi = {
  /** @param {string} id @param {string} until @param {string} note @returns {Promise<Worry>} */
  mute: (id, until, note) => json("PUT", `/attention/${id}/mute`, { body: { until, note: note || null } }),
  /** @param {string} id @returns {Promise<void>} */
  unmute: (id) => json("DELETE", `/attention/${id}/mute`),
};

/** @type {ReturnType<typeof lookWhenTold> | null} */
let held = null;

/** Fetch the list, and again whenever the server says that it differs. */
export function startAttention() {
  if (held) return;
  held = lookWhenTold(({ type }) => type === "attention.updated", load, { calmMs: 200 });
  void load();
}

/** Fetch it again, soon and once for many changes. */
export const refreshAttention = () => held?.soon();

async function load() {
  if (!me.peek()) return;
  try {
    worries.value = await json("GET", "/attention", { query: { limit: 300 } });
    worriesTrouble.value = "";
  } catch (error) {
    worriesTrouble.value = /** @type {Error} */ (error).message;
    setTimeout(refreshAttention, 5000);
  }
}

// @ts-check
/** The figures of the day and of the last hours, of the whole fleet or a site. */
import { computed, signal } from "@preact/signals";
import { json } from "../api.js";
import { hear } from "../live.js";
import { activeSessions } from "../running.js";
import { zoneFor } from "../zone.js";

/**
 * @typedef {{at: string, power_w: number | null, power_max_w: number, energy_wh: number, online: number, charging: number, sessions: number}} HistoryPoint
 * @typedef {{since: string, until: string, step_s: number, energy_wh: number, peak_w: number, peak_at: string | null, items: HistoryPoint[]}} History
 * @typedef {{energy_today_wh: number, peak_today_w: number, peak_today_at: string | null, time_zone: string}} Today
 */

const EVERY_MS = 60_000;

/** @param {number} hours @param {string | null} [site] @returns {Promise<History>} */
export const history = (hours, site) => json("GET", "/overview/history", { query: { hours, site_id: site } });

/** The zone whose day is today. @param {string | null} [site] the zone of a site */
export const todaysZone = (site) => zoneFor(site) ?? Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";

/** The day as last told. @type {import("@preact/signals").Signal<Today | null>} */
const told = signal(null);
/** What running sessions have taken since. */
const grown = signal(0);
/** What each session had taken when it was last heard of. @type {Map<number, number>} */
const heard = new Map();
let most = { zone: "", day: "", wh: 0 };
let started = false;

/** Today's energy, as it grows; null until it is known. It does not fall while the day lasts. */
export const energyToday = computed(() => {
  if (!told.value) return null;
  const zone = told.value.time_zone;
  const day = new Intl.DateTimeFormat("en", { timeZone: zone, dateStyle: "short" }).format(new Date());
  const wh = told.value.energy_today_wh + grown.value;
  if (most.zone === zone && most.day === day) most.wh = Math.max(most.wh, wh);
  else most = { zone, day, wh };
  return most.wh;
});
/** The most power of today, and when. */
export const peakToday = computed(() => (told.value?.peak_today_at ? { w: told.value.peak_today_w, at: told.value.peak_today_at } : null));

/** Ask for the day now and each minute, and count on from there. */
export function startToday() {
  if (started) return void ask();
  started = true;
  for (const session of activeSessions.peek()) heard.set(session.id, session.energy_wh);
  hear((events) => {
    let more = 0;
    for (const { type, data } of events) {
      if (type !== "session.updated" && type !== "session.started" && type !== "session.ended") continue;
      const id = Number(data.id ?? data.session_id);
      const wh = Number(data.energy_wh ?? 0);
      const before = type === "session.started" ? 0 : heard.get(id);
      if (before !== undefined && wh > before) more += wh - before;
      if (type === "session.ended") heard.delete(id);
      else heard.set(id, Math.max(wh, before ?? 0));
    }
    if (more) grown.value += more;
  });
  setInterval(() => !document.hidden && ask(), EVERY_MS);
  void ask();
}

async function ask() {
  try {
    /** @type {Today} */
    const found = await json("GET", "/overview", { query: { time_zone: todaysZone() } });
    grown.value = 0;
    told.value = found;
  } catch {
    // The pill says when the server is away; it is asked again in a minute.
  }
}

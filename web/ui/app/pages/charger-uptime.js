// @ts-check
/** How well a charger has held its line over a day, a week and a month: figures for its head. */
import { useEffect } from "preact/hooks";
import { life } from "../api/life.js";
import { percent } from "../figures.js";
import { html } from "../html.js";
import { m, t, tn } from "../languages.js";
import { useFetched } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */

/** @type {Record<number, string>} */
const WINDOWS = { 24: m("24 hours"), 168: m("7 days"), 720: m("30 days") };
const ANEW_MS = 5 * 60_000;

/** @param {{charger: Charger}} props */
export function Uptime({ charger }) {
  const { value, again } = useFetched(() => life.uptime(charger.id), [charger.id, charger.connection]);
  useEffect(() => {
    const turn = setInterval(again, ANEW_MS);
    return () => clearInterval(turn);
  }, [charger.id]);
  // A longer window says more only where more is known.
  const known = value?.windows.filter((window, place, all) => window.online_percent !== null && (place === 0 || window.known_s > all[place - 1].known_s)) ?? [];
  if (!known.length) return null;
  return html`<div class="uptime"><dt>${t("Online")}</dt><dd>${known.map((window) => html`<span key=${window.hours} data-uptime=${window.hours}>
    <b class="number">${percent(window.online_percent ?? 0)}</b> <small>${t(WINDOWS[window.hours] ?? "")}${window.disconnections > 0 && `, ${tn("{n} disconnection", "{n} disconnections", window.disconnections)}`}</small></span>`)}</dd></div>`;
}

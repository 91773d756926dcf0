// @ts-check
/** Whether what is on the screen is live, and if not, since when. */
import { now, time } from "./format.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { liveState } from "./live.js";

export function LivePill() {
  const { state, since } = liveState.value;
  const away = Math.round((now.value - since) / 1000);
  if (state === "live") return html`<span class="pill live" role="status" title=${t("Every change arrives by itself")}><i></i>${t("Live")}</span>`;
  if (state === "connecting" && away < 5) return html`<span class="pill" role="status"><i></i>${t("Connecting")}</span>`;
  if (away < 20) return html`<span class="pill wait" role="status"><i></i>${t("Reconnecting")}</span>`;
  return html`<span class="pill stale" role="status" title=${t("The server cannot be reached; figures are from then")}><i></i>${t("Stale since {time}", { time: time(since) })}</span>`;
}

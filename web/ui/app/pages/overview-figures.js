// @ts-check
/** The figures at the top of the overview, each a way to what it counts. */
import { energyToday, history, peakToday } from "../api/overview.js";
import { worries } from "../api/attention.js";
import { count, energyParts, minute, power, powerParts } from "../format.js";
import { html } from "../html.js";
import { t, tn } from "../languages.js";
import { powerTrail, summary } from "../store.js";
import { Figure, Sparkline, useFetched } from "../widgets.js";

const TRAIL_HOURS = 3;

export function Figures() {
  const { total, online, charging, power_w: watts, sessions, faulted } = summary.value;
  // Before this page was opened, the server looked.
  const { value: before } = useFetched(() => history(TRAIL_HOURS), []);
  const trail = before && before.items.length > 2 ? [...before.items.map((point) => point.power_w ?? 0), watts] : powerTrail.value;
  const peak = peakToday.value;
  const critical = worries.value?.kinds.reduce((sum, kind) => sum + (kind.severity === "critical" ? kind.count : 0), 0) ?? 0;
  return html`<section class="figures six" aria-label=${t("Figures of the fleet")}>
    <a class="card" href="/chargers"><h2>${t("Online")}</h2><p><span class="figure" data-figure="online">${count(online)}<small>${t("of {n}", { n: count(total) })}</small></span></p>
      <meter min="0" max=${Math.max(1, total)} value=${online} aria-label=${t("{online} of {total} chargers online", { online: count(online), total: count(total) })}></meter></a>
    <a class="card" href="/chargers?state=charging"><h2>${t("Charging now")}</h2><p><span class="figure" data-figure="charging">${count(charging)}<small>${tn("charger", "chargers", charging)}</small></span></p>
      <meter class="charging" min="0" max=${Math.max(1, online)} value=${charging} aria-label=${t("{charging} of {online} online chargers charge", { charging: count(charging), online: count(online) })}></meter></a>
    <div class="card"><h2>${t("Power now")}</h2><p data-figure="power"><${Figure} parts=${powerParts(watts)} /></p><${Sparkline} values=${trail} label=${t("Power of the fleet over the last hours")} /></div>
    <div class="card"><h2>${t("Energy today")}</h2><p data-figure="energy"><${Figure} parts=${energyParts(energyToday.value)} /></p>
      <small class="quiet">${peak ? t("at most {power} at {time}", { power: power(peak.w), time: minute(peak.at) }) : t("delivered since midnight")}</small></div>
    <a class="card" href="/sessions?state=active"><h2>${t("Active sessions")}</h2><p><span class="figure" data-figure="sessions">${count(sessions)}</span></p>
      <small class="quiet">${sessions ? t("{power} on average", { power: power(watts / sessions) }) : t("nobody charges now")}</small></a>
    <a class="card" href="/chargers?state=faulted"><h2>${t("Faults open")}</h2><p><span class=${`figure ${faulted ? "is-bad" : ""}`} data-figure="faulted">${count(faulted)}</span></p>
      <small class="quiet">${critical ? tn("{n} critical matter", "{n} critical matters", critical, { n: count(critical) }) : t("nothing critical")}</small></a>
  </section>`;
}

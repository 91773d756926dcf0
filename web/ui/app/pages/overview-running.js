// @ts-check
/** The sessions that run now, the newest first. */
import { count, duration, energy, power, soc } from "../format.js";
import { html } from "../html.js";
import { t } from "../languages.js";
import { chargerPath } from "../router.js";
import { activeSessions, powerIn } from "../running.js";
import { Bar } from "../widgets.js";

/** @import { Session } from "../types.d.ts" */

const SHOWN = 8;

export function Running() {
  const sessions = activeSessions.value;
  if (!sessions.length) return null;
  return html`<section class="card block" aria-label=${t("Active sessions")}>
    <header><h2>${t("Active sessions")}</h2><a href="/sessions?state=active">${t("All {n}", { n: count(sessions.length) })}</a></header>
    <table class="plain-table"><thead><tr><th>${t("Charger")}</th><th class="hide-narrow">${t("Tag")}</th><th class="right">${t("Power")}</th><th class="right">${t("Energy")}</th><th class="charge-word">${t("Charge")}</th><th class="right">${t("Time")}</th></tr></thead>
      <tbody>${sessions.slice(0, SHOWN).map((session) => html`<${Row} key=${session.id} session=${session} />`)}</tbody></table>
  </section>`;
}

/** @param {{session: Session}} props */
function Row({ session }) {
  const { soc_percent: charge } = session;
  return html`<tr data-session=${session.id}>
    <td><a href=${chargerPath(session.charger_id)}><bdi>${session.charger_id}</bdi></a>${session.evse_id !== null && html`<small class="quiet hide-narrow"> · ${session.evse_id}</small>`}</td>
    <td class="hide-narrow mono"><bdi>${session.id_tag ?? "–"}</bdi></td>
    <td class="right number nowrap">${power(powerIn(session))}</td><td class="right number nowrap"><a href=${`/sessions/${session.id}`}>${energy(session.energy_wh)}</a></td>
    <td class="charge">${charge === null || charge === undefined ? html`<span class="quiet">–</span>` : html`<${Bar} percent=${charge} /><span class="number">${soc(charge)}</span>`}</td>
    <td class="right number nowrap">${duration(session.started_at)}</td></tr>`;
}

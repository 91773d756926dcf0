// @ts-check
/** A running session: its figures, each phase where the charger tells them, and its curve over a window. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { appended, Chart, curveOf, lastOf } from "../chart.js";
import { current, voltage } from "../figures.js";
import { duration, energyParts, power, powerParts, soc } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { alsoHear, hear } from "../live.js";
import { useTurn } from "../news.js";
import { highestCurrent, phasesOf, samplesIn } from "../phases.js";
import { queryOf, setQuery } from "../router.js";
import { powerIn } from "../running.js";
import { Bar, Figure } from "../widgets.js";

/** @import { Session } from "../types.d.ts" */
/** @import { Phases } from "../phases.js" */
/** @typedef {import("./charger-live.js").Ask} Ask */

/** In the address, the word, seconds. @type {[string, string, number | null][]} */
const WINDOWS = [["15m", m("15 minutes"), 900], ["1h", m("1 hour"), 3600], ["", m("Whole session"), null]];

/** @param {{session: Session, ask: Ask, able: boolean}} props */
export function Running({ session, ask, able }) {
  const [curve, setCurve] = useState(() => curveOf([], session.meter_start_wh));
  const [phases, setPhases] = useState(/** @type {Phases} */ ({}));
  const [turn] = useTurn(() => false); // what was told while the stream was away is read
  useEffect(() => {
    let isHere = true;
    api.meterValues(session.id).then((values) => {
      if (!isHere) return;
      setCurve(curveOf(values, session.meter_start_wh));
      setPhases((before) => ({ ...phasesOf({}, values.slice(-200)), ...before }));
    }, () => undefined);
    const unhear = hear((events) => {
      const fresh = events.flatMap((event) => samplesIn(event, session));
      if (fresh.length) setPhases((before) => phasesOf(before, fresh));
    });
    const unlisten = alsoHear(`messages:${session.charger_id}`);
    return () => {
      isHere = false;
      unhear();
      unlisten();
    };
  }, [session.id, turn]);
  const amperes = highestCurrent(phases);
  useEffect(() => {
    setCurve((before) => appended(before, Math.round(Date.now() / 1000), [session.power_w, session.energy_wh, session.soc_percent, amperes]));
  }, [session]);
  const window = WINDOWS.find(([name]) => name === queryOf("window")) ?? WINDOWS[2];
  const charge = session.soc_percent;
  const where = session.evse_id ?? "?";
  return html`<section class="card block session-card" aria-label=${t("Running session at connector {n}", { n: where })} data-session=${session.id}>
    <header><h2><${Icon} name="bolt" class="tone-charging" />${t("Connector {n} charges", { n: where })}</h2>
      <a href=${`/sessions/${session.id}`}>${t("Session {id}", { id: session.id })}</a>
      ${able && html`<button class="button danger" data-do="stop" onClick=${() => ask("stop", { transaction_id: session.transaction_id }, t("Stop"))}><${Icon} name="stop" />${t("Stop")}</button>`}
    </header>
    <div class="session-figures">
      <div><h3>${t("Power")}</h3><p data-figure="power"><${Figure} parts=${powerParts(powerIn(session))} /></p></div>
      <div><h3>${t("Energy")}</h3><p data-figure="energy"><${Figure} parts=${energyParts(session.energy_wh)} /></p></div>
      <div><h3>${t("Time")}</h3><p><span class="figure"><${Lasting} from=${session.started_at} /></span></p></div>
      ${charge !== null && charge !== undefined && html`<div><h3>${t("State of charge")}</h3><p data-figure="soc"><span class="figure">${soc(charge)}</span></p><${Bar} percent=${charge} /></div>`}
      ${amperes !== null && html`<div><h3>${t("Current")}</h3><p data-figure="current"><span class="figure">${current(amperes)}</span></p></div>`}
      <div class="session-ids"><h3>${t("Tag")}</h3><p class="mono" dir="auto">${session.id_tag ?? t("none shown")}</p><h3>${t("Transaction")}</h3><p class="mono" dir="auto" title=${session.transaction_id}>${session.transaction_id}</p></div>
    </div>
    <${PhaseTable} phases=${phases} />
    <div class="button-row pad chart-window" role="group" aria-label=${t("How much of the curve")}>${WINDOWS.map(([name, word]) => html`<button key=${name} class="button small" aria-pressed=${window[0] === name} onClick=${() => setQuery({ window: name })}>${t(word)}</button>`)}</div>
    <${Chart} curve=${lastOf(curve, window[2])} />
  </section>`;
}

/** Runs by itself, so that the card need not be drawn every second. @param {{from: string}} props */
function Lasting({ from }) {
  return html`${duration(from)}`;
}

/** @param {{phases: Phases}} props */
function PhaseTable({ phases }) {
  const names = ["L1", "L2", "L3"].filter((name) => phases[name]);
  if (!names.length) return null;
  /** @type {[string, (phase: import("../phases.js").Phase) => string][]} */
  const rows = [[t("Power"), (phase) => power(phase.power)], [t("Current"), (phase) => current(phase.current)], [t("Voltage"), (phase) => voltage(phase.voltage)]];
  const shown = rows.filter(([, word]) => names.some((name) => word(phases[name]) !== "–"));
  return html`<table class="plain-table phases" aria-label=${t("Each phase")}><thead><tr><td></td>${names.map((name) => html`<th key=${name} scope="col" class="right">${name}</th>`)}</tr></thead>
    <tbody>${shown.map(([label, word]) => html`<tr key=${label}><th scope="row">${label}</th>${names.map((name) => html`<td key=${name} class="right number">${word(phases[name])}</td>`)}</tr>`)}</tbody></table>`;
}

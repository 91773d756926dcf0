// @ts-check
/** One session: its figures, its curve, and what is odd about it said in words. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { appended, Chart, curveOf } from "../chart.js";
import { duration, energy, energyParts, fullMoment, moment, powerParts, soc, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { chargerPath } from "../router.js";
import { activeSessions, feed } from "../store.js";
import { eventLine } from "../event-words.js";
import { Simulated } from "../simulated.js";
import { FLAGS, flagWord, protocolWord, SESSIONS } from "../words.js";
import { Resolve } from "./resolve.js";
import { Bar, Empty, Figure, Loading, Status, Trouble } from "../widgets.js";

/** @import { MeterValue, Session } from "../types.d.ts" */

/** @param {{id: string}} props */
export default function SessionPage({ id }) {
  const [stored, setStored] = useState(/** @type {Session | null} */ (null));
  const [values, setValues] = useState(/** @type {MeterValue[]} */ ([]));
  const [curve, setCurve] = useState(curveOf([], null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const running = activeSessions.value.find((session) => session.id === Number(id));
  const over = !running;
  useEffect(() => {
    let current = true;
    (async () => {
      const session = await api.session(id);
      /** @type {MeterValue[]} */
      const found = [];
      await api.meterValues(session.id, (items) => found.push(...items));
      if (!current) return;
      setStored(session);
      setValues(found);
      setCurve(curveOf(found, session.meter_start_wh));
    })().catch((problem) => current && setError(problem));
    return () => {
      current = false;
    };
  }, [id, over]);
  useEffect(() => {
    if (running) setCurve((before) => appended(before, Math.round(Date.now() / 1000), [running.power_w, running.energy_wh, running.soc_percent]));
  }, [running]);
  if (error?.status === 404) return html`<${Empty} icon="bolt" title=${`There is no session ${id}`}><a class="button" href="/sessions">All sessions</a><//>`;
  if (error) return html`<${Trouble} error=${error} />`;
  if (!stored) return html`<${Loading} lines=${8} />`;
  const session = stored.state === "active" && running ? running : stored;
  const facts = [
    ["Charger", html`<a href=${chargerPath(session.charger_id)}>${session.charger_id}</a>`],
    ["Connector", session.evse_id === null ? null : `${session.evse_id}${session.connector_id && session.connector_id !== 1 ? `.${session.connector_id}` : ""}`],
    ["Tag", session.id_tag && html`<a class="mono" href=${`/sessions?tag=${encodeURIComponent(session.id_tag)}`}>${session.id_tag}</a>`],
    ["Tag was", session.authorization],
    ["Started", html`<span title=${fullMoment(session.started_at)}>${moment(session.started_at)}</span>`],
    ["Ended", session.ended_at && html`<span title=${fullMoment(session.ended_at)}>${moment(session.ended_at)}</span>`],
    ["Ended by", session.stop_reason],
    ["Meter", session.meter_start_wh === null ? null : `${energy(session.meter_start_wh)} to ${session.meter_stop_wh === null ? "now" : energy(session.meter_stop_wh)}`],
    ["Transaction", html`<span class="mono">${session.transaction_id}</span>`],
    ["Belongs to", session.assigned_to && html`<a href=${`/sessions/${session.assigned_to}`}>session ${session.assigned_to}</a>`],
    ["Decided by", session.resolved_by && html`<span title=${fullMoment(session.resolved_at)}>${session.resolved_by}${session.resolved_reason ? `: ${session.resolved_reason}` : ""}</span>`],
    ["Protocol", session.protocol ? `OCPP ${protocolWord(session.protocol)}` : null],
  ];
  const events = feed.value.filter((event) => Number(event.data.session_id ?? 0) === session.id);
  return html`<div class="page">
    <header class="charger-head"><p class="crumbs"><a href="/sessions">Sessions</a><${Icon} name="right" /></p>
      <div class="title-line"><h1>Session ${session.id}</h1><${Simulated} is=${session} /><${Status} is=${SESSIONS[session.state] ?? SESSIONS.unresolved} /><span class="push"></span><${Resolve} session=${session} done=${setStored} /></div></header>
    <section class="card block">
      <div class="session-figures">
        <div><h3>Energy</h3><p><${Figure} parts=${energyParts(session.energy_wh)} /></p></div>
        <div><h3>Time</h3><p><span class="figure">${duration(session.started_at, session.state === "active" ? null : session.ended_at)}</span></p></div>
        ${session.state === "active" && html`<div><h3>Power</h3><p><${Figure} parts=${powerParts(session.power_w)} /></p></div>`}
        ${session.soc_percent !== null && html`<div><h3>State of charge</h3><p><span class="figure">${soc(session.soc_percent)}</span></p><${Bar} percent=${session.soc_percent} /></div>`}
      </div>
      ${curve[0].length > 1 ? html`<${Chart} curve=${curve} height=${300} />` : html`<p class="quiet pad">The charger sent no meter values during this session; the energy is from its start and stop readings.</p>`}
    </section>
    <div class="columns even">
      <div class="column"><section class="card block"><header><h2>Facts</h2></header>
        <dl class="facts tall">${facts.filter(([, value]) => value).map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd>${value}</dd></div>`)}</dl></section></div>
      <div class="column">
        <section class="card block"><header><h2>Before you bill it</h2></header>
          ${session.flags.length === 0
            ? html`<p class="calm"><${Icon} name="check" />${session.state === "active" ? "Nothing odd so far." : "Nothing odd: start, end and everything between arrived."}</p>`
            : html`<ul class="rows">${session.flags.map((flag) => html`<li class="row-link" key=${flag}><${Icon} name="alert" class="tone-paused" /><span><b>${flagWord(flag)}</b><small>${FLAGS[flag] ?? ""}</small></span></li>`)}</ul>`}
        </section>
        ${events.length > 0 && html`<section class="card block"><header><h2>Seen live</h2></header><ol class="feed">${events.map((event) => {
          const { icon, tone, text } = eventLine(event);
          return html`<li key=${event.id}><time>${time(event.at)}</time><${Icon} name=${icon} class=${`tone-${tone}`} /><span>${text}</span></li>`;
        })}</ol></section>`}
        <details class="card block values"><summary>Meter values (${values.length})</summary><div class="scroll"><table class="plain-table"><thead><tr><th>Time</th><th>What</th><th class="right">Value</th></tr></thead>
          <tbody>${values.slice(-500).reverse().map((value, place) => html`<tr key=${place}><td class="number">${time(value.at)}</td><td>${value.measurand}${value.phase && ` ${value.phase}`}</td><td class="right number">${value.value} ${value.unit}</td></tr>`)}</tbody></table></div></details>
      </div>
    </div>
  </div>`;
}

// @ts-check
/** The overview: the fleet at a glance, moving by itself, and what needs an operator. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { count, duration, energy, energyParts, power, powerParts, soc, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import {
  activeSessions, attention, chargerIds, chargers, energyToday, feed, loaded, powerOf, powerTrail, refetch, refreshStrangers, sessionsOf, strangers, summary,
  trouble,
} from "../store.js";
import { STATE_ORDER, STATES, tileState } from "../words.js";
import { Ago, attempt, Bar, Empty, Figure, Loading, notify, Sparkline, Trouble } from "../widgets.js";
import { eventLine } from "../event-words.js";

/** @import { Charger, LiveEvent, Stranger } from "../types.d.ts" */

export default function Overview() {
  if (!loaded.value) return trouble.value ? html`<${Trouble} error=${trouble.value} />` : html`<${Loading} lines=${8} />`;
  return html`<div class="page overview">
    <header class="page-head"><h1>Overview</h1></header>
    <${Figures} />
    <div class="columns">
      <div class="column wide-column"><${Wall} /><${Running} /></div>
      <div class="column"><${NeedsAttention} /><${Feed} /></div>
    </div>
  </div>`;
}

function Figures() {
  const { total, online, charging, power_w: watts, sessions } = summary.value;
  return html`<section class="figures" aria-label="Figures of the fleet">
    <a class="card" href="/chargers"><h2>Online</h2><p><span class="figure" data-figure="online">${count(online)}<small>of ${count(total)}</small></span></p>
      <meter min="0" max=${Math.max(1, total)} value=${online} aria-label=${`${online} of ${total} chargers online`}></meter></a>
    <a class="card" href="/chargers?state=charging"><h2>Charging now</h2><p><span class="figure" data-figure="charging">${count(charging)}<small>chargers</small></span></p>
      <meter class="charging" min="0" max=${Math.max(1, online)} value=${charging} aria-label=${`${charging} of ${online} online chargers charge`}></meter></a>
    <div class="card"><h2>Power now</h2><p data-figure="power"><${Figure} parts=${powerParts(watts)} /></p><${Sparkline} values=${powerTrail.value} label="Fleet power over the last minutes" /></div>
    <div class="card"><h2>Energy today</h2><p data-figure="energy"><${Figure} parts=${energyParts(energyToday())} /></p><small class="quiet">of sessions begun today (UTC)</small></div>
    <a class="card" href="/sessions?state=active"><h2>Active sessions</h2><p><span class="figure" data-figure="sessions">${count(sessions)}</span></p>
      <small class="quiet">${sessions ? `${power(watts / sessions)} on average` : "nobody charges now"}</small></a>
  </section>`;
}

function Wall() {
  const ids = chargerIds.value;
  const filter = queryOf("state");
  const { states } = summary.value;
  const shown = filter ? ids.filter((id) => tileState(/** @type {Charger} */ (chargers.get(id)?.value)) === filter) : ids;
  const density = ids.length > 1500 ? "tiny" : ids.length > 240 ? "dense" : "";
  return html`<section class="card block" aria-label="Fleet">
    <header><h2>Fleet</h2>
      <div class="chips">${STATE_ORDER.filter((state) => states[state]).map(
        (state) => html`<button key=${state} class=${`chip tone-${STATES[state].tone}`} aria-pressed=${filter === state} title=${STATES[state].means}
          onClick=${() => setQuery({ state: filter === state ? null : state })}><${Icon} name=${STATES[state].icon} />${STATES[state].word}<b>${count(states[state] ?? 0)}</b></button>`,
      )}</div>
    </header>
    ${ids.length === 0 ? html`<${NoChargers} />` : html`<div class=${`wall ${density}`}>${shown.map((id) => html`<${Tile} key=${id} id=${id} />`)}</div>`}
    ${filter && shown.length === 0 && ids.length > 0 && html`<p class="quiet pad">No charger is in this state now.</p>`}
  </section>`;
}

/** What to do on the first day. */
export function NoChargers() {
  const url = me.value?.ocpp_url ?? `ws://${location.hostname}:9000`;
  return html`<${Empty} icon="charger" title="No chargers yet">
    <p>Point one at <code>${url}/ID</code>, where <code>ID</code> is its own name. A stranger then shows up here and waits until you accept it.</p>
    <p>No hardware at hand? <code>voltaro simulate ${url} --chargers 10</code></p>
    <p><a class="button primary" href="/chargers?add=1"><${Icon} name="plus" />Add a charger</a></p>
  <//>`;
}

/** @param {{id: string}} props */
function Tile({ id }) {
  const held = chargers.get(id);
  if (!held) return null;
  const charger = held.value;
  const state = tileState(charger);
  const sessions = sessionsOf(id).value;
  const watts = powerOf(id);
  const charge = sessions.find((session) => session.soc_percent !== null && session.soc_percent !== undefined)?.soc_percent;
  const { word, short, icon, tone } = STATES[state];
  return html`<a class=${`tile tone-${tone}`} href=${chargerPath(id)} data-charger=${id} data-state=${state} title=${`${charger.name ?? id}: ${word}`}>
    <span class="tile-top"><b>${id}</b><${Icon} name=${icon} /></span>
    <span class="tile-mid">${watts ? power(watts) : short ?? word}</span>
    <span class="tile-foot">${sessions.length ? html`<${Bar} percent=${charge ?? null} /><span>${charge === undefined || charge === null ? energy(sessions[0].energy_wh) : soc(charge)}</span>` : null}</span>
  </a>`;
}

function Running() {
  const sessions = activeSessions.value;
  if (!sessions.length) return null;
  return html`<section class="card block" aria-label="Active sessions">
    <header><h2>Active sessions</h2><a href="/sessions?state=active">All ${count(sessions.length)}</a></header>
    <table class="plain-table"><thead><tr><th>Charger</th><th class="hide-narrow">Tag</th><th class="right">Power</th><th class="right">Energy</th><th>Charge</th><th class="right">Time</th></tr></thead>
      <tbody>${sessions.slice(0, 8).map(
        (session) => html`<tr key=${session.id}>
          <td><a href=${chargerPath(session.charger_id)}>${session.charger_id}</a>${session.evse_id !== null && html`<small class="quiet hide-narrow"> · ${session.evse_id}</small>`}</td>
          <td class="hide-narrow mono">${session.id_tag ?? "–"}</td>
          <td class="right number nowrap">${power(session.power_w)}</td><td class="right number nowrap"><a href=${`/sessions/${session.id}`}>${energy(session.energy_wh)}</a></td>
          <td class="charge">${session.soc_percent === null || session.soc_percent === undefined ? html`<span class="quiet">–</span>` : html`<${Bar} percent=${session.soc_percent} /><span class="number">${soc(session.soc_percent)}</span>`}</td>
          <td class="right number"><${Running.Time} from=${session.started_at} /></td></tr>`,
      )}</tbody></table>
  </section>`;
}

/** @param {{from: string}} props */
Running.Time = ({ from }) => html`${duration(from)}`;

function NeedsAttention() {
  useEffect(() => {
    // A stranger has no row and so no event: the short list is looked at now and then.
    const timer = setInterval(() => !document.hidden && refreshStrangers(), 5000);
    return () => clearInterval(timer);
  }, []);
  const worries = attention.value;
  const waiting = strangers.value;
  const total = worries.length + waiting.length;
  return html`<section class="card block" aria-label="Needs attention">
    <header><h2>Needs attention</h2>${total ? html`<span class="count-badge">${count(total)}</span>` : null}</header>
    ${total === 0
      ? html`<p class="calm"><${Icon} name="check" />Nothing needs you now.</p>`
      : html`<ul class="rows">
          ${waiting.map((stranger) => html`<${Waiting} key=${`stranger ${stranger.charger_id}`} stranger=${stranger} />`)}
          ${worries.slice(0, 12).map(
            (worry) => html`<li key=${`${worry.id} ${worry.text}`}><a href=${chargerPath(worry.id)} class="row-link">
              <${Icon} name=${STATES[worry.state].icon} class=${`tone-${STATES[worry.state].tone}`} /><span><b>${worry.id}</b><small>${worry.text}</small></span>
              ${worry.at && html`<small class="quiet"><${Ago} at=${worry.at} /></small>`}</a></li>`,
          )}
        </ul>`}
    ${worries.length > 12 && html`<p class="quiet pad">and ${count(worries.length - 12)} more</p>`}
  </section>`;
}

/** An unknown charger that waits to be let in. @param {{stranger: Stranger}} props */
function Waiting({ stranger }) {
  const [busy, setBusy] = useState(false);
  const accept = async () => {
    setBusy(true);
    const added = await attempt(() => api.acceptStranger(stranger.charger_id));
    setBusy(false);
    if (added === undefined) return;
    notify(`${stranger.charger_id} is accepted and connects again in a moment.`);
    refetch(stranger.charger_id);
    void refreshStrangers();
  };
  const what = [stranger.boot?.vendor, stranger.boot?.model].filter(Boolean).join(" ") || stranger.protocol;
  return html`<li class="row-link"><${Icon} name="help" class="tone-paused" /><span><b>${stranger.charger_id}</b><small>Unknown charger waits: ${what}, ${stranger.remote}</small></span>
    ${me.value?.role !== "viewer" && html`<button class="button small primary" disabled=${busy} onClick=${accept}>Accept</button>`}</li>`;
}

function Feed() {
  const events = feed.value.slice(0, 14);
  return html`<section class="card block" aria-label="What happens">
    <header><h2>What happens</h2></header>
    ${events.length === 0
      ? html`<p class="calm quiet">Quiet since you opened this page. Events appear here as they happen.</p>`
      : html`<ol class="feed">${events.map((event) => html`<${FeedLine} key=${`${event.type} ${event.id} ${event.at}`} event=${event} />`)}</ol>`}
  </section>`;
}

/** @param {{event: LiveEvent}} props */
function FeedLine({ event }) {
  const { icon, tone, text } = eventLine(event);
  const id = event.data.charger_id;
  return html`<li><time datetime=${event.at}>${time(event.at)}</time><${Icon} name=${icon} class=${`tone-${tone}`} />
    <span>${id && html`<a href=${chargerPath(id)}>${id}</a> `}${text}</span></li>`;
}

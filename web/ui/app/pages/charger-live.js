// @ts-check
/** A charger as it is now: connectors, the running session with its curve, the buttons and what the charger really answered. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { appended, Chart, curveOf } from "../chart.js";
import { Answers, useCommands } from "../commands.js";
import { duration, energyParts, powerParts, soc } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { sessionsOf } from "../store.js";
import { STATES } from "../words.js";
import { Upkeep } from "./charger-upkeep.js";
import { Ago, Bar, Dialog, Empty, Figure, Status } from "../widgets.js";

/** @import { Charger, Evse, Session } from "../types.d.ts" */
/** @typedef {(order: string, body: Record<string, unknown>, word: string) => void} Ask */

/** @param {{charger: Charger}} props */
export function Live({ charger }) {
  const sessions = sessionsOf(charger.id).value;
  const commands = useCommands(charger.id);
  const [starting, setStarting] = useState(/** @type {number | null | undefined} */ (undefined));
  const [resetting, setResetting] = useState(false);
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  /** @type {Ask} */
  const ask = (order, body, word) => void commands.run(word, () => api.order(charger.id, order, body));
  return html`<div class="columns">
    <div class="column wide-column">
      ${sessions.map((session) => html`<${Running} key=${session.id} session=${session} ask=${ask} able=${able} />`)}
      ${sessions.length === 0 && html`<section class="card block"><${Empty} icon="bolt" title="No session runs">
        <p>When one starts here, at the charger or by the button, its power, energy and state of charge appear and move by themselves.</p><//></section>`}
      <section class="connectors" aria-label="Connectors">
        ${charger.evses.map((evse) => html`<${EvseCard} key=${evse.id} evse=${evse} sessions=${sessions} able=${able} ask=${ask} start=${() => setStarting(evse.id)} />`)}
        ${charger.evses.length === 0 && html`<div class="card block"><${Empty} icon="plug" title="No connector reported yet">
          <p>Connectors appear when the charger sends its first StatusNotification.</p>
          ${able && html`<button class="button" onClick=${() => setStarting(null)}><${Icon} name="play" />Start a session</button>`}<//></div>`}
      </section>
    </div>
    <div class="column">
      <section class="card block" aria-label="The charger as a whole"><header><h2>Whole charger</h2></header>
        <div class="button-row pad">
          <button class="button" disabled=${!able} onClick=${() => setResetting(true)}><${Icon} name="reset" />Reset</button>
          <button class="button" disabled=${!able} onClick=${() => ask("availability", { operative: false }, "Take out of service")}><${Icon} name="ban" />Out of service</button>
          <button class="button" disabled=${!able} onClick=${() => ask("availability", { operative: true }, "Put in service")}><${Icon} name="check" />In service</button>
        </div>
        <${Upkeep} charger=${charger} />
        ${charger.connection === "offline" && html`<p class="quiet pad">The charger is offline; it cannot be told anything now.</p>`}
        ${me.value?.role === "viewer" && html`<p class="quiet pad">Your role is viewer: you can look, and others can steer.</p>`}
      </section>
      <${Answers} commands=${commands.list} />
    </div>
    ${starting !== undefined && html`<${StartDialog} evse=${starting} close=${() => setStarting(undefined)} ask=${ask} />`}
    ${resetting && html`<${Dialog} title="Reset the charger" close=${() => setResetting(false)}>
      <p>The charger restarts and connects again. Choose whether running sessions may end first.</p>
      <div class="button-row">
        <button class="button primary" onClick=${() => (setResetting(false), ask("reset", { immediately: false }, "Reset"))}>When idle</button>
        <button class="button danger" onClick=${() => (setResetting(false), ask("reset", { immediately: true }, "Reset now"))}>Immediately</button>
      </div><//>`}
  </div>`;
}

/** @param {{session: Session, ask: Ask, able: boolean}} props */
function Running({ session, ask, able }) {
  const [curve, setCurve] = useState(() => curveOf([], session.meter_start_wh));
  useEffect(() => {
    let current = true;
    /** @type {import("../types.d.ts").MeterValue[]} */
    const values = [];
    api.meterValues(session.id, (items) => values.push(...items)).then(() => current && setCurve(curveOf(values, session.meter_start_wh)), () => undefined);
    return () => {
      current = false;
    };
  }, [session.id]);
  useEffect(() => {
    setCurve((before) => appended(before, Math.round(Date.now() / 1000), [session.power_w, session.energy_wh, session.soc_percent]));
  }, [session]);
  const charge = session.soc_percent;
  return html`<section class="card block session-card" aria-label="Running session" data-session=${session.id}>
    <header><h2><${Icon} name="bolt" class="tone-charging" />Connector ${session.evse_id ?? "?"} charges</h2>
      <a href=${`/sessions/${session.id}`}>Session ${session.id}</a>
      ${able && html`<button class="button danger" data-do="stop" onClick=${() => ask("stop", { transaction_id: session.transaction_id }, "Stop")}><${Icon} name="stop" />Stop</button>`}
    </header>
    <div class="session-figures">
      <div><h3>Power</h3><p data-figure="power"><${Figure} parts=${powerParts(session.power_w)} /></p></div>
      <div><h3>Energy</h3><p data-figure="energy"><${Figure} parts=${energyParts(session.energy_wh)} /></p></div>
      <div><h3>Time</h3><p><span class="figure" title=${`since ${session.started_at}`}><${Running.Time} from=${session.started_at} /></span></p></div>
      ${charge !== null && charge !== undefined && html`<div><h3>State of charge</h3><p data-figure="soc"><span class="figure">${soc(charge)}</span></p><${Bar} percent=${charge} /></div>`}
      <div class="session-ids"><h3>Tag</h3><p class="mono">${session.id_tag ?? "none shown"}</p><h3>Transaction</h3><p class="mono" title=${session.transaction_id}>${session.transaction_id}</p></div>
    </div>
    <${Chart} curve=${curve} />
  </section>`;
}

/** @param {{from: string}} props */
Running.Time = ({ from }) => html`${duration(from)}`;

/** @param {{evse: Evse, sessions: Session[], able: boolean, ask: Ask, start: () => void}} props */
function EvseCard({ evse, sessions, able, ask, start }) {
  const busy = sessions.some((session) => session.evse_id === evse.id);
  return html`<article class="card connector" data-evse=${evse.id}>
    <header><h3>Connector ${evse.id}</h3></header>
    ${evse.connectors.map((connector) => {
      const state = STATES[connector.state] ?? STATES.unknown;
      const error = connector.error_code && connector.error_code !== "NoError" ? connector.error_code : null;
      return html`<div class="connector-line" key=${connector.id} data-state=${connector.state}>
        ${evse.connectors.length > 1 && html`<b>${connector.id}</b>`}<${Status} is=${state} />
        <small class="quiet"><span class="mono">${connector.status}</span>${error && html` · <b class="tone-bad">${error}</b>`} · <${Ago} at=${connector.updated_at} />${connector.stale && html` · <span class="tone-paused" data-stale title="The charger has not reported this connector since it last connected or booted.">last known</span>`}</small>
      </div>`;
    })}
    <div class="button-row">
      ${!busy && html`<button class="button primary" data-do="start" disabled=${!able} onClick=${start}><${Icon} name="play" />Start</button>`}
      ${evse.connectors.map((connector) => html`<button class="button" key=${connector.id} disabled=${!able} onClick=${() => ask("unlock", { evse_id: evse.id, connector_id: connector.id }, "Unlock")}>
        <${Icon} name="lock" />Unlock${evse.connectors.length > 1 ? ` ${connector.id}` : ""}</button>`)}
      ${evse.connectors[0]?.state === "unavailable"
        ? html`<button class="button" disabled=${!able} onClick=${() => ask("availability", { operative: true, evse_id: evse.id }, "Put in service")}><${Icon} name="check" />In service</button>`
        : html`<button class="button" disabled=${!able} onClick=${() => ask("availability", { operative: false, evse_id: evse.id }, "Take out of service")}><${Icon} name="ban" />Out of service</button>`}
    </div>
  </article>`;
}

/** @param {{evse: number | null, close: () => void, ask: Ask}} props */
function StartDialog({ evse, close, ask }) {
  const [tags, setTags] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    api.tags({ status: "accepted", limit: 100 }).then((page) => setTags(page.items.map((tag) => tag.id_tag)), () => undefined);
  }, []);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const tag = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("id_tag")).trim();
    close();
    ask("start", { id_tag: tag, ...(evse === null ? {} : { evse_id: evse }) }, "Start");
  };
  return html`<${Dialog} title=${evse === null ? "Start a session" : `Start at connector ${evse}`} close=${close}>
    <form onSubmit=${submit}>
      <label>Tag that pays for it<input name="id_tag" list="known-tags" required autofocus autocomplete="off" spellcheck=${false} maxlength="36" /></label>
      <datalist id="known-tags">${tags.map((tag) => html`<option key=${tag} value=${tag}></option>`)}</datalist>
      <p class="quiet">The charger is asked to start with this tag; it may still ask us whether the tag may charge.</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="play" />Start</button></div>
    </form><//>`;
}

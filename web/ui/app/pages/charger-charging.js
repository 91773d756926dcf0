// @ts-check
/** How much a charger may draw: the profiles it holds, what they come to, and a simple limit; and its reservations. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { useNews } from "../news.js";
import { limitWord, ScheduleChart } from "../schedule-chart.js";
import { sessionsOf } from "../store.js";
import { PURPOSES } from "../words.js";
import { Ago, Dialog, Empty, Loading, Trouble, useFetched } from "../widgets.js";
import { Reservations } from "./charger-reservations.js";

/** @import { Charger, CompositeAnswer, HeldProfile, Session } from "../types.d.ts" */
/** @typedef {import("../commands.js").Run} Run */

const DAY_S = 86_400;

/** @param {{charger: Charger}} props */
export function Charging({ charger }) {
  const commands = useCommands(charger.id);
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  return html`<div class="columns">
    <div class="column wide-column">
      <${Profiles} charger=${charger} run=${commands.run} able=${able} />
      <${Reservations} charger=${charger} run=${commands.run} able=${able} />
    </div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
  </div>`;
}

/** @param {{charger: Charger, run: Run, able: boolean}} props */
function Profiles({ charger, run, able }) {
  const [chosen, setEvse] = useState(/** @type {number | null} */ (null));
  const evse = chosen ?? charger.evses[0]?.id ?? 0;
  const [setting, setSetting] = useState(false);
  const [asked, setAsked] = useState(/** @type {CompositeAnswer | null} */ (null));
  const news = useNews(charger.id, "charging_profile");
  const sessions = sessionsOf(charger.id).value;
  const held = useFetched(() => api.profiles(charger.id), [charger.id, news]);
  const schedule = useFetched(() => api.composite(charger.id, evse, DAY_S), [charger.id, evse, news, sessions.map((session) => session.id).join()]);
  useEffect(() => setAsked(null), [charger.id, evse, news]);
  const ask = () => run("Ask for its schedule", async () => {
    const answer = await api.askComposite(charger.id, evse, DAY_S);
    setAsked(answer);
    return answer.command;
  });
  const clear = (/** @type {HeldProfile} */ profile) => run("Clear a profile", () => api.clearProfile(charger.id, profile.id));
  const shown = asked ?? schedule.value;
  return html`<section class="card block" aria-label="Charging profiles">
    <header><h2><${Icon} name="bolt" />Charging profiles</h2>
      <label class="inline">Schedule of<select value=${evse} onChange=${(/** @type {any} */ event) => setEvse(Number(event.target.value))}>
        <option value="0" selected=${evse === 0}>the whole charger</option>
        ${charger.evses.map(({ id }) => html`<option key=${id} value=${id} selected=${id === evse}>connector ${id}</option>`)}</select></label>
      <button class="button" disabled=${!able} onClick=${ask}><${Icon} name="help" />Ask the charger</button>
      <button class="button primary" disabled=${!able} onClick=${() => setSetting(true)}><${Icon} name="plus" />Set a limit</button>
    </header>
    ${schedule.error ? html`<${Trouble} error=${schedule.error} again=${schedule.again} />` : !shown ? html`<${Loading} lines=${3} />`
      : html`<${ScheduleChart} computed=${shown.computed} reported=${shown.reported} />
        ${asked && !asked.reported && html`<p class="warning pad"><${Icon} name="alert" />The charger told no schedule of its own.</p>`}`}
    ${held.error ? html`<${Trouble} error=${held.error} again=${held.again} />` : held.value && (held.value.items.length === 0
      ? html`<${Empty} icon="bolt" title="It holds no profile"><p>Without one a car draws what the charger, the cable and the car allow.</p><//>`
      : html`<table class="plain-table"><thead><tr><th>For</th><th>Limit</th><th class="hide-narrow right">Level</th><th class="hide-narrow">Set</th><th></th></tr></thead>
        <tbody>${held.value.items.map((profile) => html`<tr key=${profile.id} data-profile=${profile.id}>
          <td>${profile.evse_id ? `connector ${profile.evse_id}` : "the whole charger"}<br /><small class="quiet">${PURPOSES[profile.purpose] ?? profile.purpose}</small></td>
          <td>${profileWord(profile)}${profile.waits_for && html`<br /><small class="quiet">waits for the session of <span class="mono">${profile.waits_for}</span></small>`}</td>
          <td class="right number hide-narrow">${profile.stack_level}</td><td class="hide-narrow"><${Ago} at=${profile.set_at} />${profile.set_by && html`<br /><small class="quiet">${profile.set_by}</small>`}</td>
          <td class="right"><button class="button small danger" disabled=${!able} onClick=${() => clear(profile)}><${Icon} name="trash" />Clear</button></td></tr>`)}</tbody></table>`)}
    ${setting && html`<${LimitDialog} charger=${charger} sessions=${sessions} evse=${evse} run=${run} close=${() => setSetting(false)} />`}
  </section>`;
}

/** A profile in a few words. @param {HeldProfile} profile */
function profileWord({ schedule, kind, recurrency }) {
  const limits = schedule.periods.map((period) => period.limit ?? 0);
  if (!limits.length) return "no period";
  const [least, most] = [Math.min(...limits), Math.max(...limits)];
  const word = least === most ? limitWord(most, schedule.unit) : `${limitWord(least, schedule.unit)} to ${limitWord(most, schedule.unit)}, ${limits.length} periods`;
  return `${word}${recurrency ? `, ${recurrency}` : kind === "relative" ? ", from the session's start" : ""}`;
}

/** @param {{charger: Charger, sessions: Session[], evse: number, run: Run, close: () => void}} props */
function LimitDialog({ charger, sessions, evse, run, close }) {
  const [where, setWhere] = useState(evse);
  const running = sessions.find((session) => session.evse_id === where);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    // A profile that holds from now on begins a minute ago, so that there is no gap.
    const minutes = Number(given.get("minutes"));
    const forSession = where > 0 && given.get("scope") === "session" && running;
    const profile = {
      evse_id: where,
      purpose: where === 0 ? "station_max" : forSession ? "tx" : "tx_default",
      ...(forSession ? { transaction_id: running.transaction_id } : {}),
      schedule: { unit: String(given.get("unit")), periods: [{ start_s: 0, limit: Number(given.get("limit")) }], ...(minutes ? { duration_s: minutes * 60 + 60 } : {}) },
    };
    close();
    void run("Set a limit", () => api.setProfile(charger.id, profile));
  };
  return html`<${Dialog} title="Set a limit" close=${close}>
    <form onSubmit=${submit}>
      <label>Where<select name="where" value=${where} onChange=${(/** @type {any} */ event) => setWhere(Number(event.target.value))}>
        <option value="0" selected=${where === 0}>the whole charger</option>
        ${charger.evses.map(({ id }) => html`<option key=${id} value=${id} selected=${id === where}>connector ${id}</option>`)}</select></label>
      ${running && html`<label>For<select name="scope"><option value="session">the running session</option><option value="all">every session there</option></select></label>`}
      <div class="two"><label>At most<input name="limit" type="number" min="0" step="0.1" required autofocus /></label>
        <label>Unit<select name="unit"><option value="A">A per phase</option><option value="W">W in all</option></select></label></div>
      <label>For how many minutes <small class="quiet">empty: until it is cleared</small><input name="minutes" type="number" min="1" step="1" /></label>
      <p class="quiet">0 pauses. A car draws nothing below 6 A.</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="send" />Set</button></div>
    </form><//>`;
}

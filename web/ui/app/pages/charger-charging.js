// @ts-check
/** How much a charger may draw: the profiles it holds as layers, what they come to, limits set and cleared; and its reservations. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useNews } from "../news.js";
import { ProfileStack } from "../profile-stack.js";
import { sessionsOf } from "../running.js";
import { limitWord, ScheduleChart } from "../schedule-chart.js";
import { PURPOSES } from "../words.js";
import { Ago, Empty, Loading, Trouble, useFetched } from "../widgets.js";
import { LimitDialog } from "./charger-limit.js";
import { Reservations } from "./charger-reservations.js";

/** @import { Charger, CompositeAnswer, HeldProfile } from "../types.d.ts" */
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
  const evse = chosen ?? charger.evses.find(({ id }) => id > 0)?.id ?? 0;
  const [setting, setSetting] = useState(false);
  const [asked, setAsked] = useState(/** @type {CompositeAnswer | null} */ (null));
  const news = useNews(charger.id, "charging_profile");
  const sessions = sessionsOf(charger.id).value;
  const held = useFetched(() => api.profiles(charger.id), [charger.id, news]);
  const schedule = useFetched(() => api.composite(charger.id, evse, DAY_S), [charger.id, evse, news, sessions.map((session) => session.id).join()]);
  useEffect(() => setAsked(null), [charger.id, evse, news]);
  const ask = () => run(t("Ask for its schedule"), async () => {
    const answer = await api.askComposite(charger.id, evse, DAY_S);
    setAsked(answer);
    return answer.command;
  });
  const clear = (/** @type {HeldProfile} */ profile) => run(t("Clear a profile"), () => api.clearProfile(charger.id, profile.id));
  const shown = asked ?? schedule.value;
  const items = held.value?.items ?? [];
  return html`<section class="card block" aria-label=${t("Charging profiles")}>
    <header><h2><${Icon} name="bolt" />${t("Charging profiles")}</h2>
      <label class="inline">${t("Schedule of")}<select value=${evse} onChange=${(/** @type {any} */ event) => setEvse(Number(event.target.value))}>
        <option value="0" selected=${evse === 0}>${t("the whole charger")}</option>
        ${charger.evses.filter(({ id }) => id > 0).map(({ id }) => html`<option key=${id} value=${id} selected=${id === evse}>${t("connector {n}", { n: id })}</option>`)}</select></label>
      ${able && html`<button class="button" onClick=${ask}><${Icon} name="help" />${t("Ask the charger")}</button>
      <button class="button primary" onClick=${() => setSetting(true)}><${Icon} name="plus" />${t("Set a limit")}</button>`}
    </header>
    ${schedule.error ? html`<${Trouble} error=${schedule.error} again=${schedule.again} />` : !shown ? html`<${Loading} lines=${3} />`
      : html`<${ScheduleChart} computed=${shown.computed} reported=${shown.reported} />
        ${asked && !asked.reported && html`<p class="warning pad"><${Icon} name="alert" />${t("The charger told no schedule of its own.")}</p>`}`}
    ${held.error ? html`<${Trouble} error=${held.error} again=${held.again} />` : held.value && (items.length === 0
      ? html`<${Empty} icon="bolt" title=${t("It holds no profile")}><p>${t("Without one a car draws what the charger, the cable and the car allow.")}</p><//>`
      : html`<${ProfileStack} profiles=${items.filter((profile) => !evse || !profile.evse_id || profile.evse_id === evse)} sessions=${sessions} />
        <table class="plain-table"><thead><tr><th>${t("For")}</th><th>${t("Limit")}</th><th class="hide-narrow">${t("Holds")}</th><th class="hide-narrow right">${t("Level")}</th><th class="hide-narrow">${t("Set")}</th>${able && html`<td></td>`}</tr></thead>
        <tbody>${items.map((profile) => html`<tr key=${profile.id} data-profile=${profile.id}>
          <td>${profile.evse_id ? t("connector {n}", { n: profile.evse_id }) : t("the whole charger")}<br /><small class="quiet">${t(PURPOSES[profile.purpose] ?? profile.purpose)}</small></td>
          <td>${profileWord(profile)}${profile.waits_for && html`<br /><small class="quiet">${t("waits for the session of {tag}", { tag: profile.waits_for })}</small>`}</td>
          <td class="hide-narrow">${validWord(profile)}</td>
          <td class="right number hide-narrow">${profile.stack_level}</td><td class="hide-narrow"><${Ago} at=${profile.set_at} />${profile.set_by && html`<br /><small class="quiet" dir="auto">${profile.set_by}</small>`}</td>
          ${able && html`<td class="right"><button class="button small danger" onClick=${() => clear(profile)}><${Icon} name="trash" />${t("Clear")}</button></td>`}</tr>`)}</tbody></table>`)}
    ${setting && html`<${LimitDialog} charger=${charger} sessions=${sessions} evse=${evse} run=${run} close=${() => setSetting(false)} />`}
  </section>`;
}

/** A profile in a few words. @param {HeldProfile} profile */
function profileWord({ schedule, kind, recurrency }) {
  const limits = schedule.periods.map((period) => period.limit ?? 0);
  if (!limits.length) return t("no period");
  const [least, most] = [Math.min(...limits), Math.max(...limits)];
  const span = { least: limitWord(least, schedule.unit), most: limitWord(most, schedule.unit) };
  const word = least === most ? span.most : `${t("{least} to {most}", span)}, ${tn("{n} period", "{n} periods", limits.length)}`;
  const turn = recurrency === "daily" ? t("every day") : recurrency === "weekly" ? t("every week") : kind === "relative" ? t("from the session's start") : "";
  return turn ? `${word}, ${turn}` : word;
}

/** From when to when it holds. @param {HeldProfile} profile */
function validWord({ schedule, kind, valid_from: since, valid_to: until }) {
  const begins = since ?? (kind === "absolute" ? schedule.starts_at : null);
  const ends = until ?? (kind === "absolute" && schedule.starts_at && schedule.duration_s !== null ? new Date(Date.parse(schedule.starts_at) + schedule.duration_s * 1000).toISOString() : null);
  if (begins && ends) return t("{since} to {until}", { since: moment(begins), until: moment(ends) });
  if (ends) return t("until {until}", { until: moment(ends) });
  return begins ? t("from {since} until it is cleared", { since: moment(begins) }) : t("until it is cleared");
}

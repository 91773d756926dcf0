// @ts-check
/** What an operator decides of a session that its charger left open or unexplained: assign, close, discard; each in a dialog. */
import { useState } from "preact/hooks";
import { api, me } from "../api.js";
import { energy, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { isolated } from "../isolated.js";
import { fromField, toField } from "../moments.js";
import { SESSIONS } from "../words.js";
import { attempt, Dialog, Loading, notify, Trouble, useFetched } from "../widgets.js";

/** @import { Session } from "../types.d.ts" */

/** The buttons that fit a session's state; none for who may only look. @param {{session: Session, done: (session: Session) => void}} props */
export function Resolve({ session, done }) {
  const [open, setOpen] = useState(/** @type {"" | "assign" | "close" | "discard"} */ (""));
  const isStop = session.state === "unresolved" && session.ended_at !== null;
  const isOpen = session.state === "active" || (session.state === "unresolved" && !isStop);
  if (me.value?.role === "viewer" || !(isStop || isOpen)) return null;
  const close = () => setOpen("");
  const resolved = (/** @type {Session} */ changed, /** @type {string} */ text) => {
    notify(text);
    close();
    done(changed);
  };
  return html`<span class="button-row">
    ${session.state === "unresolved" && html`<button class="button small" onClick=${() => setOpen("assign")}><${Icon} name="link" />${t("Assign")}</button>`}
    ${isOpen && html`<button class="button small" onClick=${() => setOpen("close")}><${Icon} name="stop" />${t("Close")}</button>`}
    <button class="button small" onClick=${() => setOpen("discard")}><${Icon} name="trash" />${t("Discard")}</button>
    ${open === "assign" && html`<${Assign} session=${session} close=${close} resolved=${resolved} />`}
    ${open === "close" && html`<${Close} session=${session} close=${close} resolved=${resolved} />`}
    ${open === "discard" && html`<${Discard} session=${session} close=${close} resolved=${resolved} />`}
  </span>`;
}

/** @typedef {{session: Session, close: () => void, resolved: (session: Session, text: string) => void}} Asked */

/** The words of a form by name; what is left empty is missing. @param {SubmitEvent} event @returns {Record<string, string>} */
function filled(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  return Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));
}

/** Whether a stop may belong to a session: it runs, or its end is only a guess. @param {Session} session @param {Session} stray */
function mayTake(session, stray) {
  const guessed = session.flags.includes("ended_by_next_start") || session.flags.includes("estimated");
  return session.id !== stray.id && session.protocol === stray.protocol && (session.state === "active" || (session.state === "ended" && guessed));
}

/** @param {Asked} props */
function Assign({ session, close, resolved }) {
  const [chosen, setChosen] = useState("");
  const { value, error, again } = useFetched(() => api.sessions({ charger_id: session.charger_id, limit: 100 }), [session.id]);
  const isStop = session.ended_at !== null;
  const submit = (/** @type {SubmitEvent} */ event) => {
    const { reason, ...form } = filled(event);
    const start = { started_at: form.started_at && fromField(form.started_at), meter_start_wh: Number(form.meter_start_wh), id_tag: form.id_tag, evse_id: form.evse_id ? Number(form.evse_id) : undefined };
    void attempt(async () => {
      const changed = await api.assignSession(session.id, { reason, ...(chosen ? { session_id: Number(chosen) } : start) });
      resolved(changed, chosen ? t("Session {id} belongs to session {other} now.", { id: session.id, other: chosen }) : t("Session {id} has its start now.", { id: session.id }));
    });
  };
  const fitting = (value?.items ?? []).filter((other) => mayTake(other, session));
  return html`<${Dialog} title=${t("Assign session {id}", { id: session.id })} close=${close}><form onSubmit=${submit}>
    <p>${isStop ? t("An end came at {time} with the meter at {meter}, for a transaction that nobody has started here.", { time: moment(session.ended_at), meter: energy(session.meter_stop_wh ?? 0) }) : t("Meter values came for a transaction that nobody has started here.")}</p>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} lines=${2} />` : html`
    <label>${t("It belongs to")}<select name="session" value=${chosen} onChange=${(/** @type {any} */ event) => setChosen(event.target.value)}>
      <option value="">${isStop ? t("a start that never came") : t("choose a session")}</option>
      ${fitting.map((other) => html`<option key=${other.id} value=${other.id}>${t("session {id}: {tag}, {time}, {state}", { id: other.id, tag: isolated(other.id_tag ?? t("no tag")), time: moment(other.started_at), state: t(SESSIONS[other.state].word) })}</option>`)}
    </select></label>`}
    ${isStop && !chosen && html`<div class="two"><label>${t("Started")}<input name="started_at" type="datetime-local" step="1" required max=${toField(session.ended_at)} /></label>
        <label>${t("Meter at the start, Wh")}<input name="meter_start_wh" type="number" min="0" max=${session.meter_stop_wh} required /></label></div>
      <div class="two"><label>${t("Tag")}<input name="id_tag" autocomplete="off" maxlength="255" class="mono" placeholder=${session.id_tag ?? ""} /></label>
        <label>${t("Connector")}<input name="evse_id" type="number" min="0" placeholder=${session.evse_id ?? ""} /></label></div>`}
    <label>${t("Reason")} <small class="quiet">${t("for the record")}</small><input name="reason" autocomplete="off" maxlength="1000" /></label>
    <div class="button-row"><button class="button primary" type="submit" disabled=${!isStop && !chosen}>${t("Assign")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** @param {Asked} props */
function Close({ session, close, resolved }) {
  const last = (session.meter_start_wh ?? 0) + session.energy_wh;
  const submit = (/** @type {SubmitEvent} */ event) => {
    const form = filled(event);
    void attempt(async () => {
      const body = { ended_at: fromField(form.ended_at), meter_stop_wh: form.meter_stop_wh ? Number(form.meter_stop_wh) : undefined, reason: form.reason };
      resolved(await api.closeSession(session.id, body), t("Session {id} is closed.", { id: session.id }));
    });
  };
  return html`<${Dialog} title=${t("Close session {id}", { id: session.id })} close=${close}><form onSubmit=${submit}>
    <p>${t("It is flagged as an estimate. Where its charger tells its own end later, that end holds.")}</p>
    <div class="two"><label>${t("Ended")}<input name="ended_at" type="datetime-local" step="1" required defaultValue=${toField(new Date().toISOString())} /></label>
      <label>${t("Meter at the end, Wh")}<input name="meter_stop_wh" type="number" min="0" placeholder=${t("as last shown, about {meter}", { meter: last })} /></label></div>
    <label>${t("Reason")} <small class="quiet">${t("for the record")}</small><input name="reason" autocomplete="off" maxlength="1000" /></label>
    <div class="button-row"><button class="button primary" type="submit">${t("Close")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** @param {Asked} props */
function Discard({ session, close, resolved }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    const { reason } = filled(event);
    void attempt(async () => resolved(await api.discardSession(session.id, reason), t("Session {id} is discarded.", { id: session.id })));
  };
  return html`<${Dialog} title=${t("Discard session {id}", { id: session.id })} close=${close}><form onSubmit=${submit}>
    <p>${t("It stays in the list as discarded, with your reason. Nothing is deleted.")}</p>
    <label>${t("Reason")}<input name="reason" required autofocus autocomplete="off" maxlength="1000" /></label>
    <div class="button-row"><button class="button danger" type="submit">${t("Discard")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

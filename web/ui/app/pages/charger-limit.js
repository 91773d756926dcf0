// @ts-check
/** Setting a limit: presets, steps over a day, where and for what, and what the charger answered. */
import { useState } from "preact/hooks";
import { api } from "../api.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { StepEditor } from "../step-editor.js";
import { Dialog } from "../widgets.js";

/** @import { Charger, Session } from "../types.d.ts" */
/** @import { LimitStep } from "../step-editor.js" */
/** @typedef {import("../commands.js").Run} Run */
/** @typedef {{steps: LimitStep[], unit: "A" | "W", daily: boolean}} Plan */

/** @type {[string, Plan][]} */
const PRESETS = [
  ["16 A", { steps: [{ minute: 0, limit: 16 }], unit: "A", daily: false }],
  [m("Nights only"), { steps: [{ minute: 0, limit: 32 }, { minute: 360, limit: 0 }, { minute: 1320, limit: 32 }], unit: "A", daily: true }],
  [m("Pause"), { steps: [{ minute: 0, limit: 0 }], unit: "A", daily: false }],
];

/** @param {{charger: Charger, sessions: Session[], evse: number, run: Run, close: () => void}} props */
export function LimitDialog({ charger, sessions, evse, run, close }) {
  const [where, setWhere] = useState(evse);
  const [scope, setScope] = useState("session");
  const [plan, setPlan] = useState(PRESETS[0][1]);
  const running = sessions.find((session) => session.evse_id === where);
  const forSession = where > 0 && scope === "session" && running;
  const present = new Date();
  const origin = plan.daily ? 0 : present.getHours() * 60 + present.getMinutes();
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const minutes = Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("minutes"));
    // What holds from now on is begun a minute ago by the server, so that there is no gap.
    const late = plan.daily ? 0 : 60;
    const midnight = new Date(present.getFullYear(), present.getMonth(), present.getDate()).toISOString();
    const profile = {
      evse_id: where,
      purpose: where === 0 ? "station_max" : forSession ? "tx" : "tx_default",
      ...(forSession ? { transaction_id: forSession.transaction_id } : {}),
      ...(plan.daily ? { kind: "recurring", recurrency: "daily" } : {}),
      schedule: {
        unit: plan.unit,
        periods: plan.steps.map(({ minute, limit }) => ({ start_s: minute ? minute * 60 + late : 0, limit })),
        ...(plan.daily ? { starts_at: midnight, duration_s: 86_400 } : minutes ? { duration_s: minutes * 60 + late } : {}),
      },
    };
    close();
    void run(t("Set a limit"), () => api.setProfile(charger.id, profile));
  };
  return html`<${Dialog} title=${t("Set a limit")} close=${close} wide>
    <form onSubmit=${submit}>
      <div class="button-row" role="group" aria-label=${t("Presets")}>${PRESETS.map(([word, preset]) => html`<button key=${word} type="button" class="button small" aria-pressed=${plan === preset} onClick=${() => setPlan(preset)}>${t(word)}</button>`)}</div>
      <div class="two"><label>${t("Where")}<select name="where" value=${where} onChange=${(/** @type {any} */ event) => setWhere(Number(event.target.value))}>
        <option value="0" selected=${where === 0}>${t("the whole charger")}</option>
        ${charger.evses.filter(({ id }) => id > 0).map(({ id }) => html`<option key=${id} value=${id} selected=${id === where}>${t("connector {n}", { n: id })}</option>`)}</select></label>
      ${running && html`<label>${t("For")}<select name="scope" value=${scope} onChange=${(/** @type {any} */ event) => setScope(event.target.value)}><option value="session">${t("the running session")}</option><option value="all">${t("every session there")}</option></select></label>`}
      <label>${t("Unit")}<select name="unit" value=${plan.unit} onChange=${(/** @type {any} */ event) => setPlan(inUnit(plan, event.target.value))}><option value="A">${t("A per phase")}</option><option value="W">${t("W in all")}</option></select></label>
      <label>${t("When")}<select name="repeats" value=${plan.daily ? "daily" : "once"} onChange=${(/** @type {any} */ event) => setPlan({ ...plan, daily: event.target.value === "daily" })}><option value="once">${t("from now on")}</option><option value="daily">${t("every day")}</option></select></label></div>
      <${StepEditor} steps=${plan.steps} unit=${plan.unit} origin=${origin} change=${(/** @type {LimitStep[]} */ steps) => setPlan({ ...plan, steps })} />
      ${!plan.daily && html`<label>${t("For how many minutes")} <small class="quiet">${t("empty: until it is cleared")}</small><input name="minutes" type="number" min="1" step="1" /></label>`}
      <p class="quiet">${t("0 pauses. A car draws nothing below 6 A.")}</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="send" />${t("Set")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
    </form><//>`;
}

/** The same in another unit, at 230 V and three phases. @param {Plan} plan @param {"A" | "W"} unit @returns {Plan} */
function inUnit(plan, unit) {
  if (unit === plan.unit) return plan;
  const factor = unit === "W" ? 690 : 1 / 690;
  return { ...plan, unit, steps: plan.steps.map(({ minute, limit }) => ({ minute, limit: Math.round(limit * factor * 10) / 10 })) };
}

// @ts-check
/** What is done to the chargers that were chosen: a bar at the foot of the page, and a dialog that says what it will do before it does. */
import { useState } from "preact/hooks";
import { fleetApi } from "../api/fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { go } from "../router.js";
import { attempt, Dialog } from "../widgets.js";

/**
 * ``ask`` makes the request of the chargers' ids and what the form holds; ``fields`` are drawn in the dialog.
 * @typedef {{word: string, icon: string, means: string, danger?: boolean, fields?: () => any,
 *   ask: (ids: string[], form: FormData) => Promise<import("../api/fleet.js").Batch>}} Work
 */

const text = (/** @type {FormData} */ form, /** @type {string} */ name) => String(form.get(name) ?? "").trim();

/** @type {Work[]} */
const WORKS = [
  { word: m("Restart"), icon: "reset", means: m("Each charger restarts; running sessions end first, unless at once is chosen."),
    fields: () => html`<label class="check"><input type="checkbox" name="immediately" />${t("At once, without waiting for sessions to end")}</label>`,
    ask: (ids, form) => fleetApi.command({ verb: "reset", payload: { immediately: form.get("immediately") === "on" }, charger_ids: ids }) },
  { word: m("Out of service"), icon: "ban", means: m("Each charger takes no new sessions until it is put in service again."), ask: (ids) => fleetApi.command({ verb: "availability", payload: { operative: false }, charger_ids: ids }) },
  { word: m("In service"), icon: "check", means: m("Each charger takes sessions again."), ask: (ids) => fleetApi.command({ verb: "availability", payload: { operative: true }, charger_ids: ids }) },
  { word: m("Clear the cache"), icon: "trash", means: m("Each charger forgets the tags that it has remembered."), ask: (ids) => fleetApi.command({ verb: "clear-cache", charger_ids: ids }) },
  { word: m("Ask for a message"), icon: "send", means: m("Each charger sends this message now."),
    fields: () => html`<label>${t("Message")}<select name="message">${["StatusNotification", "Heartbeat", "BootNotification", "MeterValues", "FirmwareStatusNotification"].map((name) => html`<option key=${name}>${name}</option>`)}</select></label>`,
    ask: (ids, form) => fleetApi.command({ verb: "trigger", payload: { message: text(form, "message") }, charger_ids: ids }) },
  { word: m("Any OCPP command"), icon: "list", means: m("Each charger gets this command as it is written here, checked against the schema of its OCPP version."),
    fields: () => html`<label>${t("Action")}<input name="action" required spellcheck=${false} autocomplete="off" placeholder="GetConfiguration" /></label>
      <label>${t("Payload (JSON)")}<textarea name="payload" spellcheck=${false} class="mono">{}</textarea></label>`,
    ask: (ids, form) => fleetApi.command({ action: text(form, "action"), payload: JSON.parse(text(form, "payload") || "{}"), charger_ids: ids }) },
  { word: m("Move to a site"), icon: "home", means: m("The chargers belong to this site from now on; empty: to none."),
    fields: () => html`<label>${t("Site")}<input name="site_id" autocomplete="off" maxlength="200" /></label>`,
    ask: (ids, form) => fleetApi.change({ action: "change", change: { site_id: text(form, "site_id") || null }, charger_ids: ids }) },
  { word: m("Registration"), icon: "shield", means: m("A charger that is not accepted may only boot. Where this changes, the charger is hung up on and comes back."),
    fields: () => html`<label>${t("Registration")}<select name="registration"><option value="accepted">${t("Accepted")}</option><option value="pending">${t("Pending")}</option><option value="rejected">${t("Rejected")}</option></select></label>`,
    ask: (ids, form) => fleetApi.change({ action: "change", change: { registration: text(form, "registration") }, charger_ids: ids }) },
  { word: m("Remove"), icon: "trash", danger: true, means: m("The chargers are forgotten and hung up on. Their sessions and meter values stay."), ask: (ids) => fleetApi.change({ action: "remove", charger_ids: ids }) },
];

/** @param {{picked: Set<string>, shown: string[], all: boolean, pickAll: () => void, clear: () => void}} props */
export function BulkBar({ picked, shown, all, pickAll, clear }) {
  const [work, setWork] = useState(/** @type {Work | null} */ (null));
  const hidden = [...picked].filter((id) => !shown.includes(id)).length;
  return html`<div class="bulk-bar card" role="region" aria-label=${t("Bulk work")}>
    <b aria-live="polite">${tn("{n} charger chosen", "{n} chargers chosen", picked.size, { n: count(picked.size) })}</b>
    ${hidden > 0 && html`<small class="quiet">${tn("{n} of them is not shown", "{n} of them are not shown", hidden, { n: count(hidden) })}</small>`}
    ${!all && html`<button class="button small" onClick=${pickAll}>${t("All {n} that fit", { n: count(shown.length) })}</button>`}
    <span class="push button-row">${WORKS.map((one) => html`<button key=${one.word} class=${`button small ${one.danger ? "danger" : ""}`} onClick=${() => setWork(one)}><${Icon} name=${one.icon} />${t(one.word)}</button>`)}
      <button class="icon-button" title=${t("Choose none")} aria-label=${t("Choose none")} onClick=${clear}><${Icon} name="close" /></button></span>
    ${work && html`<${Sure} work=${work} ids=${[...picked]} close=${() => setWork(null)} />`}
  </div>`;
}

/** @param {{work: Work, ids: string[], close: () => void}} props */
function Sure({ work, ids, close }) {
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    setBusy(true);
    const batch = await attempt(async () => work.ask(ids, form));
    setBusy(false);
    if (batch) go(`/batches/${batch.id}`);
  };
  return html`<${Dialog} title=${t(work.word)} close=${close}>
    <form onSubmit=${submit}>
      <p>${t(work.means)}</p>
      ${work.fields?.()}
      <p class="quiet clip"><bdi>${ids.slice(0, 8).join(", ")}</bdi>${ids.length > 8 ? " …" : ""}</p>
      <div class="button-row"><button class=${`button ${work.danger ? "danger" : "primary"}`} type="submit" disabled=${busy}><${Icon} name=${work.icon} />${tn("Do it for {n} charger", "Do it for {n} chargers", ids.length, { n: count(ids.length) })}</button>
        <button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
    </form><//>`;
}

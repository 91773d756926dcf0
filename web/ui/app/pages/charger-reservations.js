// @ts-check
/** The reservations of a charger: who has one, what became of it, a new one, and giving one up. */
import { useState } from "preact/hooks";
import { api } from "../api.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { told } from "../server-words.js";
import { useNews } from "../news.js";
import { RESERVATIONS } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";
import { TagField } from "./charger-orders.js";

/** @import { Charger, Reservation } from "../types.d.ts" */

/** @param {{charger: Charger, run: import("../commands.js").Run, able: boolean}} props */
export function Reservations({ charger, run, able }) {
  const [making, setMaking] = useState(false);
  const news = useNews(charger.id, "reservation");
  const list = useFetched(() => api.reservations({ charger_id: charger.id, limit: 20 }), [charger.id, news]);
  const cancel = (/** @type {Reservation} */ one) => run(t("Cancel a reservation"), () => api.cancelReservation(one.id));
  return html`<section class="card block" aria-label=${t("Reservations")}>
    <header><h2><${Icon} name="clock" />${t("Reservations")}</h2>
      ${able && html`<button class="button" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("Reserve")}</button>`}</header>
    ${list.error ? html`<${Trouble} error=${list.error} again=${list.again} />` : !list.value ? html`<${Loading} lines=${2} />`
      : list.value.items.length === 0 ? html`<${Empty} icon="clock" title=${t("Nothing is reserved")}><p>${t("A reservation keeps a connector for one tag, and its group, until a moment.")}</p><//>`
      : html`<table class="plain-table"><thead><tr><th>${t("For")}</th><th>${t("Where")}</th><th>${t("State")}</th><th class="hide-narrow">${t("Until")}</th>${able && html`<td></td>`}</tr></thead>
        <tbody>${list.value.items.map((one) => html`<tr key=${one.id} data-reservation=${one.id} data-state=${one.state}>
          <td class="mono"><bdi>${one.id_tag}</bdi>${one.parent && html`<br /><small class="quiet">${t("group")}${" "}<bdi>${one.parent}</bdi></small>`}</td>
          <td class="nowrap">${one.evse_id ? t("connector {n}", { n: one.evse_id }) : t("any connector")}</td>
          <td><${Status} small is=${RESERVATIONS[one.state] ?? RESERVATIONS.unknown} />${whyWord(one) && html`<br /><small class="quiet" dir="auto">${whyWord(one)}</small>`}</td>
          <td class="hide-narrow">${moment(one.expires_at)}</td>
          ${able && html`<td class="right">${OPEN.has(one.state) && html`<button class="button small danger" onClick=${() => cancel(one)}><${Icon} name="close" />${t("Cancel")}</button>`}</td>`}</tr>`)}</tbody></table>`}
    ${making && html`<${ReserveDialog} charger=${charger} close=${() => setMaking(false)} />`}
  </section>`;
}

const OPEN = new Set(["requested", "accepted", "unknown"]);

/** The charger's word, or why it ended. @param {Reservation} one */
function whyWord(one) {
  return (one.reason && told(one.reason)) ?? (one.state === "refused" ? one.answer : null);
}

/** @param {{charger: Charger, close: () => void}} props */
function ReserveDialog({ charger, close }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const expires = new Date(Date.now() + Number(given.get("minutes")) * 60_000).toISOString();
    close();
    void attempt(async () => {
      const made = await api.reserve(charger.id, { evse_id: Number(given.get("evse_id")), id_tag: String(given.get("id_tag")).trim(), expires_at: expires });
      const refused = made.state === "refused";
      notify(refused ? t("The charger said {word}.", { word: made.answer ?? t("no") }) : t("For {tag}: {state}.", { tag: made.id_tag, state: t((RESERVATIONS[made.state] ?? RESERVATIONS.unknown).word).toLowerCase() }), refused ? "bad" : "good");
    });
  };
  return html`<${Dialog} title=${t("Reserve")} close=${close}>
    <form onSubmit=${submit}>
      <label>${t("Connector")}<select key=${charger.evses.length} name="evse_id">${charger.evses.filter(({ id }) => id > 0).map(({ id }) => html`<option key=${id} value=${id}>${t("connector {n}", { n: id })}</option>`)}<option value="0">${t("any of this charger")}</option></select></label>
      <${TagField} label=${t("Tag")} />
      <label>${t("For how many minutes")}<input name="minutes" type="number" min="1" max="10080" step="1" value="30" required /></label>
      <p class="quiet">${t("Other tags of its group may use it, too.")}</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="clock" />${t("Reserve")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
    </form><//>`;
}

// @ts-check
/** The reservations of a charger: who has one, what became of it, a new one, and giving one up. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { useNews } from "../news.js";
import { RESERVATIONS } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Charger, Reservation } from "../types.d.ts" */

/** @param {{charger: Charger, run: import("../commands.js").Run, able: boolean}} props */
export function Reservations({ charger, run, able }) {
  const [making, setMaking] = useState(false);
  const news = useNews(charger.id, "reservation");
  const list = useFetched(() => api.reservations({ charger_id: charger.id, limit: 20 }), [charger.id, news]);
  const cancel = (/** @type {Reservation} */ one) => run("Cancel a reservation", () => api.cancelReservation(one.id));
  return html`<section class="card block" aria-label="Reservations">
    <header><h2><${Icon} name="clock" />Reservations</h2>
      <button class="button" disabled=${!able} onClick=${() => setMaking(true)}><${Icon} name="plus" />Reserve</button></header>
    ${list.error ? html`<${Trouble} error=${list.error} again=${list.again} />` : !list.value ? html`<${Loading} lines=${2} />`
      : list.value.items.length === 0 ? html`<${Empty} icon="clock" title="Nothing is reserved"><p>A reservation keeps a connector for one tag, and its group, until a moment.</p><//>`
      : html`<table class="plain-table"><thead><tr><th>For</th><th>Where</th><th>State</th><th class="hide-narrow">Until</th><th></th></tr></thead>
        <tbody>${list.value.items.map((one) => html`<tr key=${one.id} data-reservation=${one.id} data-state=${one.state}>
          <td class="mono">${one.id_tag}${one.parent && html`<br /><small class="quiet">group ${one.parent}</small>`}</td>
          <td class="nowrap">${one.evse_id ? `connector ${one.evse_id}` : "any connector"}</td>
          <td><${Status} small is=${RESERVATIONS[one.state] ?? RESERVATIONS.unknown} />${whyWord(one) && html`<br /><small class="quiet">${whyWord(one)}</small>`}</td>
          <td class="hide-narrow">${moment(one.expires_at)}</td>
          <td class="right">${OPEN.has(one.state) && html`<button class="button small danger" disabled=${!able} onClick=${() => cancel(one)}><${Icon} name="close" />Cancel</button>`}</td></tr>`)}</tbody></table>`}
    ${making && html`<${ReserveDialog} charger=${charger} close=${() => setMaking(false)} />`}
  </section>`;
}

const OPEN = new Set(["requested", "accepted", "unknown"]);

/** The charger's word, or why it ended. @param {Reservation} one */
function whyWord(one) {
  return one.reason ?? (one.state === "refused" ? one.answer : null);
}

/** @param {{charger: Charger, close: () => void}} props */
function ReserveDialog({ charger, close }) {
  const [tags, setTags] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    api.tags({ status: "accepted", limit: 100 }).then((page) => setTags(page.items.map((tag) => tag.id_tag)), () => undefined);
  }, []);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const expires = new Date(Date.now() + Number(given.get("minutes")) * 60_000).toISOString();
    close();
    void attempt(async () => {
      const made = await api.reserve(charger.id, { evse_id: Number(given.get("evse_id")), id_tag: String(given.get("id_tag")).trim(), expires_at: expires });
      const refused = made.state === "refused";
      notify(refused ? `The charger said ${made.answer ?? "no"}.` : `Reserved for ${made.id_tag}: ${RESERVATIONS[made.state].word.toLowerCase()}.`, refused ? "bad" : "good");
    });
  };
  return html`<${Dialog} title="Reserve" close=${close}>
    <form onSubmit=${submit}>
      <label>Connector<select name="evse_id">${charger.evses.map(({ id }) => html`<option key=${id} value=${id}>connector ${id}</option>`)}<option value="0">any of this charger</option></select></label>
      <label>Tag<input name="id_tag" list="tags-to-reserve" required autofocus autocomplete="off" spellcheck=${false} maxlength="36" /></label>
      <datalist id="tags-to-reserve">${tags.map((tag) => html`<option key=${tag} value=${tag}></option>`)}</datalist>
      <label>For how many minutes<input name="minutes" type="number" min="1" max="10080" step="1" value="30" required /></label>
      <p class="quiet">Other tags of its group may use it, too.</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="clock" />Reserve</button></div>
    </form><//>`;
}

// @ts-check
/** The unknown chargers that wait: let in with a click, with or without a password, or sent away. */
import { useEffect, useState } from "preact/hooks";
import { fleetApi } from "../api/fleet.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { useHeard } from "../news.js";
import { refetch, refreshStrangers, strangers } from "../store.js";
import { protocolWord } from "../words.js";
import { Ago, attempt, Copy, Dialog, notify } from "../widgets.js";

/** @import { AddedCharger, Stranger } from "../types.d.ts" */

/** @param {{able: boolean}} props */
export function Waiting({ able }) {
  useHeard(({ type, data }) => type === "connection.attempt" && data.outcome === "waiting", () => refreshStrangers());
  useEffect(() => {
    // One that leaves says nothing: the short list is looked at now and then.
    const timer = setInterval(() => !document.hidden && refreshStrangers(), 4000);
    return () => clearInterval(timer);
  }, []);
  const [asked, setAsked] = useState(/** @type {Stranger | null} */ (null));
  const reject = (/** @type {Stranger} */ stranger) => attempt(async () => {
    await fleetApi.reject(stranger.charger_id);
    notify(t("{id} was hung up on. It may come back.", { id: stranger.charger_id }));
    void refreshStrangers();
  });
  return html`<section class="card block" aria-label=${t("Waiting to be let in")}><header><h2>${t("Waiting to be let in")}</h2></header>
    ${strangers.value.length === 0 ? html`<p class="calm quiet">${t("Nobody waits. An unknown charger that connects appears here.")}</p>`
      : html`<ul class="rows">${strangers.value.map((stranger) => html`<li key=${stranger.charger_id} class="waiting-row" data-stranger=${stranger.charger_id}>
        <span><b><bdi>${stranger.charger_id}</bdi></b><small><bdi>${[stranger.boot?.vendor, stranger.boot?.model].filter(Boolean).join(" ")}</bdi> ${protocolWord(stranger.protocol)}, ${stranger.remote}, <${Ago} at=${stranger.since} /></small></span>
        ${able && html`<span class="button-row"><button class="button small primary" onClick=${() => setAsked(stranger)}><${Icon} name="check" />${t("Accept")}</button>
          <button class="button small" onClick=${() => reject(stranger)}>${t("Reject")}</button></span>`}</li>`)}</ul>`}
    ${asked && html`<${Accept} id=${asked.charger_id} close=${() => setAsked(null)} />`}
  </section>`;
}

/** @param {{id: string, close: () => void}} props */
function Accept({ id, close }) {
  const [way, setWay] = useState("made");
  const [busy, setBusy] = useState(false);
  const [added, setAdded] = useState(/** @type {AddedCharger | null} */ (null));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(form.get("name") ?? "").trim();
    const secret = way === "made" ? { security_profile: 1 } : way === "own" ? { password: String(form.get("password") ?? "") } : { security_profile: 0 };
    setBusy(true);
    const done = await attempt(() => fleetApi.accept(id, { ...secret, ...(name ? { name } : {}) }));
    setBusy(false);
    if (!done) return;
    refetch(id);
    void refreshStrangers();
    if (done.password) return setAdded(done);
    notify(t("{id} is accepted and connects again in a moment.", { id }));
    close();
  };
  if (added) return html`<${Dialog} title=${t("{id} is known now", { id })} close=${close}><div class="credentials">
    <p>${t("It is let in again once this password is entered in its settings.")}</p>
    <div class="credential"><small>${t("Password")}</small><code>${added.password}</code><${Copy} text=${added.password ?? ""} label=${t("Copy the password")} /></div>
    <p class="warning"><${Icon} name="alert" />${t("The password is shown only now. Copy it before you close this.")}</p></div><//>`;
  return html`<${Dialog} title=${t("Accept {id}", { id })} close=${close}>
    <form onSubmit=${submit}>
      <label>${t("Name for people")}<input name="name" autocomplete="off" maxlength="100" placeholder=${t("North entrance")} /></label>
      <fieldset class="ways"><legend>${t("Password")}</legend>
        ${[["made", t("Make a strong one")], ["own", t("Set my own")], ["none", t("None: stay open, as it came")]].map(([value, word]) => html`<label key=${value} class="check"><input type="radio" name="way" value=${value} checked=${way === value} onChange=${() => setWay(value)} />${word}</label>`)}</fieldset>
      ${way === "own" && html`<label>${t("Password")}<input name="password" required minlength="8" maxlength="40" autocomplete="off" spellcheck=${false} /></label>`}
      ${way === "none" && html`<p class="warning"><${Icon} name="alert" />${t("Whoever knows the identity can speak as this charger. Use it only on a network of your own.")}</p>`}
      <div class="button-row"><button class="button primary" type="submit" disabled=${busy}>${t("Accept")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
    </form><//>`;
}

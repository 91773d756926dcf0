// @ts-check
/** Adding a charger: who it is, then what to type into it, then the wait for it, which says what goes wrong. */
import { useState } from "preact/hooks";
import { api } from "../api.js";
import { fleetApi } from "../api/fleet.js";
import { chargers, index, put } from "../fleet.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { chargerPath } from "../router.js";
import { attempt, Copy, Dialog, useFetched } from "../widgets.js";
import { AttemptRow, useAttempts } from "./connect-attempts.js";
import { QrCode } from "./connect-qr.js";

/** @import { AddedCharger } from "../types.d.ts" */

/** @param {{close: () => void}} props */
export function AddCharger({ close }) {
  const [added, setAdded] = useState(/** @type {AddedCharger | null} */ (null));
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const [id, name, password] = ["id", "name", "password"].map((field) => String(form.get(field) ?? "").trim());
    setBusy(true);
    const made = await attempt(() => api.addCharger({ id, ...(name ? { name } : {}), ...(open ? { security_profile: 0 } : password ? { password } : {}) }));
    setBusy(false);
    if (!made) return;
    put(await api.charger(id));
    index();
    setAdded(made);
  };
  if (added) return html`<${Dialog} title=${t("{id} is known now", { id: added.id })} close=${close}><${Credentials} charger=${added} /><//>`;
  return html`<${Dialog} title=${t("Add a charger")} close=${close}>
    <form onSubmit=${submit}>
      <label>${t("Identity")}<input name="id" required autofocus autocomplete="off" spellcheck=${false} maxlength="48" placeholder=${t("for instance CP-001")} /></label>
      <label><span>${t("Name for people")} <small class="quiet">${t("may be empty")}</small></span><input name="name" autocomplete="off" maxlength="100" placeholder=${t("North entrance")} /></label>
      ${!open && html`<label><span>${t("Password")} <small class="quiet">${t("empty: a strong one is made")}</small></span><input name="password" type="text" autocomplete="off" spellcheck=${false} /></label>`}
      <label class="check"><input type="checkbox" checked=${open} onChange=${(/** @type {any} */ event) => setOpen(event.target.checked)} />${t("Without a password (security profile 0)")}</label>
      ${open && html`<p class="warning"><${Icon} name="alert" />${t("Whoever knows the identity can speak as this charger. Use it only on a network of your own.")}</p>`}
      <div class="button-row"><button class="button primary" type="submit" disabled=${busy}>${t("Add")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
    </form><//>`;
}

/** What to type into the charger; the password is shown this once. @param {{charger: AddedCharger}} props */
function Credentials({ charger }) {
  const { value } = useFetched(() => fleetApi.addresses(false), []);
  const best = value?.items[0];
  const url = best ? `${best.url}${encodeURIComponent(charger.id)}` : "";
  /** @type {[string, string][]} */
  const rows = best ? [[t("Address"), url], [t("Address, where the charger adds its identity itself"), best.url]] : [];
  rows.push([t("Identity"), charger.id]);
  if (charger.password) rows.push([t("Password"), charger.password]);
  return html`<div class="credentials">
    <p>${t("Enter this in the charger's settings.")} <a href=${`/connect?id=${encodeURIComponent(charger.id)}`}>${t("Other addresses and help")}</a></p>
    ${value?.loopback_only && html`<p class="warning"><${Icon} name="alert" />${t("Chargers on the network cannot reach this: the server listens for this machine alone. Start it with --host 0.0.0.0.")}</p>`}
    ${rows.map(([word, text]) => html`<div key=${word} class="credential"><small>${word}</small><code><bdi>${text}</bdi></code><${Copy} text=${text} label=${t("Copy: {what}", { what: word })} /></div>`)}
    ${charger.password && html`<p class="warning"><${Icon} name="alert" />${t("The password is shown only now. Copy it before you close this.")}</p>`}
    ${url && html`<details><summary>${t("QR code")}</summary><${QrCode} text=${url} /></details>`}
    <${FirstConnection} id=${charger.id} />
    <p><a class="button primary" href=${chargerPath(charger.id)}>${t("Go to the charger")}</a></p>
  </div>`;
}

/** Waits for the first connection, and says what goes wrong meanwhile. @param {{id: string}} props */
function FirstConnection({ id }) {
  const { items } = useAttempts({ charger_id: id, limit: 3 });
  const online = chargers.get(id)?.value.connection === "online";
  return html`<section class="first-connection" aria-label=${t("First connection")}>
    ${online ? html`<p class="calm" role="status"><${Icon} name="check" />${t("It is connected.")}</p>`
      : html`<p class="waits" role="status"><i></i>${t("Waiting for it to connect")}</p>${items && items.length > 0 && html`<ol class="attempts">${items.map((attempt) => html`<${AttemptRow} key=${attempt.reason} attempt=${attempt} />`)}</ol>`}`}
  </section>`;
}

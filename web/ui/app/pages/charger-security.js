// @ts-check
/** The security of a charger: how it is really connected, its password and profile while they change, its certificate. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hear } from "../live.js";
import { attempt, Dialog, Loading, notify, Trouble, useFetched } from "../widgets.js";

/** @import { Charger, Security as Kept } from "../types.d.ts" */

const PROFILES = ["0: open, no password", "1: password", "2: password over TLS", "3: client certificate over TLS"];
/** @type {Record<string, string>} */
const ROTATIONS = {
  sent: "sent; the old and the new one are good", unknown: "no answer came; both are good until one is used", accepted: "the charger has the new one",
  rejected: "the charger kept the old one",
};
/** @type {Record<string, string>} */
const UPGRADES = {
  asked: "asked", accepted: "accepted; it has still to come so", unknown: "no answer came; it may come so", rejected: "rejected", done: "done",
};
const NEWS = new Set(["resync", "charger.security", "charger.connected", "charger.disconnected", "charger.changed"]);

/** @param {{charger: Charger}} props */
export function Security({ charger }) {
  const { value, error, again } = useFetched(() => api.security(charger.id), [charger.id]);
  const commands = useCommands(charger.id);
  const [dialog, setDialog] = useState(/** @type {"raise" | "certificate" | null} */ (null));
  useEffect(() => hear((events) => {
    if (events.some(({ type, data }) => NEWS.has(type) && (type === "resync" || data.charger_id === charger.id))) again();
  }), [charger.id]);
  if (!value) return error ? html`<${Trouble} error=${error} again=${again} />` : html`<${Loading} lines=${5} />`;
  const writes = me.value?.role !== "viewer";
  const able = writes && charger.connection !== "offline";
  const change = (/** @type {Record<string, unknown>} */ body, /** @type {string} */ said) =>
    attempt(async () => {
      await api.changeSecurity(charger.id, body);
      notify(said);
      again();
    });
  const close = () => setDialog(null);
  return html`<div class="columns even">
    <div class="column wide-column"><section class="card block" aria-label="Security"><header><h2><${Icon} name="shield" />Security</h2></header>
      <dl class="facts tall">${factsOf(value).map(([word, text]) => html`<div key=${word}><dt>${word}</dt><dd>${text}</dd></div>`)}</dl>
      <div class="pad">
        <div class="button-row">
          <button class="button" disabled=${!able || value.profile === 3} onClick=${() => commands.run("New password", () => api.rotatePassword(charger.id))}><${Icon} name="lock" />New password</button>
          <button class="button" disabled=${!able || value.profile === 3} onClick=${() => setDialog("raise")}><${Icon} name="up" />Higher profile</button>
          <button class="button" disabled=${!writes} onClick=${() => setDialog("certificate")}><${Icon} name="shield" />Certificate</button>
        </div>
        <label class="check"><input type="checkbox" checked=${value.key_as_text} disabled=${!writes} onChange=${() => void change({ key_as_text: !value.key_as_text }, "Saved.")} />It may send its key as text</label>
        <label class="check"><input type="checkbox" checked=${value.lenient_handshake} disabled=${!writes} onChange=${() => void change({ lenient_handshake: !value.lenient_handshake }, "Saved.")} />Its handshake may lack Connection: Upgrade</label>
      </div></section></div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
    ${dialog === "raise" && html`<${Raise} kept=${value} close=${close} raise=${(/** @type {number} */ profile) => (close(), commands.run(`Profile ${profile}`, () => api.raiseProfile(charger.id, profile)))} />`}
    ${dialog === "certificate" && html`<${Certificate} kept=${value} close=${close} save=${(/** @type {Record<string, unknown>} */ body) => (close(), change(body, "The certificate is known."))} />`}
  </div>`;
}

/** @param {Kept} kept @returns {[string, string][]} */
function factsOf({ profile, has_password, link, certificate, rotation, upgrade }) {
  const seen = link?.certificate;
  const how = link && [link.scheme, link.tls_version, link.cipher, link.forwarded && "by way of a proxy"].filter(Boolean).join(", ");
  const known = certificate && [certificate.common_name, certificate.fingerprint && `SHA-256 ${certificate.fingerprint.slice(0, 16)}…`, certificate.set_by].filter(Boolean).join(", ");
  const goal = upgrade && `to ${upgrade.profile}: ${UPGRADES[upgrade.state] ?? upgrade.state}${upgrade.given_up ? "; it has not come in time" : ""}`;
  return [
    ["Profile", PROFILES[profile] ?? String(profile)],
    ["Connected", how ?? "not now"],
    ["Password", has_password ? "set" : "none"],
    ...(seen ? [/** @type {[string, string]} */ (["It showed", `${seen.common_name}${seen.organisation ? ` of ${seen.organisation}` : ""}${seen.not_after ? `, until ${moment(seen.not_after)}` : ""}`])] : []),
    ...(known ? [/** @type {[string, string]} */ (["Known by", known])] : []),
    ...(rotation ? [/** @type {[string, string]} */ (["New password", `${ROTATIONS[rotation.state] ?? rotation.state}${rotation.at ? `, ${moment(rotation.at)}` : ""}`])] : []),
    ...(goal ? [/** @type {[string, string]} */ (["New profile", goal])] : []),
  ];
}

/** @param {{kept: Kept, close: () => void, raise: (profile: number) => void}} props */
function Raise({ kept, close, raise }) {
  const higher = [1, 2, 3].filter((profile) => profile > kept.profile);
  return html`<${Dialog} title="Go to a higher profile" close=${close}>
    <p>The charger is told to take the profile, and restarts at once: running sessions end. Until it has come with the new profile, it may come as before; then no more.</p>
    <div class="button-row">${higher.map((profile) => html`<button key=${profile} class="button primary" onClick=${() => raise(profile)}>${PROFILES[profile]}</button>`)}
      <button class="button" onClick=${close}>Cancel</button></div><//>`;
}

/** @param {{kept: Kept, close: () => void, save: (body: Record<string, unknown>) => void}} props */
function Certificate({ kept, close, save }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim() || null;
    save({ certificate_name: text("name"), certificate_fingerprint: text("fingerprint") });
  };
  return html`<${Dialog} title="By which certificate it is known" close=${close}><form onSubmit=${submit}>
    <p>Without either, its identity or serial number will do as the common name, the first time it comes with a certificate.</p>
    <label>Common name<input name="name" autocomplete="off" maxlength="64" class="mono" defaultValue=${kept.certificate?.common_name ?? ""} /></label>
    <label>Fingerprint, SHA-256 <small class="quiet">alone: only this very certificate</small><input name="fingerprint" autocomplete="off" pattern="[0-9a-fA-F]{64}" class="mono" defaultValue=${kept.certificate?.fingerprint ?? ""} /></label>
    <div class="button-row"><button class="button primary" type="submit">Save</button><button class="button" type="button" onClick=${close}>Cancel</button></div></form><//>`;
}

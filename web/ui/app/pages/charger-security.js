// @ts-check
/** The security of a charger: how it is really connected, its password and profile while they change, certificates, security events. */
import { useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { useHeard } from "../news.js";
import { attempt, Dialog, Loading, notify, Trouble, useFetched } from "../widgets.js";
import { Certificates } from "./charger-certificates.js";
import { SecurityEvents } from "./charger-security-events.js";

/** @import { Charger, Security as Kept } from "../types.d.ts" */

const PROFILES = [m("0: open, no password"), m("1: password"), m("2: password over TLS"), m("3: client certificate over TLS")];
/** @type {Record<string, string>} */
const ROTATIONS = {
  sent: m("sent; the old and the new one are good"), unknown: m("no answer came; both are good until one is used"), accepted: m("the charger has the new one"),
  rejected: m("the charger kept the old one"),
};
/** @type {Record<string, string>} */
const UPGRADES = {
  asked: m("asked"), accepted: m("accepted; it has still to come so"), unknown: m("no answer came; it may come so"), rejected: m("rejected"), done: m("done"),
};
const NEWS = new Set(["charger.security", "charger.connected", "charger.disconnected", "charger.changed"]);

/** @param {{charger: Charger}} props */
export function Security({ charger }) {
  const { value, error, again } = useFetched(() => api.security(charger.id), [charger.id]);
  const commands = useCommands(charger.id);
  const [dialog, setDialog] = useState(/** @type {"raise" | "certificate" | null} */ (null));
  useHeard(({ type, data }) => NEWS.has(type) && data.charger_id === charger.id, again);
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
  const tick = (/** @type {"key_as_text" | "lenient_handshake"} */ name, /** @type {string} */ word) => html`<label class="check"><input type="checkbox" checked=${value[name]} disabled=${!writes} onChange=${() => void change({ [name]: !value[name] }, t("Saved."))} />${word}</label>`;
  return html`<div class="columns">
    <div class="column wide-column"><section class="card block" aria-label=${t("Security")}><header><h2><${Icon} name="shield" />${t("Security")}</h2></header>
      <dl class="facts tall">${factsOf(value).map(([word, text]) => html`<div key=${word}><dt>${word}</dt><dd dir="auto">${text}</dd></div>`)}</dl>
      <div class="pad">
        ${writes && html`<div class="button-row">
          ${able && value.profile !== 3 && html`<button class="button" onClick=${() => commands.run(t("New password"), () => api.rotatePassword(charger.id))}><${Icon} name="lock" />${t("New password")}</button>
          <button class="button" onClick=${() => setDialog("raise")}><${Icon} name="up" />${t("Higher profile")}</button>`}
          <button class="button" onClick=${() => setDialog("certificate")}><${Icon} name="shield" />${t("Certificate")}</button>
        </div>`}
        ${tick("key_as_text", t("It may send its key as text"))}
        ${tick("lenient_handshake", t("Its handshake may lack Connection: Upgrade"))}
      </div></section>
      <${Certificates} charger=${charger} able=${able} run=${commands.run} />
      <${SecurityEvents} charger=${charger} /></div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
    ${dialog === "raise" && html`<${Raise} kept=${value} close=${close} raise=${(/** @type {number} */ profile) => (close(), commands.run(t("Profile {n}", { n: profile }), () => api.raiseProfile(charger.id, profile)))} />`}
    ${dialog === "certificate" && html`<${Certificate} kept=${value} close=${close} save=${(/** @type {Record<string, unknown>} */ body) => (close(), change(body, t("The certificate is known.")))} />`}
  </div>`;
}

/** @param {Kept} kept @returns {[string, string][]} */
function factsOf({ profile, has_password, link, certificate, rotation, upgrade }) {
  const seen = link?.certificate;
  const how = link && [link.scheme, link.tls_version, link.cipher, link.forwarded && t("by way of a proxy")].filter(Boolean).join(", ");
  const known = certificate && [certificate.common_name, certificate.fingerprint && `SHA-256 ${certificate.fingerprint.slice(0, 16)}…`, certificate.set_by].filter(Boolean).join(", ");
  const goal = upgrade && [t("to {profile}: {state}", { profile: upgrade.profile, state: t(UPGRADES[upgrade.state] ?? upgrade.state) }), upgrade.given_up && t("it has not come in time")].filter(Boolean).join("; ");
  const showed = seen && [seen.common_name, seen.organisation, seen.not_after && t("until {until}", { until: moment(seen.not_after) })].filter(Boolean).join(", ");
  const turned = rotation && [t(ROTATIONS[rotation.state] ?? rotation.state), rotation.at && moment(rotation.at)].filter(Boolean).join(", ");
  /** @type {[string, string | null | undefined][]} */
  const facts = [
    [t("Profile"), PROFILES[profile] ? t(PROFILES[profile]) : String(profile)], [t("Connected"), how ?? t("not now")], [t("Password"), has_password ? t("set") : t("none")],
    [t("It showed"), showed], [t("Known by"), known], [t("New password"), turned], [t("New profile"), goal],
  ];
  return facts.flatMap(([word, text]) => (text ? [/** @type {[string, string]} */ ([word, text])] : []));
}

/** @param {{kept: Kept, close: () => void, raise: (profile: number) => void}} props */
function Raise({ kept, close, raise }) {
  const higher = [1, 2, 3].filter((profile) => profile > kept.profile);
  return html`<${Dialog} title=${t("Go to a higher profile")} close=${close}>
    <p>${t("The charger is told to take the profile, and restarts at once: running sessions end. Until it has come with the new profile, it may come as before; then no more.")}</p>
    <div class="button-row">${higher.map((profile) => html`<button key=${profile} class="button primary" onClick=${() => raise(profile)}>${t(PROFILES[profile])}</button>`)}
      <button class="button" onClick=${close}>${t("Cancel")}</button></div><//>`;
}

/** @param {{kept: Kept, close: () => void, save: (body: Record<string, unknown>) => void}} props */
function Certificate({ kept, close, save }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim() || null;
    save({ certificate_name: text("name"), certificate_fingerprint: text("fingerprint") });
  };
  return html`<${Dialog} title=${t("By which certificate it is known")} close=${close}><form onSubmit=${submit}>
    <p>${t("Without either, its identity or serial number will do as the common name, the first time it comes with a certificate.")}</p>
    <label>${t("Common name")}<input name="name" autocomplete="off" maxlength="64" class="mono" defaultValue=${kept.certificate?.common_name ?? ""} /></label>
    <label>${t("Fingerprint, SHA-256")} <small class="quiet">${t("alone: only this very certificate")}</small><input name="fingerprint" autocomplete="off" pattern="[0-9a-fA-F]{64}" class="mono" defaultValue=${kept.certificate?.fingerprint ?? ""} /></label>
    <div class="button-row"><button class="button primary" type="submit">${t("Save")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

// @ts-check
/** The certificates of a charger: those it had signed and those it has installed; how long they last; renewed, installed and revoked. */
import { useState } from "preact/hooks";
import { api, BASE, me } from "../api.js";
import { moment, now } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { told } from "../server-words.js";
import { useNews } from "../news.js";
import { CERTIFICATES } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Certificate, Charger } from "../types.d.ts" */
/** @typedef {import("../commands.js").Run} Run */

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const GOOD = new Set(["issued", "sent", "accepted", "unconfirmed"]);

/** @param {{charger: Charger, able: boolean, run: Run}} props */
export function Certificates({ charger, able, run }) {
  const [installing, setInstalling] = useState(false);
  const { value, error, again } = useFetched(() => api.certificates(charger.id), [charger.id, useNews(charger.id, "certificate")]);
  const items = value?.items ?? [];
  const ask = (/** @type {string} */ word, /** @type {string} */ path, /** @type {object} */ body) => void run(word, () => api.order(charger.id, path, body));
  const read = () => {
    for (const use of ["central_system_root", "manufacturer_root"]) ask(t("Read certificates"), "certificates/read", { use });
  };
  const remove = (/** @type {Certificate} */ certificate) => {
    if (certificate.kind === "installed") void run(t("Delete certificate"), () => api.deleteCertificate(charger.id, certificate.id));
    else void attempt(async () => {
      await api.deleteCertificate(charger.id, certificate.id);
      notify(t("The certificate opens no line any more."));
      again();
    });
  };
  const install = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const certificate = String(form.get("certificate")).trim();
    setInstalling(false);
    ask(t("Install certificate"), "certificates", { use: String(form.get("use")), ...(certificate && { certificate: `${certificate}\n` }) });
  };
  return html`<section class="card block" aria-label=${t("Certificates")}><header><h2><${Icon} name="lock" />${t("Certificates")}</h2>
      <span class="button-row push">
        ${able && html`<button class="button small" onClick=${() => ask(t("Renew certificate"), "certificates/renew", {})}><${Icon} name="reset" />${t("Renew")}</button>
        <button class="button small" onClick=${() => setInstalling(true)}><${Icon} name="plus" />${t("Install a root")}</button>
        <button class="button small" onClick=${read}><${Icon} name="list" />${t("Read")}</button>`}
        <a class="button small" href=${`${BASE}/ca`} target="_blank" rel="noopener">${t("Our root")}</a>
      </span></header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} lines=${2} />`
      : items.length === 0 ? html`<${Empty} icon="lock" title=${t("No certificate known")}><p>${t("Those that the charger asks to be signed appear here, and those it says are installed.")}</p><//>`
      : html`<ul class="letters" aria-label=${t("Known certificates")}>${items.map((certificate) => html`<${CertificateLine} key=${certificate.id} certificate=${certificate} able=${able} remove=${remove} />`)}</ul>`}
    ${installing && html`<${Dialog} title=${t("Install a root certificate")} close=${() => setInstalling(false)}><form onSubmit=${install}>
      <label>${t("What it is for")}<select name="use"><option value="central_system_root">${t("to know this central system")}</option><option value="manufacturer_root">${t("to check firmware of the manufacturer")}</option></select></label>
      <label>${t("Certificate, PEM")} <small class="quiet">${t("empty: the root of this server's authority")}</small><textarea name="certificate" rows="6" maxlength="5500" class="mono"></textarea></label>
      <div class="button-row"><button class="button primary" type="submit">${t("Install")}</button><button class="button" type="button" onClick=${() => setInstalling(false)}>${t("Cancel")}</button></div></form><//>`}
  </section>`;
}

/** @param {{certificate: Certificate, able: boolean, remove: (certificate: Certificate) => void}} props */
function CertificateLine({ certificate, able, remove }) {
  const issued = certificate.kind === "issued";
  const good = !issued || GOOD.has(certificate.state ?? "");
  const removable = issued ? good && me.value?.role !== "viewer" : able && !certificate.in_use;
  return html`<li data-certificate=${certificate.id} data-state=${certificate.state ?? "installed"}>
    <p class="letter-line"><b dir="auto">${issued ? certificate.common_name ?? t("no name") : certificate.type}</b><${Status} small is=${CERTIFICATES[certificate.state ?? "installed"] ?? CERTIFICATES.unconfirmed} />
      <span class="quiet">${certificate.not_after ? t("until {until}", { until: moment(certificate.not_after) }) : moment(certificate.at)}</span>
      ${good && certificate.not_after && html`<${Expiry} at=${certificate.not_after} />`}
      ${removable && html`<button class="button small push" onClick=${() => remove(certificate)}><${Icon} name="trash" />${issued ? t("Revoke") : t("Delete")}</button>`}
      ${certificate.in_use && html`<span class="quiet push">${t("in use")}</span>`}</p>
    ${certificate.reason && html`<p class="tone-bad" dir="auto">${told(certificate.reason)}</p>`}
    <p class="quiet mono small-text">${issued ? certificate.fingerprint : t("serial {number}", { number: certificate.serial_number ?? "" })}</p>
  </li>`;
}

/** Says so when a certificate is over, or soon will be. @param {{at: string}} props */
function Expiry({ at }) {
  const days = Math.floor((Date.parse(at) - now.value) / DAY_MS);
  if (days >= SOON_DAYS) return null;
  return html`<span class=${`status small tone-${days < 0 ? "bad" : "paused"}`} data-expiry><${Icon} name="alert" />${days < 0 ? t("Expired") : tn("{n} day left", "{n} days left", days)}</span>`;
}

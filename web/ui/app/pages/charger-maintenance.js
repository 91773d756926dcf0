// @ts-check
/** What takes a charger a while, and what it is trusted by: firmware, logs and certificates. */
import { useState } from "preact/hooks";
import { api, BASE, me } from "../api.js";
import { useCommands, Answers } from "../commands.js";
import { bytes, moment, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { feed } from "../store.js";
import { CERTIFICATES, JOBS } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Certificate, Charger, Job } from "../types.d.ts" */
/** @typedef {(word: string, path: string, body: object) => void} Ask */

/** @param {{charger: Charger}} props */
export function Maintenance({ charger }) {
  const commands = useCommands(charger.id);
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  /** @type {Ask} */
  const ask = (word, path, body) => void commands.run(word, () => api.order(charger.id, path, body));
  return html`<div class="columns">
    <div class="column wide-column">
      <${Jobs} charger=${charger} able=${able} ask=${ask} />
      <${Certificates} charger=${charger} able=${able} ask=${ask} run=${commands.run} />
    </div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
  </div>`;
}

/** Changes with every event of this charger whose type begins so. @param {string} chargerId @param {string} family */
function news(chargerId, family) {
  return feed.value.find((event) => event.data.charger_id === chargerId && event.type.startsWith(family))?.id ?? "";
}

/** @param {{charger: Charger, able: boolean, ask: Ask}} props */
function Jobs({ charger, able, ask }) {
  const [updating, setUpdating] = useState(false);
  const { value, error } = useFetched(() => api.jobs(charger.id), [charger.id, news(charger.id, "job")]);
  const update = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const words = Object.fromEntries([...form].map(([name, given]) => [name, String(given).trim()]).filter(([, given]) => given));
    setUpdating(false);
    ask("Update firmware", "firmware", words);
  };
  return html`<section class="card block" aria-label="Firmware and logs"><header><h2>Firmware and logs</h2>
      <span class="button-row push">
        <button class="button small" disabled=${!able} onClick=${() => setUpdating(true)}><${Icon} name="down" />Update firmware</button>
        <button class="button small" disabled=${!able} onClick=${() => ask("Fetch diagnostics", "logs", { log_type: "diagnostics" })}><${Icon} name="upload" />Fetch diagnostics</button>
        <button class="button small" disabled=${!able} onClick=${() => ask("Fetch security log", "logs", { log_type: "security" })}><${Icon} name="shield" />Fetch security log</button>
      </span></header>
    ${error ? html`<${Trouble} error=${error} />` : !value ? html`<${Loading} lines=${2} />`
      : value.items.length === 0 ? html`<${Empty} icon="clock" title="No job yet"><p>Updates and logs appear here, with every state that the charger reports.</p><//>`
      : html`<ul class="letters" aria-label="Jobs">${value.items.map((job) => html`<${JobLine} key=${job.id} job=${job} />`)}</ul>`}
    ${updating && html`<${Dialog} title="Update the firmware" close=${() => setUpdating(false)}><form onSubmit=${update}>
      <label>Where the charger gets it<input name="location" type="url" required maxlength="512" class="mono" placeholder="https://" autocomplete="off" /></label>
      <details><summary>A signed firmware</summary>
        <label>Signing certificate, PEM<textarea name="signing_certificate" rows="4" maxlength="5500" class="mono"></textarea></label>
        <label>Signature, base64<input name="signature" maxlength="800" class="mono" autocomplete="off" /></label></details>
      <div class="button-row"><button class="button primary" type="submit">Update</button><button class="button" type="button" onClick=${() => setUpdating(false)}>Cancel</button></div></form><//>`}
  </section>`;
}

/** @param {{job: Job}} props */
function JobLine({ job }) {
  const what = job.kind === "firmware" ? "Firmware" : job.log_type === "SecurityLog" ? "Security log" : "Diagnostics";
  const place = job.upload;
  return html`<li data-job=${job.id} data-state=${job.state}>
    <p class="letter-line"><b>${what}</b><${Status} small is=${JOBS[job.state] ?? JOBS.unknown} /><span class="quiet">${moment(job.created_at)}${job.action ? "" : ", nobody here asked for it"}</span>
      ${place?.file && me.value?.role !== "viewer" && html`<a class="button small push" href=${place.file} download><${Icon} name="download" />${bytes(place.size_bytes ?? 0)}</a>`}</p>
    ${job.steps.length > 0 && html`<p class="small-text">${job.steps.map((step, number) => html`<span key=${number} title=${moment(step.at)}>${number > 0 && " → "}${step.status} <small class="quiet number">${time(step.at)}</small></span>`)}</p>`}
    ${job.version_after && html`<p class=${job.proved ? "" : "tone-bad"}>${job.proved ? `${job.version_before ?? "an unknown version"} before, ${job.version_after} now` : `The charger booted with ${job.version_after}, as before`}</p>`}
    ${job.location && html`<p class="quiet mono small-text">${job.location}</p>`}
    ${place && place.state !== "received" && html`<p class="quiet">The file may come until ${moment(place.expires_at)}.</p>`}
  </li>`;
}

/** @param {{charger: Charger, able: boolean, ask: Ask, run: ReturnType<typeof useCommands>["run"]}} props */
function Certificates({ charger, able, ask, run }) {
  const [installing, setInstalling] = useState(false);
  const { value, error, again } = useFetched(() => api.certificates(charger.id), [charger.id, news(charger.id, "certificate")]);
  const items = value?.items ?? [];
  const read = () => {
    for (const use of ["central_system_root", "manufacturer_root"]) ask("Read certificates", "certificates/read", { use });
  };
  const remove = (/** @type {Certificate} */ certificate) => {
    if (certificate.kind === "installed") void run("Delete certificate", () => api.deleteCertificate(charger.id, certificate.id));
    else void attempt(async () => {
      await api.deleteCertificate(charger.id, certificate.id);
      notify("The certificate opens no line any more.");
      again();
    });
  };
  const install = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const certificate = String(form.get("certificate")).trim();
    setInstalling(false);
    ask("Install certificate", "certificates", { use: String(form.get("use")), ...(certificate && { certificate: `${certificate}\n` }) });
  };
  return html`<section class="card block" aria-label="Certificates"><header><h2>Certificates</h2>
      <span class="button-row push">
        <button class="button small" disabled=${!able} onClick=${() => ask("Renew certificate", "certificates/renew", {})}><${Icon} name="reset" />Renew</button>
        <button class="button small" disabled=${!able} onClick=${() => setInstalling(true)}><${Icon} name="plus" />Install a root</button>
        <button class="button small" disabled=${!able} onClick=${read}><${Icon} name="list" />Read</button>
        <a class="button small" href=${`${BASE}/ca`} target="_blank" rel="noopener">Our root</a>
      </span></header>
    ${error ? html`<${Trouble} error=${error} />` : !value ? html`<${Loading} lines=${2} />`
      : items.length === 0 ? html`<${Empty} icon="lock" title="No certificate known"><p>Those that the charger asks to be signed appear here, and those it says are installed.</p><//>`
      : html`<ul class="letters" aria-label="Known certificates">${items.map((certificate) => html`<${CertificateLine} key=${certificate.id} certificate=${certificate} able=${able} remove=${remove} />`)}</ul>`}
    ${installing && html`<${Dialog} title="Install a root certificate" close=${() => setInstalling(false)}><form onSubmit=${install}>
      <label>What it is for<select name="use"><option value="central_system_root">to know this central system</option><option value="manufacturer_root">to check firmware of the manufacturer</option></select></label>
      <label>Certificate, PEM <small class="quiet">empty: the root of this server's authority</small><textarea name="certificate" rows="6" maxlength="5500" class="mono"></textarea></label>
      <div class="button-row"><button class="button primary" type="submit">Install</button><button class="button" type="button" onClick=${() => setInstalling(false)}>Cancel</button></div></form><//>`}
  </section>`;
}

const GOOD = new Set(["issued", "sent", "accepted", "unconfirmed"]);

/** @param {{certificate: Certificate, able: boolean, remove: (certificate: Certificate) => void}} props */
function CertificateLine({ certificate, able, remove }) {
  const issued = certificate.kind === "issued";
  const removable = issued ? GOOD.has(certificate.state ?? "") && me.value?.role !== "viewer" : able && !certificate.in_use;
  return html`<li data-certificate=${certificate.id} data-state=${certificate.state ?? "installed"}>
    <p class="letter-line"><b>${issued ? certificate.common_name ?? "no name" : certificate.type}</b><${Status} small is=${CERTIFICATES[certificate.state ?? "installed"] ?? CERTIFICATES.unconfirmed} />
      <span class="quiet">${certificate.not_after ? `until ${moment(certificate.not_after)}` : moment(certificate.at)}</span>
      ${removable && html`<button class="button small push" onClick=${() => remove(certificate)}><${Icon} name="trash" />${issued ? "Revoke" : "Delete"}</button>`}
      ${certificate.in_use && html`<span class="quiet push">in use</span>`}</p>
    ${certificate.reason && html`<p class="tone-bad">${certificate.reason}</p>`}
    <p class="quiet mono small-text">${issued ? certificate.fingerprint : `serial ${certificate.serial_number}`}</p>
  </li>`;
}

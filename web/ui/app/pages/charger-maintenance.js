// @ts-check
/** What takes a charger a while: firmware updates and logs, each with every state that it reports, and the file it uploads. */
import { useState } from "preact/hooks";
import { api, me } from "../api.js";
import { useCommands, Answers } from "../commands.js";
import { bytes, moment, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { useNews } from "../news.js";
import { JOBS } from "../words.js";
import { Dialog, Empty, Loading, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Charger, Job } from "../types.d.ts" */
/** @typedef {(word: string, path: string, body: object) => void} Ask */

/** Where on the way to its end a job is, in percent, by what the charger reports (1.6 FirmwareStatus, DiagnosticsStatus; 2.x alike). @type {Record<string, number>} */
const WAY = { Downloading: 20, DownloadScheduled: 10, DownloadPaused: 20, Downloaded: 45, SignatureVerified: 55, InstallScheduled: 60, Installing: 70, InstallRebooting: 85, InstallVerification: 92, Uploading: 50 };

/** @param {{charger: Charger}} props */
export function Maintenance({ charger }) {
  const commands = useCommands(charger.id);
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  /** @type {Ask} */
  const ask = (word, path, body) => void commands.run(word, () => api.order(charger.id, path, body));
  return html`<div class="columns">
    <div class="column wide-column"><${Jobs} charger=${charger} able=${able} ask=${ask} /></div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
  </div>`;
}

/** @param {{charger: Charger, able: boolean, ask: Ask}} props */
function Jobs({ charger, able, ask }) {
  const [updating, setUpdating] = useState(false);
  const { value, error, again } = useFetched(() => api.jobs(charger.id), [charger.id, useNews(charger.id, "job")]);
  return html`<section class="card block" aria-label=${t("Firmware and logs")}><header><h2>${t("Firmware and logs")}</h2>
      ${able && html`<span class="button-row push">
        <button class="button small" onClick=${() => setUpdating(true)}><${Icon} name="down" />${t("Update firmware")}</button>
        <button class="button small" onClick=${() => ask(t("Fetch diagnostics"), "logs", { log_type: "diagnostics" })}><${Icon} name="upload" />${t("Fetch diagnostics")}</button>
        <button class="button small" onClick=${() => ask(t("Fetch security log"), "logs", { log_type: "security" })}><${Icon} name="shield" />${t("Fetch security log")}</button>
      </span>`}</header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} lines=${2} />`
      : value.items.length === 0 ? html`<${Empty} icon="clock" title=${t("No job yet")}><p>${t("Updates and logs appear here, with every state that the charger reports. A log is uploaded to this server and can be had here.")}</p><//>`
      : html`<ul class="letters" aria-label=${t("Jobs")}>${value.items.map((job) => html`<${JobLine} key=${job.id} job=${job} />`)}</ul>`}
    ${updating && html`<${UpdateDialog} charger=${charger} close=${() => setUpdating(false)} ask=${ask} />`}
  </section>`;
}

/** @param {{charger: Charger, close: () => void, ask: Ask}} props */
function UpdateDialog({ charger, close, ask }) {
  const update = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const words = Object.fromEntries([...form].map(([name, given]) => [name, String(given).trim()]).filter(([, given]) => given));
    close();
    ask(t("Update firmware"), "firmware", words);
  };
  return html`<${Dialog} title=${t("Update the firmware")} close=${close}><form onSubmit=${update}>
    ${charger.firmware_version && html`<p class="quiet">${t("It has {version} now.", { version: charger.firmware_version })}</p>`}
    <label>${t("Where the charger gets it")}<input name="location" type="url" required maxlength="512" class="mono" placeholder="https://" autocomplete="off" /></label>
    <details><summary>${t("A signed firmware")}</summary>
      <label>${t("Signing certificate, PEM")}<textarea name="signing_certificate" rows="4" maxlength="5500" class="mono"></textarea></label>
      <label>${t("Signature, base64")}<input name="signature" maxlength="800" class="mono" autocomplete="off" /></label></details>
    <p class="quiet">${t("It downloads the file, installs it and restarts: nobody can charge meanwhile.")}</p>
    <div class="button-row"><button class="button primary" type="submit">${t("Update")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** @param {{job: Job}} props */
function JobLine({ job }) {
  const what = job.kind === "firmware" ? t("Firmware") : job.log_type === "SecurityLog" ? t("Security log") : t("Diagnostics");
  const place = job.upload;
  const open = job.state === "accepted" || job.state === "running";
  const way = open ? (WAY[job.status ?? ""] ?? 3) : null;
  return html`<li data-job=${job.id} data-state=${job.state}>
    <p class="letter-line"><b>${what}</b><${Status} small is=${JOBS[job.state] ?? JOBS.unknown} /><span class="quiet">${moment(job.created_at)}${job.action ? "" : `, ${t("nobody here asked for it")}`}</span>
      ${place?.file && me.value?.role !== "viewer" && html`<a class="button small push" href=${place.file} download><${Icon} name="download" />${bytes(place.size_bytes ?? 0)}</a>`}</p>
    ${way !== null && html`<progress max="100" value=${way} aria-label=${t("How far it is")}></progress>`}
    ${job.steps.length > 0 && html`<p class="small-text" dir="auto">${job.steps.map((step, number) => html`<span key=${number} title=${moment(step.at)}>${number > 0 && " → "}${step.status} <small class="quiet number">${time(step.at)}</small></span>`)}</p>`}
    ${job.version_after && html`<p class=${job.proved ? "" : "tone-bad"} dir="auto">${job.proved ? t("{before} before, {after} now", { before: job.version_before ?? t("an unknown version"), after: job.version_after }) : t("The charger booted with {version}, as before", { version: job.version_after })}</p>`}
    ${job.location && html`<p class="quiet mono small-text" dir="auto">${job.location}</p>`}
    ${place && place.state !== "received" && html`<p class="quiet">${t("The file may come until {time}.", { time: moment(place.expires_at) })}</p>`}
  </li>`;
}

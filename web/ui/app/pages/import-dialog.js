// @ts-check
/** Importing a list: drop a file, see what it would do and what is wrong with it, then do it. */
import { useState } from "preact/hooks";
import { fleetApi } from "../api/fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { RowErrors } from "../row-errors.js";
import { refetch } from "../store.js";
import { attempt, Dialog, notify } from "../widgets.js";

/** @import { Imported } from "../api/fleet.js" */

const LARGEST = 20 * 1024 * 1024;

/** @param {{path: string, close: () => void, done?: () => void}} props ``path`` of the API, for instance ``/chargers/import`` */
export function ImportDialog({ path, close, done }) {
  const [file, setFile] = useState(/** @type {{name: string, text: string, media: string} | null} */ (null));
  const [tried, setTried] = useState(/** @type {Imported | null} */ (null));
  const [made, setMade] = useState(/** @type {Imported | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const take = async (/** @type {File | undefined} */ given) => {
    if (!given) return;
    if (given.size > LARGEST) return notify(t("The file is larger than 20 MB. Cut it into several."), "bad");
    const text = await given.text();
    const media = /\.(ndjson|jsonl)$/i.test(given.name) || text.trimStart().startsWith("{") ? "application/x-ndjson" : "text/csv";
    setBusy(true);
    setFile({ name: given.name, text, media });
    setTried((await attempt(() => fleetApi.import(path, text, media, { dry_run: true }))) ?? null);
    setBusy(false);
  };
  const apply = async () => {
    if (!file) return;
    setBusy(true);
    const result = await attempt(() => fleetApi.import(path, file.text, file.media, {}));
    setBusy(false);
    if (!result) return;
    refetch(null);
    done?.();
    if (result.passwords?.length) return setMade(result);
    notify(t("{added} added, {changed} changed.", { added: count(result.added), changed: count(result.changed) }));
    close();
  };
  if (made) return html`<${Dialog} title=${t("Imported")} close=${close}><${Passwords} made=${made} /><//>`;
  const useful = tried ? tried.added + tried.changed : 0;
  return html`<${Dialog} title=${t("Import")} close=${close}>
    <label class=${`drop-zone ${over ? "over" : ""}`} onDragOver=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(false); void take(event.dataTransfer?.files[0]); }}>
      <${Icon} name="upload" /><span>${file ? html`<b><bdi>${file.name}</bdi></b>` : t("Drop a CSV or NDJSON file here, or choose one")}</span>
      <input type="file" accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson" onChange=${(/** @type {any} */ event) => take(event.target.files[0])} /></label>
    ${!file && path === "/chargers/import" && html`<div class="quiet small-text"><p>${t("Only the column id is required. What a line does not name stays as it is; a charger without a password gets one, shown once. Columns:")}</p>
      <p class="mono">id, name, site_id, latitude, longitude, registration, security_profile, password</p></div>`}
    ${busy && html`<p role="status" class="quiet">${t("Reading")}</p>`}
    ${tried && html`<div role="status" data-tried><p><b>${tn("{n} is new", "{n} are new", tried.added, { n: count(tried.added) })}</b>, <b>${tn("{n} changes", "{n} change", tried.changed, { n: count(tried.changed) })}</b>${tried.unchanged ? html`, ${tn("{n} stays as it is", "{n} stay as they are", tried.unchanged, { n: count(tried.unchanged) })}` : ""}.</p>
      ${tried.errors.length > 0 && html`<p class="tone-bad form-error">${tn("{n} line is wrong and is left out:", "{n} lines are wrong and are left out:", tried.wrong ?? tried.errors.length, { n: count(tried.wrong ?? tried.errors.length) })}</p>
        <${RowErrors} errors=${tried.errors} />`}</div>`}
    <div class="button-row"><button class="button primary" disabled=${busy || !useful} onClick=${apply}>${useful ? tn("Import {n} line", "Import {n} lines", useful, { n: count(useful) }) : t("Import")}</button>
      <button class="button" onClick=${close}>${t("Cancel")}</button></div>
  <//>`;
}

/** The passwords that were made, as a file: they are told this once. @param {{made: Imported}} props */
function Passwords({ made }) {
  const passwords = made.passwords ?? [];
  const save = () => {
    const cell = (/** @type {string} */ text) => `"${(/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const lines = ["id,password", ...passwords.map(({ id, password }) => `${cell(id)},${cell(password)}`), ""];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\r\n")], { type: "text/csv" }));
    link.download = "passwords.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return html`<p>${t("{added} added, {changed} changed.", { added: count(made.added), changed: count(made.changed) })}</p>
    <p class="warning"><${Icon} name="alert" />${tn("A password was made for {n} charger. It is shown only now.", "Passwords were made for {n} chargers. They are shown only now.", passwords.length, { n: count(passwords.length) })}</p>
    <ul class="made-passwords">${passwords.slice(0, 20).map(({ id, password }) => html`<li key=${id}><bdi>${id}</bdi> <code>${password}</code></li>`)}</ul>
    ${passwords.length > 20 && html`<p class="quiet">${t("and {n} more in the file", { n: count(passwords.length - 20) })}</p>`}
    <p><button class="button primary" onClick=${save}><${Icon} name="download" />${t("Save the passwords")}</button></p>`;
}

// @ts-check
/** Importing a list: drop a file, see what it would do and what is wrong with it, then do it. */
import { useState } from "preact/hooks";
import { fleetApi } from "../api/fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { rowsOf } from "../import-file.js";
import { m, t, tn } from "../languages.js";
import { RowErrors } from "../row-errors.js";
import { attempt, Dialog, notify } from "../widgets.js";

/** @import { Imported } from "../api/fleet.js" */
/** @import { Rows } from "../import-file.js" */

const LARGEST = 20 * 1024 * 1024;

/** What can be imported: what is said of it, its columns, and whether one wrong line keeps all of them out. @type {Record<string, {words: string, columns: string, whole: boolean}>} */
const LISTS = {
  "/chargers/import": {
    words: m("Only the column id is required. What a line does not name stays as it is; a charger without a password gets one, shown once. Columns:"),
    columns: "id, name, site_id, latitude, longitude, registration, security_profile, password",
    whole: false,
  },
  "/tags/import": {
    words: m("Only the column id_tag is required. A tag that is known is changed, any other is new. All lines are taken, or none. Columns:"),
    columns: "id_tag, type, status, parent, expires_at, max_active_sessions, user_id, note",
    whole: true,
  },
  "/drivers/import": {
    words: m("Only the column name is required. A driver whose external id is known is changed, any other is new. All lines are taken, or none. Columns:"),
    columns: "name, email, phone, external_id, note, disabled",
    whole: true,
  },
};

/** @param {{path: string, close: () => void, done?: () => void}} props ``path`` of the API: one of ``LISTS`` */
export function ImportDialog({ path, close, done }) {
  const { words, columns, whole } = LISTS[path];
  const [file, setFile] = useState(/** @type {(Rows & {name: string}) | null} */ (null));
  const [tried, setTried] = useState(/** @type {Imported | null} */ (null));
  const [made, setMade] = useState(/** @type {Imported | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const take = async (/** @type {File | undefined} */ given) => {
    if (!given) return;
    if (given.size > LARGEST) return notify(t("The file is larger than 20 MB. Cut it into several."), "bad");
    setBusy(true);
    setTried(null);
    setFile(null);
    await attempt(async () => {
      const rows = rowsOf(given.name, await given.text());
      setFile({ name: given.name, ...rows });
      setTried(await fleetApi.import(path, rows.text, rows.media, { dry_run: true }));
    });
    setBusy(false);
  };
  const apply = async () => {
    if (!file) return;
    setBusy(true);
    const result = await attempt(() => fleetApi.import(path, file.text, file.media, {}));
    setBusy(false);
    if (!result) return;
    done?.();
    if (result.passwords?.length) return setMade(result);
    notify(t("{added} added, {changed} changed.", { added: count(result.added), changed: count(result.changed) }));
    close();
  };
  if (made) return html`<${Dialog} title=${t("Imported")} close=${close}><${Passwords} made=${made} /><//>`;
  const wrong = tried ? (tried.wrong ?? tried.errors.length) : 0;
  const useful = tried && !(whole && wrong) ? tried.added + tried.changed : 0;
  const complaint = whole
    ? tn("{n} line is wrong. Nothing is imported before it is right:", "{n} lines are wrong. Nothing is imported before they are right:", wrong, { n: count(wrong) })
    : tn("{n} line is wrong and is left out:", "{n} lines are wrong and are left out:", wrong, { n: count(wrong) });
  return html`<${Dialog} title=${t("Import")} close=${close}>
    <label class=${`drop-zone ${over ? "over" : ""}`} onDragOver=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(false); void take(event.dataTransfer?.files[0]); }}>
      <${Icon} name="upload" /><span>${file ? html`<b><bdi>${file.name}</bdi></b>` : t("Drop a CSV, NDJSON or JSON file here, or choose one")}</span>
      <input type="file" accept=".csv,.ndjson,.jsonl,.json,text/csv,application/x-ndjson,application/json" onChange=${(/** @type {any} */ event) => take(event.target.files[0])} /></label>
    ${!file && html`<div class="quiet small-text"><p>${t(words)}</p><p class="mono">${columns}</p></div>`}
    ${busy && html`<p role="status" class="quiet">${t("Reading")}</p>`}
    ${tried && html`<div role="status" data-tried><p><b>${tn("{n} is new", "{n} are new", tried.added, { n: count(tried.added) })}</b>, <b>${tn("{n} changes", "{n} change", tried.changed, { n: count(tried.changed) })}</b>${tried.unchanged ? html`, ${tn("{n} stays as it is", "{n} stay as they are", tried.unchanged, { n: count(tried.unchanged) })}` : ""}.</p>
      ${wrong > 0 && html`<p class="tone-bad form-error">${complaint}</p>
        <${RowErrors} errors=${tried.errors} ofItems=${file?.counts === "items"} />`}</div>`}
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

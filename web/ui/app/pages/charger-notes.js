// @ts-check
/** What people have noted on a charger: written, changed and taken away by their authors. Plain text; its lines are kept. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { life } from "../api/life.js";
import { fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { usePages } from "../paged.js";
import { Ago, attempt, Dialog, Empty, Loading, Trouble } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */
/** @import { Note } from "../api/life.js" */

const LONGEST = 4000;

/** @param {{charger: Charger}} props */
export function Notes({ charger }) {
  const list = usePages((cursor) => life.notes(charger.id, cursor), charger.id);
  const { items, error, again } = list;
  const [writes, admin] = [me.value?.role !== "viewer", me.value?.role === "admin"];
  return html`<section class="card block notes" aria-label=${t("Notes")}><header><h2><${Icon} name="list" />${t("Notes")}</h2></header>
    ${writes && html`<${Writer} label=${t("New note")} text="" save=${async (/** @type {string} */ text) => (await life.addNote(charger.id, text), again())} />`}
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !items ? html`<${Loading} lines=${3} />`
      : items.length === 0 ? html`<${Empty} icon="list" title=${t("No note yet")}><p>${t("What the next person should know: where the key is, what was repaired, whom to call.")}</p><//>`
      : html`<ul class="letters">${items.map((note) => html`<${One} key=${note.id} charger=${charger} note=${note} own=${writes && note.author === me.value?.name} admin=${admin} changed=${again} />`)}</ul>`}
    ${list.next && html`<p class="pad"><button class="button" onClick=${list.more}>${t("Older notes")}</button></p>`}
  </section>`;
}

/** @param {{charger: Charger, note: Note, own: boolean, admin: boolean, changed: () => void}} props */
function One({ charger, note, own, admin, changed }) {
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState(false);
  const remove = () => (setAsking(false), attempt(async () => (await life.removeNote(charger.id, note), changed())));
  return html`<li data-note=${note.id}>
    <p class="letter-line"><b dir="auto">${note.author}</b><span class="quiet"><${Ago} at=${note.at} />${note.edited_at && html` · <span title=${fullMoment(note.edited_at)}>${t("changed")}${" "}<${Ago} at=${note.edited_at} /></span>`}</span>
      <span class="push button-row">${own && !editing && html`<button class="button small" onClick=${() => setEditing(true)}>${t("Change")}</button>`}
        ${(own || admin) && html`<button class="button small danger" onClick=${() => setAsking(true)}><${Icon} name="trash" />${t("Take away")}</button>`}</span></p>
    ${editing ? html`<${Writer} label=${t("Change the note")} text=${note.text} cancel=${() => setEditing(false)} save=${async (/** @type {string} */ text) => (await life.changeNote(charger.id, note, text), setEditing(false), changed())} />`
      : html`<p class="note-text" dir="auto">${note.text}</p>`}
    ${asking && html`<${Dialog} title=${t("Take the note away?")} close=${() => setAsking(false)}><p class="note-text" dir="auto">${note.text.slice(0, 300)}</p><p class="quiet">${t("The audit log keeps what it said.")}</p>
      <div class="button-row"><button class="button danger" onClick=${remove}>${t("Take away")}</button><button class="button" onClick=${() => setAsking(false)}>${t("Cancel")}</button></div><//>`}
  </li>`;
}

/** @param {{label: string, text: string, save: (text: string) => Promise<void>, cancel?: () => void}} props */
function Writer({ label, text, save, cancel }) {
  const [draft, setDraft] = useState(text);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    void attempt(async () => (await save(draft.trim()), setDraft("")));
  };
  return html`<form class=${cancel ? "" : "pad"} onSubmit=${submit}><label>${label}<textarea class="note-field" rows="3" required maxlength=${LONGEST} dir="auto" value=${draft} onInput=${(/** @type {any} */ event) => setDraft(event.target.value)}></textarea></label>
    <div class="button-row"><button class="button primary" type="submit" disabled=${!draft.trim()}>${t("Save")}</button>${cancel && html`<button class="button" type="button" onClick=${cancel}>${t("Cancel")}</button>`}</div></form>`;
}

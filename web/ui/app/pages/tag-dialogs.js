// @ts-check
/** The dialogs of the tags: add or change one, delete one. What another has changed meanwhile is told, not overwritten. */
import { useState } from "preact/hooks";
import { addTag, changeTag, readTag, removeTag } from "../api/tags.js";
import { moment } from "../format.js";
import { DriverChoice } from "../driver-choice.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { isolated } from "../isolated.js";
import { fromField, toField } from "../moments.js";
import { TAGS } from "../words.js";
import { attempt, Dialog, notify } from "../widgets.js";

/** @import { HeldTag } from "../api/tags.js" */
/** @import { Tag } from "../types.d.ts" */

/** What a form holds; what is empty is null. @param {SubmitEvent} event @returns {Partial<Tag>} */
function filled(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim() || null;
  const number = (/** @type {string} */ name) => (text(name) === null ? null : Number(text(name)));
  const until = text("expires_at");
  return {
    id_tag: text("id_tag") ?? "", status: /** @type {Tag["status"]} */ (text("status") ?? "accepted"), note: text("note"), parent: text("parent"),
    expires_at: until && fromField(until), max_active_sessions: number("most"), user_id: number("user_id"), type: text("type"),
  };
}

/** The driver of a tag; by number where the name is not told. @param {Partial<Tag>} tag */
const driverOf = (tag) => (tag.user_id ? { id: tag.user_id, name: tag.driver_name ?? String(tag.user_id) } : null);

/** What differs between a tag as it was opened and as it stands now, in words. @param {HeldTag} before @param {HeldTag} now */
function differences(before, now) {
  const show = (/** @type {unknown} */ value) => isolated(value === null || value === undefined ? "–" : String(value));
  /** @type {[string, unknown, unknown][]} */
  const members = [
    [t("Status"), t(TAGS[before.status].word), t(TAGS[now.status].word)], [t("Note"), before.note, now.note], [t("Group"), before.parent, now.parent],
    [t("Expires"), before.expires_at && moment(before.expires_at), now.expires_at && moment(now.expires_at)],
    [t("Sessions at once"), before.max_active_sessions, now.max_active_sessions], [t("Driver"), driverOf(before)?.name, driverOf(now)?.name],
  ];
  return members.filter(([, was, is]) => was !== is).map(([word, was, is]) => t("{what}: {before} became {now}", { what: word, before: show(was), now: show(is) }));
}

/** Add a tag, or change one. @param {{tag?: HeldTag, given?: Partial<Tag>, close: () => void, done: (tag: HeldTag) => void}} props ``given`` fills a new one in */
export function TagDialog({ tag, given, close, done }) {
  const [held, setHeld] = useState(tag);
  const [conflict, setConflict] = useState(/** @type {string[] | null} */ (null));
  const start = held ?? given ?? {};
  const save = async (/** @type {SubmitEvent} */ event) => {
    const { id_tag: idTag, ...values } = filled(event);
    try {
      const saved = held ? await changeTag(held, values) : await addTag({ id_tag: idTag, ...withoutNulls(values) });
      notify(held ? t("{tag} is changed.", { tag: saved.id_tag }) : t("{tag} is a tag now.", { tag: saved.id_tag }));
      done(saved);
      close();
    } catch (problem) {
      const failed = /** @type {any} */ (problem);
      if (failed.status !== 412 || !held) return notify(failed.message, "bad");
      const fresh = await attempt(() => readTag(held.id_tag));
      if (!fresh) return;
      setConflict(differences(held, fresh));
      setHeld({ ...held, version: fresh.version });
    }
  };
  return html`<${Dialog} title=${held ? t("Change {tag}", { tag: isolated(held.id_tag) }) : t("Add a tag")} close=${close}><form onSubmit=${(/** @type {SubmitEvent} */ event) => void save(event)}>
    ${conflict && html`<div class="warning" role="alert"><${Icon} name="alert" /><div><p>${t("Somebody else has changed this tag since you opened it. Saving again puts your values in the place of theirs.")}</p>
      <ul>${conflict.map((line) => html`<li key=${line} dir="auto">${line}</li>`)}</ul></div></div>`}
    <label>${t("Tag")}<input name="id_tag" required autofocus=${!held} readonly=${Boolean(held)} autocomplete="off" spellcheck=${false} maxlength="255" class="mono" dir="auto" defaultValue=${start.id_tag ?? ""} /></label>
    <label>${t("Note")}<input name="note" autocomplete="off" maxlength="1000" dir="auto" autofocus=${Boolean(held)} defaultValue=${start.note ?? ""} /></label>
    <${DriverChoice} name="user_id" driver=${driverOf(start)} />
    <div class="two"><label>${t("Status")}<select name="status" defaultValue=${start.status ?? "accepted"}>${Object.entries(TAGS).map(([name, is]) => html`<option key=${name} value=${name} selected=${name === (start.status ?? "accepted")}>${t(is.word)}</option>`)}</select></label>
      <label>${t("Type")}<input name="type" autocomplete="off" maxlength="20" placeholder="ISO14443" defaultValue=${start.type ?? ""} /></label></div>
    <div class="two"><label>${t("Group")}<input name="parent" autocomplete="off" maxlength="255" class="mono" dir="auto" defaultValue=${start.parent ?? ""} /></label>
      <label>${t("Sessions at once")}<input name="most" type="number" min="1" placeholder=${t("any")} defaultValue=${start.max_active_sessions ?? ""} /></label></div>
    <label>${t("Expires")}<input name="expires_at" type="datetime-local" step="1" defaultValue=${toField(start.expires_at)} /></label>
    <div class="button-row"><button class="button primary" type="submit">${held ? (conflict ? t("Save all the same") : t("Save")) : t("Add")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** @param {Partial<Tag>} values @returns {Partial<Tag>} */
const withoutNulls = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** @param {{tag: HeldTag, close: () => void, done: () => void, changed: (tag: HeldTag) => void}} props */
export function DeleteTag({ tag, close, done, changed }) {
  const [held, setHeld] = useState(tag);
  const [conflict, setConflict] = useState(/** @type {string[] | null} */ (null));
  const remove = async () => {
    try {
      await removeTag(held);
      notify(t("{tag} is deleted.", { tag: held.id_tag }));
      done();
      close();
    } catch (problem) {
      const failed = /** @type {any} */ (problem);
      if (failed.status !== 412) return notify(failed.message, "bad");
      const fresh = await attempt(() => readTag(held.id_tag));
      if (!fresh) return;
      setConflict(differences(held, fresh));
      setHeld(fresh);
      changed(fresh);
    }
  };
  return html`<${Dialog} title=${t("Delete {tag}", { tag: isolated(tag.id_tag) })} close=${close}>
    <p>${t("It is not accepted any more. Its sessions stay as they are. To lock out a lost card, block it rather: then it says why.")}</p>
    ${conflict && html`<div class="warning" role="alert"><${Icon} name="alert" /><div><p>${t("Somebody else has changed this tag since you opened it.")}</p><ul>${conflict.map((line) => html`<li key=${line} dir="auto">${line}</li>`)}</ul></div></div>`}
    <div class="button-row"><button class="button danger" autofocus onClick=${() => void remove()}>${t("Delete")}</button><button class="button" onClick=${close}>${t("Cancel")}</button></div><//>`;
}

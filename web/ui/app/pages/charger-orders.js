// @ts-check
/** What is asked before a charger is told to start, to reset or to unlock. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { Dialog } from "../widgets.js";

/** @import { Charger, Tag } from "../types.d.ts" */
/** @typedef {import("./charger-live.js").Ask} Ask */

/** @param {{evse: number | null, close: () => void, ask: Ask}} props */
export function StartDialog({ evse, close, ask }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const tag = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("id_tag")).trim();
    close();
    ask("start", { id_tag: tag, ...(evse === null ? {} : { evse_id: evse }) }, t("Start"));
  };
  return html`<${Dialog} title=${evse === null ? t("Start a session") : t("Start at connector {n}", { n: evse })} close=${close}>
    <form onSubmit=${submit}>
      <${TagField} label=${t("Tag that pays for it")} />
      <p class="quiet">${t("The charger is asked to start with this tag; it may still ask us whether the tag may charge.")}</p>
      <div class="button-row"><button class="button primary" type="submit"><${Icon} name="play" />${t("Start")}</button></div>
    </form><//>`;
}

/** A field for a tag, which offers those that may charge. @param {{label: string}} props */
export function TagField({ label }) {
  const [tags, setTags] = useState(/** @type {Tag[]} */ ([]));
  useEffect(() => {
    api.tags({ status: "accepted", limit: 100 }).then((page) => setTags(page.items), () => undefined);
  }, []);
  return html`<label>${label}<input name="id_tag" list="tags-that-may" required autofocus autocomplete="off" spellcheck=${false} maxlength="36" dir="auto" /></label>
    <datalist id="tags-that-may">${tags.map((tag) => html`<option key=${tag.id_tag} value=${tag.id_tag}>${tag.note ?? ""}</option>`)}</datalist>`;
}

/** @param {{charger: Charger, running: number, close: () => void, ask: Ask}} props */
export function ResetDialog({ charger, running, close, ask }) {
  const old = charger.protocol === "ocpp1.6";
  const reset = (/** @type {boolean} */ immediately, /** @type {string} */ word) => (close(), ask("reset", { immediately }, word));
  return html`<${Dialog} title=${t("Reset the charger")} close=${close}>
    <p>${t("The charger restarts and connects again; that takes it a minute or more.")}</p>
    ${running > 0 && html`<p class="warning"><${Icon} name="alert" />${tn("{n} session runs here.", "{n} sessions run here.", running)}</p>`}
    <div class="choice"><button class="button primary" onClick=${() => reset(false, t("Reset"))}>${t("When idle")}</button>
      <p class="quiet">${old ? t("A soft reset: it ends its sessions properly, reports them, and restarts its software.") : t("It waits until its sessions have ended, then restarts. Nobody is cut off.")}</p></div>
    <div class="choice"><button class="button danger" onClick=${() => reset(true, t("Reset now"))}>${t("Immediately")}</button>
      <p class="quiet">${old ? t("A hard reset: as if its supply was switched off and on. What it has not reported yet it reports afterwards, if it can.") : t("It stops its sessions at once and restarts.")}</p></div><//>`;
}

/** @param {{connector: string, close: () => void, unlock: () => void}} props */
export function UnlockDialog({ connector, close, unlock }) {
  return html`<${Dialog} title=${t("Unlock connector {n}?", { n: connector })} close=${close}>
    <p class="warning"><${Icon} name="alert" />${t("A session runs here. Most chargers end it before they let the plug go.")}</p>
    <div class="button-row"><button class="button danger" onClick=${() => (close(), unlock())}><${Icon} name="lock" />${t("Unlock")}</button><button class="button" onClick=${close}>${t("Cancel")}</button></div><//>`;
}

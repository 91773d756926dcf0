// @ts-check
/** One setting of a charger: what it holds, edited in its place, with the charger's answer beside it. */
import { useState } from "preact/hooks";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { answerOf, isSame } from "./settings.js";
import { KEY_STATES } from "./words.js";
import { Status } from "./widgets.js";

/** @import { Command } from "./types.d.ts" */
/** @import { Setting } from "./settings.js" */

/** @param {{of: Setting, other?: Setting | null, compared: boolean, able: boolean, done: () => void}} props ``other`` is the same of another charger */
export function SettingRow({ of: setting, other, compared, able, done }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  const [answer, setAnswer] = useState(/** @type {Command | null} */ (null));
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble("");
    try {
      setAnswer(await setting.write(draft ?? ""));
      setDraft(null);
      done();
    } catch (error) {
      setTrouble(/** @type {Error} */ (error).message);
    }
    setBusy(false);
  };
  const state = setting.state ? KEY_STATES[setting.state] : null;
  const told = answer ? answerOf(answer) : null;
  const differs = compared && !setting.secret && !isSame(setting.value, other?.value ?? null);
  return html`<tr data-key=${setting.name} data-state=${setting.state ?? undefined} class=${differs ? "differs" : ""}>
    <th scope="row"><span class="key-name" dir="auto">${setting.name}</span></th>
    <td>${draft === null ? html`<${Shown} setting=${setting} />` : html`<form class="button-row" onSubmit=${save}><${Editor} setting=${setting} value=${draft} set=${setDraft} />
        <button class="button small primary" type="submit" disabled=${busy}>${busy ? t("Asking") : t("Save")}</button><button class="button small" type="button" onClick=${() => setDraft(null)}>${t("Cancel")}</button></form>`}
      ${state && html` <${Status} small is=${state} />`}
      ${setting.state && setting.state !== "confirmed" && !setting.secret && setting.written !== null && html`<small class="quiet wraps"> ${t("written:")} <span class="mono" dir="auto">${setting.written}</span></small>`}
      ${told && html`<small class="quiet wraps" data-answer role="status"> ${t("answered {status}", { status: told.status })}</small>`}
      ${(told?.reason || (!told && setting.reason)) && html`<small class="quiet wraps" dir="auto"> ${told?.reason || setting.reason}</small>`}
      ${setting.advised && html`<small class="advised wraps"><${Icon} name="right" />${t("recommended:")} <span class="mono">${setting.advised}</span></small>`}
      ${trouble && html`<p class="form-error" role="alert">${trouble}</p>`}</td>
    ${compared && html`<td class="mono wraps" dir="auto">${!other ? html`<span class="quiet">${t("not there")}</span>` : html`${other.value ?? ""}${differs && html` <span class="visually-hidden">${t("differs")}</span>`}`}</td>`}
    <td class="right actions-cell">${!setting.writable && !setting.secret ? html`<small class="quiet"><${Icon} name="lock" /> ${t("read-only")}</small>`
      : setting.writable && able && draft === null ? html`<button type="button" class="button small" aria-label=${t("Edit {name}", { name: setting.name })} onClick=${() => setDraft(setting.value ?? "")}>${t("Edit")}</button>` : ""}</td>
  </tr>`;
}

/** @param {{setting: Setting}} props */
function Shown({ setting }) {
  if (setting.secret) return html`<span class="quiet">${t("never shown")}</span>`;
  if (!setting.known) return html`<span class="quiet">${t("the charger does not know it")}</span>`;
  if (setting.value === null) return html`<span class="quiet">${t("not told")}</span>`;
  return html`<span class="mono wraps" dir="auto">${setting.value}</span>${setting.unit && setting.value !== "" && html` <small class="quiet">${setting.unit}</small>`}`;
}

/** An input as the setting wants it. @param {{setting: Setting, value: string, set: (value: string) => void}} props */
function Editor({ setting, value, set }) {
  const label = t("New value of {name}", { name: setting.name });
  const typed = (/** @type {any} */ event) => set(event.target.value);
  if (setting.kind === "truth") {
    const words = truths(setting.value ?? "");
    return html`<select aria-label=${label} autofocus value=${words.find((word) => isSame(word, value)) ?? value} onChange=${typed}>${words.map((word) => html`<option key=${word} value=${word}>${word}</option>`)}</select>`;
  }
  if (setting.kind === "choice" && setting.choices.length) {
    return html`<select aria-label=${label} autofocus value=${value} onChange=${typed}>${[...new Set([value, ...setting.choices])].filter(Boolean).map((word) => html`<option key=${word} value=${word}>${word}</option>`)}</select>`;
  }
  if (setting.kind === "list" && setting.choices.length) return html`<${Several} label=${label} choices=${setting.choices} value=${value} set=${set} />`;
  if (setting.kind === "whole" || setting.kind === "decimal") {
    const plain = /^-?\d+(\.\d+)?$/.test(value) || value === "";
    return html`<input class="mono" type=${plain ? "number" : "text"} step=${setting.kind === "whole" ? 1 : "any"} min=${setting.least ?? undefined} max=${setting.most ?? undefined} aria-label=${label} autofocus value=${value} onInput=${typed} />
      ${setting.unit && html`<small class="quiet">${setting.unit}</small>`}`;
  }
  return html`<input class="mono" aria-label=${label} value=${value} maxlength="2500" autofocus spellcheck=${false} onInput=${typed} />`;
}

/** True and false as this charger writes them. @param {string} value @returns {[string, string]} */
function truths(value) {
  if (/^[01]$/.test(value.trim())) return ["1", "0"];
  if (/^(TRUE|FALSE)$/.test(value.trim())) return ["TRUE", "FALSE"];
  return /^(True|False)$/.test(value.trim()) ? ["True", "False"] : ["true", "false"];
}

/** Some words of several, with commas between them. @param {{label: string, choices: string[], value: string, set: (value: string) => void}} props */
function Several({ label, choices, value, set }) {
  const chosen = value.split(/[,;]/).map((word) => word.trim()).filter(Boolean);
  const all = [...new Set([...choices, ...chosen])];
  const turn = (/** @type {string} */ word) => set((chosen.includes(word) ? chosen.filter((one) => one !== word) : [...chosen, word]).join(","));
  return html`<fieldset class="several"><legend class="visually-hidden">${label}</legend>${all.map((word) => html`<label key=${word} class="check"><input type="checkbox" checked=${chosen.includes(word)} onChange=${() => turn(word)} /><span class="mono" dir="auto">${word}</span></label>`)}</fieldset>`;
}

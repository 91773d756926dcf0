// @ts-check
/** Who is signed in, and how the dashboard looks to them: language, time zone, theme. Kept in this browser. */
import { api, me } from "./api.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { chooseLanguage, language, LANGUAGES, m, t } from "./languages.js";
import { signedOut } from "./signed.js";
import { chooseTheme, theme } from "./theme.js";
import { attempt } from "./widgets.js";
import { chooseZone, zone, ZONES } from "./zone.js";

/** @type {Record<import("./theme.js").Theme, string>} */
const THEME_WORDS = { auto: m("As the machine has it"), light: m("Light"), dark: m("Dark") };
/** @type {Record<string, string>} */
const ROLE_WORDS = { admin: m("Admin"), operator: m("Operator"), viewer: m("Viewer") };

async function leave() {
  await attempt(async () => {
    const who = me.value;
    const leaving = api.logout();
    signedOut(); // from here on nothing is read for somebody who is about to be nobody
    await leaving.catch((error) => {
      me.value = who;
      throw error;
    });
    location.assign("/");
  });
}

export function Preferences() {
  const { name, role } = me.value ?? {};
  return html`<div class="who">
    <button class="who-name" popovertarget="preferences" aria-label=${t("{name}: preferences and sign-out", { name: name ?? "" })}>
      <${Icon} name="user" /><span><bdi>${name}</bdi><small>${role ? t(ROLE_WORDS[role]) : ""}</small></span></button>
    <div id="preferences" class="card" popover="auto" role="dialog" aria-label=${t("Preferences")}>
      <p><b><bdi>${name}</bdi></b> <small class="quiet">${role ? t(ROLE_WORDS[role]) : ""}</small></p>
      <label>${t("Language")}<select value=${language.value} onChange=${(/** @type {any} */ event) => chooseLanguage(event.target.value)}>
        ${Object.entries(LANGUAGES).map(([value, word]) => html`<option key=${value} value=${value} lang=${value}>${word}</option>`)}</select></label>
      <label>${t("Times shown in")}<select value=${zone.value} onChange=${(/** @type {any} */ event) => chooseZone(event.target.value)}>
        ${Object.entries(ZONES).map(([value, word]) => html`<option key=${value} value=${value}>${t(word)}</option>`)}</select></label>
      <label>${t("Theme")}<select value=${theme.value} onChange=${(/** @type {any} */ event) => chooseTheme(event.target.value)}>
        ${Object.entries(THEME_WORDS).map(([value, word]) => html`<option key=${value} value=${value}>${t(word)}</option>`)}</select></label>
      ${me.value?.user_id && html`<p><a href="/account">${t("My account")}</a></p>`}
      <p><a href="/api/docs" target="_blank">${t("API")}</a></p>
      <button class="button" onClick=${leave}><${Icon} name="exit" />${t("Sign out")}</button>
    </div>
  </div>`;
}

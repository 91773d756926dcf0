// @ts-check
/** My account: one's own password, and where one is signed in. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { people } from "../api/people.js";
import { html } from "../html.js";
import { t } from "../languages.js";
import { Logins } from "../people-widgets.js";
import { ROLES } from "../people-words.js";
import { signedIn } from "../signed.js";
import { notify, Status } from "../widgets.js";

export default function Account() {
  const [turn, setTurn] = useState(0);
  const who = me.value;
  if (!who) return null;
  return html`<div class="page">
    <header class="page-head"><h1>${t("My account")}</h1></header>
    <div class="title-line"><b><bdi>${who.name}</bdi></b><${Status} is=${ROLES[who.role]} /><span class="quiet">${t(ROLES[who.role].means ?? "")}</span></div>
    <div class="columns even">
      <section class="card block"><header><h2>${t("Password")}</h2></header><div class="pad-all">${
        who.is_external ? html`<p>${t("You sign in elsewhere; your password is kept there.")}</p>` : html`<${PasswordForm} done=${() => setTurn(turn + 1)} />`
      }</div></section>
      <${Logins} turn=${turn} /></div>
  </div>`;
}

/** @param {{done: () => void}} props */
function PasswordForm({ done }) {
  const [fault, setFault] = useState("");
  const hasOne = me.value?.has_password;
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const fields = /** @type {HTMLFormElement} */ (event.target);
    const form = new FormData(fields);
    if (form.get("new") !== form.get("again")) return setFault(t("The two new passwords differ."));
    setFault("");
    try {
      await people.changePassword(String(form.get("current") ?? ""), String(form.get("new")));
      await signedIn();
      fields.reset();
      notify(t("Your password is changed; all other sign-ins have ended."));
      done();
    } catch (problem) {
      setFault(/** @type {Error} */ (problem).message);
    }
  };
  return html`<form class="stacked" onSubmit=${submit}>
    <input type="text" name="username" autocomplete="username" value=${me.value?.name} readonly hidden />
    ${hasOne ? html`<label>${t("Current password")}<input name="current" type="password" required autocomplete="current-password" /></label>` : html`<p>${t("You came by a one-time link and have no password yet. Choose one, to come back.")}</p>`}
    <label>${t("New password")} <small class="quiet">${t("at least 10 characters")}</small><input name="new" type="password" required minlength="10" maxlength="256" autocomplete="new-password" /></label>
    <label>${t("New password again")}<input name="again" type="password" required minlength="10" maxlength="256" autocomplete="new-password" /></label>
    <p class="form-error" role="alert">${fault}</p>
    <div class="button-row"><button class="button primary" type="submit">${hasOne ? t("Change it") : t("Set it")}</button></div></form>`;
}

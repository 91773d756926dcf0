// @ts-check
/** One user: role, password, whether they may sign in, and where they are signed in. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { people } from "../api/people.js";
import { day } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { Logins } from "../people-widgets.js";
import { ENABLED, ROLES } from "../people-words.js";
import { Ago, attempt, Dialog, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";
import { RoleChoice } from "./users.js";

/** @param {{id: string}} props */
export default function User({ id }) {
  const { value: user, error, again } = useFetched(() => people.user(id), [id]);
  const [turn, setTurn] = useState(0);
  const [refused, setRefused] = useState(0);
  const [renewing, setRenewing] = useState(false);
  if (error && !user) return html`<${Trouble} error=${error} again=${again} />`;
  if (!user) return html`<${Loading} />`;
  const isSelf = user.id === me.value?.user_id;
  const change = (/** @type {Parameters<typeof people.changeUser>[1]} */ wish, /** @type {string} */ said) => attempt(async () => {
    await people.changeUser(user, wish);
    notify(said);
    return true;
  }).then((done) => {
    if (!done) setRefused((before) => before + 1);
    again();
    setTurn((before) => before + 1);
  });
  return html`<div class="page">
    <header class="charger-head"><nav class="crumbs" aria-label=${t("Where this is")}><a href="/users">${t("Users")}</a><${Icon} name="right" /></nav>
      <div class="title-line"><h1><bdi>${user.name}</bdi></h1><${Status} is=${ROLES[user.role]} /><${Status} is=${ENABLED[user.disabled ? "off" : "on"]} />
        <span class="push"></span>
        ${!isSelf && (user.disabled
          ? html`<button class="button" onClick=${() => change({ disabled: false }, t("{name} can sign in again.", { name: user.name }))}><${Icon} name="check" />${t("Enable")}</button>`
          : html`<button class="button danger" onClick=${() => change({ disabled: true }, t("{name} is signed out everywhere and cannot sign in.", { name: user.name }))}><${Icon} name="ban" />${t("Disable")}</button>`)}
        ${!user.is_external && html`<button class="button" onClick=${() => setRenewing(true)}><${Icon} name="lock" />${t("New password")}</button>`}</div></header>
    <div class="columns even"><section class="card block"><header><h2>${t("Rights")}</h2></header><div class="pad-all">
        <${RoleChoice} key=${`${user.version} ${refused}`} role=${user.role} disabled=${isSelf || user.is_external} change=${(/** @type {import("../api/people.js").Role} */ role) => change({ role }, t("{name} has a new role and must sign in again.", { name: user.name }))} />
        ${isSelf && html`<p class="quiet">${t("Your own rights are changed by another admin.")}</p>`}
        ${user.is_external && html`<p class="quiet">${t("Signs in elsewhere; the role comes from there at each sign-in.")}</p>`}
        <dl class="facts"><div><dt>${t("Since")}</dt><dd>${day(user.created_at)}</dd></div><div><dt>${t("Last sign-in")}</dt><dd><${Ago} at=${user.last_login_at} /></dd></div></dl>
        <p><a href=${`/audit?actor=${encodeURIComponent(user.name)}`}>${t("What they did")}</a></p></div></section>
      <${Logins} user=${user.id} turn=${turn} /></div>
    ${renewing && html`<${NewPassword} name=${user.name} close=${() => setRenewing(false)} give=${(/** @type {string} */ password) => change({ password }, t("{name} has a new password and must sign in again.", { name: user.name })).then(() => setRenewing(false))} />`}
  </div>`;
}

/** @param {{name: string, close: () => void, give: (password: string) => void}} props */
function NewPassword({ name, close, give }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    give(String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("password")));
  };
  return html`<${Dialog} title=${t("A new password for {name}", { name })} close=${close}><form onSubmit=${submit}>
    <p>${t("All their sign-ins end. Tell them the password, and that they change it under My account.")}</p>
    <label>${t("Password")} <small class="quiet">${t("at least 10 characters")}</small><input name="password" type="password" required autofocus minlength="10" maxlength="256" autocomplete="new-password" /></label>
    <div class="button-row"><button class="button primary" type="submit">${t("Set it")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

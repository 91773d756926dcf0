// @ts-check
/** Users: the people who operate. Let one in, and see who may do what. */
import { useState } from "preact/hooks";
import { me, saveCsv } from "../api.js";
import { people } from "../api/people.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { useChanges } from "../news.js";
import { Pages, usePages } from "../paged.js";
import { ENABLED, ROLES, WAYS } from "../people-words.js";
import { go } from "../router.js";
import { Ago, attempt, Dialog, notify, Status } from "../widgets.js";

/** @import { User } from "../api/people.js" */

const PAGE = 100;

export default function Users() {
  const list = usePages((cursor) => people.users({ limit: PAGE, cursor }), "", { keeps: true, news: useChanges("user") });
  const [adding, setAdding] = useState(false);
  return html`<div class="page">
    <header class="page-head"><h1>${t("Users")}</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/users", {}, "users.csv"))}><${Icon} name="download" />CSV</button>
      <button class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Let somebody in")}</button></header>
    <p class="quiet">${t("Users sign in here and operate chargers. Those who charge are drivers.")} <a href="/drivers">${t("To the drivers")}</a></p>
    <${Pages} list=${list} more=${t("More users")}>${(/** @type {User[]} */ items) => html`<h2 class="visually-hidden">${t("Users")}</h2>
      <table class="plain-table"><thead><tr><th>${t("Name")}</th><th>${t("Role")}</th><th class="hide-narrow">${t("State")}</th><th class="hide-narrow">${t("Signs in by")}</th><th>${t("Last sign-in")}</th></tr></thead>
        <tbody>${items.map((user) => html`<tr key=${user.id} data-user=${user.name}>
          <td><a href=${`/users/${user.id}`}><bdi>${user.name}</bdi></a> ${user.id === me.value?.user_id ? html`<small class="quiet">${t("you")}</small>` : null}</td>
          <td><${Status} small is=${ROLES[user.role]} /></td>
          <td class="hide-narrow"><${Status} small is=${ENABLED[user.disabled ? "off" : "on"]} /></td>
          <td class="hide-narrow">${user.is_external ? t(WAYS.oidc) : user.has_password ? t(WAYS.password) : t(WAYS.link)}</td>
          <td><${Ago} at=${user.last_login_at} /></td></tr>`)}</tbody></table>`}<//>
    ${adding && html`<${AddUser} close=${() => setAdding(false)} />`}
  </div>`;
}

/** @param {{close: () => void}} props */
function AddUser({ close }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    void attempt(async () => {
      const user = await people.addUser({ name: String(form.get("name")).trim(), role: /** @type {any} */ (form.get("role")), password: String(form.get("password")) });
      notify(t("{name} can sign in now.", { name: user.name }));
      go(`/users/${user.id}`);
    });
  };
  return html`<${Dialog} title=${t("Let somebody in")} close=${close}><form onSubmit=${submit}>
    <label>${t("Name")}<input name="name" required autofocus autocomplete="off" spellcheck=${false} autocapitalize="none" maxlength="80" pattern="[^\\s:\\/]+" /></label>
    <${RoleChoice} role="operator" />
    <label>${t("Password")} <small class="quiet">${t("at least 10 characters")}</small><input name="password" type="password" required minlength="10" maxlength="256" autocomplete="new-password" /></label>
    <div class="button-row"><button class="button primary" type="submit">${t("Let in")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

/** What is chosen stays so until the component is made anew. @param {{role: string, change?: (role: import("../api/people.js").Role) => void, disabled?: boolean}} props */
export function RoleChoice({ role, change, disabled }) {
  const [chosen, setChosen] = useState(role);
  const choose = (/** @type {any} */ name) => {
    setChosen(name);
    change?.(name);
  };
  return html`<fieldset class="roles"><legend>${t("Role")}</legend>${Object.entries(ROLES).map(
    ([name, is]) => html`<label class="inline" key=${name}><input type="radio" name="role" value=${name} checked=${chosen === name} disabled=${disabled} onChange=${() => choose(name)} />
      <span><b>${t(is.word)}</b><small class="quiet">${t(is.means ?? "")}</small></span></label>`,
  )}</fieldset>`;
}

// @ts-check
/** The sign-in page. */
import { useState } from "preact/hooks";
import { api, me } from "./api.js";
import { people } from "./api/people.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { isKiosk } from "./kiosk-mode.js";
import { t } from "./languages.js";
import { restartLive } from "./live.js";
import { Mark } from "./shell.js";
import { useFetched } from "./widgets.js";

export function SignIn() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const { value: ways } = useFetched(people.ways, []);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    setBusy(true);
    setError("");
    try {
      await api.login(String(form.get("name")), String(form.get("password")));
      me.value = await api.me();
      restartLive();
    } catch (problem) {
      setError(/** @type {any} */ (problem).status === 401 ? t("That name and password do not fit together.") : /** @type {Error} */ (problem).message);
      setBusy(false);
    }
  };
  return html`<main class="sign-in">
    ${isKiosk.value && html`<p class="warning kiosk-signed-out" role="alert"><${Icon} name="lock" />${t("This screen is signed out: it shows nothing until somebody signs in.")}</p>`}
    <form onSubmit=${submit}>
      <h1 class="brand"><${Mark} /><b>Voltaro</b></h1>
      <p class="quiet">${t("Sign in to see and steer your chargers.")}</p>
      ${ways?.oidc && html`<a class="button primary" href=${ways.oidc.url} target="_self"><${Icon} name="user" /><bdi>${ways.oidc.label}</bdi></a>`}
      ${ways?.password !== false && html`<label>${t("Name")}<input name="name" autocomplete="username" required autofocus spellcheck=${false} autocapitalize="none" /></label>
      <label>${t("Password")}<input name="password" type="password" autocomplete="current-password" required /></label>
      <p class="form-error" role="alert">${error}</p>
      <button class=${`button ${ways?.oidc ? "" : "primary"}`} type="submit" disabled=${busy}>${busy ? t("Signing in") : t("Sign in")}</button>
      <details><summary>${t("No account yet?")}</summary><p>${t("On the server:")} <code>voltaro user add NAME --role admin</code></p></details>`}
    </form>
  </main>`;
}

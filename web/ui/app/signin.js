// @ts-check
/** The sign-in page, and the same over a page whose sign-in has ended. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api.js";
import { people } from "./api/people.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { isKiosk } from "./kiosk-mode.js";
import { t } from "./languages.js";
import { Mark } from "./shell.js";
import { signedIn } from "./signed.js";
import { useFetched } from "./widgets.js";

export function SignIn() {
  return html`<main class="sign-in">
    ${isKiosk.value && html`<p class="warning kiosk-signed-out" role="alert"><${Icon} name="lock" />${t("This screen is signed out: it shows nothing until somebody signs in.")}</p>`}
    <${SignInForm}><p class="quiet">${t("Sign in to see and steer your chargers.")}</p><//></main>`;
}

/** What was typed waits behind it, and has the focus again after. @param {{name: string}} props who was signed in */
export function SignInAgain({ name }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const before = useRef(document.activeElement);
  useEffect(() => {
    ref.current?.showModal();
    return () => void setTimeout(() => before.current instanceof HTMLElement && before.current.focus());
  }, []);
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  return html`<dialog ref=${ref} class="sign-in-again" aria-label=${t("Sign in")} onCancel=${stay} onClose=${() => ref.current?.showModal()}>
    <div class="sign-in"><${SignInForm} name=${name} aside><p role="status">${t("Your sign-in has ended. Sign in again to go on where you were: what you have typed is kept.")}</p><//></div></dialog>`;
}

/** With ``aside``, whoever signs in elsewhere does so in a tab of its own, and comes back. @param {{name?: string, aside?: boolean, children?: any}} props */
function SignInForm({ name = "", aside, children }) {
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
      await signedIn();
    } catch (problem) {
      setError(/** @type {any} */ (problem).status === 401 ? t("That name and password do not fit together.") : /** @type {Error} */ (problem).message);
      setBusy(false);
    }
  };
  return html`<form onSubmit=${submit}>
    <h1 class="brand"><${Mark} /><b>Voltaro</b></h1>
    ${children}
    ${ways?.oidc && html`<a class="button primary" href=${ways.oidc.url} target=${aside ? "_blank" : "_self"}><${Icon} name="user" /><bdi>${ways.oidc.label}</bdi></a>`}
    ${ways?.password !== false && html`<label>${t("Name")}<input name="name" autocomplete="username" required autofocus=${!name} defaultValue=${name} spellcheck=${false} autocapitalize="none" /></label>
    <label>${t("Password")}<input name="password" type="password" autocomplete="current-password" required autofocus=${Boolean(name)} /></label>
    <p class="form-error" role="alert">${error}</p>
    <button class=${`button ${ways?.oidc ? "" : "primary"}`} type="submit" disabled=${busy}>${busy ? t("Signing in") : t("Sign in")}</button>
    <details><summary>${t("No account yet?")}</summary><p>${t("On the server:")} <code>voltaro user add NAME --role admin</code></p></details>`}
  </form>`;
}

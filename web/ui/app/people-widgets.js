// @ts-check
/** Pieces that the pages of people share: where somebody is signed in, a button that asks once more, the fields of a driver. */
import { useState } from "preact/hooks";
import { people } from "./api/people.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t, tn } from "./languages.js";
import { WAYS } from "./people-words.js";
import { Ago, attempt, Loading, notify, Trouble, useFetched } from "./widgets.js";

/** @import { Login } from "./api/people.js" */

/** A button for what cannot be taken back: the second press does it. @param {{word: string, sure: string, act: () => void, label?: string, icon?: string, large?: boolean}} props */
export function Twice({ word, sure, act, label, icon, large }) {
  const [asked, setAsked] = useState(false);
  if (asked) return html`<button type="button" class=${`button danger ${large ? "" : "small"}`} onClick=${() => (setAsked(false), act())} onBlur=${() => setAsked(false)} autofocus>${sure}</button>`;
  return html`<button type="button" class=${`button ${large ? "" : "small"}`} aria-label=${label} onClick=${() => setAsked(true)}>${icon && html`<${Icon} name=${icon} />`}${word}</button>`;
}

/** Where somebody is signed in; without ``user``, oneself. @param {{user?: number, turn?: number}} props */
export function Logins({ user, turn }) {
  const { value, error, again } = useFetched(() => people.logins(user), [user, turn]);
  const others = value?.items.filter((login) => !login.current) ?? [];
  const endAll = () => attempt(async () => {
    const { ended } = await people.endLogins(user);
    notify(tn("{n} sign-in was ended.", "{n} sign-ins were ended.", ended));
    again();
  });
  const end = (/** @type {Login} */ login) => attempt(async () => {
    await people.endLogin(login.id, user);
    again();
  });
  return html`<section class="card block" aria-label=${t("Sign-ins")}>
    <header><h2>${t("Sign-ins")}</h2>${others.length > 0 && html`<${Twice} icon="exit" word=${user === undefined ? t("End all others") : t("End all")} sure=${t("Really end them?")} act=${endAll} />`}</header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} lines=${2} />` : html`<ul class="rows logins">${value.items.map(
      (login) => html`<li key=${login.id} data-login=${login.id}>
        <span><b>${login.current ? t("This browser") : browserOf(login.user_agent)}</b>
          <small class="quiet">${[t(WAYS[login.method] ?? login.method), login.address].filter(Boolean).join(", ")}</small></span>
        <small class="quiet">${t("seen")} <${Ago} at=${login.last_seen_at ?? login.created_at} /></small>
        ${!login.current && html`<${Twice} word=${t("End")} sure=${t("Really?")} label=${t("End the sign-in from {address}", { address: login.address ?? "?" })} act=${() => end(login)} />`}
      </li>`,
    )}</ul>${value.items.length === 0 ? html`<p class="pad quiet">${t("Nowhere signed in.")}</p>` : null}`}
  </section>`;
}

/** What a browser calls itself, in two words. @param {string | null} agent */
function browserOf(agent) {
  const of = (/** @type {[RegExp, string][]} */ names) => names.find(([pattern]) => pattern.test(agent ?? ""))?.[1];
  const name = of([[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"], [/curl/, "curl"]]);
  const system = of([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]]);
  return [name, system].filter(Boolean).join(", ") || t("Another browser");
}

/** The fields of a driver in a form. @param {{driver?: Partial<import("./api/people.js").Driver>}} props */
export function DriverFields({ driver = {} }) {
  return html`<label>${t("Name")}<input name="name" required autofocus autocomplete="off" maxlength="200" defaultValue=${driver.name ?? ""} dir="auto" /></label>
    <div class="two"><label>${t("E-mail")}<input name="email" type="email" autocomplete="off" maxlength="254" defaultValue=${driver.email ?? ""} /></label>
      <label>${t("Telephone")}<input name="phone" type="tel" autocomplete="off" maxlength="40" defaultValue=${driver.phone ?? ""} /></label></div>
    <label>${t("External id")} <small class="quiet">${t("what another system calls them")}</small><input name="external_id" autocomplete="off" maxlength="200" class="mono" defaultValue=${driver.external_id ?? ""} /></label>
    <label>${t("Note")}<input name="note" autocomplete="off" maxlength="2000" defaultValue=${driver.note ?? ""} dir="auto" /></label>`;
}

/** What was written in those fields; an empty one is nothing. @param {SubmitEvent} event @returns {Partial<import("./api/people.js").Driver>} */
export function driverOf(event) {
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim() || null;
  return { name: text("name") ?? "", email: text("email"), phone: text("phone"), external_id: text("external_id"), note: text("note") };
}

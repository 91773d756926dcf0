// @ts-check
/** Tokens: how programs get in. Made once, shown once, revoked at any time. */
import { useState } from "preact/hooks";
import { saveCsv } from "../api.js";
import { people } from "../api/people.js";
import { day, now } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { Pages, usePages } from "../paged.js";
import { Twice } from "../people-widgets.js";
import { SCOPES, TOKENS } from "../people-words.js";
import { queryOf, setQuery } from "../router.js";
import { Ago, attempt, Copy, Dialog, Empty, notify, Status } from "../widgets.js";

/** @import { Token } from "../api/people.js" */

const PAGE = 100;
const SOON_MS = 14 * 86_400_000;
const DAY_MS = 86_400_000;

/** @param {Token} token */
function stateOf(token) {
  const soon = token.state === "active" && token.expires_at && Date.parse(token.expires_at) - now.value < SOON_MS;
  return TOKENS[soon ? "expiring" : token.state] ?? TOKENS.active;
}

export default function Tokens() {
  const state = queryOf("state");
  const list = usePages((cursor) => people.tokens({ state, limit: PAGE, cursor }), state);
  const [making, setMaking] = useState(false);
  const revoke = (/** @type {Token} */ token) => attempt(async () => {
    await people.revokeToken(token.id);
    notify(t("{name} is revoked.", { name: token.name }));
    list.again();
  });
  return html`<div class="page">
    <header class="page-head"><h1>${t("Tokens")}</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/tokens", { state }, "tokens.csv"))}><${Icon} name="download" />CSV</button>
      <button class="button primary" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("Make a token")}</button></header>
    <div class="toolbar"><div class="chips">${["active", "expired", "revoked"].map(
      (name) => html`<button key=${name} class=${`chip tone-${TOKENS[name].tone}`} aria-pressed=${state === name} onClick=${() => setQuery({ state: state === name ? null : name })}><${Icon} name=${TOKENS[name].icon} />${t(TOKENS[name].word)}</button>`,
    )}</div></div>
    <${Pages} list=${list} more=${t("More tokens")}>${(/** @type {Token[]} */ items) => html`<h2 class="visually-hidden">${t("Tokens")}</h2>${
      items.length === 0
        ? html`<${Empty} icon="lock" title=${state ? t("No token fits") : t("No tokens yet")}><p>${t("A token lets a program use the API with exactly the rights it needs:")} <code>Authorization: Bearer vlt_…</code></p><//>`
        : html`<ul class="rows tokens">${items.map((token) => html`<${Row} key=${token.id} token=${token} revoke=${revoke} />`)}</ul>`
    }`}<//>
    ${making && html`<${Make} close=${() => setMaking(false)} done=${list.again} />`}
  </div>`;
}

/** @param {{token: Token, revoke: (token: Token) => void}} props */
function Row({ token, revoke }) {
  return html`<li data-token=${token.name}>
    <div class="token-line"><b><bdi>${token.name}</bdi></b><code>${token.prefix}…</code><${Status} small is=${stateOf(token)} /><span class="push"></span>
      ${token.state !== "revoked" && html`<${Twice} icon="ban" word=${t("Revoke")} sure=${t("Really revoke it?")} label=${t("Revoke {name}", { name: token.name })} act=${() => revoke(token)} />`}</div>
    <p class="scopes">${token.scopes.map((scope) => html`<code key=${scope} title=${SCOPES[scope] ? t(SCOPES[scope]) : undefined}>${scope}</code>`)}</p>
    <p class="quiet small-text">${token.revoked_at ? t("Revoked on {day}", { day: day(token.revoked_at) }) : token.expires_at ? (token.state === "expired" ? t("Expired on {day}", { day: day(token.expires_at) }) : t("Expires on {day}", { day: day(token.expires_at) })) : t("Never expires")},
      ${" "}${token.last_used_at ? html`${t("last used")} <${Ago} at=${token.last_used_at} />` : t("not used yet")}${token.created_by ? html`, ${t("made by")} <bdi>${token.created_by}</bdi>` : ""}</p></li>`;
}

/** @param {{close: () => void, done: () => void}} props */
function Make({ close, done }) {
  const [made, setMade] = useState(/** @type {Token | null} */ (null));
  const [scopes, setScopes] = useState(/** @type {string[]} */ ([]));
  const all = scopes.includes("admin");
  const toggle = (/** @type {string} */ scope) => setScopes(scopes.includes(scope) ? scopes.filter((known) => known !== scope) : [...scopes, scope]);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const days = Number(form.get("days"));
    void attempt(async () => {
      const expires = days ? { expires_at: new Date(Date.now() + days * DAY_MS).toISOString() } : {};
      setMade(await people.addToken({ name: String(form.get("name")).trim(), scopes: all ? ["admin"] : scopes, ...expires }));
      done();
    });
  };
  if (made) return html`<${Dialog} title=${t("The token {name}", { name: made.name })} close=${close}>
    <p class="warning"><${Icon} name="alert" />${t("It is shown only now. Copy it to where it is needed.")}</p>
    <div class="credential"><small>${t("Token")}</small><code data-secret>${made.token}</code><${Copy} text=${made.token ?? ""} label=${t("Copy the token")} /></div>
    <div class="button-row"><button class="button primary" onClick=${close}>${t("I have it")}</button></div><//>`;
  return html`<${Dialog} title=${t("Make a token")} close=${close}><form onSubmit=${submit}>
    <label>${t("Name")} <small class="quiet">${t("what it is for")}</small><input name="name" required autofocus autocomplete="off" maxlength="80" /></label>
    <fieldset class="scope-choice"><legend>${t("What it may do")}</legend>${Object.entries(SCOPES).map(
      ([scope, word]) => html`<label class="check" key=${scope}><input type="checkbox" checked=${all || scopes.includes(scope)} disabled=${all && scope !== "admin"} onChange=${() => toggle(scope)} /><span>${t(word)} <code>${scope}</code></span></label>`,
    )}</fieldset>
    <label>${t("Good for")}<select name="days"><option value="30">${t("30 days")}</option><option value="90" selected>${t("90 days")}</option><option value="365">${t("A year")}</option><option value="0">${t("Ever, until it is revoked")}</option></select></label>
    <div class="button-row"><button class="button primary" type="submit" disabled=${!scopes.length}>${t("Make it")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

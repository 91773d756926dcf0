// @ts-check
/** The connection doctor: what to enter into a charger, who waits to be let in, and why somebody does not get in. */
import { useEffect, useState } from "preact/hooks";
import { me } from "../api.js";
import { fleetApi } from "../api/fleet.js";
import { chargers } from "../fleet.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { queryOf, setQuery } from "../router.js";
import { refreshStrangers } from "../store.js";
import { Copy, Loading, Trouble, useFetched } from "../widgets.js";
import { VENDORS } from "../attempt-words.js";
import { PROFILES } from "./charger-filters.js";
import { AttemptList } from "./connect-attempts.js";
import { QrCode } from "./connect-qr.js";
import { Waiting } from "./connect-waiting.js";

/** @import { Address, Addresses } from "../api/fleet.js" */

export default function Connect() {
  const id = queryOf("id");
  const known = id ? chargers.get(id)?.value : undefined;
  const { value, error, again } = useFetched(() => fleetApi.addresses(false), []);
  const able = me.value?.role !== "viewer";
  useEffect(() => void refreshStrangers(), []);
  return html`<div class="page connect-page">
    <header class="page-head"><h1>${t("Connect a charger")}</h1><span class="push"></span>
      ${able && html`<a class="button primary" href="/chargers?add=1"><${Icon} name="plus" />${t("Add a charger")}</a>`}</header>
    <div class="columns even">
      <div class="column">
        ${error && !value ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} />` : html`<${AddressCard} found=${value} id=${id} />`}
        <section class="card block"><header><h2>${t("What to enter at the charger")}</h2></header>
          <dl class="facts tall">
            <div><dt>${t("Protocol")}</dt><dd>${t("OCPP-J (JSON over WebSocket), version 1.6, 2.0.1 or 2.1")}</dd></div>
            <div><dt>${t("Address")}</dt><dd>${t("One of those above. Some chargers add their identity by themselves, others want it at the end: if one does not work, the list shows it.")}</dd></div>
            <div><dt>${t("Identity")}</dt><dd>${id ? html`<code><bdi>${id}</bdi></code>` : t("The name under which it is known here; also called charge point ID or ChargeBoxIdentity.")}</dd></div>
            <div><dt>${t("Password")}</dt><dd>${known?.security_profile === 0 ? t("None: this charger is open.") : t("As it was shown when the charger was added; also called AuthorizationKey or Basic Auth. The user name is the identity.")}</dd></div>
            <div><dt>${t("Security profile")}</dt><dd>${known ? t(PROFILES[known.security_profile] ?? "") : t("1 with a password over ws, 2 with a password over wss, 3 with a certificate, 0 without anything.")}</dd></div>
          </dl>
          <details class="values vendors"><summary>${t("Where the usual makers hide it")}</summary>
            <dl class="facts tall">${VENDORS.map(([vendor, hint]) => html`<div key=${vendor}><dt translate=${false}>${vendor}</dt><dd>${t(hint)}</dd></div>`)}</dl>
            <p class="quiet pad">${t("Menus change with the firmware: what is written at the charger goes before this list.")}</p></details></section>
      </div>
      <div class="column"><${Waiting} able=${able} /><${AttemptList} id=${id} /></div>
    </div>
  </div>`;
}

/** @param {{found: Addresses, id: string}} props */
function AddressCard({ found, id }) {
  const [tested, setTested] = useState(/** @type {Addresses | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [drawn, setDrawn] = useState("");
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const test = async () => {
    setBusy(true);
    setProblem(null);
    await fleetApi.addresses(true).then(setTested, setProblem);
    setBusy(false);
  };
  const { items, loopback_only: lonely } = tested ?? found;
  const end = id ? encodeURIComponent(id) : "";
  return html`<section class="card block"><header><h2>${t("Addresses of this server")}</h2>
      <button class="button small" disabled=${busy} onClick=${test}>${busy ? t("Testing") : t("Test from here")}</button></header>
    ${lonely && html`<p class="warning pad"><${Icon} name="alert" /><span>${t("Chargers on the network cannot reach this: the server listens for this machine alone. Start it with --host 0.0.0.0.")}</span></p>`}
    ${problem && html`<${Trouble} error=${problem} />`}
    <div class="pad identity-field"><label>${t("Identity of the charger")}<input value=${id} spellcheck=${false} autocomplete="off" maxlength="48" placeholder=${t("for instance CP-001")}
      onInput=${(/** @type {any} */ event) => setQuery({ id: event.target.value.trim() || null })} /></label></div>
    <ul class="rows addresses">${items.map((address) => html`<${AddressRow} key=${address.url} address=${address} end=${end} drawn=${drawn} draw=${setDrawn} />`)}</ul>
    ${!found.has_tls && html`<p class="quiet pad">${t("There is no port for wss: give --ocpps-port with a certificate where chargers come over the internet.")}</p>`}
  </section>`;
}

/** @param {{address: Address, end: string, drawn: string, draw: (url: string) => void}} props */
function AddressRow({ address, end, drawn, draw }) {
  const whole = `${address.url}${end}`;
  const open = drawn === address.url;
  return html`<li class="address" data-kind=${address.kind} data-scheme=${address.scheme}>
    <div class="address-line"><code><bdi>${whole}</bdi></code><${Copy} text=${whole} label=${t("Copy the address")} />
      <button type="button" class="icon-button" aria-expanded=${open} title=${t("QR code")} aria-label=${t("QR code of {url}", { url: whole })} onClick=${() => draw(open ? "" : address.url)}><${Icon} name="qr" /></button></div>
    <p class="quiet small-text">${t(KINDS[address.kind])}${address.scheme === "wss" ? `, ${t("with TLS")}` : ""}
      ${address.reached !== null && html` <span class=${`status small tone-${address.reached ? "free" : "bad"}`}><${Icon} name=${address.reached ? "check" : "alert"} />${address.reached ? t("answers") : t("does not answer")}</span>`}
      ${end && html`<span> ${t("Where the charger adds its identity itself:")} <code>${address.url}</code> <${Copy} text=${address.url} label=${t("Copy the address without the identity")} /></span>`}</p>
    ${open && html`<${QrCode} text=${whole} />`}
  </li>`;
}

/** @type {Record<Address["kind"], string>} */
const KINDS = { network: m("On the network"), named: m("By the name in your browser's address"), loopback: m("From this machine alone") };

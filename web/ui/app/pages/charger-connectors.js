// @ts-check
/** The connectors of a charger: state, error in plain words and what to do, since when, and the buttons that make sense now. */
import { useState } from "preact/hooks";
import { life } from "../api/life.js";
import { explained, WHO } from "../error-codes.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { STATES } from "../words.js";
import { Ago, Empty, Status, useFetched } from "../widgets.js";
import { UnlockDialog } from "./charger-orders.js";

/** @import { Charger, Connector, Evse, Session } from "../types.d.ts" */
/** @import { ConnectorSpan } from "../api/life.js" */
/** @typedef {import("./charger-live.js").Ask} Ask */

/** Where a start can come to something. @type {Set<string>} */
const STARTABLE = new Set(["available", "preparing", "reserved", "finishing", "unknown"]);

/** @param {{charger: Charger, sessions: Session[], able: boolean, ask: Ask, start: (evse: number | null) => void}} props */
export function ConnectorCards({ charger, sessions, able, ask, start }) {
  const faults = useFaults(charger);
  return html`<section class="connectors" aria-label=${t("Connectors")}>
    ${charger.evses.map((evse) => html`<${EvseCard} key=${evse.id} evse=${evse} session=${sessions.find((session) => session.evse_id === evse.id)} faults=${faults} able=${able} ask=${ask} start=${() => start(evse.id)} />`)}
    ${charger.evses.length === 0 && html`<div class="card block"><${Empty} icon="plug" title=${t("No connector reported yet")}>
      <p>${t("Connectors appear when the charger sends its first StatusNotification.")}</p>
      ${able && html`<button class="button" onClick=${() => start(null)}><${Icon} name="play" />${t("Start a session")}</button>`}<//></div>`}
  </section>`;
}

/** What the charger said with its errors: the vendor's code and its words are in its history alone. @param {Charger} charger @returns {ConnectorSpan[]} */
function useFaults(charger) {
  const bad = charger.evses.flatMap((evse) => evse.connectors.filter(isBad).map((connector) => `${evse.id}.${connector.id} ${connector.updated_at}`)).join();
  const { value } = useFetched(async () => {
    if (!bad) return [];
    const present = Date.now();
    const told = await life.timeline(charger.id, new Date(present - 60_000).toISOString(), new Date(present + 60_000).toISOString());
    return told.connectors.items.filter((span) => span.until === null);
  }, [charger.id, bad]);
  return value ?? [];
}

/** @param {Connector} connector */
const isBad = ({ state, error_code: code }) => state === "faulted" || (code !== null && code !== "NoError");

/** @param {{evse: Evse, session: Session | undefined, faults: ConnectorSpan[], able: boolean, ask: Ask, start: () => void}} props */
function EvseCard({ evse, session, faults, able, ask, start }) {
  const [unlocking, setUnlocking] = useState(/** @type {Connector | null} */ (null));
  const several = evse.connectors.length > 1;
  const startable = evse.id > 0 && !session && evse.connectors.some(({ state }) => STARTABLE.has(state));
  const isOut = evse.connectors.every(({ state }) => state === "unavailable");
  const unlock = (/** @type {Connector} */ connector) => ask("unlock", { evse_id: evse.id, connector_id: connector.id }, t("Unlock"));
  return html`<article class="card connector" data-evse=${evse.id}>
    <header><h3>${evse.id ? t("Connector {n}", { n: evse.id }) : t("Whole charger")}</h3></header>
    ${evse.connectors.map((connector) => html`<${ConnectorLine} key=${connector.id} evse=${evse} connector=${connector} several=${several} faults=${faults} />`)}
    ${able && html`<div class="button-row">
      ${startable && html`<button class="button primary" data-do="start" onClick=${start}><${Icon} name="play" />${t("Start")}</button>`}
      ${session && html`<button class="button danger" data-do="stop-here" onClick=${() => ask("stop", { transaction_id: session.transaction_id }, t("Stop"))}><${Icon} name="stop" />${t("Stop")}</button>`}
      ${evse.id > 0 && evse.connectors.filter(({ state }) => state !== "unavailable").map((connector) => html`<button class="button" key=${connector.id} onClick=${() => (session ? setUnlocking(connector) : unlock(connector))}>
        <${Icon} name="lock" />${several ? t("Unlock {n}", { n: connector.id }) : t("Unlock")}</button>`)}
      ${isOut
        ? html`<button class="button" onClick=${() => ask("availability", { operative: true, evse_id: evse.id }, t("Put in service"))}><${Icon} name="check" />${t("In service")}</button>`
        : html`<button class="button" onClick=${() => ask("availability", { operative: false, evse_id: evse.id }, t("Take out of service"))}><${Icon} name="ban" />${t("Out of service")}</button>`}
    </div>`}
    ${unlocking && html`<${UnlockDialog} connector=${several ? `${evse.id}.${unlocking.id}` : String(evse.id)} close=${() => setUnlocking(null)} unlock=${() => unlock(unlocking)} />`}
  </article>`;
}

/** @param {{evse: Evse, connector: Connector, several: boolean, faults: ConnectorSpan[]}} props */
function ConnectorLine({ evse, connector, several, faults }) {
  const bad = isBad(connector);
  const told = bad ? faults.find((span) => span.evse_id === evse.id && span.connector_id === connector.id) : undefined;
  const code = connector.error_code === "NoError" ? null : connector.error_code;
  const known = bad ? explained(code, told?.vendor_error_code ?? null) : null;
  return html`<div class="connector-line" data-state=${connector.state}>
      ${several && html`<b>${connector.id}</b>`}<${Status} is=${STATES[connector.state] ?? STATES.unknown} />
      <small class="quiet"><span class="mono">${connector.status}</span> · <${Ago} at=${connector.updated_at} />${connector.stale && html` · <span class="tone-paused" data-stale title=${t("The charger has not reported this connector since it last connected or booted.")}>${t("last known")}</span>`}</small>
    </div>
    ${bad && html`<div class="fault" data-fault=${code ?? "faulted"}>
      <p><b>${known ? t(known.means) : code ? t("The charger reports an error that has no known meaning.") : t("The charger says that it is faulted, and not why.")}</b></p>
      ${known && html`<p>${t(WHO[known.who])}: ${t(known.todo)}</p>`}
      <p class="quiet mono small-text" dir="auto">${[code, told?.vendor_error_code, told?.info].filter(Boolean).join(" · ")}</p>
    </div>`}`;
}

// @ts-check
/** A charger as it is now: the running sessions with their curves, the connectors, and what the charger really answered to the buttons. */
import { useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { ResetDialog, StartDialog } from "./charger-orders.js";
import { ConnectorCards } from "./charger-connectors.js";
import { Running } from "./charger-running.js";
import { Upkeep } from "./charger-upkeep.js";
import { sessionsOf } from "../running.js";
import { Empty } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */
/** Ask the charger for something in the vocabulary of all versions. @typedef {(order: string, body: Record<string, unknown>, word: string) => void} Ask */

/** @param {{charger: Charger}} props */
export function Live({ charger }) {
  const sessions = sessionsOf(charger.id).value;
  const commands = useCommands(charger.id);
  const [starting, setStarting] = useState(/** @type {number | null | undefined} */ (undefined));
  const [resetting, setResetting] = useState(false);
  const writes = me.value?.role !== "viewer";
  const able = writes && charger.connection !== "offline";
  /** @type {Ask} */
  const ask = (order, body, word) => void commands.run(word, () => api.order(charger.id, order, body));
  const connectors = charger.evses.flatMap((evse) => evse.connectors);
  const out = connectors.filter(({ state }) => state === "unavailable").length;
  return html`<div class="columns">
    <div class="column wide-column">
      ${sessions.map((session) => html`<${Running} key=${session.id} session=${session} ask=${ask} able=${able} />`)}
      ${sessions.length === 0 && html`<section class="card block"><${Empty} icon="bolt" title=${t("No session runs")}>
        <p>${t("When one starts, at the charger or by a button here, its power, energy and state of charge appear and move by themselves.")}</p><//></section>`}
      <${ConnectorCards} charger=${charger} sessions=${sessions} able=${able} ask=${ask} start=${setStarting} />
    </div>
    <div class="column">
      <section class="card block" aria-label=${t("The charger as a whole")}><header><h2>${t("Whole charger")}</h2></header>
        ${able && html`<div class="button-row pad">
          <button class="button" onClick=${() => setResetting(true)}><${Icon} name="reset" />${t("Reset")}</button>
          ${(out < connectors.length || !connectors.length) && html`<button class="button" onClick=${() => ask("availability", { operative: false }, t("Take out of service"))}><${Icon} name="ban" />${t("Out of service")}</button>`}
          ${(out > 0 || !connectors.length || charger.availability.some(({ operative }) => !operative)) && html`<button class="button" onClick=${() => ask("availability", { operative: true }, t("Put in service"))}><${Icon} name="check" />${t("In service")}</button>`}
        </div>`}
        <${Upkeep} charger=${charger} />
        ${charger.connection === "offline" && html`<p class="quiet pad">${t("The charger is offline; it cannot be told anything now.")}</p>`}
        ${!writes && html`<p class="quiet pad">${t("Your role is viewer: you can look, and others can steer.")}</p>`}
      </section>
      <${Answers} commands=${commands.list} />
    </div>
    ${starting !== undefined && html`<${StartDialog} evse=${starting} close=${() => setStarting(undefined)} ask=${ask} />`}
    ${resetting && html`<${ResetDialog} charger=${charger} running=${sessions.length} close=${() => setResetting(false)} ask=${ask} />`}
  </div>`;
}

// @ts-check
/** What is kept up for a charger: what it has agreed to have out of service, its clock, and whether it is left in peace. */
import { count } from "../format.js";
import { html } from "../html.js";
import { t } from "../languages.js";
import { Ago } from "../widgets.js";

/** @import { Charger, ServiceWish } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function Upkeep({ charger }) {
  const out = charger.availability.filter((wish) => !wish.operative);
  const clock = charger.clock?.is_off ? charger.clock : null;
  return html`${charger.restless && html`<p class="pad tone-bad" data-restless>${t("It boots again and again. Nothing is asked of it by ourselves until it is calm.")}</p>`}
    ${clock && html`<p class="pad tone-paused" data-clock-off>${clockWord(clock.offset_s)} ${t("Its times are shown as it tells them.")} <span class="quiet">(<${Ago} at=${clock.measured_at} />)</span></p>`}
    ${out.map((wish) => html`<p class="quiet pad" key=${`${wish.evse_id}/${wish.connector_id}`} data-out-of-service>${partOf(wish)} <span>(<${Ago} at=${wish.at} />)</span></p>`)}`;
}

/** @param {number} offset in seconds; what is behind our clock is positive */
function clockWord(offset) {
  const n = count(Math.round(Math.abs(offset)));
  return offset > 0 ? t("Its clock is {n} s behind.", { n }) : t("Its clock is {n} s ahead.", { n });
}

/** @param {ServiceWish} wish */
function partOf({ evse_id, connector_id }) {
  if (!evse_id) return t("The whole charger is out of service; that is kept over a boot.");
  return t("Connector {n} is out of service; that is kept over a boot.", { n: connector_id > 1 ? `${evse_id}.${connector_id}` : evse_id });
}

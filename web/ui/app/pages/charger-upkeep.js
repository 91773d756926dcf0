// @ts-check
/** What is kept up for a charger: what it has agreed to have out of service, its clock, and whether it is left in peace. */
import { html } from "../html.js";
import { Ago } from "../widgets.js";

/** @import { Charger, ServiceWish } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function Upkeep({ charger }) {
  const out = charger.availability.filter((wish) => !wish.operative);
  return html`${charger.restless && html`<p class="pad tone-bad" data-restless>It boots again and again. Nothing is asked of it by ourselves until it is calm.</p>`}
    ${charger.clock?.is_off && html`<p class="pad tone-paused" data-clock-off>Its clock is ${Math.round(Math.abs(charger.clock.offset_s))} s ${charger.clock.offset_s > 0 ? "behind" : "ahead"}, measured <${Ago} at=${charger.clock.measured_at} />. Its times are shown as it tells them.</p>`}
    ${out.map((wish) => html`<p class="quiet pad" key=${`${wish.evse_id}/${wish.connector_id}`} data-out-of-service>${partOf(wish)} out of service since <${Ago} at=${wish.at} />; kept over a boot.</p>`)}`;
}

/** @param {ServiceWish} wish */
function partOf({ evse_id, connector_id }) {
  if (!evse_id) return "The whole charger is";
  return connector_id > 1 ? `Connector ${evse_id}.${connector_id} is` : `Connector ${evse_id} is`;
}

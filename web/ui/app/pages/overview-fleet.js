// @ts-check
/** The fleet by state: a bar and chips that lead to the chargers; a small fleet is shown tile by tile. */
import { me } from "../api.js";
import { tileOf } from "../charger-tile.js";
import { chargerIds, chargers } from "../fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { chargerPath } from "../router.js";
import { summary } from "../store.js";
import { Empty } from "../widgets.js";
import { STATE_ORDER, STATES } from "../words.js";

/** More than these are better looked at on their own page. */
const FEW = 48;

export function Fleet() {
  const ids = chargerIds.value;
  const { states, total } = summary.value;
  const present = STATE_ORDER.filter((state) => states[state]);
  return html`<section class="card block" aria-label=${t("Fleet")}>
    <header><h2>${t("Fleet")}</h2>
      <div class="chips">${present.map(
        (state) => html`<a key=${state} class=${`chip tone-${STATES[state].tone}`} href=${`/chargers?state=${state}`} title=${t(STATES[state].means)}><${Icon} name=${STATES[state].icon} />${t(STATES[state].word)}<b>${count(states[state] ?? 0)}</b></a>`,
      )}</div>
      ${ids.length > FEW && html`<a href="/chargers">${t("All chargers")}</a>`}
    </header>
    ${total > 0 && html`<div class="state-bar" aria-hidden="true">${present.map((state) => html`<i key=${state} class=${`tone-${STATES[state].tone}`} style=${{ flexGrow: states[state] }}></i>`)}</div>`}
    ${ids.length === 0 && html`<${NoChargers} />`}
    ${ids.length > 0 && ids.length <= FEW && html`<div class="wall">${ids.map((id) => html`<${Tile} key=${id} id=${id} />`)}</div>`}
  </section>`;
}

/** What to do on the first day. */
export function NoChargers() {
  const url = me.value?.ocpp_url ?? `ws://${location.hostname}:9000`;
  const able = me.value?.role !== "viewer";
  return html`<${Empty} icon="charger" title=${t("No chargers yet")}>
    ${!able && html`<p>${t("Chargers appear here once an operator has added them.")}</p>`}
    ${able && html`<p>${t("Point one at this address, where ID is its own name. An unknown one then shows up here and waits until it is accepted.")}</p><p><code>${url}/ID</code></p>
    <p>${t("No hardware at hand?")} <code>voltaro simulate ${url} --chargers 10</code></p>
    <p><a class="button primary" href="/chargers?add=1"><${Icon} name="plus" />${t("Add a charger")}</a></p>`}
  <//>`;
}

/** @param {{id: string}} props */
function Tile({ id }) {
  const held = chargers.get(id);
  if (!held) return null;
  const charger = held.value;
  const { state, icon, tone, word, power: flowing, session } = tileOf(charger);
  return html`<a class=${`tile tone-${tone}`} href=${chargerPath(id)} data-charger=${id} data-state=${state} title=${`${charger.name ?? id}: ${t(STATES[state].word)}`}>
    <span class="tile-top"><b><bdi>${id}</bdi></b><${Icon} name=${icon} /></span>
    <span class="tile-mid">${flowing ?? word}</span>
    <span class="tile-foot">${session}</span>
  </a>`;
}

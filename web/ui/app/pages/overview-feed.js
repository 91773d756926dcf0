// @ts-check
/** What happens, as it happens, with a filter. */
import { eventLine } from "../event-words.js";
import { time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { feed } from "../store.js";

/** @import { LiveEvent } from "../types.d.ts" */

const SHOWN = 14;
/** @type {Record<string, {word: string, types: RegExp}>} */
const FILTERS = {
  sessions: { word: m("Sessions"), types: /^session\./ },
  chargers: { word: m("Chargers"), types: /^(charger|connector|site)\./ },
  commands: { word: m("Commands"), types: /^(command|job|reservation|charging_profile|certificate)\./ },
  trouble: { word: m("Trouble"), types: /^(actor|fault|dead_letter|security)\.|^charger\.(security_event|anomaly|clock_off|disconnected)$/ },
};

export function Feed() {
  const chosen = FILTERS[queryOf("feed")] ? queryOf("feed") : "";
  const fits = (/** @type {LiveEvent} */ event) => {
    if (!chosen) return true;
    const failed = event.data.state === "faulted" || event.data.state === "failed";
    return FILTERS[chosen].types.test(event.type) || (chosen === "trouble" && failed);
  };
  const events = feed.value.filter(fits).slice(0, SHOWN);
  return html`<section class="card block" aria-label=${t("What happens")}>
    <header><h2>${t("What happens")}</h2>
      <div class="chips" role="group" aria-label=${t("Show only")}>${Object.entries(FILTERS).map(
        ([name, { word }]) => html`<button key=${name} class="chip" aria-pressed=${chosen === name} onClick=${() => setQuery({ feed: chosen === name ? null : name })}>${t(word)}</button>`,
      )}</div></header>
    ${events.length === 0
      ? html`<p class="calm quiet">${chosen ? t("Nothing of this kind since you opened this page.") : t("Quiet since you opened this page. Events appear here as they happen.")}</p>`
      : html`<ol class="feed">${events.map((event) => html`<${FeedLine} key=${`${event.type} ${event.id} ${event.at}`} event=${event} />`)}</ol>`}
  </section>`;
}

/** @param {{event: LiveEvent}} props */
function FeedLine({ event }) {
  const { icon, tone, text } = eventLine(event);
  const id = event.data.charger_id;
  return html`<li><time datetime=${event.at}>${time(event.at)}</time><${Icon} name=${icon} class=${`tone-${tone}`} />
    <span>${id && html`<a href=${chargerPath(id)}><bdi>${id}</bdi></a> `}${text}</span></li>`;
}

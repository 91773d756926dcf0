// @ts-check
/** Learn a card: show it at a charger, and its row appears here by itself, to be added with a click. */
import { useEffect, useState } from "preact/hooks";
import { presentedTags } from "../api/tags.js";
import { chargerIds } from "../fleet.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t } from "../languages.js";
import { useHeard } from "../news.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { TAGS } from "../words.js";
import { TagDialog } from "./tag-dialogs.js";
import { Ago, Entry, Status, Trouble } from "../widgets.js";

/** @import { Presented } from "../api/tags.js" */

/** The live stream tells of a card at once, unless it is just being asked for other topics: so it is looked for, too. */
const LOOK_MS = 2500;
/** Cards that were shown so long ago were not shown to be learned. */
const RECENT_MS = 600_000;

/** What the charger was told, in OCPP's words. @type {Record<string, {word: string, icon: string, tone: string}>} */
const OUTCOMES = {
  Accepted: { word: m("Accepted"), icon: "check", tone: "free" },
  Blocked: { word: m("Refused: blocked"), icon: "ban", tone: "bad" },
  Expired: { word: m("Refused: expired"), icon: "clock", tone: "paused" },
  ConcurrentTx: { word: m("Refused: charges elsewhere"), icon: "pause", tone: "paused" },
  Invalid: { word: m("Refused: invalid"), icon: "ban", tone: "bad" },
  Unknown: { word: m("Refused: unknown"), icon: "help", tone: "paused" },
};

/** @param {{added: () => void}} props */
export function Learn({ added }) {
  const [shown, setShown] = useState(/** @type {Presented[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [adding, setAdding] = useState(/** @type {Presented | null} */ (null));
  const at = queryOf("at");
  const look = () => presentedTags().then(({ items }) => (setShown(items), setError(null)), setError);
  useHeard(({ type }) => type === "tag.presented", look, { topic: "tags" });
  useEffect(() => {
    void look();
    const looking = setInterval(() => document.hidden || void look(), LOOK_MS);
    return () => {
      clearInterval(looking);
    };
  }, []);
  const rows = (shown ?? []).filter((one) => (!at || one.charger_id === at) && Date.now() - Date.parse(one.at) < RECENT_MS);
  const done = () => {
    void look();
    added();
  };
  return html`<section class="card block learn" aria-label=${t("Learn a card")}>
    <header><h2><${Icon} name="tag" />${t("Learn a card")}</h2><button class="icon-button" aria-label=${t("Close")} onClick=${() => setQuery({ learn: null, at: null })}><${Icon} name="close" /></button></header>
    <div class="pad learn-head"><p>${t("Hold the card to the reader of a charger. The charger refuses it, as ever; here it appears by itself.")}</p>
      <label class="inline">${t("At")}<${Entry} list="learn-chargers" placeholder=${t("any charger")} aria-label=${t("Charger at which the card is shown")} dir="auto" value=${at} entered=${(/** @type {string} */ text) => setQuery({ at: text })} /></label>
      <datalist id="learn-chargers">${chargerIds.value.slice(0, 500).map((id) => html`<option key=${id} value=${id}></option>`)}</datalist></div>
    ${error ? html`<${Trouble} error=${error} />` : null}
    <ul class="rows" aria-live="polite" aria-label=${t("Cards shown of late")}>
      ${rows.length === 0 && html`<li class="learn-waiting"><i aria-hidden="true"></i><span class="quiet">${at ? t("Waiting for a card at {charger} …", { charger: at }) : t("Waiting for a card …")}</span></li>`}
      ${rows.map((one) => html`<li class="learn-row" key=${`${one.charger_id} ${one.id_tag}`} data-presented=${one.id_tag}>
        <b class="mono"><bdi>${one.id_tag}</bdi></b><${Status} small is=${OUTCOMES[one.outcome] ?? OUTCOMES.Invalid} />
        <span class="quiet"><a href=${chargerPath(one.charger_id)}><bdi>${one.charger_id}</bdi></a>${one.evse_id === null ? "" : ` · ${one.evse_id}`} · <${Ago} at=${one.at} /></span>
        <span class="push">${one.known
          ? html`<a class="button small" href=${`/tags?search=${encodeURIComponent(one.id_tag)}`}>${t("Known: {status}", { status: t(TAGS[one.status ?? "invalid"].word) })}</a>`
          : html`<button class="button small primary" aria-label=${t("Add {tag}", { tag: one.id_tag })} onClick=${() => setAdding(one)}><${Icon} name="plus" />${t("Add")}</button>`}</span></li>`)}
    </ul>
    ${adding && html`<${TagDialog} given=${{ id_tag: adding.id_tag, type: adding.type }} close=${() => setAdding(null)} done=${done} />`}
  </section>`;
}

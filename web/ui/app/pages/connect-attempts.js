// @ts-check
/** Who tried to connect, as it happens: what it means, and what to do. */
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../attempt-words.js";
import { fleetApi } from "../api/fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useTurn } from "../news.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { Ago, Loading, Status, Trouble } from "../widgets.js";

/** @import { Attempt } from "../api/fleet.js" */

const MOST = 100;
const CALM_MS = 400;

/** The attempts that are remembered, kept true by the live stream; newest first. @param {Record<string, unknown>} query */
export function useAttempts(query) {
  const [items, setItems] = useState(/** @type {Attempt[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  // What an attempt of an unknown identity is similar to is known to the server alone, so each piece of news is read there.
  const [turn, again] = useTurn(({ type }) => type === "connection.attempt", { topic: "connections", calmMs: CALM_MS });
  const asked = JSON.stringify(query);
  useEffect(() => {
    let current = true;
    fleetApi.attempts({ limit: MOST, ...query }).then((page) => current && (setItems(page.items), setError(null)), (problem) => current && setError(problem));
    return () => {
      current = false;
    };
  }, [asked, turn]);
  return { items, error, again };
}

/** @param {{id: string}} props */
export function AttemptList({ id }) {
  const mine = queryOf("mine") === "1" && id;
  const outcome = queryOf("outcome");
  const { items, error, again } = useAttempts({ ...(mine ? { charger_id: id } : {}), ...(outcome ? { outcome } : {}) });
  return html`<section class="card block" aria-label=${t("Attempts to connect")}><header><h2>${t("Attempts to connect")}</h2>
      <div class="chips">${OUTCOMES().map(([name, word]) => html`<button key=${name} class="chip" aria-pressed=${outcome === name} onClick=${() => setQuery({ outcome: outcome === name ? null : name })}>${word}</button>`)}
        ${id && html`<button class="chip" aria-pressed=${Boolean(mine)} onClick=${() => setQuery({ mine: mine ? null : "1" })}><bdi>${t("Only {id}", { id })}</bdi></button>`}</div></header>
    ${error && !items ? html`<${Trouble} error=${error} again=${again} />` : !items ? html`<${Loading} />`
      : items.length === 0 ? html`<p class="calm quiet">${t("No attempt since the server started. It appears here as soon as a charger tries, and says what is wrong.")}</p>`
      : html`<ol class="attempts" aria-live="off">${items.map((attempt) => html`<${AttemptRow} key=${`${attempt.address} ${attempt.identity} ${attempt.reason}`} attempt=${attempt} />`)}</ol>`}
  </section>`;
}

const OUTCOMES = () => [["refused", t("Refused")], ["waiting", t("Waiting")], ["left", t("Gone again")], ["accepted", t("Let in")]];

/** @param {{attempt: Attempt}} props */
export function AttemptRow({ attempt }) {
  const is = reasonOf(attempt.reason);
  const { identity, charger_id: known, similar = [] } = attempt;
  return html`<li class="attempt" data-attempt=${attempt.reason} data-identity=${identity ?? ""}>
    <p class="attempt-line"><b>${known ? html`<a href=${chargerPath(known)}><bdi>${identity ?? known}</bdi></a>` : html`<bdi>${identity ?? t("no identity")}</bdi>`}</b><${Status} small is=${is} />
      ${attempt.count > 1 && html`<small class="quiet">${tn("{n} time", "{n} times", attempt.count, { n: count(attempt.count) })}</small>`}<span class="push quiet"><${Ago} at=${attempt.at} /></span></p>
    <p>${is.means && t(is.means)} ${is.todo && html`<strong>${t(is.todo)}</strong>`}</p>
    ${similar.length > 0 && html`<p><${Icon} name="help" /> ${t("Did it mean")} ${similar.map((id) => html`<a key=${id} href=${chargerPath(id)}><bdi>${id}</bdi></a> `)}?</p>`}
    <p class="quiet small-text"><bdi>${[attempt.address, attempt.secure ? "wss" : "ws", attempt.path && t("path {path}", { path: attempt.path }), attempt.offered.length > 0 && !attempt.protocol && t("offers {list}", { list: attempt.offered.join(", ") }), attempt.protocol, attempt.detail].filter(Boolean).join(" · ")}</bdi></p>
  </li>`;
}

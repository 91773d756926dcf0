// @ts-check
/** The sessions: filtered by the address, summed up, page by page, and saved as CSV or NDJSON with the same filters. */
import { useEffect, useState } from "preact/hooks";
import { api, me, saveCsv, saveList } from "../api.js";
import { sessionTotals } from "../api/sessions.js";
import { count, duration, energy, fullMoment, moment, power } from "../format.js";
import { html } from "../html.js";
import { sessionsOf } from "../running.js";
import { Simulated } from "../simulated.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useTurn } from "../news.js";
import { usePages } from "../paged.js";
import { chargerPath, place, setQuery } from "../router.js";
import { isFiltered, SessionFilters, sessionQuery, VIEW } from "../session-filters.js";
import { ViewMenu } from "../view-menu.js";
import { FLAGS, flagWord, SESSIONS } from "../words.js";
import { attempt, Empty, Loading, Status, Trouble, useNarrow } from "../widgets.js";

/** @import { Totals } from "../api/sessions.js" */
/** @import { Session } from "../types.d.ts" */

const PAGE = 100;
/** A fleet starts sessions every second: the list is fetched anew at most so often. */
const CALM_MS = 1500;
const NEWS = /^session\.(started|ended|corrected|assigned|discarded)$/;

export default function Sessions() {
  const query = sessionQuery();
  const { sort: _, ...filter } = query;
  return html`<div class="page">
    <header class="page-head"><h1>${t("Sessions")}</h1><span class="push"></span>
      <${ViewMenu} of=${VIEW} />
      <a class="button" href="/sessions/unresolved"><${Icon} name="help" />${t("Unresolved")}</a>
      <button class="button" onClick=${() => attempt(() => saveCsv("/sessions", query, "sessions.csv"))}><${Icon} name="download" />CSV</button>
      <button class="button" onClick=${() => attempt(() => saveList("/sessions", query, "sessions.ndjson", "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button></header>
    <${SessionFilters} />
    <${TotalsLine} query=${filter} />
    <${SessionTable} query=${query} />
  </div>`;
}

/** Grows when sessions came or went. @param {string} chargerId */
const useNews = (chargerId) => useTurn(({ type, data }) => NEWS.test(type) && (!chargerId || data.charger_id === chargerId), { calmMs: CALM_MS })[0];

/** What all that fits comes to. @param {{query: Record<string, string>}} props */
function TotalsLine({ query }) {
  const [totals, setTotals] = useState(/** @type {Totals | null} */ (null));
  const key = JSON.stringify(query);
  const news = useNews(query.charger_id);
  useEffect(() => {
    let current = true;
    sessionTotals(query).then((found) => current && setTotals(found), () => current && setTotals(null));
    return () => {
      current = false;
    };
  }, [key, news]);
  if (!totals) return html`<p class="totals" aria-hidden="true"> </p>`;
  const hours = `${duration("1970-01-01T00:00:00Z", new Date(totals.duration_s * 1000).toISOString())}`;
  return html`<p class="totals" data-count=${totals.count}><b>${tn("{n} session", "{n} sessions", totals.count, { n: count(totals.count) })}</b>
    <span><${Icon} name="bolt" /><b data-figure="energy">${energy(totals.energy_wh)}</b></span><span><${Icon} name="clock" /><b data-figure="duration">${hours}</b></span>
    ${totals.running > 0 && html`<span class="quiet">${tn("{n} of them runs", "{n} of them run", totals.running, { n: count(totals.running) })}</span>`}
    ${!totals.complete && html`<span class="warning"><${Icon} name="alert" />${t("among the newest 100,000 only: choose a shorter time for an exact sum")}</span>`}</p>`;
}

/** @param {{query: Record<string, string>, hideCharger?: boolean}} props */
export function SessionTable({ query, hideCharger }) {
  const narrow = useNarrow();
  const list = usePages((cursor) => api.sessions({ ...query, limit: PAGE, cursor }), query, { keeps: !query.sort, news: useNews(query.charger_id) });
  const { items, next } = list;
  if (list.error) return html`<${Trouble} error=${list.error} again=${list.again} />`;
  if (!items) return html`<${Loading} lines=${8} />`;
  if (!items.length && !next) return html`<section class="card block"><${Nothing} filtered=${isFiltered(hideCharger ? { ...query, charger_id: "" } : query)} /></section>`;
  return html`<section class="card block">
    ${narrow
      ? html`<ul class="session-cards" aria-label=${t("Sessions")}>${items.map((session) => html`<${Card} key=${session.id} stored=${session} hideCharger=${hideCharger} />`)}</ul>`
      : html`<table class="plain-table sessions-table"><thead><tr><th>${t("Session")}</th><th>${t("State")}</th>${!hideCharger && html`<th>${t("Charger")}</th>`}<th>${t("Tag")}</th>
        <${Sorted} by="started_at" word=${t("Started")} /><th class="right">${t("Duration")}</th><${Sorted} by="energy_wh" word=${t("Energy")} right />
        <th class="right">${t("Power")}</th><th>${t("Ended by")}</th><th>${t("Flags")}</th></tr></thead>
        <tbody>${items.map((session) => html`<${Row} key=${session.id} stored=${session} hideCharger=${hideCharger} />`)}</tbody></table>`}
    ${items.length === 0 && html`<p class="quiet pad">${t("None among those looked at so far.")}</p>`}
    ${next && html`<p class="pad"><button class="button" onClick=${list.more}>${items.length ? t("More sessions") : t("Look further")}</button></p>`}
  </section>`;
}

/** @param {{filtered: boolean}} props */
function Nothing({ filtered }) {
  if (filtered) return html`<${Empty} icon="bolt" title=${t("No session fits")}><p>${t("Loosen the filters above.")}</p><//>`;
  return html`<${Empty} icon="bolt" title=${t("No sessions yet")}><p>${me.value?.role === "viewer" ? t("A session appears here when a car charges.") : t("A session appears here when a car charges: show a tag at a charger, or press Start on a charger's page.")}</p><//>`;
}

/** A head that sorts the list; it is only on the list's own page. @param {{by: string, word: string, right?: boolean}} props */
function Sorted({ by, word, right }) {
  const chosen = place.value.query.get("sort") ?? "-started_at";
  if (place.value.path !== "/sessions") return html`<th class=${right ? "right" : ""}>${word}</th>`;
  const [down, up] = [chosen === `-${by}`, chosen === by];
  const turn = () => setQuery({ sort: by === "started_at" ? (down ? "started_at" : null) : down ? by : `-${by}` });
  return html`<th class=${right ? "right" : ""} aria-sort=${down ? "descending" : up ? "ascending" : undefined}><button class="sort-head" onClick=${turn}>${word}${(down || up) && html`<${Icon} name=${down ? "down" : "up"} />`}</button></th>`;
}

/** @typedef {{stored: Session, hideCharger?: boolean}} Shown */

/** A session as it is now; a row hears of its own charger's sessions only, as thousands of others run. @param {Session} stored */
const now = (stored) => (stored.state === "active" && sessionsOf(stored.charger_id).value.find(({ id }) => id === stored.id)) || stored;

/** @param {{session: Session}} props */
function Lasted({ session }) {
  if (session.state === "active") return html`${duration(session.started_at)}`;
  return html`${session.ended_at ? duration(session.started_at, session.ended_at) : "–"}`;
}

/** @param {{flags: string[]}} props */
function Flags({ flags }) {
  return html`${flags.map((flag) => html`<span class="flag" key=${flag} title=${FLAGS[flag] ? t(FLAGS[flag]) : ""}><${Icon} name="alert" />${flagWord(flag)}</span>`)}`;
}

/** @param {Shown} props */
function Row({ stored, hideCharger }) {
  const session = now(stored);
  return html`<tr data-session=${session.id} data-state=${session.state}>
    <td><a href=${`/sessions/${session.id}`}>${session.id}</a> <${Simulated} is=${session} /></td><td><${Status} small is=${SESSIONS[session.state] ?? SESSIONS.unresolved} /></td>
    ${!hideCharger && html`<td><a href=${chargerPath(session.charger_id)}><bdi>${session.charger_id}</bdi></a>${session.evse_id !== null && html`<small class="quiet"> · ${session.evse_id}</small>`}</td>`}
    <td class="mono wraps"><bdi>${session.id_tag ?? "–"}</bdi></td><td title=${fullMoment(session.started_at)}>${moment(session.started_at)}</td>
    <td class="right number"><${Lasted} session=${session} /></td>
    <td class="right number">${energy(session.energy_wh)}</td><td class="right number">${session.state === "active" ? power(session.power_w) : ""}</td>
    <td class="wraps"><bdi>${session.stop_reason ?? ""}</bdi></td><td><${Flags} flags=${session.flags} /></td></tr>`;
}

/** A row on a narrow screen. @param {Shown} props */
function Card({ stored, hideCharger }) {
  const session = now(stored);
  return html`<li data-session=${session.id} data-state=${session.state}><a class="session-card-link" href=${`/sessions/${session.id}`}>
    <span class="session-card-head"><b>${t("Session {id}", { id: session.id })}</b><${Status} small is=${SESSIONS[session.state] ?? SESSIONS.unresolved} /><b class="push number">${energy(session.energy_wh)}</b></span>
    <span class="session-card-line">${!hideCharger && html`<bdi class="clip">${session.charger_id}${session.evse_id !== null ? ` · ${session.evse_id}` : ""}</bdi>`}<bdi class="mono clip">${session.id_tag ?? ""}</bdi>
      ${session.state === "active" && html`<span class="push number">${power(session.power_w)}</span>`}</span>
    <span class="session-card-line quiet"><span>${moment(session.started_at)}</span><span class="number"><${Lasted} session=${session} /></span><span class="push clip"><bdi>${session.stop_reason ?? ""}</bdi></span></span>
    ${session.flags.length > 0 && html`<span class="session-card-flags"><${Flags} flags=${session.flags} /></span>`}</a></li>`;
}

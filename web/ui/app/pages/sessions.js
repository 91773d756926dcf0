// @ts-check
/** The sessions: filtered by the address, page by page, and saved as CSV with the same filters. */
import { useEffect, useState } from "preact/hooks";
import { api, saveCsv } from "../api.js";
import { duration, energy, fullMoment, moment, power } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { Simulated } from "../simulated.js";
import { activeSessions, feed } from "../store.js";
import { FLAGS, flagWord, SESSIONS } from "../words.js";
import { Resolve } from "./resolve.js";
import { attempt, Empty, Loading, Status, Trouble } from "../widgets.js";

/** @import { Session } from "../types.d.ts" */

export default function Sessions() {
  const from = queryOf("from");
  const to = queryOf("to");
  const query = {
    charger_id: queryOf("charger"),
    id_tag: queryOf("tag"),
    state: queryOf("state"),
    started_after: from ? new Date(`${from}T00:00`).toISOString() : "",
    started_before: to ? new Date(Date.parse(`${to}T00:00`) + 86_400_000).toISOString() : "",
  };
  const field = (/** @type {string} */ name) => ({ value: queryOf(name), onChange: (/** @type {any} */ event) => setQuery({ [name]: event.target.value.trim() }) });
  return html`<div class="page">
    <header class="page-head"><h1>Sessions</h1><span class="push"></span>
      <button class="button" onClick=${() => attempt(() => saveCsv("/sessions", query, "sessions.csv"))}><${Icon} name="download" />CSV</button></header>
    <div class="toolbar">
      <div class="chips">${Object.entries({ "": { word: "All", icon: "list", tone: "off" }, ...SESSIONS }).map(
        ([state, is]) => html`<button key=${state} class=${`chip tone-${is.tone}`} aria-pressed=${queryOf("state") === state} onClick=${() => setQuery({ state })}><${Icon} name=${is.icon} />${is.word}</button>`,
      )}</div>
      <label class="search short"><${Icon} name="charger" /><input placeholder="Charger" aria-label="Charger" ...${field("charger")} /></label>
      <label class="search short"><${Icon} name="tag" /><input placeholder="Tag" aria-label="Tag" ...${field("tag")} /></label>
      <label class="inline">From<input type="date" ...${field("from")} /></label><label class="inline">to<input type="date" ...${field("to")} /></label>
    </div>
    <${SessionTable} query=${query} />
  </div>`;
}

/** @param {{query: Record<string, string>, hideCharger?: boolean}} props */
export function SessionTable({ query, hideCharger }) {
  const [items, setItems] = useState(/** @type {Session[] | null} */ (null));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const key = JSON.stringify(query);
  const news = feed.value.find((event) => /^session\.(started|ended|corrected|assigned|discarded)$/.test(event.type) && (!query.charger_id || event.data.charger_id === query.charger_id))?.id;
  useEffect(() => {
    let current = true;
    api.sessions({ ...query, limit: 100 }).then(
      (page) => {
        if (!current) return;
        setItems(page.items);
        setNext(page.next);
        setError(null);
      },
      (problem) => current && setError(problem),
    );
    return () => {
      current = false;
    };
  }, [key, news]);
  const more = () => attempt(async () => {
    const page = await api.sessions({ ...query, limit: 100, cursor: next });
    setItems([...(items ?? []), ...page.items]);
    setNext(page.next);
  });
  const replaced = (/** @type {Session} */ session) => setItems((before) => before?.map((known) => (known.id === session.id ? session : known)) ?? null);
  const live = new Map(activeSessions.value.map((session) => [session.id, session]));
  if (error) return html`<${Trouble} error=${error} />`;
  if (!items) return html`<${Loading} lines=${8} />`;
  if (!items.length) {
    const filtered = Object.entries(query).some(([name, value]) => value && !(hideCharger && name === "charger_id"));
    return html`<section class="card block"><${Empty} icon="bolt" title=${filtered ? "No session fits" : "No sessions yet"}>
      <p>${filtered ? "Loosen the filters above." : "A session appears here when a car charges: show a tag at a charger, or press Start on a charger's page."}</p><//></section>`;
  }
  return html`<section class="card block">
    <table class="plain-table sessions-table"><thead><tr><th>Session</th><th>State</th>${!hideCharger && html`<th>Charger</th>`}<th class="hide-narrow">Tag</th><th>Started</th>
      <th class="right">Duration</th><th class="right">Energy</th><th class="right hide-narrow">Power</th><th class="hide-narrow">Ended by</th><th class="hide-narrow">Flags</th>${query.state === "unresolved" && html`<th>Decide</th>`}</tr></thead>
      <tbody>${items.map((stored) => {
        const session = stored.state === "active" ? live.get(stored.id) ?? stored : stored;
        return html`<tr key=${session.id} data-session=${session.id}>
          <td><a href=${`/sessions/${session.id}`}>${session.id}</a> <${Simulated} is=${session} /></td><td><${Status} small is=${SESSIONS[session.state] ?? SESSIONS.unresolved} /></td>
          ${!hideCharger && html`<td><a href=${chargerPath(session.charger_id)}>${session.charger_id}</a>${session.evse_id !== null && html`<small class="quiet"> · ${session.evse_id}</small>`}</td>`}
          <td class="mono hide-narrow">${session.id_tag ?? "–"}</td><td title=${fullMoment(session.started_at)}>${moment(session.started_at)}</td>
          <td class="right number">${session.state === "active" ? html`<${Running} from=${session.started_at} />` : session.ended_at ? duration(session.started_at, session.ended_at) : "–"}</td>
          <td class="right number">${energy(session.energy_wh)}</td><td class="right number hide-narrow">${session.state === "active" ? power(session.power_w) : ""}</td>
          <td class="hide-narrow">${session.stop_reason ?? ""}</td>
          <td class="hide-narrow">${session.flags.map((flag) => html`<span class="flag" key=${flag} title=${FLAGS[flag] ?? ""}><${Icon} name="alert" />${flagWord(flag)}</span>`)}</td>
          ${query.state === "unresolved" && html`<td><${Resolve} session=${session} done=${replaced} /></td>`}</tr>`;
      })}</tbody></table>
    ${next && html`<p class="pad"><button class="button" onClick=${more}>Older sessions</button></p>`}
  </section>`;
}

/** @param {{from: string}} props */
function Running({ from }) {
  return html`${duration(from)}`;
}

// @ts-check
/** How the server stands: health with what to do, figures of the last minutes, database, process, settings, and a bundle for whoever helps. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { system } from "../api/system.js";
import { bytes, count, decimal, duration, fullMoment, milliseconds } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { useLooking } from "../looking.js";
import { MiniChart } from "../mini-chart.js";
import { queryOf, setQuery } from "../router.js";
import { Ago, attempt, Loading, Status, Trouble } from "../widgets.js";
import { CHECKS, ORIGINS, seenWords } from "./system-words.js";

/** @import { Check, DatabaseState, Moment, System } from "../api/system.js" */

const LOOK_MS = 3000;
/** @type {Record<Check["state"], {word: string, icon: string, tone: string}>} */
const STATES = {
  well: { word: m("Well"), icon: "check", tone: "free" },
  warning: { word: m("Look"), icon: "alert", tone: "paused" },
  ill: { word: m("Ill"), icon: "alert", tone: "bad" },
};

/** @param {number} number */
const rate = (number) => `${number < 10 ? decimal(number) : count(number)}/s`;

/** What is drawn: title, what it means, the figure of a moment, and how it is written. @type {[string, string, (moment: Moment) => number | null, (value: number) => string][]} */
const CHARTS = [
  [m("Messages in"), m("Calls of chargers that were answered"), (moment) => moment.calls, rate],
  [m("Commands out"), m("Commands to chargers that have settled"), (moment) => moment.commands, rate],
  [m("Requests"), m("Answers to browsers and programs"), (moment) => moment.requests, rate],
  [m("Facts written"), m("What was recorded in the database"), (moment) => moment.facts, rate],
  [m("Commit"), m("How long a batch takes from BEGIN to COMMIT"), (moment) => moment.commit_ms, milliseconds],
  [m("Waiting to be written"), m("Facts in the queue"), (moment) => moment.queue, count],
  [m("Event loop late"), m("The latest that the event loop was in five seconds"), (moment) => moment.lag_ms, milliseconds],
  [m("Memory"), m("What the process holds"), (moment) => moment.memory_bytes, bytes],
];

export default function SystemPage() {
  const { value, error, again } = useLooking(system.look, LOOK_MS, []);
  if (!value) return error ? html`<${Trouble} error=${error} again=${again} />` : html`<${Loading} lines=${10} />`;
  const { history } = value;
  return html`<div class="page system">
    <header class="page-head"><h1>${t("System")}</h1><span class="quiet">${t("Voltaro {version}, up for {time}", { version: value.versions.voltaro, time: duration(value.started_at) })}</span>
      ${me.value?.role === "admin" && html`<button type="button" class="button push" onClick=${() => attempt(system.saveBundle)} title=${t("A ZIP with figures, health, settings, actors and log; no tags, no secrets, no messages")}><${Icon} name="download" />${t("Support bundle")}</button>`}</header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : null}
    <${Health} checks=${value.checks} />
    <section class="minis" aria-label=${t("The last ten minutes")}>${CHARTS.map(([title, means, of, shown]) => html`<${MiniChart} key=${title} title=${t(title)} means=${t(means)} values=${history.map(of)} shown=${shown} />`)}</section>
    <div class="columns even">
      <div class="column"><${Database} database=${value.database} away=${value.database_away_s} /><${Tables} database=${value.database} /></div>
      <div class="column"><${Process} value=${value} /><${Versions} value=${value} /></div>
    </div>
    ${value.settings.length > 0 && html`<${Settings} value=${value} />`}
  </div>`;
}

/** @param {{checks: Check[]}} props */
function Health({ checks }) {
  const bad = checks.filter(({ state }) => state !== "well");
  return html`<section class="card block health" aria-label=${t("Health")}><header><h2>${t("Health")}</h2><span class="quiet">${bad.length ? tn("{n} thing to look at", "{n} things to look at", bad.length) : t("All is well")}</span></header>
    <ul class="checks">${checks.map((check) => html`<li key=${check.check + check.seen} data-check=${check.check} data-state=${check.state}>
      <${Status} small is=${STATES[check.state]} /><span><b>${t(CHECKS[check.check]?.word ?? check.check)}</b> <span class="quiet number">${seenWords(check)}</span>
      ${check.state !== "well" && html`<small class="advice">${t(CHECKS[check.check]?.advice[check.state] ?? check.advice)}</small>`}</span></li>`)}</ul></section>`;
}

/** Terms and what they are now. @param {{rows: ([string, any] | false | null)[]}} props */
function Facts({ rows }) {
  return html`<dl class="terms">${rows.map((row) => row && html`<div key=${row[0]}><dt>${row[0]}</dt><dd>${row[1]}</dd></div>`)}</dl>`;
}

/** @param {{database: DatabaseState | null, away: number | null}} props */
function Database({ database, away }) {
  return html`<section class="card block" aria-label=${t("Database")}><header><h2>${t("Database")}</h2>${database && html`<span class="quiet">PostgreSQL ${database.version}</span>`}</header>
    ${database
      ? html`<${Facts} rows=${[
          [t("Size"), bytes(database.bytes)],
          [t("Schema"), database.revision ?? "–"],
          [t("Round trip"), milliseconds(database.latency_ms)],
          [t("Connections"), t("{used} of {most}", { used: count(database.connections), most: count(database.max_connections) })],
          [t("Own pool in use"), t("{used} of {most}", { used: count(database.pool_in_use), most: count(database.pool_size) })],
          [t("Read from memory"), database.cache_hit_percent === null ? "–" : `${count(database.cache_hit_percent)} %`],
          [t("Commits"), count(database.commits)],
          [t("Rolled back"), count(database.rollbacks)],
          [t("Deadlocks"), count(database.deadlocks)],
          [t("Oldest open transaction"), `${count(database.oldest_transaction_s)} s`],
          [t("Up since"), fullMoment(database.started_at)],
        ]} />`
      : html`<div class="trouble"><${Icon} name="alert" /><p>${away === null ? t("It does not answer.") : t("It has been away for {n} s.", { n: count(away) })}</p></div>`}</section>`;
}

/** @param {{database: DatabaseState | null}} props */
function Tables({ database }) {
  const [all, setAll] = useState(false);
  if (!database) return null;
  const shown = all ? database.tables : database.tables.slice(0, 8);
  return html`<section class="card block" aria-label=${t("Tables")}><header><h2>${t("Tables")}</h2><span class="quiet">${t("rows are estimates")}</span></header>
    <table class="plain-table"><thead><tr><th scope="col">${t("Table")}</th><th scope="col" class="right">${t("Rows")}</th><th scope="col" class="right">${t("Size")}</th></tr></thead>
      <tbody>${shown.map((table) => html`<tr key=${table.name}><td><code>${table.name}</code></td><td class="right number">${count(table.rows)}</td><td class="right number">${bytes(table.bytes)}</td></tr>`)}</tbody></table>
    ${database.tables.length > 8 && html`<p class="pad"><button type="button" class="button small" onClick=${() => setAll(!all)}>${all ? t("Show the largest") : t("Show all {n}", { n: count(database.tables.length) })}</button></p>`}</section>`;
}

/** @param {{value: System}} props */
function Process({ value }) {
  const used = value.disk_total_bytes - value.disk_free_bytes;
  return html`<section class="card block" aria-label=${t("Process")}><header><h2>${t("Process")}</h2></header>
    <${Facts} rows=${[
      [t("Event loop late, half of the time"), milliseconds(value.lag_p50_ms)],
      [t("Event loop late, 1 in 100"), milliseconds(value.lag_p99_ms)],
      [t("Lines of chargers"), count(value.lines)],
      [t("Actors"), html`<a href="/actors">${count(value.actors)}</a>`],
      [t("Readers of the live stream"), count(value.stream_readers)],
      [t("Memory"), bytes(value.memory_bytes)],
      [t("Open files"), t("{used} of {most}", { used: count(value.open_files), most: count(value.most_files) })],
      [t("Threads and tasks"), `${count(value.threads)} · ${count(value.tasks)}`],
      [t("Garbage collections"), value.collections.map(count).join(" · ")],
      [t("Disk of the data folder"), html`${t("{free} free of {total}", { free: bytes(value.disk_free_bytes), total: bytes(value.disk_total_bytes) })}<meter min="0" max=${value.disk_total_bytes} value=${used} aria-label=${t("Disk in use")}></meter>`],
      value.data_dir !== null && [t("Data folder"), html`<code>${value.data_dir}</code>`],
      value.last_database_error !== null && [t("Last trouble with the database"), html`<code>${value.last_database_error}</code> <${Ago} at=${value.last_database_error_at} />`],
      ...value.certificates.map((file) => /** @type {[string, any]} */ ([t("Certificate {name}", { name: file.subject }), html`${file.key}, ${t("until {day}", { day: fullMoment(file.not_after) })}`])),
    ]} /></section>`;
}

/** @param {{value: System}} props */
function Versions({ value }) {
  return html`<section class="card block" aria-label=${t("Versions")}><header><h2>${t("Versions")}</h2></header><dl class="terms" translate=${false}>${Object.entries(value.versions).map(([name, version]) => html`<div key=${name}><dt>${name}</dt><dd>${version}</dd></div>`)}</dl></section>`;
}

/** @param {{value: System}} props */
function Settings({ value }) {
  const all = queryOf("settings") === "all";
  const shown = all ? value.settings : value.settings.filter(({ origin }) => origin !== "default");
  return html`<section class="card block" aria-label=${t("Settings")}><header><h2>${t("Settings in effect")}</h2>
      <label class="check"><input type="checkbox" checked=${all} onChange=${(/** @type {any} */ event) => setQuery({ settings: event.target.checked ? "all" : null })} />${t("also those that are as they come")}</label></header>
    <table class="plain-table settings-table"><thead><tr><th scope="col">${t("Setting")}</th><th scope="col">${t("Value")}</th><th scope="col">${t("Comes from")}</th></tr></thead>
      <tbody>${shown.map((setting) => html`<tr key=${setting.name} data-setting=${setting.name}><td><code>${setting.name}</code><small class="quiet" lang="en">${setting.help}</small></td><td class="wraps" translate=${setting.value === null}>${setting.value ?? html`<span class="quiet">${t("not set")}</span>`}</td><td class="quiet">${t(ORIGINS[setting.origin.split(" ")[0]] ?? "{what}", { what: setting.origin.split(" ").slice(1).join(" ") })}</td></tr>`)}</tbody></table>
    ${!shown.length && html`<p class="pad quiet">${t("Every setting is as it comes.")}</p>`}</section>`;
}

// @ts-check
/** One charger: who it is, what it does now, and everything an operator can do with it. Each view is loaded when first seen. */
import { useEffect, useRef, useState } from "preact/hooks";
import { chargerIds, chargers, index, put } from "../fleet.js";
import { fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { queryOf, setQuery } from "../router.js";
import { sessionsOf } from "../running.js";
import { loaded } from "../store.js";
import { api } from "../api.js";
import { Simulated } from "../simulated.js";
import { ACTORS, CONNECTIONS, protocolWord } from "../words.js";
import { Ago, Copy, Empty, Loading, Status, Trouble } from "../widgets.js";
import { Uptime } from "./charger-uptime.js";
import { LetterList } from "./dead-letters.js";

/** @import { Charger } from "../types.d.ts" */
/** @typedef {(props: {charger: Charger}) => any} View */

/** The name in the address, the word, and the view. @type {[string, string, () => Promise<View>][]} */
const TABS = [
  ["", m("Live"), () => import("./charger-live.js").then(({ Live }) => Live)],
  ["timeline", m("Timeline"), () => import("./charger-timeline.js").then(({ TimelineTab }) => TimelineTab)],
  ["messages", m("Messages"), () => import("./charger-messages.js").then(({ Messages }) => Messages)],
  ["commands", m("Commands"), () => import("./charger-commands.js").then(({ Commands }) => Commands)],
  ["charging", m("Profiles"), () => import("./charger-charging.js").then(({ Charging }) => Charging)],
  ["configuration", m("Configuration"), () => import("./charger-configuration.js").then(({ Configuration }) => Configuration)],
  ["sessions", m("Sessions"), () => import("./sessions.js").then(({ SessionTable }) => ({ charger }) => html`<${SessionTable} query=${{ charger_id: charger.id }} hideCharger />`)],
  ["maintenance", m("Maintenance"), () => import("./charger-maintenance.js").then(({ Maintenance }) => Maintenance)],
  ["security", m("Security"), () => import("./charger-security.js").then(({ Security }) => Security)],
  ["anomalies", m("Anomalies"), () => import("./charger-anomalies.js").then(({ Anomalies }) => Anomalies)],
  ["notes", m("Notes"), () => import("./charger-notes.js").then(({ Notes }) => Notes)],
];

/** @param {{id: string}} props */
export default function ChargerPage({ id }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const [, setRead] = useState(0);
  const [turn, setTurn] = useState(0);
  const ready = loaded.value;
  const seen = useRef(false);
  void chargerIds.value; // says that one was removed
  seen.current ||= chargers.has(id);
  const isGone = seen.current && !chargers.has(id);
  useEffect(() => {
    setError(null);
    api.charger(id).then((charger) => {
      put(charger);
      if (ready) index();
      setRead((before) => before + 1); // nobody else says so of a charger that was not there when this was drawn
    }, setError);
  }, [id, ready, turn, isGone]);
  const charger = chargers.get(id)?.value;
  if (!charger && error?.status === 404) {
    return html`<${Empty} icon="charger" title=${t("No charger is called {id}", { id })}><p>${t("Identities are told apart by case.")}</p><a class="button" href="/chargers">${t("All chargers")}</a><//>`;
  }
  if (!charger) return error ? html`<${Trouble} error=${error} again=${() => setTurn(turn + 1)} />` : html`<${Loading} lines=${8} />`;
  const tab = queryOf("tab");
  return html`<div class="page charger-page">
    <${Head} charger=${charger} />
    <${LetterList} query=${{ charger_id: id, state: "waiting" }} quiet />
    <${Tabs} tab=${tab} />
    <${Tab} key=${`${id} ${tab}`} name=${tab} charger=${charger} />
  </div>`;
}

/** @param {{tab: string}} props */
function Tabs({ tab }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const [list, current] = [ref.current, /** @type {HTMLElement | null | undefined} */ (ref.current?.querySelector("[aria-current]"))];
    if (list && current) list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
  }, [tab]);
  return html`<nav class="tabs" ref=${ref} aria-label=${t("Views of this charger")}>
    ${TABS.map(([name, word]) => html`<button key=${name} aria-current=${tab === name ? "page" : undefined} onClick=${() => show(name)}>${t(word)}</button>`)}
  </nav>`;
}

/** Go to a view: the filters of the one before do not come along. @param {string} tab */
function show(tab) {
  setQuery({ ...Object.fromEntries([...new URLSearchParams(location.search).keys()].map((name) => [name, null])), tab });
}

/** @param {{name: string, charger: Charger}} props */
function Tab({ name, charger }) {
  const [view, setView] = useState(/** @type {{show: View} | {error: unknown} | null} */ (null));
  useEffect(() => {
    let current = true;
    const [, , load] = TABS.find(([known]) => known === name) ?? TABS[0];
    load().then((show) => current && setView({ show }), (error) => current && setView({ error }));
    return () => {
      current = false;
    };
  }, [name]);
  if (!view) return html`<${Loading} lines=${6} />`;
  return "error" in view ? html`<${Trouble} error=${view.error} again=${() => location.reload()} />` : html`<${view.show} charger=${charger} />`;
}

/** @param {{charger: Charger}} props */
function Head({ charger }) {
  const sessions = sessionsOf(charger.id).value;
  /** @type {[string, string | null | undefined][]} */
  const facts = [
    [t("Protocol"), charger.protocol ? `OCPP ${protocolWord(charger.protocol)}` : null],
    [t("Model"), [charger.vendor, charger.model].filter(Boolean).join(" ") || null],
    [t("Firmware"), charger.firmware_version],
    [t("Serial number"), charger.serial_number],
    [t("Address"), charger.remote],
    [t("Security"), charger.security_profile === 0 ? t("open, no password") : t("profile {n}", { n: charger.security_profile })],
  ];
  const actor = charger.actor;
  const since = charger.connected_since ?? charger.last_seen;
  return html`<header class="charger-head">
    <p class="crumbs"><a href="/chargers">${t("Chargers")}</a><${Icon} name="right" /></p>
    <div class="title-line"><h1 dir="auto">${charger.name ?? charger.id}</h1><${Simulated} is=${charger} />${charger.name && charger.name !== charger.id && html`<code dir="auto">${charger.id}</code>`}
      <${Copy} text=${charger.id} label=${t("Copy the identity")} />
      <${Status} is=${CONNECTIONS[charger.connection]} />
      ${charger.registration !== "accepted" && html`<span class="status tone-paused"><${Icon} name="clock" />${charger.registration === "pending" ? t("waits to be accepted") : t("rejected")}</span>`}
      ${actor && actor.state !== "running" && actor.state !== "stopped" && html`<${Status} is=${ACTORS[actor.state] ?? ACTORS.stopped} />`}
      <span class="quiet" title=${fullMoment(since)}>${charger.connection === "offline" ? t("last seen") : t("connected")}${" "}<${Ago} at=${since} /></span>
      ${sessions.map((session) => html`<a key=${session.id} class="button small" href=${`/sessions/${session.id}`}><${Icon} name="bolt" />${sessions.length > 1 ? t("Open session {id}", { id: session.id }) : t("Open session")}</a>`)}
    </div>
    <dl class="facts">${facts.filter(([, value]) => value).map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd dir="auto">${value}</dd></div>`)}
      <${Uptime} charger=${charger} />
      ${actor && html`<div><dt>${t("Actor")}</dt><dd><a href=${`/actors?find=${encodeURIComponent(charger.id)}`}>${actor.restarts ? tn("{n} restart", "{n} restarts", actor.restarts) : t("no restarts")}</a></dd></div>`}</dl>
  </header>`;
}

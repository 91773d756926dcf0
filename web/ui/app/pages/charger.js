// @ts-check
/** One charger: who it is, what it does now, and everything an operator can do with it. */
import { useEffect, useState } from "preact/hooks";
import { fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { queryOf, setQuery } from "../router.js";
import { chargers, index, loaded, put } from "../store.js";
import { api } from "../api.js";
import { Simulated } from "../simulated.js";
import { ACTORS, CONNECTIONS, protocolWord } from "../words.js";
import { Ago, Copy, Empty, Loading, Status, Trouble } from "../widgets.js";
import { Charging } from "./charger-charging.js";
import { Anomalies } from "./charger-anomalies.js";
import { Live } from "./charger-live.js";
import { LetterList } from "./dead-letters.js";
import { Maintenance } from "./charger-maintenance.js";
import { Messages } from "./charger-messages.js";
import { Commands } from "./charger-commands.js";
import { Configuration } from "./charger-configuration.js";
import { Security } from "./charger-security.js";
import { SessionTable } from "./sessions.js";

/** @import { Charger } from "../types.d.ts" */

/** @type {[string, string][]} */
const TABS = [["", "Live"], ["messages", "Messages"], ["commands", "Commands"], ["charging", "Charging"], ["configuration", "Configuration"], ["sessions", "Sessions"], ["maintenance", "Maintenance"], ["security", "Security"], ["anomalies", "Anomalies"]];

/** @param {{id: string}} props */
export default function ChargerPage({ id }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const ready = loaded.value;
  useEffect(() => {
    setError(null);
    api.charger(id).then((charger) => {
      put(charger);
      if (ready) index();
    }, setError);
  }, [id, ready]);
  const charger = chargers.get(id)?.value;
  if (!charger && error?.status === 404) {
    return html`<${Empty} icon="charger" title=${`No charger is called ${id}`}><p>Identities are told apart by case.</p><a class="button" href="/chargers">All chargers</a><//>`;
  }
  if (!charger) return error ? html`<${Trouble} error=${error} />` : html`<${Loading} lines=${8} />`;
  const tab = queryOf("tab");
  return html`<div class="page charger-page">
    <${Head} charger=${charger} />
    <${LetterList} query=${{ charger_id: id, state: "waiting" }} quiet />
    <nav class="tabs" aria-label="Views of this charger">
      ${TABS.map(([name, word]) => html`<button key=${name} aria-current=${tab === name ? "page" : undefined} onClick=${() => setQuery({ tab: name, action: null, direction: null, errors: null, text: null, since: null, until: null })}>${word}</button>`)}
    </nav>
    ${tab === "messages" ? html`<${Messages} charger=${charger} />`
      : tab === "charging" ? html`<${Charging} charger=${charger} />`
      : tab === "commands" ? html`<${Commands} charger=${charger} />`
      : tab === "configuration" ? html`<${Configuration} key=${id} charger=${charger} />`
      : tab === "sessions" ? html`<${SessionTable} query=${{ charger_id: id }} hideCharger />`
      : tab === "anomalies" ? html`<${Anomalies} charger=${charger} />`
      : tab === "maintenance" ? html`<${Maintenance} charger=${charger} />`
      : tab === "security" ? html`<${Security} charger=${charger} />`
      : html`<${Live} charger=${charger} />`}
  </div>`;
}

/** @param {{charger: Charger}} props */
function Head({ charger }) {
  const facts = [
    ["Protocol", charger.protocol ? `OCPP ${protocolWord(charger.protocol)}` : null],
    ["Model", [charger.vendor, charger.model].filter(Boolean).join(" ") || null],
    ["Firmware", charger.firmware_version],
    ["Serial", charger.serial_number],
    ["Address", charger.remote ?? null],
    ["Security", charger.security_profile === 0 ? "open, no password" : `profile ${charger.security_profile}`],
  ];
  const actor = charger.actor;
  return html`<header class="charger-head">
    <p class="crumbs"><a href="/chargers">Chargers</a><${Icon} name="right" /></p>
    <div class="title-line"><h1>${charger.name ?? charger.id}</h1><${Simulated} is=${charger} />${charger.name && charger.name !== charger.id && html`<code>${charger.id}</code>`}
      <${Copy} text=${charger.id} label="Copy the identity" />
      <${Status} is=${CONNECTIONS[charger.connection]} />
      ${charger.registration !== "accepted" && html`<span class="status tone-paused"><${Icon} name="clock" />${charger.registration}</span>`}
      ${actor && actor.state !== "running" && actor.state !== "stopped" && html`<${Status} is=${ACTORS[actor.state] ?? ACTORS.stopped} />`}
      <span class="quiet" title=${fullMoment(charger.connected_since ?? charger.last_seen)}>
        ${charger.connection === "offline" ? html`last seen <${Ago} at=${charger.last_seen} />` : html`connected <${Ago} at=${charger.connected_since} />`}</span>
    </div>
    <dl class="facts">${facts.filter(([, value]) => value).map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd>${value}</dd></div>`)}
      ${actor && html`<div><dt>Actor</dt><dd><a href=${`/actors?find=${encodeURIComponent(charger.id)}`}>${actor.restarts ? `${actor.restarts} restarts` : "no restarts"}</a></dd></div>`}</dl>
  </header>`;
}

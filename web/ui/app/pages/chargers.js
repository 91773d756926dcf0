// @ts-check
/** The list of chargers: searched, filtered by state, thousands of rows; and the dialog that adds one. */
import { useMemo, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { count, fullMoment, power } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { Simulated } from "../simulated.js";
import { chargerIds, chargers, loaded, powerOf, put, index, summary, trouble } from "../store.js";
import { CONNECTIONS, protocolWord, STATE_ORDER, STATES, tileState } from "../words.js";
import { Ago, attempt, Copy, Dialog, Loading, LongList, Status, Trouble, useNarrow } from "../widgets.js";
import { NoChargers } from "./overview.js";

/** @import { AddedCharger, Charger } from "../types.d.ts" */

export default function Chargers() {
  const narrow = useNarrow();
  const search = queryOf("search").toLowerCase();
  const filter = queryOf("state");
  const ids = chargerIds.value;
  const { states, total } = summary.value;
  const shown = useMemo(
    () =>
      ids.filter((id) => {
        const charger = chargers.get(id)?.peek();
        return charger && (!filter || tileState(charger) === filter) && (!search || wordsOf(charger).includes(search));
      }),
    [ids, search, filter, summary.value],
  );
  if (!loaded.value) return trouble.value ? html`<${Trouble} error=${trouble.value} />` : html`<${Loading} lines=${10} />`;
  return html`<div class="page">
    <header class="page-head"><h1>Chargers</h1><span class="quiet">${count(shown.length)}${shown.length === total ? "" : ` of ${count(total)}`}</span>
      <span class="push"></span>
      ${me.value?.role !== "viewer" && html`<button class="button primary" onClick=${() => setQuery({ add: "1" })}><${Icon} name="plus" />Add a charger</button>`}
    </header>
    <div class="toolbar">
      <label class="search"><${Icon} name="search" /><input type="search" placeholder="Identity, model, firmware" aria-label="Search chargers" value=${queryOf("search")}
        onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <div class="chips">${STATE_ORDER.filter((state) => states[state] || state === filter).map(
        (state) => html`<button key=${state} class=${`chip tone-${STATES[state].tone}`} aria-pressed=${filter === state} title=${STATES[state].means}
          onClick=${() => setQuery({ state: filter === state ? null : state })}><${Icon} name=${STATES[state].icon} />${STATES[state].word}<b>${count(states[state] ?? 0)}</b></button>`,
      )}</div>
    </div>
    <section class="card block">
      ${ids.length === 0
        ? html`<${NoChargers} />`
        : shown.length === 0
          ? html`<p class="quiet pad">No charger fits. <button class="button small" onClick=${() => setQuery({ search: null, state: null })}>Show all</button></p>`
          : html`<${LongList} items=${shown} height=${narrow ? 68 : 41} keyOf=${(/** @type {string} */ id) => id} label="Chargers" row=${(/** @type {string} */ id) => html`<${Row} id=${id} />`} head=${HEAD} />`}
    </section>
    ${queryOf("add") && html`<${Add} close=${() => setQuery({ add: null })} />`}
  </div>`;
}

const HEAD = html`<div class="row charger-row"><span role="columnheader">Charger</span><span role="columnheader">State</span><span role="columnheader">Connectors</span>
  <span role="columnheader" class="right">Power</span><span role="columnheader">Protocol</span><span role="columnheader">Model</span><span role="columnheader">Last seen</span></div>`;

/** @param {Charger} charger */
function wordsOf(charger) {
  return [charger.id, charger.name, charger.vendor, charger.model, charger.serial_number, charger.firmware_version].join(" ").toLowerCase();
}

/** @param {{id: string}} props */
function Row({ id }) {
  const charger = chargers.get(id)?.value;
  if (!charger) return null;
  const watts = powerOf(id);
  const state = tileState(charger);
  return html`<a class="row charger-row" role="row" href=${chargerPath(id)} data-charger=${id}>
    <span role="cell" class="name"><b>${id}</b><${Simulated} is=${charger} />${charger.name && charger.name !== id && html`<small>${charger.name}</small>`}</span>
    <span role="cell"><${Status} is=${charger.connection === "suspect" && state === "available" ? CONNECTIONS.suspect : STATES[state]} /></span>
    <span role="cell" class="dots">${charger.evses.flatMap((evse) => evse.connectors.map((connector) => {
      const { word, icon, tone } = STATES[connector.state] ?? STATES.unknown;
      return html`<i class=${`tone-${tone}`} title=${`Connector ${evse.id}: ${word}`}><${Icon} name=${icon} label=${`connector ${evse.id} ${word}`} /></i>`;
    }))}</span>
    <span role="cell" class="right number power-cell">${watts === null ? "" : power(watts)}</span>
    <span role="cell" class="mono hide-narrow">${protocolWord(charger.protocol)}</span>
    <span role="cell" class="clip hide-narrow">${[charger.vendor, charger.model].filter(Boolean).join(" ") || html`<i class="quiet">not booted yet</i>`}</span>
    <span role="cell" class="quiet seen">${charger.connection === "online" ? html`<span title=${`connected since ${fullMoment(charger.connected_since)}`}>now</span>` : html`<${Ago} at=${charger.last_seen} />`}</span>
  </a>`;
}

/** @param {{close: () => void}} props */
function Add({ close }) {
  const [added, setAdded] = useState(/** @type {AddedCharger | null} */ (null));
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const [id, name, password] = ["id", "name", "password"].map((field) => String(form.get(field) ?? "").trim());
    setBusy(true);
    const made = await attempt(() => api.addCharger({ id, ...(name ? { name } : {}), ...(open ? { security_profile: 0 } : password ? { password } : {}) }));
    setBusy(false);
    if (!made) return;
    put(await api.charger(id));
    index();
    setAdded(made);
  };
  if (added) return html`<${Dialog} title=${`${added.id} is known now`} close=${close}><${Credentials} charger=${added} /><//>`;
  return html`<${Dialog} title="Add a charger" close=${close}>
    <form onSubmit=${submit}>
      <label>Identity<input name="id" required autofocus autocomplete="off" spellcheck=${false} maxlength="48" placeholder="for instance CP-001" /></label>
      <label>Name for people <small class="quiet">may be empty</small><input name="name" autocomplete="off" maxlength="100" placeholder="North entrance" /></label>
      ${!open && html`<label>Password <small class="quiet">empty: a strong one is made</small><input name="password" type="text" autocomplete="off" spellcheck=${false} /></label>`}
      <label class="check"><input type="checkbox" checked=${open} onChange=${(/** @type {any} */ event) => setOpen(event.target.checked)} />Without a password (security profile 0)</label>
      ${open && html`<p class="warning"><${Icon} name="alert" />Whoever knows the identity can speak as this charger. Use it only on a network of your own.</p>`}
      <div class="button-row"><button class="button primary" type="submit" disabled=${busy}>Add</button><button class="button" type="button" onClick=${close}>Cancel</button></div>
    </form><//>`;
}

/** What to type into the charger; the password is shown this once. @param {{charger: AddedCharger}} props */
function Credentials({ charger }) {
  const base = (me.value?.ocpp_url ?? `ws://${location.hostname}:9000`).replace(/\/$/, "");
  const rows = [["Address", `${base}/${encodeURIComponent(charger.id)}`], ["Address, where the charger adds its identity itself", `${base}/`], ["Identity", charger.id]];
  if (charger.password) rows.push(["Password", charger.password]);
  return html`<div class="credentials">
    <p>Enter this in the charger's settings. It shows up here as soon as it connects.</p>
    ${rows.map(([word, value]) => html`<div key=${word} class="credential"><small>${word}</small><code>${value}</code><${Copy} text=${value} label=${`Copy: ${word}`} /></div>`)}
    ${charger.password && html`<p class="warning"><${Icon} name="alert" />The password is shown only now. Copy it before you close this.</p>`}
    <p><a class="button primary" href=${chargerPath(charger.id)}>Go to the charger</a></p>
  </div>`;
}

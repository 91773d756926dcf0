// @ts-check
/** A charger's configuration keys and its local authorization list: what it told, what was written, what it really answered. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hear } from "../live.js";
import { COMMANDS, KEY_STATES, LIST_STATES } from "../words.js";
import { Ago, attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Charger, Command, ConfigurationKey } from "../types.d.ts" */

/** What is fetched, and fetched again when the charger has told something new. @template T @param {string} id @param {string} type @param {() => Promise<T>} fetcher */
function useTold(id, type, fetcher) {
  const fetched = useFetched(fetcher, [id]);
  useEffect(() => hear((events) => {
    if (events.some((event) => event.type === "resync" || (event.type === type && event.data.charger_id === id))) fetched.again();
  }), [id]);
  return fetched;
}

/** @param {{charger: Charger}} props */
export function Configuration({ charger }) {
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  return html`<div class="columns">
    <div class="column wide-column"><${Keys} id=${charger.id} able=${able} /></div>
    <div class="column"><${LocalList} id=${charger.id} able=${able} /></div>
  </div>`;
}

/** @param {{id: string, able: boolean}} props */
function Keys({ id, able }) {
  const { value, error, again } = useTold(id, "charger.configuration", () => api.configuration(id));
  const [search, setSearch] = useState("");
  const [advice, setAdvice] = useState(false);
  const [asking, setAsking] = useState(false);
  const refresh = () => attempt(async () => {
    setAsking(true);
    const command = await api.refreshConfiguration(id).finally(() => setAsking(false));
    if (command.state !== "accepted") notify(`${COMMANDS[command.state].word}: ${command.error ?? COMMANDS[command.state].means} It is asked key by key now.`, "bad");
    again();
  });
  if (error) return html`<section class="card block"><${Trouble} error=${error} again=${again} /></section>`;
  if (!value) return html`<section class="card block"><${Loading} lines=${8} /></section>`;
  const wanted = search.trim().toLowerCase();
  const keys = value.keys.filter((key) => [key.key, key.value ?? ""].some((text) => text.toLowerCase().includes(wanted)));
  return html`<section class="card block configuration" aria-label="Configuration">
    <header><h2>Configuration</h2>
      ${value.reboot_required && html`<${Status} is=${KEY_STATES.reboot_required} />`}
      <label class="search short"><${Icon} name="search" /><input type="search" placeholder="Key or value" aria-label="Search keys" value=${search} onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} /></label>
      <button class="button small" disabled=${!able} onClick=${() => setAdvice(true)}>Recommended</button>
      <button class="button small" disabled=${!able || asking} onClick=${refresh}><${Icon} name="reset" />${asking ? "Reading" : "Read again"}</button>
    </header>
    <p class="quiet pad small-text">${value.read_at ? html`All keys read <${Ago} at=${value.read_at} />.` : "Its keys have not been read as a whole."}
      ${value.failure && html` <span class="tone-bad">Not read: ${value.failure}.</span>`}</p>
    ${value.keys.length === 0
      ? html`<${Empty} icon="list" title="No key is known yet"><p>A charger is read some seconds after it has connected for the first time, and when its firmware has changed.</p><//>`
      : html`<table class="plain-table key-table"><tbody>
        ${keys.map((key) => html`<${Row} key=${key.key} id=${id} of=${key} able=${able} done=${again} />`)}</tbody></table>`}
    ${advice && html`<${Advice} id=${id} close=${() => setAdvice(false)} />`}
  </section>`;
}

/** @param {{id: string, of: ConfigurationKey, able: boolean, done: () => void}} props */
function Row({ id, of: key, able, done }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  const [answer, setAnswer] = useState(/** @type {Command | null} */ (null));
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    void attempt(async () => {
      setAnswer(await api.setKey(id, key.key, draft ?? ""));
      setDraft(null);
      done();
    });
  };
  const state = key.state ? KEY_STATES[key.state] : null;
  const status = /** @type {any} */ (answer?.response)?.status ?? answer?.error ?? answer?.state;
  const shown = key.secret ? html`<span class="quiet">never shown</span>` : !key.known ? html`<span class="quiet">the charger does not know it</span>` : html`<span class="mono wraps">${key.value ?? ""}</span>`;
  return html`<tr data-key=${key.key} data-state=${key.state ?? undefined}>
    <td><span class="key-name">${key.key}</span>
      ${draft === null ? shown : html`<form class="button-row" onSubmit=${save}><input class="mono" aria-label=${`New value of ${key.key}`} value=${draft} maxlength="500" autofocus
        onInput=${(/** @type {any} */ event) => setDraft(event.target.value)} /><button class="button small primary" type="submit">Save</button>
        <button class="button small" type="button" onClick=${() => setDraft(null)}>Cancel</button></form>`}
      ${state && html` <${Status} small is=${state} />`}
      ${key.state && key.state !== "confirmed" && !key.secret && html`<small class="quiet wraps"> written: <span class="mono">${key.written_value}</span></small>`}
      ${status && html`<small class="quiet" data-answer> answered ${status}</small>`}</td>
    <td class="right actions-cell">${key.readonly ? html`<small class="quiet">read-only</small>` : able && draft === null && !key.secret && key.known
      ? html`<button class="button small" aria-label=${`Edit ${key.key}`} onClick=${() => setDraft(key.value ?? "")}>Edit</button>` : ""}</td>
  </tr>`;
}

/** What the recommended set would change, and the button that does it. @param {{id: string, close: () => void}} props */
function Advice({ id, close }) {
  const { value, error } = useFetched(() => api.configurationAdvice(id), [id]);
  const changes = value?.items.filter((item) => item.value !== null).length ?? 0;
  const apply = () => attempt(async () => {
    const { items } = await api.applyAdvice(id);
    notify(`${items.length} ${items.length === 1 ? "key is" : "keys are"} being written, once each.`);
    close();
  });
  return html`<${Dialog} title="Recommended keys" close=${close} wide>
    ${error ? html`<${Trouble} error=${error} />` : !value ? html`<${Loading} />` : html`
      <table class="plain-table key-table"><tbody>
        ${value.items.map((item) => html`<tr key=${item.key} data-advice=${item.key}><td><span class="key-name">${item.key}</span>
          ${item.current !== null && html`<span class="mono wraps">${item.current}</span>`}${item.value !== null && html` → <b class="mono wraps">${item.value}</b>`}
          <small class="quiet wraps"> ${item.reason}</small></td></tr>`)}</tbody></table>
      <p class="quiet">Each key that differs is written once and read back. A charger may restart over it.</p>
      <div class="button-row"><button class="button primary" disabled=${changes === 0} onClick=${apply}>${changes ? `Write ${changes} ${changes === 1 ? "key" : "keys"}` : "Nothing to write"}</button></div>`}<//>`;
}

/** @param {{id: string, able: boolean}} props */
function LocalList({ id, able }) {
  const { value, error, again } = useTold(id, "charger.local_list", () => api.localList(id));
  const [busy, setBusy] = useState(false);
  const act = (/** @type {() => Promise<unknown>} */ work) => attempt(async () => {
    setBusy(true);
    await work().finally(() => setBusy(false));
    again();
  });
  if (error) return html`<section class="card block"><${Trouble} error=${error} again=${again} /></section>`;
  if (!value) return html`<section class="card block"><${Loading} /></section>`;
  const facts = [
    ["Version", value.version === null ? "not asked" : value.version],
    ["Holds", value.held === null ? "not known" : `${value.held} tags`],
    ["Should hold", `${value.wanted} tags${value.max_length === null ? "" : ` of at most ${value.max_length}`}`],
  ];
  return html`<section class="card block local-list" aria-label="Local authorization list" data-state=${value.state}>
    <header><h2>Local list</h2><${Status} is=${LIST_STATES[value.state]} /></header>
    <dl class="facts tall">${facts.map(([word, text]) => html`<div key=${word}><dt>${word}</dt><dd>${text}</dd></div>`)}
      ${value.synced_at && html`<div><dt>Sent</dt><dd><${Ago} at=${value.synced_at} /></dd></div>`}</dl>
    ${value.failure && html`<p class="pad form-error">${value.failure}</p>`}
    ${value.note && html`<p class="pad warning"><${Icon} name="alert" />${value.note}</p>`}
    <label class="check pad"><input type="checkbox" checked=${value.sync} disabled=${me.value?.role === "viewer" || busy}
      onChange=${(/** @type {any} */ event) => act(() => api.keepLocalList(id, event.target.checked))} />Keep it up to date by itself</label>
    <div class="button-row pad">
      <button class="button" disabled=${!able || busy} onClick=${() => act(() => api.syncLocalList(id, false))}><${Icon} name="send" />Send what differs</button>
      <button class="button" disabled=${!able || busy} onClick=${() => act(() => api.syncLocalList(id, true))}>Send all</button>
      <button class="button" disabled=${!able || busy} onClick=${() => act(() => api.order(id, "local-list/check", {}))}>Ask its version</button>
    </div></section>`;
}

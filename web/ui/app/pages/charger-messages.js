// @ts-check
/** The message tail of one charger: every call with its answer, newest first, live. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api.js";
import { count, milliseconds, timeMs } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { alsoHear, hear } from "../live.js";
import { queryOf, setQuery } from "../router.js";
import { Copy, Empty, Json, Loading, Trouble } from "../widgets.js";

/** @import { Charger, Exchange } from "../types.d.ts" */

const MOST = 1000;

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
const OUTCOMES = {
  result: { word: "answered", icon: "check", tone: "free" },
  error: { word: "error", icon: "alert", tone: "bad" },
  timeout: { word: "no answer", icon: "clock", tone: "bad" },
  lost: { word: "line lost", icon: "unlink", tone: "bad" },
  unanswered: { word: "unanswered", icon: "help", tone: "off" },
};

/** @param {{charger: Charger}} props */
export function Messages({ charger }) {
  const [rows, setRows] = useState(/** @type {Exchange[]} */ ([]));
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(/** @type {Exchange[]} */ ([]));
  const [state, setState] = useState(/** @type {{loading: boolean, next: string | null, error?: unknown}} */ ({ loading: true, next: null }));
  const pausedNow = useRef(paused);
  pausedNow.current = paused;

  const fetchPage = (/** @type {string | null} */ cursor) =>
    api.messages(charger.id, { limit: 100, cursor }).then(
      (page) => {
        setRows((before) => joined(before, page.items));
        setState({ loading: false, next: page.next });
      },
      (error) => setState({ loading: false, next: null, error }),
    );

  useEffect(() => {
    setRows([]);
    setHeld([]);
    setState({ loading: true, next: null });
    const unhear = hear((events) => {
      const fresh = events.filter((event) => event.type === "message" && event.data.charger_id === charger.id).map((event) => /** @type {Exchange} */ (event.data));
      if (events.some((event) => event.type === "resync")) void fetchPage(null);
      if (fresh.length) (pausedNow.current ? setHeld : setRows)((before) => joined(before, fresh));
    });
    const unlisten = alsoHear(`messages:${charger.id}`);
    void fetchPage(null);
    return () => {
      unhear();
      unlisten();
    };
  }, [charger.id]);

  const resume = () => {
    setPaused(!paused);
    if (paused) {
      setRows((before) => joined(before, held));
      setHeld([]);
    }
  };
  const action = queryOf("action");
  const direction = queryOf("direction");
  const errors = queryOf("errors");
  const wanted = action.toLowerCase();
  const shown = rows.filter(
    (row) => (!wanted || row.action.toLowerCase().includes(wanted)) && (!direction || row.direction === direction) && (!errors || row.outcome !== "result"),
  );
  const actions = [...new Set(rows.map((row) => row.action))].sort();
  return html`<section class="card block" aria-label="Messages">
    <header class="filters">
      <button class="button" aria-pressed=${paused} onClick=${resume}><${Icon} name=${paused ? "play" : "pause"} />${paused ? `Resume${held.length ? ` (${count(held.length)})` : ""}` : "Pause"}</button>
      <label class="search"><${Icon} name="search" /><input type="search" placeholder="Action" aria-label="Filter by action" list="actions-seen" value=${action}
        onInput=${(/** @type {any} */ event) => setQuery({ action: event.target.value })} /></label>
      <datalist id="actions-seen">${actions.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
      <select aria-label="Direction" value=${direction} onChange=${(/** @type {any} */ event) => setQuery({ direction: event.target.value })}>
        <option value="">Both directions</option><option value="in">From the charger</option><option value="out">To the charger</option></select>
      <label class="check"><input type="checkbox" checked=${Boolean(errors)} onChange=${(/** @type {any} */ event) => setQuery({ errors: event.target.checked ? "1" : null })} />Errors only</label>
      <span class="quiet push">${count(shown.length)} shown</span>
    </header>
    ${state.error && html`<${Trouble} error=${state.error} again=${() => void fetchPage(null)} />`}
    ${state.loading && html`<${Loading} />`}
    ${!state.loading && !shown.length && html`<${Empty} icon="list" title=${rows.length ? "No message fits the filter" : "No messages yet"}>
      <p>${rows.length ? "Loosen the filter above." : "Every call and its answer appear here the moment the charger speaks."}</p><//>`}
    <ol class="messages">${shown.map((row) => html`<${Row} key=${keyOf(row)} row=${row} />`)}</ol>
    ${state.next && html`<p class="pad"><button class="button" onClick=${() => void fetchPage(state.next)}>Older messages</button></p>`}
  </section>`;
}

/** @param {Exchange} row */
const keyOf = (row) => `${row.direction} ${row.message_id} ${row.at}`;

/** Both lists, newest first, a row once; the newer word on it holds. @param {Exchange[]} before @param {Exchange[]} more */
function joined(before, more) {
  const rows = new Map(before.map((row) => [keyOf(row), row]));
  for (const row of more) rows.set(keyOf(row), row);
  return [...rows.values()].sort((a, b) => b.at.localeCompare(a.at)).slice(0, MOST);
}

/** @param {{row: Exchange}} props */
function Row({ row }) {
  const [open, setOpen] = useState(false);
  const request = frame(row.request);
  const answer = frame(row.answer);
  const outcome = OUTCOMES[row.outcome] ?? OUTCOMES.unanswered;
  const took = row.answered_at ? Date.parse(row.answered_at) - Date.parse(row.at) : null;
  const fromCharger = row.direction === "in";
  return html`<li class=${row.outcome === "result" ? "" : "has-error"} data-action=${row.action} data-direction=${row.direction}>
    <button class="message-line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <time class="number">${timeMs(row.at)}</time>
      <span class=${`arrow ${row.direction}`}><${Icon} name=${fromCharger ? "up" : "down"} label=${fromCharger ? "from the charger" : "to the charger"} /></span>
      <b>${row.action}</b>
      <span class="gist">${gist(payloadOf(request))}</span>
      <span class=${`status small tone-${outcome.tone}`}><${Icon} name=${outcome.icon} />${outcome.word}</span>
      <small class="quiet number">${took === null ? "" : milliseconds(Math.max(0, took))}</small>
    </button>
    ${open && html`<div class="message-detail two">
      <div><h4>${fromCharger ? "Charger asked" : "We asked"}<${Copy} text=${JSON.stringify(request)} label="Copy the frame" /></h4><${Json} value=${request} /></div>
      <div><h4>${fromCharger ? "We answered" : "Charger answered"}${answer !== null && html`<${Copy} text=${JSON.stringify(answer)} label="Copy the frame" />`}</h4>
        ${answer === null ? html`<p class="quiet">There was no answer.</p>` : html`<${Json} value=${answer} />`}</div>
    </div>`}
  </li>`;
}

/** A frame as it is, or read from its text. @param {unknown} value @returns {any} */
function frame(value) {
  if (typeof value !== "string") return value ?? null;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** @param {any} whole */
const payloadOf = (whole) => (Array.isArray(whole) ? whole[3] ?? whole[2] : whole);

/** A payload in one line. @param {unknown} payload */
function gist(payload) {
  if (payload === null || typeof payload !== "object") return String(payload ?? "");
  return Object.entries(payload)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ")
    .slice(0, 220);
}

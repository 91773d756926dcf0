// @ts-check
/** The message log of one charger: every call with its answer, newest first, live; searched, exported, each with an address of its own. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, saveList } from "../api.js";
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
  sent: { word: "no answer needed", icon: "check", tone: "off" },
  ignored: { word: "ignored", icon: "ban", tone: "paused" },
};

/** Frames that are no call with its answer. @type {Record<string, string>} */
const KINDS = {
  send: "message without answer",
  replay: "came again",
  late_answer: "answer after its time",
  refused: "malformed, refused",
  ignored: "not a call",
};

/** How many pages are looked through for a first hit: each examines some twenty thousand entries. */
const FAR = 10;

/** @param {{charger: Charger}} props */
export function Messages({ charger }) {
  const [rows, setRows] = useState(/** @type {Exchange[]} */ ([]));
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(/** @type {Exchange[]} */ ([]));
  const [state, setState] = useState(/** @type {{loading: boolean, next: string | null, error?: unknown}} */ ({ loading: true, next: null }));
  const pausedNow = useRef(paused);
  pausedNow.current = paused;

  const [text, setText] = useState(queryOf("text"));
  useEffect(() => {
    const typed = setTimeout(() => setQuery({ text }), 300); // not at every letter
    return () => clearTimeout(typed);
  }, [text]);
  const seen = useRef(/** @type {Set<string>} */ (new Set()));
  for (const row of rows) seen.current.add(row.action);
  const wanted = filters();
  if (!namesOf(wanted.action).every((name) => seen.current.has(name))) wanted.action = ""; // a part of a name: looked for in what is here
  const asked = JSON.stringify([charger.id, wanted]);
  const askedNow = useRef(asked);
  askedNow.current = asked;

  const fetchPage = async (/** @type {string | null} */ cursor) => {
    setState((before) => ({ ...before, loading: true, error: undefined }));
    try {
      for (let far = 0; far < FAR; far++) {
        const page = await api.messages(charger.id, { limit: 100, cursor, ...wanted });
        if (askedNow.current !== asked) return;
        setRows((before) => joined(before, page.items));
        cursor = page.next;
        if (page.items.length || !cursor) break;
      }
      setState({ loading: false, next: cursor });
    } catch (error) {
      if (askedNow.current === asked) setState({ loading: false, next: null, error });
    }
  };

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
  }, [asked]);

  const resume = () => {
    setPaused(!paused);
    if (paused) {
      setRows((before) => joined(before, held));
      setHeld([]);
    }
  };
  const shown = rows.filter(fits);
  const actions = [...seen.current].filter(Boolean).sort();
  return html`<section class="card block" aria-label="Messages">
    <header class="filters" role="search">
      <button class="button" aria-pressed=${paused} onClick=${resume}><${Icon} name=${paused ? "play" : "pause"} />${paused ? `Resume${held.length ? ` (${count(held.length)})` : ""}` : "Pause"}</button>
      <label class="search"><${Icon} name="search" /><input type="search" placeholder="Text in a frame" aria-label="Find text in a frame" minlength="2" value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>
      <input placeholder="Action" aria-label="Filter by action" list="actions-seen" value=${queryOf("action")} onInput=${set("action")} />
      <datalist id="actions-seen">${actions.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
      <select aria-label="Direction" value=${queryOf("direction")} onChange=${set("direction")}>
        <option value="">Both directions</option><option value="in">From the charger</option><option value="out">To the charger</option></select>
      <label class="check"><input type="checkbox" checked=${Boolean(queryOf("errors"))} onChange=${(/** @type {any} */ event) => setQuery({ errors: event.target.checked ? "1" : null })} />Trouble only</label>
      <details open=${Boolean(wanted.since || wanted.until)}><summary>Time</summary><div class="button-row"><label>From <input type="datetime-local" step="1" aria-label="From" value=${queryOf("since")} onChange=${set("since")} /></label>
      <label>to <input type="datetime-local" step="1" aria-label="To" value=${queryOf("until")} onChange=${set("until")} /></label></div></details>
      <span class="quiet push">${count(shown.length)} shown</span>
      <button class="button" onClick=${() => void saveList(`/chargers/${encodeURIComponent(charger.id)}/messages`, wanted, `messages-${charger.id}.ndjson`, "application/x-ndjson")}>Export</button>
    </header>
    ${state.error && html`<${Trouble} error=${state.error} again=${() => void fetchPage(null)} />`}
    ${state.loading && html`<${Loading} />`}
    ${!state.loading && !shown.length && html`<${Empty} icon="list" title=${rows.length || Object.values(wanted).some(Boolean) ? "No message fits the filter" : "No messages yet"}>
      <p>${rows.length || Object.values(wanted).some(Boolean) ? "Loosen the filter above." : "Every call and its answer appear here the moment the charger speaks."}</p><//>`}
    <ol class="messages">${shown.map((row) => html`<${Row} key=${keyOf(row)} row=${row} />`)}</ol>
    ${state.next && html`<p class="pad"><button class="button" onClick=${() => void fetchPage(state.next)}>Older messages</button></p>`}
  </section>`;
}

/** The filters in the address, as the API spells them. */
function filters() {
  const at = (/** @type {string} */ name) => (queryOf(name) ? new Date(queryOf(name)).toISOString() : "");
  return {
    action: queryOf("action").trim(), direction: queryOf("direction"), trouble: queryOf("errors") ? "true" : "", since: at("since"), until: at("until"),
    text: queryOf("text").length > 1 ? queryOf("text") : "",
  };
}

/** Whether a row that has just come passes the filters. @param {Exchange} row */
function fits(row) {
  const { action, direction, trouble, since, until, text } = filters();
  const names = namesOf(action.toLowerCase());
  return (
    (!names.length || names.some((name) => row.action.toLowerCase().includes(name))) && (!direction || row.direction === direction) && (!trouble || !["result", "sent"].includes(row.outcome)) &&
    (!since || Date.parse(row.at) >= Date.parse(since)) && (!until || Date.parse(row.at) < Date.parse(until)) &&
    (!text || row.id !== undefined || `${textOf(row.request)} ${textOf(row.answer)}`.toLowerCase().includes(text.toLowerCase()))
  );
}

/** @param {string} list names with commas between them */
const namesOf = (list) => list.split(",").map((name) => name.trim()).filter(Boolean);

/** @param {unknown} value */
const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

/** @param {string} name */
const set = (name) => (/** @type {any} */ event) => setQuery({ [name]: event.target.value });

/** @param {Exchange} row */
const keyOf = (row) => `${row.direction} ${row.message_id} ${row.at} ${row.kind ?? "call"}`;

/** Both lists, newest first, a row once; the newer word on it holds. @param {Exchange[]} before @param {Exchange[]} more */
function joined(before, more) {
  const rows = new Map(before.map((row) => [keyOf(row), row]));
  for (const row of more) rows.set(keyOf(row), row);
  return [...rows.values()].sort((a, b) => b.at.localeCompare(a.at)).slice(0, MOST);
}

/** @param {{row: Exchange, isOpen?: boolean}} props */
export function Row({ row, isOpen = false }) {
  const [open, setOpen] = useState(isOpen);
  const request = frame(row.request);
  const answer = frame(row.answer);
  const outcome = OUTCOMES[row.outcome] ?? OUTCOMES.unanswered;
  const took = row.latency_ms ?? (row.answered_at ? Date.parse(row.answered_at) - Date.parse(row.at) : null);
  const fromCharger = row.direction === "in";
  const kind = KINDS[row.kind ?? "call"];
  return html`<li class=${["result", "sent"].includes(row.outcome) ? "" : "has-error"} data-action=${row.action} data-direction=${row.direction}>
    <button class="message-line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <time class="number">${timeMs(row.at)}</time>
      <span class=${`arrow ${row.direction}`}><${Icon} name=${fromCharger ? "up" : "down"} label=${fromCharger ? "from the charger" : "to the charger"} /></span>
      <b>${row.action || kind}</b>
      <span class="gist">${row.action && kind ? `${kind} · ` : ""}${row.error_code ? `${row.error_code} · ` : ""}${row.error ? `${row.error} · ` : ""}${gist(payloadOf(request))}</span>
      <span class=${`status small tone-${outcome.tone}`}><${Icon} name=${outcome.icon} />${outcome.word}</span>
      <small class="quiet number">${took === null ? "" : milliseconds(Math.max(0, took))}</small>
    </button>
    ${open && html`<div class="message-detail two">
      <div><h4>${kind ? "Frame" : fromCharger ? "Charger asked" : "We asked"}<${Copy} text=${JSON.stringify(request)} label="Copy the frame" /></h4><${Json} value=${request} /></div>
      <div><h4>${fromCharger ? "We answered" : "Charger answered"}${answer !== null && html`<${Copy} text=${JSON.stringify(answer)} label="Copy the frame" />`}</h4>
        ${answer === null ? html`<p class="quiet">There was no answer.</p>` : html`<${Json} value=${answer} />`}</div>
      <p class="quiet whole">${row.error && html`<b class="tone-bad">${row.error_code ? `${row.error_code}: ` : ""}${row.error}</b> `}<span class="mono">${row.message_id}</span>
        ${row.id !== undefined && html` <a href=${`/messages/${row.id}`}>Link to this message</a>`}</p>
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

// @ts-check
/** The one live feed: events of the server, through a worker that all tabs share, or straight where there is none. */
import { signal } from "@preact/signals";
import { note, Stream } from "./stream.js";
import { workerUrl } from "./trusted.js";

/** @import { LiveEvent, LiveState } from "./types.d.ts" */

/** @type {import("@preact/signals").Signal<{state: LiveState, since: number}>} */
export const liveState = signal({ state: /** @type {LiveState} */ ("connecting"), since: Date.now() });

const BASE_TOPICS = ["chargers", "sessions", "commands", "jobs", "certificates", "actors", "dead_letters", "sites", "attention"];

/** @type {Set<(events: LiveEvent[]) => void>} */
const readers = new Set();
/** @type {Map<string, number>} */
const extra = new Map();
let running = false;

/** @type {(message: {kind: string, topics?: string[]}) => void} */
let post = () => undefined;

/** @param {LiveEvent[]} events */
function hand(events) {
  for (const reader of readers) reader(events);
}

/** @param {LiveState} state @param {number} since */
function become(state, since) {
  liveState.value = { state, since };
}

function connect() {
  try {
    const worker = new SharedWorker(workerUrl(new URL("./live-worker.js", import.meta.url)), { type: "module", name: "voltaro-live" });
    worker.port.onmessage = ({ data }) => {
      if (data.kind === "events") hand(data.events);
      else become(data.state, data.since);
    };
    worker.onerror = straight;
    worker.port.start();
    post = (message) => worker.port.postMessage(message);
  } catch {
    straight();
  }
}

/** No shared worker here: this tab holds a stream of its own. */
function straight() {
  const stream = new Stream(hand, become);
  post = (message) => (message.kind === "restart" ? stream.restart() : stream.listen(message.topics ?? []));
  if (running) retopic();
}

function retopic() {
  post({ kind: "topics", topics: running ? [...BASE_TOPICS, ...extra.keys()] : [] });
}

/** Begin to listen, or begin anew after signing in. */
export function startLive() {
  if (running) return;
  running = true;
  connect();
  retopic();
  addEventListener("pagehide", () => post({ kind: "topics", topics: [] }));
  addEventListener("pageshow", (event) => event.persisted && retopic());
}

/** When the stream is attached, or has let us wait long enough. What is read after that misses nothing the stream tells. @param {number} patienceMs */
export function whenLive(patienceMs) {
  return new Promise((done) => {
    const timer = setTimeout(() => end(), patienceMs);
    /** @type {() => void} */
    let stop = () => undefined;
    const end = () => {
      clearTimeout(timer);
      queueMicrotask(() => stop());
      done(undefined);
    };
    stop = liveState.subscribe(({ state }) => state === "live" && end());
  });
}

/** Ask for the stream again, because the cookie is another one now. */
export function restartLive() {
  post({ kind: "restart" });
}

/** Events may have been missed that the stream knows nothing of: whoever hears reads anew. */
export const missed = () => hand([note("resync")]);

/** Whether an event says that others may have been missed: then what was read before is read again. @param {LiveEvent} event */
export const mayHaveMissed = ({ type }) => type === "resync" || type === "attached";

/** The same for who reads nothing but what every page hears, which a change of topics does not interrupt. @param {LiveEvent} event */
export const mayHaveMissedAny = ({ type, data }) => type === "resync" || (type === "attached" && data.first);

/** Hear every batch of events until the returned function is called. @param {(events: LiveEvent[]) => void} reader */
export function hear(reader) {
  readers.add(reader);
  return () => {
    readers.delete(reader);
  };
}

/** Also listen to a topic (``messages:CP1``) until the returned function is called. @param {string} topic */
export function alsoHear(topic) {
  extra.set(topic, (extra.get(topic) ?? 0) + 1);
  retopic();
  return () => {
    const left = (extra.get(topic) ?? 1) - 1;
    if (left) extra.set(topic, left);
    else extra.delete(topic);
    retopic();
  };
}

// @ts-check
/** The one client of the HTTP API: typed calls, problems told plainly, the CSRF header on what changes something. */
import { signal } from "@preact/signals";
import { t } from "./languages.js";

/** @import { Assignment, Certificate, Charger, Job, NewCharger, AddedCharger, Session, MeterValue, Command, Configuration, KeyAdvice, LocalList, Tag, Stranger, Exchange, KeptFrame, Fault, Me, Page, HeldProfile, CompositeAnswer, Reservation, Security, Anomaly } from "./types.d.ts" */

export const BASE = "/api/v1";

/** Who is signed in; null while nobody is, undefined until we know. @type {import("@preact/signals").Signal<Me | null | undefined>} */
export const me = signal(undefined);
/** Whether the sign-in of ``me`` has ended by itself: the page waits with all that is typed, and nothing is asked before the next one. */
export const ended = signal(false);
/** What anybody may ask. */
const OPEN = new Set(["/login", "/login/methods", "/me"]);

/** What the server refused, in its own words (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{title?: string, detail?: string, errors?: {pointer?: string, detail?: string}[], pointer?: string}} body */
  constructor(status, body) {
    const pointers = (body.errors ?? []).map((error) => [error.pointer, error.detail].filter(Boolean).join(": "));
    const text = [body.detail ?? body.title ?? t("the server answered {status}", { status }), body.pointer, ...pointers].filter(Boolean);
    super([...new Set(text)].join("\n"));
    this.status = status;
    this.title = body.title ?? "";
    /** What is wrong where (RFC 6901 pointers into the body). */
    this.errors = body.errors ?? [];
  }
}

/** The server is away, not ready yet, or has too much to do, or the sign-in waits to be renewed: asked again a little later, it will answer. */
const PASSING = new Set([0, 401, 429, 502, 503, 504]);

/** Whether what failed will go right by itself. @param {unknown} error */
export const isPassing = (error) => PASSING.has(/** @type {any} */ (error)?.status);

const noAnswer = () => new Problem(0, { title: t("The server does not answer. It may be restarting; this page tries again by itself.") });

const noSignIn = () => new Problem(401, { title: t("Your sign-in has ended.") });

/** What is read is given up after that: its line has died without a word, as in a computer that slept. */
const READ_WITHIN_MS = 60_000;

/** Gives up in good time, and says why. @returns {AbortSignal} */
export function patience() {
  const reading = new AbortController();
  setTimeout(() => reading.abort(noAnswer()), READ_WITHIN_MS);
  return reading.signal;
}

/**
 * @param {string} method @param {string} path below /api/v1
 * @param {{body?: unknown, query?: Record<string, unknown>, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>}
 */
export async function request(method, path, options = {}) {
  const url = new URL(BASE + path, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", ...options.headers };
  /** @type {BodyInit | undefined} */
  let body;
  if (typeof options.body === "string") body = options.body;
  else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers["Content-Type"] = "application/json";
  }
  if (method !== "GET" && me.value) headers["X-Voltaro-CSRF"] = me.value.csrf;
  if (ended.value && !OPEN.has(path)) throw noSignIn();
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw noAnswer();
  }
  if (response.ok) return response;
  if (response.status === 401 && path !== "/login") {
    if (me.value) ended.value = true;
    else me.value = null;
  }
  const told = await response.json().catch(() => ({}));
  throw new Problem(response.status, told);
}

/** @template T @param {string} method @param {string} path @param {Parameters<typeof request>[2]} [options] @returns {Promise<T>} */
export async function json(method, path, options) {
  const response = await request(method, path, method === "GET" ? { ...options, signal: options?.signal ?? patience() } : options);
  return response.status === 204 ? /** @type {T} */ (undefined) : response.json();
}

const name = encodeURIComponent;
const wait = { Prefer: "wait=10" };

/**
 * Everything of a list, or the first of it where that is more than ``most``, page by page; ``each`` hears every page as it comes.
 * @template T @param {string} path @param {Record<string, unknown>} query @param {(items: T[]) => void} each
 * @param {{most?: number, signal?: AbortSignal}} [within]
 */
export async function walk(path, query, each, { most = Infinity, signal } = {}) {
  let cursor = null;
  let seen = 0;
  do {
    /** @type {Page<T>} */
    const page = await json("GET", path, { query: { limit: 500, ...query, cursor }, signal });
    each(page.items);
    seen += page.items.length;
    cursor = page.next;
  } while (cursor && seen < most);
}

export const api = {
  /** @returns {Promise<Me>} */
  me: () => json("GET", "/me"),
  /** @param {string} user @param {string} password @returns {Promise<unknown>} */
  login: (user, password) => json("POST", "/login", { body: { name: user, password } }),
  /** @returns {Promise<unknown>} */
  logout: () => json("POST", "/logout"),

  /** @param {string} id @returns {Promise<Charger>} */
  charger: (id) => json("GET", `/chargers/${name(id)}`),
  /** @param {NewCharger} charger @returns {Promise<AddedCharger>} */
  addCharger: (charger) => json("POST", "/chargers", { body: charger }),
  /** @param {string} id @returns {Promise<Security>} */
  security: (id) => json("GET", `/chargers/${name(id)}/security`),
  /** @param {string} id @param {Record<string, unknown>} change @returns {Promise<Security>} */
  changeSecurity: (id, change) => json("PATCH", `/chargers/${name(id)}/security`, { body: change }),
  /** @param {string} id @returns {Promise<Command>} */
  rotatePassword: (id) => json("POST", `/chargers/${name(id)}/password/rotate`, { body: {}, headers: wait }),
  /** @param {string} id @param {number} profile @returns {Promise<Command>} */
  raiseProfile: (id, profile) => json("POST", `/chargers/${name(id)}/security-profile`, { body: { profile }, headers: wait }),
  /** @param {string} id @returns {Promise<void>} */
  removeCharger: (id) => json("DELETE", `/chargers/${name(id)}`),
  /** @param {AbortSignal} [signal] @returns {Promise<Page<Stranger>>} */
  strangers: (signal) => json("GET", "/strangers", { signal }),
  /** @param {string} id @returns {Promise<AddedCharger>} */
  acceptStranger: (id) => json("POST", `/strangers/${name(id)}/accept`),

  /** @param {string} id @param {string} order start, stop, reset, unlock, availability @param {object} body @returns {Promise<Command>} */
  order: (id, order, body) => json("POST", `/chargers/${name(id)}/${order}`, { body, headers: wait }),
  /** @param {string} id @param {string} action @param {unknown} payload @returns {Promise<Command>} */
  command: (id, action, payload) => json("POST", `/chargers/${name(id)}/commands`, { body: { action, payload }, headers: wait }),
  /** @param {string} id @returns {Promise<Page<Job>>} */
  jobs: (id) => json("GET", `/chargers/${name(id)}/jobs`, { query: { limit: 20 } }),
  /** @param {string} id @returns {Promise<Page<Certificate>>} */
  certificates: (id) => json("GET", `/chargers/${name(id)}/certificates`),
  /** @param {string} id @param {string} certificate @returns {Promise<Command>} */
  deleteCertificate: (id, certificate) => json("DELETE", `/chargers/${name(id)}/certificates/${name(certificate)}`, { headers: wait }),
  /** @param {string} id @returns {Promise<Page<Command>>} */
  commands: (id) => json("GET", `/chargers/${name(id)}/commands`, { query: { limit: 50 } }),
  /** @param {string} id @returns {Promise<Configuration>} */
  configuration: (id) => json("GET", `/chargers/${name(id)}/configuration`),
  /** @param {string} id @returns {Promise<Command>} */
  refreshConfiguration: (id) => json("POST", `/chargers/${name(id)}/configuration/refresh`, { body: {}, headers: wait }),
  /** @param {string} id @param {string} key @param {string} value @returns {Promise<Command>} */
  setKey: (id, key, value) => json("PUT", `/chargers/${name(id)}/configuration/${name(key)}`, { body: { value }, headers: wait }),
  /** @param {string} id @returns {Promise<{items: KeyAdvice[]}>} */
  configurationAdvice: (id) => json("GET", `/chargers/${name(id)}/configuration-advice`),
  /** @param {string} id @returns {Promise<{items: Command[]}>} */
  applyAdvice: (id) => json("POST", `/chargers/${name(id)}/configuration-advice`, { body: {} }),
  /** @param {string} id @returns {Promise<LocalList>} */
  localList: (id) => json("GET", `/chargers/${name(id)}/local-list`),
  /** @param {string} id @param {boolean} full @returns {Promise<LocalList>} */
  syncLocalList: (id, full) => json("POST", `/chargers/${name(id)}/local-list/sync`, { body: { full }, headers: wait }),
  /** @param {string} id @param {boolean} sync @returns {Promise<LocalList>} */
  keepLocalList: (id, sync) => json("PATCH", `/chargers/${name(id)}/local-list`, { body: { sync } }),
  /** @param {string} id @returns {Promise<{items: (string | {action: string, schema?: any})[]}>} */
  actions: (id) => json("GET", `/chargers/${name(id)}/actions`),
  /** @param {string} id @param {string} action @returns {Promise<any>} */
  actionSchema: (id, action) => json("GET", `/chargers/${name(id)}/actions/${name(action)}/schema`),
  /** @param {string} id @param {Record<string, unknown>} query @returns {Promise<Page<Exchange>>} */
  messages: (id, query) => json("GET", `/chargers/${name(id)}/messages`, { query }),
  /** @param {string} id @returns {Promise<Exchange>} */
  message: (id) => json("GET", `/messages/${name(id)}`),
  /** What a charger does that OCPP does not say. @param {string} id @returns {Promise<Page<Anomaly>>} */
  anomalies: (id) => json("GET", `/chargers/${name(id)}/anomalies`, { query: { limit: 500 } }),
  /** Frames that were put aside. @param {Record<string, unknown>} query @returns {Promise<Page<KeptFrame>>} */
  deadLetters: (query) => json("GET", "/dead-letters", { query }),
  /** @param {number} id @returns {Promise<KeptFrame>} */
  redriveLetter: (id) => json("POST", `/dead-letters/${id}/redrive`),
  /** @param {number} id @param {string} reason @returns {Promise<KeptFrame>} */
  discardLetter: (id, reason) => json("POST", `/dead-letters/${id}/discard`, { body: { reason } }),

  /** @param {string} id @returns {Promise<Page<HeldProfile>>} */
  profiles: (id) => json("GET", `/chargers/${name(id)}/charging-profiles`),
  /** @param {string} id @param {object} profile @returns {Promise<Command>} */
  setProfile: (id, profile) => json("POST", `/chargers/${name(id)}/charging-profiles`, { body: profile, headers: wait }),
  /** @param {string} id @param {number} profile @returns {Promise<Command>} */
  clearProfile: (id, profile) => json("DELETE", `/chargers/${name(id)}/charging-profiles/${profile}`, { headers: wait }),
  /** Computed by us. @param {string} id @param {number} evse @param {number} seconds @returns {Promise<CompositeAnswer>} */
  composite: (id, evse, seconds) => json("GET", `/chargers/${name(id)}/composite-schedule`, { query: { evse_id: evse, duration_s: seconds } }),
  /** Asked of the charger, too. @param {string} id @param {number} evse @param {number} seconds @returns {Promise<CompositeAnswer & {command: Command}>} */
  askComposite: (id, evse, seconds) => json("POST", `/chargers/${name(id)}/composite-schedule`, { body: { evse_id: evse, duration_s: seconds } }),
  /** @param {Record<string, unknown>} query @returns {Promise<Page<Reservation>>} */
  reservations: (query) => json("GET", "/reservations", { query }),
  /** @param {string} id @param {{evse_id: number, id_tag: string, expires_at: string}} wish @returns {Promise<Reservation>} */
  reserve: (id, wish) => json("POST", `/chargers/${name(id)}/reservations`, { body: wish, headers: wait }),
  /** @param {number} id @returns {Promise<Command>} */
  cancelReservation: (id) => json("DELETE", `/reservations/${id}`, { headers: wait }),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Session>>} */
  sessions: (query) => json("GET", "/sessions", { query }),
  /** @param {number | string} id @returns {Promise<Session>} */
  session: (id) => json("GET", `/sessions/${id}`),
  /** @param {number} id @param {Assignment} to @returns {Promise<Session>} */
  assignSession: (id, to) => json("POST", `/sessions/${id}/assign`, { body: to }),
  /** @param {number} id @param {{ended_at: string, meter_stop_wh?: number, reason?: string}} end @returns {Promise<Session>} */
  closeSession: (id, end) => json("POST", `/sessions/${id}/close`, { body: end }),
  /** @param {number} id @param {string} reason @returns {Promise<Session>} */
  discardSession: (id, reason) => json("POST", `/sessions/${id}/discard`, { body: { reason } }),
  /** All that was measured, at once: a long session has tens of thousands of values. @param {number} id @returns {Promise<MeterValue[]>} */
  meterValues: async (id) => {
    const lines = await request("GET", `/sessions/${id}/meter-values`, { headers: { Accept: "application/x-ndjson" }, signal: patience() });
    return (await lines.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
  },

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Tag>>} */
  tags: (query) => json("GET", "/tags", { query }),
  /** @param {Partial<Tag>} tag @returns {Promise<Tag>} */
  addTag: (tag) => json("POST", "/tags", { body: tag }),
  /** @param {string} id @param {Partial<Tag>} change @returns {Promise<Tag>} */
  changeTag: (id, change) => json("PATCH", `/tags/${name(id)}`, { body: change }),
  /** @param {string} id @returns {Promise<void>} */
  removeTag: (id) => json("DELETE", `/tags/${name(id)}`),

  /** @returns {Promise<Page<Fault>>} */
  faults: () => json("GET", "/faults"),
  /** @returns {Promise<{kinds: string[], points: Record<string, string[]>}>} */
  faultKinds: () => json("GET", "/faults/kinds"),
  /** @param {{target: string, kind: string, times?: number, at?: string}} fault @returns {Promise<Fault>} */
  provoke: (fault) => json("POST", "/faults", { body: fault }),
  /** @param {string} id @returns {Promise<Fault>} */
  fault: (id) => json("GET", `/faults/${name(id)}`),
};

/** Save a list as CSV, with the filters that are on. @param {string} path @param {Record<string, unknown>} query @param {string} file */
export const saveCsv = (path, query, file) => saveList(path, query, file, "text/csv");

/** @param {string} path @param {Record<string, unknown>} query @param {string} file @param {string} media */
export async function saveList(path, query, file, media) {
  const response = await request("GET", path, { query, headers: { Accept: media } });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// @ts-check
/**
 * One EventSource over a changing set of topics: used by the shared worker, or by the page where there is none.
 *
 * Rule 1: durable events are handed on once, by their growing id, also across a change of topics and a reconnect.
 * Rule 2: whenever events may have been missed, a ``resync`` is handed on; readers then fetch everything anew. When the topics have
 * changed, nothing durable is missed, but what passed of the new topic may be: ``attached`` says from when on it is heard; the
 * ``first`` of them, from when on anything is.
 */

/** @import { LiveEvent, LiveState } from "./types.d.ts" */

const TYPES = [
  "charger.connected", "charger.disconnected", "charger.booted", "charger.live", "charger.anomaly", "charger.taken_over", "charger.security_event",
  "charger.configuration", "charger.local_list",
  "charger.security", "security.refused",
  "charger.added", "charger.changed", "charger.removed", "charger.quarantined", "charger.waiting",
  "connector.status", "session.started", "session.updated", "session.ended", "session.corrected", "session.assigned", "session.discarded", "command.updated",
  "charging_profile.set", "charging_profile.gone", "reservation.requested", "reservation.accepted", "reservation.unknown", "reservation.refused",
  "reservation.used", "reservation.expired", "reservation.cancelled", "reservation.lost",
  "job.updated", "job.uploaded", "certificate.updated", "certificate.not_installed", "certificate.reported",
  "dead_letter.kept", "dead_letter.redriven", "dead_letter.discarded",
  "actor.crashed", "actor.restarted", "actor.quarantined", "actor.stopped", "fault.injected", "fault.recovered",
  "connection.attempt", "batch.updated",
  "site.added", "site.updated", "site.removed", "attention.updated",
  "tag.presented", "tag.changed", "driver.changed", "user.changed", "message", "resync",
];
const QUIET_MS = 45_000;
const BATCH_MS = 100;

/** What the stream itself has to say. @param {string} type @param {Record<string, unknown>} [data] @returns {LiveEvent} */
export const note = (type, data = {}) => ({ type, id: null, at: new Date().toISOString(), data });

export class Stream {
  /** @param {(events: LiveEvent[]) => void} onEvents @param {(state: LiveState, since: number) => void} onState */
  constructor(onEvents, onState) {
    this.onEvents = onEvents;
    this.onState = onState;
    this.topics = "";
    /** @type {EventSource | null} */
    this.source = null;
    this.lastId = 0;
    this.heardAt = 0;
    this.wasLive = false;
    this.retryMs = 1000;
    /** @type {LiveState} */
    this.state = "off";
    this.since = Date.now();
    /** @type {LiveEvent[]} */
    this.pending = [];
    this.flushing = 0;
    this.retrying = 0;
    setInterval(() => this.probe(), 15_000);
  }

  /** Listen to exactly these topics; none closes the stream. @param {string[]} topics */
  listen(topics) {
    const wanted = [...new Set(topics)].sort().join(",");
    if (wanted === this.topics && this.source) return;
    this.topics = wanted;
    if (wanted) this.open();
    else this.close();
  }

  /** Close and open again, as after signing in. */
  restart() {
    if (!this.topics) return;
    this.wasLive = true;
    this.open();
  }

  open() {
    clearTimeout(this.retrying);
    const before = this.source;
    const source = new EventSource(`/api/v1/events?topics=${encodeURIComponent(this.topics)}`);
    this.source = source;
    if (!before || this.state !== "live") this.become(this.wasLive ? "reconnecting" : "connecting");
    for (const type of TYPES) source.addEventListener(type, (event) => this.heard(source, type, /** @type {MessageEvent} */ (event)));
    source.onopen = () => {
      before?.close();
      if (source !== this.source) return;
      this.retryMs = 1000;
      this.heardAt = Date.now();
      this.hand(this.state !== "live" && this.wasLive ? note("resync") : note("attached", { first: !this.wasLive }));
      this.wasLive = true;
      this.become("live");
    };
    source.onerror = () => {
      before?.close();
      if (source !== this.source) return;
      this.become(this.wasLive ? "reconnecting" : "connecting");
      if (source.readyState === EventSource.CLOSED) this.retry();
    };
  }

  close() {
    clearTimeout(this.retrying);
    this.source?.close();
    this.source = null;
    this.become("off");
  }

  /** A refused stream (the server is starting, or nobody is signed in) is asked for again, more and more slowly. */
  retry() {
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, 15_000);
  }

  /** A line that died silently (a laptop that slept) shows no error: after a long silence ask whether the server is there. */
  async probe() {
    if (this.state !== "live" || Date.now() - this.heardAt < QUIET_MS) return;
    try {
      await fetch("/livez", { signal: AbortSignal.timeout(5000), cache: "no-store" });
      this.heardAt = Date.now();
    } catch {
      this.source?.close();
      this.source = null;
      this.become("reconnecting");
      this.open();
    }
  }

  /** @param {EventSource} source @param {string} type @param {MessageEvent} event */
  heard(source, type, event) {
    if (source !== this.source && this.source?.readyState === EventSource.OPEN) return;
    this.heardAt = Date.now();
    /** @type {Record<string, any>} */
    let data = {};
    try {
      data = JSON.parse(event.data || "{}");
    } catch {
      // A line cut short says nothing.
    }
    // An EventSource repeats the last id on events that carry none, so only durable types are judged by it.
    const id = DURABLE.test(type) ? Number(event.lastEventId) : 0;
    if (type === "resync") this.lastId = 0;
    if (id) {
      if (id <= this.lastId) return;
      this.lastId = id;
    }
    this.hand({ type, id: id ? String(id) : null, at: data.at ?? new Date().toISOString(), data });
  }

  /** @param {LiveEvent} event */
  hand(event) {
    this.pending.push(event);
    if (!this.flushing) {
      this.flushing = setTimeout(() => {
        this.flushing = 0;
        const events = this.pending;
        this.pending = [];
        this.onEvents(events);
      }, BATCH_MS);
    }
  }

  /** @param {LiveState} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.since = Date.now();
    this.onState(state, this.since);
  }
}

const DURABLE = /^(charger\.(connected|disconnected|booted|anomaly|security_event|configuration|local_list)|connector\.status|session\.(started|ended)|(command|job|certificate|site)\.|actor\.)/;

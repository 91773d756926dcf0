// @ts-check
/**
 * What is told while everything is read anew. What was read may be older or newer than that, so all of it is told once more
 * when the reading is over: the last word on each thing holds then, whatever came first.
 */

/** @import { LiveEvent } from "./types.d.ts" */

export class Meanwhile {
  constructor() {
    /** @type {Map<LiveEvent | number, LiveEvent>} */
    this.told = new Map();
  }

  /** Of the figures of a session only the newest count, in their own place: after its start, before its end. @param {LiveEvent} event */
  keep(event) {
    const key = event.type === "session.updated" ? Number(event.data.id) : event;
    this.told.delete(key);
    this.told.set(key, event);
  }

  /** All of it, in order. */
  events() {
    return [...this.told.values()];
  }
}

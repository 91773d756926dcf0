// @ts-check
/** The supervision tree, as much of it as is looked at. */
import { json } from "../api.js";

/** @import { ActorNode } from "../types.d.ts" */
/** @typedef {{actors: number, running: number, restarting: number, quarantined: number, stopped: number, restarts: number, mailbox: number, fitting: number}} Below */
/** @typedef {Omit<ActorNode, "children"> & {below: Below, hidden: number, children: Branch[]}} Branch */

/** @param {{search?: string, troubled?: boolean, most?: number}} query @returns {Promise<Branch>} */
export const actorTree = (query) => json("GET", "/actors", { query: { ...query, troubled: query.troubled || undefined } });

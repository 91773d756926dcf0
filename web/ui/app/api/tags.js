// @ts-check
/** What the API tells of tags, and how they are changed without undoing what another has changed meanwhile. */
import { json } from "../api.js";

/** @import { Page, Tag } from "../types.d.ts" */
/** @typedef {Tag & {version: number, created_at: string | null}} HeldTag */
/** A card that was shown at a charger of late. @typedef {{id_tag: string, charger_id: string, evse_id: number | null, type: string | null, outcome: string, at: string, known: boolean, status: string | null}} Presented */

const path = (/** @type {string} */ id) => `/tags/${encodeURIComponent(id)}`;
const ifMatch = (/** @type {HeldTag} */ tag) => ({ "If-Match": `"${tag.version}"` });

/** @param {Record<string, unknown>} query @returns {Promise<Page<HeldTag>>} */
export const listTags = (query) => json("GET", "/tags", { query });
/** @param {string} id @returns {Promise<HeldTag>} */
export const readTag = (id) => json("GET", path(id));
/** @param {Partial<Tag>} tag @returns {Promise<HeldTag>} */
export const addTag = (tag) => json("POST", "/tags", { body: tag });
/** Raises a Problem of status 412 where the tag has changed since. @param {HeldTag} tag @param {Partial<Tag>} change @returns {Promise<HeldTag>} */
export const changeTag = (tag, change) => json("PATCH", path(tag.id_tag), { body: change, headers: ifMatch(tag) });
/** As ``changeTag``. @param {HeldTag} tag @returns {Promise<void>} */
export const removeTag = (tag) => json("DELETE", path(tag.id_tag), { headers: ifMatch(tag) });
/** @returns {Promise<{items: Presented[]}>} */
export const presentedTags = () => json("GET", "/tags/presented");

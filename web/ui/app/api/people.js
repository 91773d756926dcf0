// @ts-check
/** The calls for people: who operates, who drives, tokens, sign-ins, the audit. */
import { json } from "../api.js";

/** @import { Page, Session, Tag } from "../types.d.ts" */
/**
 * @typedef {"admin" | "operator" | "viewer"} Role
 * @typedef {{id: number, name: string, role: Role, disabled: boolean, created_at: string, has_password: boolean, is_external: boolean,
 *   last_login_at: string | null, version: number}} User
 * @typedef {{id: number, method: "password" | "link" | "oidc", created_at: string, last_seen_at: string | null, expires_at: string,
 *   address: string | null, user_agent: string | null, current: boolean}} Login
 * @typedef {{id: number, name: string, prefix: string, scopes: string[], state: "active" | "expired" | "revoked", created_at: string,
 *   created_by: string | null, expires_at: string | null, last_used_at: string | null, revoked_at: string | null, token?: string}} Token
 * @typedef {{id: number, at: string, actor: string, action: string, target: string, detail: Record<string, unknown>,
 *   before: Record<string, unknown> | null, after: Record<string, unknown> | null, address: string | null, request_id: string | null}} Deed
 * @typedef {{id: number, name: string, email: string | null, phone: string | null, external_id: string | null, note: string | null,
 *   disabled: boolean, created_at: string, version: number}} Driver
 * @typedef {Driver & {tags: Tag[] | null, sessions: Session[] | null}} DriverDetail
 * @typedef {{password: boolean, oidc: {url: string, label: string} | null}} Ways
 */

/** @param {number} version */
const unchanged = (version) => ({ "If-Match": `"${version}"` });

export const people = {
  /** @returns {Promise<Ways>} */
  ways: () => json("GET", "/login/methods"),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<User>>} */
  users: (query) => json("GET", "/users", { query }),
  /** @param {number | string} id @returns {Promise<User>} */
  user: (id) => json("GET", `/users/${id}`),
  /** @param {{name: string, role: Role, password: string}} user @returns {Promise<User>} */
  addUser: (user) => json("POST", "/users", { body: user }),
  /** @param {User} user @param {{role?: Role, disabled?: boolean, password?: string}} change @returns {Promise<User>} */
  changeUser: (user, change) => json("PATCH", `/users/${user.id}`, { body: change, headers: unchanged(user.version) }),

  /** Where somebody is signed in; without an id, oneself. @param {number} [user] @returns {Promise<Page<Login>>} */
  logins: (user) => json("GET", user === undefined ? "/me/logins" : `/users/${user}/logins`),
  /** @param {number} login @param {number} [user] @returns {Promise<void>} */
  endLogin: (login, user) => json("DELETE", user === undefined ? `/me/logins/${login}` : `/users/${user}/logins/${login}`),
  /** All of somebody; of oneself all others. @param {number} [user] @returns {Promise<{ended: number}>} */
  endLogins: (user) => (user === undefined ? json("DELETE", "/me/logins", { query: { others: true } }) : json("DELETE", `/users/${user}/logins`)),
  /** @param {string} current @param {string} wished @returns {Promise<void>} */
  changePassword: (current, wished) => json("POST", "/me/password", { body: { current, new: wished } }),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Token>>} */
  tokens: (query) => json("GET", "/tokens", { query }),
  /** @param {{name: string, scopes: string[], expires_at?: string}} token @returns {Promise<Token>} */
  addToken: (token) => json("POST", "/tokens", { body: token }),
  /** @param {number} id @returns {Promise<void>} */
  revokeToken: (id) => json("DELETE", `/tokens/${id}`),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Deed>>} */
  audit: (query) => json("GET", "/audit", { query }),

  /** @param {Record<string, unknown>} query @returns {Promise<Page<Driver>>} */
  drivers: (query) => json("GET", "/drivers", { query }),
  /** @param {number | string} id @returns {Promise<DriverDetail>} */
  driver: (id) => json("GET", `/drivers/${id}`),
  /** @param {Partial<Driver>} driver @returns {Promise<Driver>} */
  addDriver: (driver) => json("POST", "/drivers", { body: driver }),
  /** @param {Driver} driver @param {Partial<Driver>} change @returns {Promise<Driver>} */
  changeDriver: (driver, change) => json("PATCH", `/drivers/${driver.id}`, { body: change, headers: unchanged(driver.version) }),
  /** @param {Driver} driver @returns {Promise<void>} */
  removeDriver: (driver) => json("DELETE", `/drivers/${driver.id}`, { headers: unchanged(driver.version) }),
  /** Give a tag to a driver, or take it back. @param {string} tag @param {number | null} driver @returns {Promise<Tag>} */
  giveTag: (tag, driver) => json("PATCH", `/tags/${encodeURIComponent(tag)}`, { body: { user_id: driver } }),
};

// @ts-check
/** How the server itself stands. */
import { json, request } from "../api.js";

/** @typedef {{name: string, rows: number, bytes: number}} TableSize */
/**
 * @typedef {{version: string, revision: string | null, bytes: number, connections: number, max_connections: number, pool_in_use: number,
 *   pool_size: number, latency_ms: number, clock_apart_s: number, started_at: string | null, commits: number, rollbacks: number,
 *   deadlocks: number, cache_hit_percent: number | null, oldest_transaction_s: number, tables: TableSize[]}} DatabaseState
 */
/**
 * Figures of five seconds; rates are a second's.
 * @typedef {{at: string, calls: number, commands: number, requests: number, facts: number, queue: number, lag_ms: number,
 *   commit_ms: number | null, memory_bytes: number}} Moment
 */
/** @typedef {{check: string, state: "well" | "warning" | "ill", seen: string, advice: string}} Check */
/** @typedef {{name: string, value: string | null, origin: string, help: string}} SettingShown */
/**
 * @typedef {{at: string, started_at: string, versions: Record<string, string>, memory_bytes: number, open_files: number, most_files: number,
 *   threads: number, tasks: number, collections: number[], lag_p50_ms: number, lag_p99_ms: number, queue: number,
 *   database_away_s: number | null, last_database_error: string | null, last_database_error_at: string | null, lines: number,
 *   stream_readers: number, actors: number, disk_free_bytes: number, disk_total_bytes: number, data_dir: string | null,
 *   certificates: {file: string, subject: string, key: string, not_after: string}[], history: Moment[], checks: Check[],
 *   settings: SettingShown[], database: DatabaseState | null}} System
 */

export const system = {
  /** @returns {Promise<System>} */
  look: () => json("GET", "/system"),
  /** Save what somebody needs who is to help. */
  async saveBundle() {
    const response = await request("GET", "/system/bundle", { headers: { Accept: "application/zip" } });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "voltaro-support.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },
};

// @ts-check
/** The order of the message log as a page holds it: newest first, a row once, whether heard live or read from the store. */

/** @import { Exchange } from "./types.d.ts" */

/** What tells a row from all others. @param {Exchange} row */
export const keyOf = (row) => `${row.direction} ${row.message_id} ${row.at} ${row.kind ?? "call"}`;

/** Newest first; texts alone do not tell, because a time may have a fraction or none. @param {Exchange} a @param {Exchange} b */
const byTime = (a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.at < b.at ? 1 : a.at > b.at ? -1 : 0);

/**
 * Both lists, newest first, a row once. The newer word on it holds, but for its id: what is heard live does not know under which
 * id it is stored. @param {Exchange[]} before @param {Exchange[]} more
 */
export function joined(before, more) {
  const news = new Map(more.map((row) => [keyOf(row), row]));
  /** @type {Exchange[]} */
  const kept = [];
  for (const row of before) {
    const newer = news.get(keyOf(row));
    if (!newer) kept.push(row);
    else if (newer.id === undefined && row.id !== undefined) news.set(keyOf(row), { ...newer, id: row.id });
  }
  const fresh = [...news.values()].sort(byTime);
  if (!kept.length) return fresh;
  if (!fresh.length || byTime(fresh[fresh.length - 1], kept[0]) <= 0) return [...fresh, ...kept];
  if (byTime(kept[kept.length - 1], fresh[0]) <= 0) return [...kept, ...fresh];
  return [...kept, ...fresh].sort(byTime);
}

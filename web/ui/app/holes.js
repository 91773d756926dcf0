// @ts-check
/** Where nothing was measured for long. */

/** @import { MeterValue } from "./types.d.ts" */

const LONG_MS = 900_000;

/** Holes of more than a quarter of an hour, and of three times the usual distance. @param {number[]} moments in milliseconds, in their order @returns {[number, number][]} */
export function holesIn(moments) {
  const steps = moments.slice(1).map((at, place) => at - moments[place]);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const limit = Math.max(LONG_MS, usual * 3);
  return steps.flatMap((step, place) => (step > limit ? [/** @type {[number, number]} */ ([moments[place], moments[place + 1]])] : []));
}

/** The first of them in what a session has measured. @param {MeterValue[]} values @returns {{from: string, to: string}[]} */
export function gapsIn(values) {
  const moments = [...new Set(values.map((value) => Date.parse(value.at)))].sort((a, b) => a - b);
  return holesIn(moments).slice(0, 10).map(([from, to]) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
}

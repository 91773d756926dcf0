// @ts-check
/** Figures that only a few pages show, with their units. */
import { decimal } from "./format.js";

/** @param {number} hundredths */
export const percent = (hundredths) => `${decimal(hundredths, 2)} %`;
/** @param {number | null | undefined} amperes */
export const current = (amperes) => (amperes === null || amperes === undefined ? "–" : `${decimal(amperes)} A`);
/** @param {number | null | undefined} volts */
export const voltage = (volts) => (volts === null || volts === undefined ? "–" : `${decimal(volts)} V`);

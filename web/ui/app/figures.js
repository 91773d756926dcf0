// @ts-check
/** Figures that only a few pages show, as the browser's language writes them. */
import { locale } from "./format.js";

const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 });
const oneDigit = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** @param {number} hundredths */
export const percent = (hundredths) => share.format(hundredths / 100);
/** @param {number | null | undefined} amperes */
export const current = (amperes) => (amperes === null || amperes === undefined ? "–" : `${oneDigit.format(amperes)} A`);
/** @param {number | null | undefined} volts */
export const voltage = (volts) => (volts === null || volts === undefined ? "–" : `${oneDigit.format(volts)} V`);

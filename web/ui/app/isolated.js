// @ts-check
/** Somebody else's words amid ours: set apart, so that their direction does not turn ours around. @param {string} text */
export const isolated = (text) => `\u2068${text}\u2069`;

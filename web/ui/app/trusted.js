// @ts-check
/** The one place where a text becomes code: the address of our shared worker. The page's policy (Trusted Types) lets nothing else do that. */

/** @type {any} */
const types = /** @type {any} */ (globalThis).trustedTypes;

const policy = types?.createPolicy("voltaro", {
  createScriptURL: (/** @type {string} */ url) => {
    const wished = new URL(url, location.href);
    if (wished.origin === location.origin && /^\/ui\/[0-9a-f]+\/app\/live-worker\.js$/.test(wished.pathname) && !wished.search) return url;
    throw new TypeError("no script of ours");
  },
});

/** The address of a worker of ours, as the browser wants it said. @param {URL} url @returns {any} */
export const workerUrl = (url) => policy?.createScriptURL(url.href) ?? url;

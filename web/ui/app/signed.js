// @ts-check
/**
 * Who is signed in, for as long as the page is open: looked at again when the stream was away, and told to this browser's other tabs.
 *
 * Rule 1: a sign-in that ends by itself takes nothing away: the page waits, unseen, for the next one (``ended`` of ``api.js``).
 * Rule 2: whoever is another than before, or may do something else, gets pages of their own, and nothing of what was typed.
 */
import { batch } from "@preact/signals";
import { api, ended, me } from "./api.js";
import { missed, restartLive } from "./live.js";

/** @import { Me } from "./types.d.ts" */

/** @type {BroadcastChannel | null} */
let tabs = null;

/** Hear of what other tabs do, and look whether somebody is signed in again when this one is seen. */
export function startSigned() {
  tabs = new BroadcastChannel("voltaro.signed");
  tabs.onmessage = ({ data }) => (data === "out" ? forget() : void look());
  const seen = () => !document.hidden && isNobody() && void look().then(() => isNobody() || restartLive());
  document.addEventListener("visibilitychange", seen);
  addEventListener("focus", seen);
}

/** Ask who is signed in. Rejects as ``api.me`` does. */
export async function identify() {
  become(await api.me());
}

/** The same, where nothing depends on it: what goes wrong is seen by whoever asks next. */
export const look = () => identify().catch(() => undefined);

/** Somebody has just signed in here: the one stream of all tabs is theirs. */
export async function signedIn() {
  await identify();
  restartLive();
  tabs?.postMessage("in");
}

/** Somebody leaves: nothing of theirs stays, in no tab. */
export function signedOut() {
  forget();
  tabs?.postMessage("out");
}

const isNobody = () => ended.peek() || me.peek() === null;

function forget() {
  batch(() => {
    me.value = null;
    ended.value = false;
  });
}

/** What pages of one person have in common. @param {Me | null | undefined} who */
export const personOf = (who) => JSON.stringify([who?.user_id, who?.name, who?.role]);

/** @param {Me} who */
function become(who) {
  const before = me.peek();
  const isBack = isNobody();
  batch(() => {
    if (JSON.stringify(before) !== JSON.stringify(who)) me.value = who;
    ended.value = false;
  });
  if (isBack) missed();
}

// @ts-check
/** Something of what is shown has changed, and whoever shows it reads it again. */
import { useEffect, useRef, useState } from "preact/hooks";
import { calmly } from "./calm.js";
import { alsoHear, hear, mayHaveMissed, mayHaveMissedAny } from "./live.js";

/** @import { LiveEvent } from "./types.d.ts" */

const CALM_MS = 150;

/** ``topic`` is listened to besides what every page hears; ``calmMs`` is waited after the first event. @typedef {{topic?: string, calmMs?: number}} Habits */

/**
 * From now on ``look`` again when an event ``tells`` of something, or when some may have been missed: once for many events, and one look at
 * a time. ``soon`` looks again all the same; ``stop`` ends it.
 * @param {(event: LiveEvent) => boolean} tells @param {() => unknown} look @param {Habits} [habits] @returns {{soon: () => void, stop: () => void}}
 */
export function lookWhenTold(tells, look, { topic, calmMs = CALM_MS } = {}) {
  const calm = calmly(look, calmMs);
  const isMissed = topic ? mayHaveMissed : mayHaveMissedAny;
  const unhear = hear((events) => events.some((event) => isMissed(event) || tells(event)) && calm.soon());
  const unlisten = topic ? alsoHear(topic) : undefined;
  const stop = () => {
    calm.stop();
    unhear();
    unlisten?.();
  };
  return { soon: calm.soon, stop };
}

/** The same as long as a part of the page is shown. @param {Parameters<typeof lookWhenTold>[0]} tells @param {() => unknown} look @param {Habits} [habits] */
export function useHeard(tells, look, { topic, calmMs } = {}) {
  const now = useRef({ tells, look });
  now.current = { tells, look };
  useEffect(() => lookWhenTold((event) => now.current.tells(event), () => now.current.look(), { topic, calmMs }).stop, [topic, calmMs]);
}

/**
 * A number that grows when there is news of this kind, by which whoever reads knows to read again; and a way to let it grow by hand.
 * @param {Parameters<typeof lookWhenTold>[0]} tells @param {Habits} [habits] @returns {[number, () => void]}
 */
export function useTurn(tells, habits) {
  const [turn, setTurn] = useState(0);
  const next = () => setTurn((before) => before + 1);
  useHeard(tells, next, habits);
  return [turn, next];
}

/** What somebody else does to a list is read at most so often: an import by hand is many changes. */
const LIST_CALM_MS = 700;

/** A number that grows when somebody has added, changed or removed a thing of this kind. @param {"tag" | "driver" | "user"} kind */
export const useChanges = (kind) => useTurn(({ type }) => type === `${kind}.changed`, { topic: `${kind}s`, calmMs: LIST_CALM_MS })[0];

/** A number that grows with every event of a family (``reservation``) that is of this charger. @param {string} id @param {string} family */
export const useNews = (id, family) => useTurn(({ type, data }) => type.startsWith(`${family}.`) && data.charger_id === id, { topic: `${family}s` })[0];

// @ts-check
/** A list that comes in pages: its first page, what follows it, and what is dropped because something else is asked by now. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "./html.js";
import { attempt, Loading, Trouble } from "./widgets.js";

/** @import { Page } from "./types.d.ts" */

/**
 * ``items`` is null before the first page has come; while ``loading``, they answer an older question. ``error`` is why the newest reading failed.
 * ``more`` fetches what follows, ``again`` reads the first page anew. ``put`` and ``drop`` change one item that is shown, without asking.
 * @template T
 * @typedef {{items: T[] | null, next: string | null, loading: boolean, error: unknown, more: () => Promise<void>, again: () => void, put: (item: T) => void, drop: (item: T) => void}} Paged
 */

/**
 * ``keyOf`` tells the items apart, by their ``id`` unless it is given. ``patienceMs`` is waited before a changed question is asked, while somebody
 * types. With ``keeps``, reading anew lays the first page over what is shown and leaves what came with further pages, as far as the two join.
 * When ``news`` is another than before, the first page is read anew.
 * @template T
 * @typedef {{keyOf?: (item: T) => string | number, patienceMs?: number, keeps?: boolean, news?: unknown}} Habits
 */

/**
 * The pages of a list. They are asked anew when ``question`` changes (compared as JSON); null asks nothing yet. Meanwhile what is there stays.
 *
 * Rule 1: an answer to an older question is dropped, and one that is overtaken by a newer answer.
 * Rule 2: a further page is only joined to the list that still ends where this page begins.
 * @template T
 * @param {(cursor: string | null, shown: number) => Promise<Page<T>>} ask ``cursor`` null is the first page; ``shown`` items are there already
 * @param {unknown} question what ``ask`` asks, in plain values @param {Habits<T>} [habits] @returns {Paged<T>}
 */
export function usePages(ask, question, { keyOf = (item) => /** @type {any} */ (item).id, patienceMs = 0, keeps = false, news } = {}) {
  const [held, setHeld] = useState(/** @type {Held<T>} */ (NOTHING));
  const now = useRef(held);
  const become = (/** @type {Held<T>} */ after) => setHeld((now.current = after));
  const ways = useRef(/** @type {Pick<Paged<T>, "again" | "more">} */ ({ again: () => undefined, more: async () => undefined }));
  const heard = useRef(news);
  const key = JSON.stringify(question);
  useEffect(() => {
    if (question === null) return undefined;
    let [isOver, asked, answered, isFetching] = [false, 0, 0, false];
    const first = async () => {
      const turn = ++asked;
      try {
        const page = await ask(null, now.current.items?.length ?? 0);
        if (isOver || turn < answered) return;
        become({ ...(keeps && answered ? laidOver(now.current, page, keyOf) : page), error: null, of: key });
        answered = turn;
      } catch (error) {
        if (!isOver && turn > answered) become({ ...now.current, error, of: key });
      }
    };
    const more = async () => {
      const { next } = now.current;
      if (!next || !answered || isFetching) return;
      isFetching = true;
      await attempt(async () => {
        const page = await ask(next, now.current.items?.length ?? 0).catch((error) => {
          if (!isOver) throw error;
        });
        if (!page || isOver || now.current.next !== next) return;
        const known = new Set(now.current.items?.map(keyOf));
        become({ ...now.current, items: [...(now.current.items ?? []), ...page.items.filter((item) => !known.has(keyOf(item)))], next: page.next });
      });
      isFetching = false;
    };
    ways.current = { again: () => void first(), more };
    const timer = setTimeout(first, now.current.items ? patienceMs : 0);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key]);
  useEffect(() => {
    if (heard.current !== news) ways.current.again();
    heard.current = news;
  }, [news]);
  const changed = (/** @type {(items: T[]) => T[]} */ change) => become({ ...now.current, items: now.current.items && change(now.current.items) });
  const { items, next, error, of } = held;
  return {
    items, next, error,
    loading: question !== null && of !== key,
    more: () => ways.current.more(),
    again: () => ways.current.again(),
    put: (item) => changed((items) => items.map((known) => (keyOf(known) === keyOf(item) ? item : known))),
    drop: (item) => changed((items) => items.filter((known) => keyOf(known) !== keyOf(item))),
  };
}

/** ``of`` is the question that this answers. @template T @typedef {{items: T[] | null, next: string | null, error: unknown, of: string | undefined}} Held */

/** @type {Held<any>} */
const NOTHING = { items: null, next: null, error: null, of: undefined };

/** A first page over what is held: what followed it stays, unless there may be a gap between. @template T @param {Held<T>} held @param {Page<T>} page @param {(item: T) => string | number} keyOf @returns {Page<T>} */
function laidOver(held, page, keyOf) {
  const fresh = new Set(page.items.map(keyOf));
  const joint = (held.items ?? []).findLastIndex((item) => fresh.has(keyOf(item)));
  if (!page.next || joint < 0) return page;
  return { items: [...page.items, ...(held.items ?? []).slice(joint + 1)], next: held.next };
}

/**
 * A list with its waiting and its trouble, and the button for what follows.
 * @template T @param {{list: Paged<T>, more: string, lines?: number, children: (items: T[]) => any}} props ``more`` is what the button says
 */
export function Pages({ list, more, lines, children }) {
  if (!list.items) return list.error ? html`<${Trouble} error=${list.error} again=${list.again} />` : html`<${Loading} lines=${lines} />`;
  return html`${list.error && html`<${Trouble} error=${list.error} again=${list.again} />`}<section class="card block">${children(list.items)}
    ${list.next && html`<p class="pad"><button class="button" onClick=${list.more}>${more}</button></p>`}</section>`;
}

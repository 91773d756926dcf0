// @ts-check
/** Small pieces every page uses: a state with icon and word, figures, empty states, dialogs, notices, sparklines, long lists. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { isPassing } from "./api.js";
import { ago, fullMoment } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { useSight } from "./in-sight.js";
import { t } from "./languages.js";
import { whenLoaded } from "./part.js";

/** A state as icon and word; never colour alone. @param {{is: {word: string, icon: string, tone: string, means?: string}, small?: boolean}} props */
export function Status({ is, small }) {
  return html`<span class=${`status tone-${is.tone} ${small ? "small" : ""}`} title=${is.means && t(is.means)}><${Icon} name=${is.icon} />${t(is.word)}</span>`;
}

/** A part of a module that is loaded when it is first shown. @param {{load: () => Promise<any>, part: string}} props */
export function Later({ load, part, ...props }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => whenLoaded(load, (module) => setFound(() => module[part]), (error) => notify(error.message, "bad")), []);
  return found && html`<${found} ...${props} />`;
}

/** A figure with its unit set smaller. @param {{parts: [string, string]}} props */
export function Figure({ parts }) {
  return html`<span class="figure">${parts[0]}${parts[1] && html`<small>${parts[1]}</small>`}</span>`;
}

/** An age that runs. @param {{at: string | null | undefined}} props */
export function Ago({ at }) {
  return html`<time datetime=${at ?? undefined} title=${fullMoment(at)}>${ago(at)}</time>`;
}

/** What to do when there is nothing yet. @param {{icon: string, title: string, children?: any}} props */
export function Empty({ icon, title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><h3>${title}</h3><div>${children}</div></div>`;
}

/** Grey lines where content will be. @param {{lines?: number}} props */
export function Loading({ lines = 4 }) {
  return html`<div class="loading" role="status" aria-label=${t("Loading")}>${Array.from({ length: lines }, () => html`<i></i>`)}</div>`;
}

const AGAIN_MS = 3000;

/** Why something is not shown; what passes is tried again by itself for as long as this is seen. @param {{error: unknown, again?: () => void}} props */
export function Trouble({ error, again }) {
  useEffect(() => {
    if (!again || !isPassing(error)) return undefined;
    const timer = setTimeout(again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [error]);
  return html`<div class="trouble" role="alert">
    <${Icon} name="alert" /><p>${error instanceof Error ? error.message : String(error)}</p>
    ${again && html`<button class="button" onClick=${again}>${t("Try again")}</button>`}
  </div>`;
}

/** @type {import("@preact/signals").Signal<{key: number, text: string, tone: string}[]>} */
const notices = signal([]);
let noticed = 0;

/** Say something in passing. @param {string} text @param {"good" | "bad"} [tone] */
export function notify(text, tone = "good") {
  const key = ++noticed;
  notices.value = [...notices.value.slice(-3), { key, text, tone }];
  setTimeout(() => (notices.value = notices.value.filter((notice) => notice.key !== key)), tone === "bad" ? 9000 : 4500);
}

/** Run something and say so when it fails. @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    notify(/** @type {Error} */ (error).message, "bad");
    return undefined;
  }
}

/** The dialogs that are open, the newest last. @type {import("@preact/signals").Signal<object[]>} */
const dialogs = signal([]);

/** What was said in passing; within the dialog that is open, because nothing beside it is seen in full or read out. @param {{within?: object}} props */
export function Notices({ within }) {
  const isHere = dialogs.value.at(-1) === within;
  return html`<div class=${isHere ? "notices" : undefined} aria-live="polite">
    ${isHere && notices.value.map((notice) => html`<p key=${notice.key} class=${notice.tone}><${Icon} name=${notice.tone === "bad" ? "alert" : "check"} />${notice.text}</p>`)}
  </div>`;
}

/** Whoever goes by the keys goes on where they opened a dialog; in the page, where that is gone with what the dialog did. @param {Element | null} opener */
function comeBack(opener) {
  if (document.activeElement && document.activeElement !== document.body) return;
  const place = opener?.isConnected ? opener : document.getElementById("main");
  if (place instanceof HTMLElement && place !== document.body) place.focus({ preventScroll: true });
}

/** A modal dialog while it is rendered. A click beside it closes it, unless something was typed. @param {{title: string, close: () => void, wide?: boolean, children?: any}} props */
export function Dialog({ title, close, wide, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [self] = useState(() => ({}));
  const [opener] = useState(() => document.activeElement);
  const isTypedIn = useRef(false);
  useEffect(() => {
    ref.current?.showModal();
    dialogs.value = [...dialogs.peek(), self];
    return () => {
      dialogs.value = dialogs.peek().filter((one) => one !== self);
      setTimeout(() => comeBack(opener));
    };
  }, []);
  return html`<dialog ref=${ref} class=${wide ? "wide" : ""} onClose=${close} onCancel=${close} aria-label=${title}
    onInput=${() => (isTypedIn.current = true)} onMouseDown=${(/** @type {MouseEvent} */ event) => event.target === ref.current && !isTypedIn.current && close()}>
    <header><h2>${title}</h2><button class="icon-button" type="button" aria-label=${t("Close")} onClick=${close}><${Icon} name="close" /></button></header>
    <div class="dialog-body">${children}</div>
    <${Notices} within=${self} />
  </dialog>`;
}

/** @param {{text: string, label?: string}} props */
export function Copy({ text, label = t("Copy") }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return html`<button type="button" class="icon-button" title=${label} aria-label=${label} onClick=${copy}><${Icon} name=${done ? "check" : "copy"} /></button>`;
}

/** A line without axes for the last figures. @param {{values: number[], label: string}} props */
export function Sparkline({ values, label }) {
  if (values.length < 2) return html`<svg class="spark" aria-hidden="true"></svg>`;
  const [bottom, top] = [Math.min(...values, 0), Math.max(...values, 1)];
  const points = values.map((value, place) => `${((place / (values.length - 1)) * 100).toFixed(2)},${(30 - ((value - bottom) / (top - bottom)) * 27).toFixed(2)}`);
  return html`<svg class="spark" viewBox="0 0 100 31" preserveAspectRatio="none" role="img" aria-label=${label}>
    <path class="area" d=${`M0,31 L${points.join(" L")} L100,31 Z`} /><path class="line" d=${`M${points.join(" L")}`} />
  </svg>`;
}

/** State of charge as a bar with its figure beside it. @param {{percent: number | null | undefined}} props */
export function Bar({ percent }) {
  if (percent === null || percent === undefined) return null;
  return html`<span class="bar" aria-hidden="true"><i style=${{ width: `${Math.max(2, Math.min(100, percent))}%` }}></i></span>`;
}

/**
 * A list of which only the rows in sight are drawn.
 * @template T @param {{items: T[], height: number, row: (item: T) => any, keyOf: (item: T) => string | number, label: string, head?: any}} props
 */
export function LongList({ items, height, row, keyOf, label, head }) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const count = items.length;
  const [first, last] = useSight(ref, count, height);
  return html`<div class="table" role="table" aria-label=${label} aria-rowcount=${count + 1}>
    ${head && html`<div class="table-head" role="row">${head}</div>`}
    <div ref=${ref} role="rowgroup" style=${{ height: `${count * height}px`, position: "relative" }}>
      <div style=${{ transform: `translateY(${first * height}px)` }}>
        ${items.slice(first, last).map((item, place) => html`<${Keyed} key=${keyOf(item)} index=${first + place + 2} children=${row(item)} />`)}
      </div>
    </div>
  </div>`;
}

/** @param {{children: any, index: number}} props */
function Keyed({ children }) {
  return children;
}

/** The height of a row: one line, or two where the screen is narrow. */
export function useNarrow() {
  const query = "(max-width: 720px)";
  const [narrow, setNarrow] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const change = () => setNarrow(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, []);
  return narrow;
}

/**
 * A field whose text counts once it is whole: at Enter, or when the field is left. Half of it stays while the page is drawn anew.
 * @param {{value: string, entered: (text: string) => void} & Record<string, unknown>} props
 */
export function Entry({ value, entered, ...field }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  return html`<input ...${field} value=${draft ?? value} onInput=${(/** @type {any} */ event) => setDraft(event.target.value)} onChange=${(/** @type {any} */ event) => {
    setDraft(null);
    entered(event.target.value.trim());
  }} />`;
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** JSON with its parts told apart. @param {{value: unknown}} props */
export function Json({ value }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "";
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, found.index));
    const kind = found[2] ? "key" : found[1] ? "text" : found[3] ? "word" : "number";
    parts.push(html`<span class=${`json-${kind}`}>${found[1] ?? found[0]}</span>`, found[2] ?? "");
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return html`<pre class="json" tabindex="0" translate=${false}>${parts}</pre>`;
}

/** What is fetched, with its waiting and its trouble. @template T @param {() => Promise<T>} fetcher @param {unknown[]} inputs */
export function useFetched(fetcher, inputs) {
  const [state, setState] = useState(/** @type {{value?: T, error?: unknown}} */ ({}));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    fetcher().then(
      (value) => current && setState({ value }),
      (error) => current && setState((before) => ({ value: before.value, error })),
    );
    return () => {
      current = false;
    };
  }, [...inputs, turn]);
  return { ...state, again: () => setTurn((before) => before + 1) };
}

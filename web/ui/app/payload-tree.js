// @ts-check
/** A payload as a tree: folded and unfolded by mouse or keys, each value and its path to be copied, each field explained by its schema. */
import { useMemo, useRef, useState } from "preact/hooks";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t, tn } from "./languages.js";
import { at, kindWord, limitsOf, plain, pointerOf, schemaAt } from "./schema.js";
import { Copy } from "./widgets.js";

/** @import { Path, Schema } from "./schema.js" */
/** @typedef {{path: Path, name: string, value: unknown, depth: number, branches: boolean, open: boolean, size: number}} Node */

/** A payload with more rows than this is shown with its deeper levels folded. */
const MANY = 80;
/** More rows than this are not drawn at once. */
const MOST = 600;

/** @param {{value: unknown, schema?: Schema | null, label: string}} props */
export function PayloadTree({ value, schema, label }) {
  const folded = useMemo(() => (sizeOf(value, MANY) > MANY ? deepPaths(value) : new Set()), [value]);
  const [turned, setTurned] = useState(/** @type {Set<string>} */ (new Set()));
  const [chosen, setChosen] = useState("");
  const tree = useRef(/** @type {HTMLElement | null} */ (null));
  const isOpen = (/** @type {string} */ pointer) => folded.has(pointer) === turned.has(pointer);
  const nodes = useMemo(() => rowsOf(value, isOpen), [value, turned, folded]);
  const here = nodes.find((node) => pointerOf(node.path) === chosen) ?? nodes[0];
  if (value === null || typeof value !== "object") return html`<pre class="json" tabindex="0">${typeof value === "string" ? value : JSON.stringify(value)}</pre>`;
  if (!nodes.length) return html`<p class="quiet tree-empty">${t("An empty payload")}</p>`;
  const turn = (/** @type {Node} */ node) => {
    const pointer = pointerOf(node.path);
    setTurned((before) => {
      const after = new Set(before);
      if (!after.delete(pointer)) after.add(pointer);
      return after;
    });
  };
  const focus = (/** @type {Node | undefined} */ node) => {
    if (!node) return;
    setChosen(pointerOf(node.path));
    const items = /** @type {NodeListOf<HTMLElement>} */ (tree.current?.querySelectorAll("[role=treeitem]"));
    items[nodes.indexOf(node)]?.focus();
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const place = nodes.indexOf(here);
    const parent = nodes.find((node) => pointerOf(node.path) === pointerOf(here.path.slice(0, -1)));
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => focus(nodes[place + 1]),
      ArrowUp: () => focus(nodes[place - 1]),
      Home: () => focus(nodes[0]),
      End: () => focus(nodes.at(-1)),
      ArrowRight: () => (here.branches && !here.open ? turn(here) : focus(here.branches ? nodes[place + 1] : undefined)),
      ArrowLeft: () => (here.branches && here.open ? turn(here) : focus(parent)),
      Enter: () => here.branches && turn(here),
      " ": () => here.branches && turn(here),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  return html`<div class="tree-box">
    <ul class="tree" role="tree" aria-label=${label} ref=${tree} onKeyDown=${press}>
      ${nodes.slice(0, MOST).map((node) => html`<li key=${pointerOf(node.path)} role="treeitem" aria-level=${node.depth + 1} aria-expanded=${node.branches ? String(node.open) : undefined}
        aria-selected=${node === here} tabindex=${node === here ? 0 : -1} data-path=${pointerOf(node.path)} style=${{ paddingInlineStart: `${6 + Math.min(node.depth, 12) * 14}px` }}
        onFocus=${() => setChosen(pointerOf(node.path))} onClick=${() => node.branches && turn(node)}>
        <span class=${`tree-fold ${node.open ? "open" : ""}`}>${node.branches && html`<${Icon} name="right" />`}</span><span class="json-key" dir="auto">${node.name}</span>
        <${Value} node=${node} /></li>`)}</ul>
    ${nodes.length > MOST && html`<p class="quiet">${t("The first {n} rows are shown; fold some, or copy the whole.", { n: MOST })}</p>`}
    <${About} node=${here} value=${value} schema=${schema ?? null} /></div>`;
}

/** @param {{node: Node}} props */
function Value({ node }) {
  const { value, branches, open } = node;
  if (branches) return open ? null : html`<span class="quiet">${Array.isArray(value) ? tn("{n} element", "{n} elements", node.size) : tn("{n} member", "{n} members", node.size)}</span>`;
  if (value !== null && typeof value === "object") return html`<span class="quiet">${Array.isArray(value) ? "[]" : "{}"}</span>`;
  const kind = typeof value === "string" ? "text" : typeof value === "number" ? "number" : "word";
  return html`<span class=${`json-${kind}`} dir="auto" translate=${false}>${typeof value === "string" ? value : String(value)}</span>`;
}

/** What the chosen row is: its path, what the schema says of it, and its value to be copied. @param {{node: Node, value: unknown, schema: Schema | null}} props */
function About({ node, value, schema }) {
  const pointer = pointerOf(node.path);
  const part = schema && schemaAt(schema, node.path);
  const parent = schema && schemaAt(schema, node.path.slice(0, -1));
  const last = node.path.at(-1);
  const isRequired = typeof last === "string" && parent?.required?.includes(last);
  const found = at(value, node.path);
  const limits = part ? limitsOf(part) : [];
  return html`<div class="tree-about">
    <p class="tree-path"><code dir="auto">${pointer}</code><${Copy} text=${pointer} label=${t("Copy the path")} /><${Copy} text=${typeof found === "string" ? found : JSON.stringify(found, null, 2)} label=${t("Copy the value")} /></p>
    ${part ? html`<p class="quiet">${kindWord(part)}${isRequired ? ` · ${t("required")}` : ""}${limits.map((limit) => ` · ${limit}`)}</p>
      ${part.description && html`<p class="tree-says" lang="en">${plain(part.description)}</p>`}
      ${part.enum && html`<p class="tree-words">${part.enum.map((/** @type {string} */ word) => html`<code key=${word} class=${word === found ? "is" : ""}>${word}</code> `)}</p>`}`
    : schema && html`<p class="quiet">${t("The schema does not know this field.")}</p>`}</div>`;
}

/** The rows that are unfolded, in order. @param {unknown} value @param {(pointer: string) => boolean} isOpen @param {Path} [path] @returns {Node[]} */
function rowsOf(value, isOpen, path = []) {
  if (value === null || typeof value !== "object") return [];
  /** @type {[string | number, unknown][]} */
  const members = Array.isArray(value) ? value.map((element, place) => [place, element]) : Object.entries(value);
  return members.flatMap(([step, member]) => {
    const here = [...path, step];
    const size = member !== null && typeof member === "object" ? Object.keys(member).length : 0;
    const open = size > 0 && isOpen(pointerOf(here));
    /** @type {Node} */
    const node = { path: here, name: typeof step === "number" ? `[${step}]` : step, value: member, depth: path.length, branches: size > 0, open, size };
    return [node, ...(open ? rowsOf(member, isOpen, here) : [])];
  });
}

/** How many rows a value has in all, counted up to a bound. @param {unknown} value @param {number} most @returns {number} */
function sizeOf(value, most) {
  let rows = 0;
  const waiting = [value];
  while (waiting.length && rows <= most) {
    const next = waiting.pop();
    if (next === null || typeof next !== "object") continue;
    const members = Object.values(/** @type {object} */ (next));
    rows += members.length;
    waiting.push(...members);
  }
  return rows;
}

/** The paths of what lies two levels deep. @param {unknown} value @returns {Set<string>} */
function deepPaths(value) {
  const found = new Set();
  for (const node of rowsOf(value, (pointer) => pointer.split("/").length < 3)) if (node.depth > 0 && node.branches) found.add(pointerOf(node.path));
  return found;
}

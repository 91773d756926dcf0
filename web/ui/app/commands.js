// @ts-check
/** What the charger was asked and what it really answered: requested, answered, effective. */
import { useEffect, useState } from "preact/hooks";
import { api } from "./api.js";
import { milliseconds, time } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { commandNews } from "./store.js";
import { COMMANDS } from "./words.js";
import { Empty, Json, Status } from "./widgets.js";

/** @import { Command } from "./types.d.ts" */
/** @typedef {Partial<Command> & {key: string, word: string, busy?: boolean, refused?: string}} Asked */

/** @typedef {(word: string, work: () => Promise<Command>) => Promise<Command | null>} Run */

/** The commands of a charger, newest first, kept true by the live feed. @param {string} chargerId */
export function useCommands(chargerId) {
  const [list, setList] = useState(/** @type {Asked[]} */ ([]));
  useEffect(() => {
    api.commands(chargerId).then((page) => setList((before) => merged(before, page.items)), () => undefined);
    return commandNews.subscribe((command) => {
      if (command?.charger_id === chargerId) setList((before) => merged(before, [command]));
    });
  }, [chargerId]);
  /** @param {string} word @param {() => Promise<Command>} work @returns {Promise<Command | null>} */
  const run = async (word, work) => {
    const key = `asked ${Date.now()}`;
    setList((before) => [{ key, word, busy: true }, ...before]);
    try {
      const command = await work();
      setList((before) => merged(before.filter((asked) => asked.key !== key), [command], word));
      return command;
    } catch (error) {
      setList((before) => before.map((asked) => (asked.key === key ? { ...asked, busy: false, refused: /** @type {Error} */ (error).message } : asked)));
      return null;
    }
  };
  return { list, run };
}

const SETTLED = 2;
/** @type {Record<string, number>} */
const AGE = { queued: 0, sent: 1, effective: 4 };

/** How far a command is: answered, then what was seen of it. @param {Asked | undefined} asked */
const age = (asked) => (asked?.state ? (AGE[asked.state] ?? (asked.effect === "not_seen" ? SETTLED + 1 : SETTLED)) : -1);

/** Newer words on a command replace older ones; a settled one never becomes unsettled. @param {Asked[]} before @param {Command[]} news @param {string} [word] */
function merged(before, news, word) {
  const known = new Map(before.map((asked) => [asked.key, asked]));
  for (const command of news) {
    const old = known.get(command.id);
    const stale = age(old) > age(/** @type {Asked} */ ({ ...command, key: command.id, word: "" }));
    known.set(command.id, { ...old, ...(stale ? {} : command), key: command.id, word: word ?? old?.word ?? command.action });
  }
  const at = (/** @type {Asked} */ asked) => asked.created_at ?? asked.sent_at ?? "9";
  return [...known.values()].sort((a, b) => at(b).localeCompare(at(a))).slice(0, 60);
}

/** @param {{commands: Asked[]}} props */
export function Answers({ commands }) {
  return html`<section class="card block answers" aria-label="Answers of the charger" aria-live="polite"><header><h2>Asked and answered</h2></header>
    ${commands.length === 0
      ? html`<${Empty} icon="send" title="Nothing asked yet"><p>Every button shows here what the charger really answered, and whether it then did it.</p><//>`
      : html`<ol class="asked">${commands.slice(0, 25).map((asked) => html`<${One} key=${asked.key} asked=${asked} />`)}</ol>`}
  </section>`;
}

/** @param {{asked: Asked}} props */
function One({ asked }) {
  const [open, setOpen] = useState(false);
  const state = asked.state ? COMMANDS[asked.state] : null;
  const answer = /** @type {any} */ (asked.response);
  const took = asked.sent_at && asked.answered_at ? Date.parse(asked.answered_at) - Date.parse(asked.sent_at) : null;
  return html`<li data-command=${asked.state ?? (asked.busy ? "busy" : "refused")}>
    <button class="asked-line" onClick=${() => setOpen(!open)} aria-expanded=${open}>
      <span class="asked-what"><b>${asked.word}</b>${asked.action && asked.action !== asked.word && html`<small class="quiet">${asked.action}</small>`}</span>
      ${asked.busy && html`<span class="status tone-busy"><${Icon} name="send" />Asking</span>`}
      ${asked.refused && html`<span class="status tone-bad"><${Icon} name="alert" />Not sent</span>`}
      ${state && html`<${Status} is=${state} />`}
      <small class="quiet number">${time(asked.created_at ?? asked.sent_at)}</small>
    </button>
    ${asked.refused && html`<p class="refused">${asked.refused}</p>`}
    ${asked.state && html`<${Steps} asked=${asked} status=${answer?.status} took=${took} />`}
    ${open && asked.state && html`<div class="asked-detail">
      <p class="quiet">${state?.means}${asked.session_id && html` <a href=${`/sessions/${asked.session_id}`}>Session ${asked.session_id}</a>`}${asked.error && html` <b class="tone-bad">${asked.error}</b>`}${asked.requested_by && ` Asked by ${asked.requested_by}.`}</p>
      <div class="two"><div><h4>Request</h4><${Json} value=${asked.payload ?? {}} /></div><div><h4>Answer</h4><${Json} value=${asked.response ?? null} /></div></div></div>`}
  </li>`;
}

/** Requested, answered, effective: and why not. @param {{asked: Asked, status?: string, took: number | null}} props */
function Steps({ asked, status, took }) {
  const state = /** @type {Command["state"]} */ (asked.state);
  const bad = ["rejected", "failed", "timed_out", "unknown"].includes(state);
  const answered = state === "accepted" || state === "effective";
  const effect = EFFECTS[asked.effect ?? "none"];
  return html`<ol class="steps" data-effect=${asked.effect}>
    <li class="done">requested</li>
    <li class=${bad ? "bad" : answered ? "done" : ""}>${bad ? status ?? COMMANDS[state].word.toLowerCase() : answered ? status ?? "accepted" : "waiting"}${took !== null && html` <small>${milliseconds(took)}</small>`}</li>
    ${effect && html`<li class=${effect.tone}>${effect.word}</li>`}
  </ol>
  ${asked.reason && html`<p class="quiet why">${asked.reason}</p>`}`;
}

/** What was seen of a command, where there is anything to be seen. @type {Record<string, {word: string, tone: string} | null>} */
const EFFECTS = {
  none: null,
  awaited: { word: "effect awaited", tone: "" },
  seen: { word: "effective", tone: "done" },
  not_seen: { word: "nothing seen", tone: "bad" },
};

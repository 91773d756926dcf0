// @ts-check
/** What the charger was asked and what it really answered: requested, answered, effective. */
import { useEffect, useState } from "preact/hooks";
import { api } from "./api.js";
import { milliseconds, time } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { isolated } from "./isolated.js";
import { m, t } from "./languages.js";
import { told } from "./server-words.js";
import { Followed } from "./command-followed.js";
import { PayloadTree } from "./payload-tree.js";
import { commandNews } from "./store.js";
import { COMMANDS } from "./words.js";
import { Empty, Status } from "./widgets.js";

/** @import { Command } from "./types.d.ts" */
/** @typedef {Partial<Command> & {key: string, word: string, busy?: boolean, refused?: string}} Asked */

/** @typedef {(word: string, work: () => Promise<Command>, refused?: (error: Error) => void) => Promise<Command | null>} Run */

/** The commands of a charger, newest first, kept true by the live feed. @param {string} chargerId */
export function useCommands(chargerId) {
  const [list, setList] = useState(/** @type {Asked[]} */ ([]));
  useEffect(() => {
    api.commands(chargerId).then((page) => setList((before) => merged(before, page.items)), () => undefined);
    return commandNews.subscribe((command) => {
      if (command?.charger_id === chargerId) setList((before) => merged(before, [command]));
    });
  }, [chargerId]);
  /** @type {Run} */
  const run = async (word, work, refused) => {
    const key = `asked ${Date.now()}`;
    setList((before) => [{ key, word, busy: true }, ...before]);
    try {
      const command = await work();
      setList((before) => merged(before.filter((asked) => asked.key !== key), [command], word));
      return command;
    } catch (error) {
      refused?.(/** @type {Error} */ (error));
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

/** What is offered for a command of the history. @typedef {{send: (asked: Asked) => void, edit: (asked: Asked) => void}} Again */

/** @param {{commands: Asked[], again?: Again, title?: string}} props */
export function Answers({ commands, again, title }) {
  return html`<section class="card block answers talk" aria-label=${t("Answers of the charger")} aria-live="polite"><header><h2>${title ?? t("Asked and answered")}</h2></header>
    ${commands.length === 0
      ? html`<${Empty} icon="send" title=${t("Nothing asked yet")}><p>${t("Every button shows here what the charger really answered, and whether it then did it.")}</p><//>`
      : html`<ol class="asked">${commands.slice(0, 25).map((asked) => html`<${One} key=${asked.key} asked=${asked} again=${again} />`)}</ol>`}
  </section>`;
}

/** @param {{asked: Asked, again?: Again}} props */
function One({ asked, again }) {
  const [open, setOpen] = useState(false);
  const state = asked.state ? COMMANDS[asked.state] : null;
  const answer = /** @type {any} */ (asked.response);
  const took = asked.sent_at && asked.answered_at ? Date.parse(asked.answered_at) - Date.parse(asked.sent_at) : null;
  return html`<li data-command=${asked.state ?? (asked.busy ? "busy" : "refused")} data-asked=${asked.action}>
    <button type="button" class="asked-line" onClick=${() => setOpen(!open)} aria-expanded=${open}>
      <span class="asked-what"><b>${asked.word}</b>${asked.action && asked.action !== asked.word && html`<small class="quiet" translate=${false}>${asked.action}</small>`}</span>
      ${asked.busy && html`<span class="status tone-busy"><${Icon} name="send" />${t("Asking")}</span>`}
      ${asked.refused && html`<span class="status tone-bad"><${Icon} name="alert" />${t("Not sent")}</span>`}
      ${state && html`<${Status} is=${state} />`}
      <small class="quiet number">${time(asked.created_at ?? asked.sent_at)}</small>
    </button>
    ${asked.refused && html`<p class="refused">${asked.refused}</p>`}
    ${asked.state && html`<${Steps} asked=${asked} status=${answer?.status} took=${took} />`}
    ${open && asked.state && html`<div class="asked-detail">
      <p class="quiet">${state?.means && t(state.means)}${asked.session_id && html` <a href=${`/sessions/${asked.session_id}`}>${t("Session {id}", { id: asked.session_id })}</a>`}${asked.error && html` <b class="tone-bad" dir="auto">${asked.error}</b>`}${asked.requested_by && ` ${t("Asked by {who}.", { who: asked.requested_by })}`}</p>
      ${again && asked.action && html`<div class="button-row"><button type="button" class="button small" disabled=${isMasked(asked)} title=${isMasked(asked) ? t("It holds a secret that is not kept: edit it first.") : undefined} onClick=${() => again.send(asked)}><${Icon} name="send" />${t("Send again")}</button>
        <button type="button" class="button small" onClick=${() => again.edit(asked)}>${t("Edit and send")}</button></div>`}
      <div class="two"><div><h3>${t("Request")}</h3><${PayloadTree} value=${asked.payload ?? {}} label=${t("Payload of the request")} /></div>
        <div><h3>${t("Answer")}</h3>${asked.response ? html`<${PayloadTree} value=${asked.response} label=${t("Payload of the answer")} />` : html`<p class="quiet">${t("There was no answer.")}</p>`}</div></div>
      <${Followed} command=${/** @type {Command} */ (asked)} /></div>`}
  </li>`;
}

/** Whether a payload was stored without the secrets in it. @param {Asked} asked */
const isMasked = (asked) => JSON.stringify(asked.payload ?? {}).includes('"***"');

/** Requested, sent, answered, effective: and why not. @param {{asked: Asked, status?: string, took: number | null}} props */
function Steps({ asked, status, took }) {
  const state = /** @type {Command["state"]} */ (asked.state);
  const bad = ["rejected", "failed", "timed_out", "unknown"].includes(state);
  const answered = state === "accepted" || state === "effective";
  const effect = EFFECTS[asked.effect ?? "none"];
  return html`<ol class="steps" data-effect=${asked.effect}>
    <li class="done">${t("requested")}</li>
    <li class=${asked.sent_at ? "done" : ""}>${t("sent")}</li>
    <li class=${bad ? "bad" : answered ? "done" : ""}>${bad ? (status ? isolated(status) : t(COMMANDS[state].word)) : answered ? (status ? isolated(status) : t("answered")) : t("waiting")}${took !== null && html` <small>${milliseconds(took)}</small>`}</li>
    ${effect && html`<li class=${effect.tone}>${t(effect.word)}</li>`}
  </ol>
  ${asked.reason && html`<p class="quiet why">${told(asked.reason)}</p>`}`;
}

/** What was seen of a command, where there is anything to be seen. @type {Record<string, {word: string, tone: string} | null>} */
const EFFECTS = {
  none: null,
  awaited: { word: m("effect awaited"), tone: "" },
  seen: { word: m("effective"), tone: "done" },
  not_seen: { word: m("nothing seen"), tone: "bad" },
};

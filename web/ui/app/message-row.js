// @ts-check
/** One exchange of the message log: a line, and unfolded both frames as trees, whose fault it was, what differs from the one before. */
import { useEffect, useState } from "preact/hooks";
import { talk } from "./api/talk.js";
import { me } from "./api.js";
import { Differences } from "./difference.js";
import { milliseconds, timeMs } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { curlOf, faultOf, frameOf, gistOf, isTrouble, KINDS, OUTCOMES, payloadOf, repairedOf, testCaseOf, tookMs } from "./message-words.js";
import { PayloadTree } from "./payload-tree.js";
import { chargerPath } from "./router.js";
import { Json, useFetched } from "./widgets.js";

/** @import { Exchange } from "./types.d.ts" */
/** @import { MessageContext } from "./api/talk.js" */

/** What a row's element carries. @param {Exchange} row */
export const attributesOf = (row) => ({ class: isTrouble(row) ? "has-error" : "", "data-action": row.action, "data-direction": row.direction, "data-outcome": row.outcome });

/** @param {{row: Exchange, isOpen?: boolean, protocol?: string | null}} props */
export function Row({ row, isOpen = false, protocol = null }) {
  const [open, setOpen] = useState(isOpen);
  return html`<li ...${attributesOf(row)}><${Line} row=${row} open=${open} turn=${() => setOpen(!open)} />${open && html`<${Detail} row=${row} protocol=${protocol} />`}</li>`;
}

/** @param {{row: Exchange, open: boolean, turn: () => void}} props */
export function Line({ row, open, turn }) {
  const outcome = OUTCOMES[row.outcome] ?? OUTCOMES.unanswered;
  const took = tookMs(row);
  const kind = KINDS[row.kind ?? "call"];
  const fromCharger = row.direction === "in";
  return html`<button type="button" class="message-line" aria-expanded=${open} onClick=${turn}>
    <time class="number" datetime=${row.at}>${timeMs(row.at)}</time>
    <span class=${`way ${row.direction}`}><${Icon} name=${fromCharger ? "up" : "down"} />${fromCharger ? t("Charger") : t("Us")}</span>
    <b>${row.action ? html`<bdi translate=${false}>${row.action}</bdi>` : kind && t(kind)}</b>
    <span class="gist" dir="auto" translate=${false}>${row.action && kind ? `${t(kind)} · ` : ""}${row.error_code ? `${row.error_code} · ` : ""}${row.error ? `${row.error} · ` : ""}${gistOf(payloadOf(frameOf(row.request)))}</span>
    <span class=${`status small tone-${outcome.tone}`}><${Icon} name=${outcome.icon} />${t(outcome.word)}</span>
    <small class="quiet number">${took === null ? "" : milliseconds(took)}</small>
  </button>`;
}

/** @param {{row: Exchange, protocol?: string | null, context?: MessageContext | null}} props */
export function Detail({ row: told, protocol = null, context: given = null }) {
  const row = useStored(told);
  const context = useContext(row, given);
  const schemas = useFetched(async () => (protocol && row.action ? talk.schemas(protocol, row.action).catch(() => null) : null), [protocol, row.action]).value ?? null;
  const [view, setView] = useState("tree");
  const request = frameOf(row.request);
  const answer = frameOf(row.answer);
  const fromCharger = row.direction === "in";
  const repaired = repairedOf(row);
  const isFrame = Array.isArray(request);
  const views = [["tree", t("Tree")], ["raw", t("Frames")], ...(context?.previous ? [["difference", t("Difference")]] : [])];
  return html`<div class="message-detail talk-detail">
    <${Fault} row=${row} />
    <div class="button-row talk-views" role="group" aria-label=${t("View")}>${views.map(([name, word]) => html`<button key=${name} type="button" class="button small" aria-pressed=${view === name} onClick=${() => setView(name)}>${word}</button>`)}
      <${CopyAs} row=${row} /></div>
    ${view === "difference" && context?.previous ? html`<${Since} row=${row} previous=${context.previous} />` : html`<div class="two">
      <div><h3>${!isFrame ? t("Frame") : fromCharger ? t("The charger asked") : t("We asked")}</h3>
        ${view === "raw" || !isFrame ? html`<${Json} value=${request} />` : html`<${PayloadTree} value=${payloadOf(request)} schema=${schemas?.request} label=${t("Payload of the request")} />`}</div>
      <div><h3>${fromCharger ? t("We answered") : t("The charger answered")}</h3>
        ${answer === null ? html`<p class="quiet">${t("There was no answer.")}</p>` : view === "raw" || !Array.isArray(answer) || answer[0] !== 3 ? html`<${Json} value=${answer} />`
          : html`<${PayloadTree} value=${payloadOf(answer)} schema=${schemas?.response} label=${t("Payload of the answer")} />`}</div></div>`}
    ${repaired && html`<${Repairs} row=${row} repaired=${repaired} />`}
    <${Belongs} row=${row} context=${context} />
  </div>`;
}

/** How often a row is looked for that is not stored yet, with twice the pause each time: a minute in all. */
const LOOKS = 7;

/** A row that was heard live, as it is stored, as soon as it is. @param {Exchange} told */
function useStored(told) {
  const [stored, setStored] = useState(/** @type {Exchange | null} */ (null));
  useEffect(() => {
    setStored(null);
    if (told.id !== undefined) return;
    let tries = 0;
    let waiting = 0;
    const later = () => {
      if (tries < LOOKS) waiting = setTimeout(look, 500 * 2 ** tries++);
    };
    const look = () => talk.stored(told).then((found) => (found ? setStored(found) : later()), later);
    void look();
    return () => {
      tries = LOOKS;
      clearTimeout(waiting);
    };
  }, [told.id, told.message_id, told.at]);
  return stored ?? told;
}

/** What lies around it, where that is not known yet. @param {Exchange} row @param {MessageContext | null} given @returns {MessageContext | null} */
function useContext(row, given) {
  const { value } = useFetched(async () => (given || row.id === undefined ? null : talk.context(row.id, 0).catch(() => null)), [row.id, given]);
  return given ?? value ?? null;
}

/** @param {{row: Exchange}} props */
function Fault({ row }) {
  const fault = faultOf(row);
  if (!fault) return null;
  const icon = { charger: "charger", us: "alert", line: "unlink", nobody: "help" }[fault.who];
  return html`<p class=${`talk-fault ${fault.who}`} data-fault=${fault.who}><${Icon} name=${icon} /><span><b>${fault.word}.</b> ${fault.text}
    ${(row.error || row.error_code) && html` <span class="mono wraps" dir="auto">${[row.error_code, row.error].filter(Boolean).join(": ")}</span>`}</span></p>`;
}

/** @param {{row: Exchange}} props */
function CopyAs({ row }) {
  const [done, setDone] = useState("");
  const copy = (/** @type {string} */ what, /** @type {string} */ text) => async () => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    setDone(what);
    setTimeout(() => setDone(""), 1500);
  };
  const ways = [
    ["json", t("Copy JSON"), () => JSON.stringify({ request: frameOf(row.request), answer: frameOf(row.answer) }, null, 2)],
    ...(row.direction === "out" && Array.isArray(frameOf(row.request)) ? [["curl", t("Copy as curl"), () => curlOf(row)]] : []),
    ...(Array.isArray(frameOf(row.request)) ? [["test", t("Copy as test case"), () => testCaseOf(row)]] : []),
  ];
  return html`<span class="button-row push">${ways.map(([what, word, text]) => html`<button key=${what} type="button" class="button small" onClick=${copy(/** @type {string} */ (what), /** @type {() => string} */ (text)())}>
    <${Icon} name=${done === what ? "check" : "copy"} />${done === what ? t("Copied") : word}</button>`)}</span>`;
}

/** @param {{row: Exchange, previous: Exchange}} props */
function Since({ row, previous }) {
  const before = { request: payloadOf(frameOf(previous.request)), answer: payloadOf(frameOf(previous.answer)) };
  const now = { request: payloadOf(frameOf(row.request)), answer: payloadOf(frameOf(row.answer)) };
  return html`<p class="quiet">${t("Against the {action} of {time}:", { action: previous.action, time: timeMs(previous.at) })}
    ${previous.id !== undefined && html` <a href=${`/messages/${previous.id}`}>${t("show that one")}</a>`}</p>
    <${Differences} was=${before} is=${now} label=${t("Difference to the one before")} />`;
}

/** @param {{row: Exchange, repaired: {payload: unknown, repairs: {code: string, field: string}[]}}} props */
function Repairs({ row, repaired }) {
  return html`<div class="talk-repairs"><h3>${t("Read as")}</h3>
    <ul>${repaired.repairs.map((repair) => html`<li key=${`${repair.code} ${repair.field}`}><code>${repair.code}</code> <span class="mono wraps" dir="auto">${repair.field}</span></li>`)}</ul>
    <${Differences} was=${payloadOf(frameOf(row.request))} is=${repaired.payload} label=${t("What was repaired")} />
    <p><a href=${`${chargerPath(row.charger_id)}?tab=anomalies`}>${t("What this charger does oddly")}</a></p></div>`;
}

/** @param {{row: Exchange, context: MessageContext | null}} props */
function Belongs({ row, context }) {
  const again = row.direction === "out" && me.value?.role !== "viewer" && context?.command_id;
  return html`<p class="quiet talk-links"><span class="mono wraps" dir="auto">${row.message_id}</span>
    ${context?.requested_by && html`<span>${t("asked by {who}", { who: context.requested_by })}</span>`}
    ${row.id !== undefined && html`<a href=${`/messages/${row.id}`}>${t("Link to this message")}</a>`}
    ${context?.session_id && html`<a href=${`/sessions/${context.session_id}`}>${t("Session {id}", { id: context.session_id })}</a>`}
    ${again && html`<a href=${`${chargerPath(row.charger_id)}?tab=commands&again=${encodeURIComponent(again)}`}>${t("Edit and send again")}</a>`}</p>`;
}

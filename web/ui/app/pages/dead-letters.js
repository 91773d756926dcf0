// @ts-check
/** Dead letters: frames that could not be handled and were put aside. Look at one, hand it over again, or say why not. */
import { useMemo, useState } from "preact/hooks";
import { api, me, saveCsv, saveList } from "../api.js";
import { count, fullMoment, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { useHeard } from "../news.js";
import { Pages, usePages } from "../paged.js";
import { PayloadTree } from "../payload-tree.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { isolated } from "../isolated.js";
import { ViewMenu } from "../view-menu.js";
import { FRAME_KINDS, FRAMES } from "../words.js";
import { attempt, Dialog, Empty, Json, notify, Status } from "../widgets.js";

/** @import { KeptFrame } from "../types.d.ts" */

const PAGE = 50;
const VIEW = ["state", "charger", "kind"];

export default function DeadLetters() {
  const state = queryOf("state") || "waiting";
  const query = { state: state === "all" ? "" : state, charger_id: queryOf("charger"), kind: queryOf("kind") };
  const field = (/** @type {string} */ name) => ({ value: queryOf(name), onChange: (/** @type {any} */ event) => setQuery({ [name]: event.target.value.trim() }) });
  const states = { ...FRAMES, all: { word: m("All"), icon: "list", tone: "off" } };
  return html`<div class="page">
    <header class="page-head"><h1>${t("Dead letters")}</h1><span class="push"></span><${ViewMenu} of=${VIEW} />
      <button class="button" onClick=${() => attempt(() => saveCsv("/dead-letters", query, "dead-letters.csv"))}><${Icon} name="download" />CSV</button>
      <button class="button" onClick=${() => attempt(() => saveList("/dead-letters", query, "dead-letters.ndjson", "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button></header>
    <p class="quiet">${t("A frame that fails its checks, cannot be stored, or crashed its actor twice is put aside whole: it may hold money. The charger got a valid answer.")}</p>
    <div class="toolbar">
      <div class="chips">${Object.entries(states).map(
        ([name, is]) => html`<button key=${name} class=${`chip tone-${is.tone}`} aria-pressed=${state === name} onClick=${() => setQuery({ state: name })}><${Icon} name=${is.icon} />${t(is.word)}</button>`,
      )}</div>
      <label class="search short"><${Icon} name="charger" /><input placeholder=${t("Charger")} aria-label=${t("Charger")} dir="auto" ...${field("charger")} /></label>
      <select aria-label=${t("Kind")} ...${field("kind")}><option value="">${t("Every kind")}</option>${Object.entries(FRAME_KINDS).map(([kind, word]) => html`<option key=${kind} value=${kind}>${t(word)}</option>`)}</select>
    </div>
    <${LetterList} query=${query} />
  </div>`;
}

/** @param {{query: Record<string, string>, quiet?: boolean}} props ``quiet``: nothing is shown where there is none */
export function LetterList({ query, quiet }) {
  const list = usePages((cursor) => api.deadLetters({ ...query, limit: PAGE, cursor }), query);
  const { items } = list;
  useHeard(({ type, data }) => type === "dead_letter.kept" && (!query.charger_id || data.charger_id === query.charger_id), list.again);
  if (quiet && !list.error && !items?.length) return null;
  return html`<${Pages} list=${list} more=${t("Older ones")}>${(/** @type {KeptFrame[]} */ frames) => frames.length === 0
    ? html`<${Empty} icon="check" title=${t("None here")}><p>${t("A frame that fails its checks, or that cannot be stored, is kept here: it may hold money.")}</p><//>`
    : html`<ul class="letters" aria-label=${t("Dead letters")}>${frames.map((frame) => html`<${Letter} key=${frame.id} frame=${frame} changed=${list.put} />`)}</ul>`}<//>`;
}

/** @param {{frame: KeptFrame, changed: (frame: KeptFrame) => void}} props */
function Letter({ frame, changed }) {
  const [busy, setBusy] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const able = me.value?.role !== "viewer" && frame.state === "waiting";
  const names = { action: isolated(frame.action), charger: isolated(frame.charger_id) };
  const redrive = async () => {
    setBusy(true);
    await attempt(async () => {
      const after = await api.redriveLetter(frame.id);
      const done = after.state === "redriven";
      notify(done ? t("{action} of {charger} was handed over and answered.", names) : t("{action} failed again: {outcome}", { ...names, outcome: isolated(after.outcome ?? "") }), done ? "good" : "bad");
      changed(after);
    });
    setBusy(false);
  };
  const discard = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const reason = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("reason")).trim();
    void attempt(async () => {
      changed(await api.discardLetter(frame.id, reason));
      setDiscarding(false);
    });
  };
  const who = frame.resolved_by ?? "";
  return html`<li data-letter=${frame.id} data-state=${frame.state}>
    <div class="letter-line"><b><bdi>${frame.action}</bdi></b><a href=${chargerPath(frame.charger_id)}><bdi>${frame.charger_id}</bdi></a><${Status} small is=${FRAMES[frame.state] ?? FRAMES.waiting} />
      <span class="quiet" title=${fullMoment(frame.last_received_at ?? frame.received_at)}>${moment(frame.last_received_at ?? frame.received_at)}${frame.count > 1 ? `, ${tn("{n} time", "{n} times", frame.count, { n: count(frame.count) })}` : ""}</span>
      ${able && html`<span class="button-row push"><button class="button small" disabled=${busy} onClick=${redrive}><${Icon} name="reset" />${t("Hand over again")}</button>
        <button class="button small" onClick=${() => setDiscarding(true)}><${Icon} name="trash" />${t("Discard")}</button></span>`}</div>
    <p dir="auto">${FRAME_KINDS[frame.kind] ? t(FRAME_KINDS[frame.kind]) : frame.kind}: ${isolated(frame.reason)}</p>
    ${frame.outcome && html`<p class="quiet" dir="auto">${frame.state === "discarded" ? t("Discarded by {who}:", { who }) : t("Handed over {n}× by {who}:", { n: count(frame.attempts), who })} <bdi class="mono">${frame.outcome}</bdi></p>`}
    <details><summary>${frame.stack ? t("Frame and stack") : t("Frame")}</summary><${Frame} raw=${frame.raw} />${frame.stack && html`<pre class="json" tabindex="0">${frame.stack}</pre>`}</details>
    ${discarding && html`<${Dialog} title=${t("Discard this dead letter")} close=${() => setDiscarding(false)}><form onSubmit=${discard}>
      <p>${t("It is kept, with your reason, and never handed over.")}</p>
      <label>${t("Reason")}<input name="reason" required autofocus autocomplete="off" maxlength="1000" /></label>
      <div class="button-row"><button class="button danger" type="submit">${t("Discard")}</button><button class="button" type="button" onClick=${() => setDiscarding(false)}>${t("Cancel")}</button></div></form><//>`}
  </li>`;
}

/** The payload of a frame as a tree, and the frame as it came; what is no JSON is only that. @param {{raw: string}} props */
function Frame({ raw }) {
  const payload = useMemo(() => payloadOf(raw), [raw]);
  if (payload === undefined) return html`<${Json} value=${raw} />`;
  return html`<${PayloadTree} value=${payload} label=${t("Payload")} /><details><summary>${t("As it came")}</summary><${Json} value=${raw} /></details>`;
}

/** @param {string} raw */
function payloadOf(raw) {
  try {
    const frame = JSON.parse(raw);
    return Array.isArray(frame) && frame[3] !== null && typeof frame[3] === "object" ? frame[3] : undefined;
  } catch {
    return undefined;
  }
}

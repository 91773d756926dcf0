// @ts-check
/** Dead letters: frames that could not be handled and were put aside. Look at one, hand it over again, or say why not. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { count, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hear } from "../live.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { FRAME_KINDS, FRAMES } from "../words.js";
import { attempt, Dialog, Empty, Json, Loading, notify, Status, Trouble } from "../widgets.js";

/** @import { KeptFrame } from "../types.d.ts" */

export default function DeadLetters() {
  const state = queryOf("state") || "waiting";
  const field = (/** @type {string} */ name) => ({ value: queryOf(name), onChange: (/** @type {any} */ event) => setQuery({ [name]: event.target.value.trim() }) });
  return html`<div class="page">
    <header class="page-head"><h1>Dead letters</h1></header>
    <div class="toolbar">
      <div class="chips">${Object.entries(FRAMES).map(
        ([name, is]) => html`<button key=${name} class=${`chip tone-${is.tone}`} aria-pressed=${state === name} onClick=${() => setQuery({ state: name })}><${Icon} name=${is.icon} />${is.word}</button>`,
      )}</div>
      <label class="search short"><${Icon} name="charger" /><input placeholder="Charger" aria-label="Charger" ...${field("charger")} /></label>
      <select aria-label="Kind" ...${field("kind")}><option value="">Every kind</option>${Object.entries(FRAME_KINDS).map(([kind, word]) => html`<option key=${kind} value=${kind}>${word}</option>`)}</select>
    </div>
    <${LetterList} query=${{ state, charger_id: queryOf("charger"), kind: queryOf("kind") }} />
  </div>`;
}

/** @param {{query: Record<string, string>, quiet?: boolean}} props ``quiet``: nothing is shown where there is none */
export function LetterList({ query, quiet }) {
  const [items, setItems] = useState(/** @type {KeptFrame[] | null} */ (null));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const key = JSON.stringify(query);
  useEffect(() => {
    let current = true;
    const look = () =>
      api.deadLetters({ ...query, limit: 50 }).then(
        (page) => {
          if (!current) return;
          setItems(page.items);
          setNext(page.next);
          setError(null);
        },
        (problem) => current && setError(problem),
      );
    void look();
    const unhear = hear((events) => {
      const isNews = events.some(({ type, data }) => type === "resync" || (type === "dead_letter.kept" && (!query.charger_id || data.charger_id === query.charger_id)));
      if (isNews) void look();
    });
    return () => {
      current = false;
      unhear();
    };
  }, [key]);
  const more = () => attempt(async () => {
    const page = await api.deadLetters({ ...query, limit: 50, cursor: next });
    setItems([...(items ?? []), ...page.items]);
    setNext(page.next);
  });
  const changed = (/** @type {KeptFrame} */ frame) => setItems((before) => before?.map((known) => (known.id === frame.id ? frame : known)) ?? null);
  if (error) return html`<${Trouble} error=${error} />`;
  if (quiet && !items?.length) return null;
  if (!items) return html`<${Loading} lines=${4} />`;
  if (!items.length) return html`<section class="card block"><${Empty} icon="check" title="None here"><p>A frame that fails its checks, or that cannot be stored, is kept here: it may hold money.</p><//></section>`;
  return html`<section class="card block"><ul class="letters" aria-label="Dead letters">${items.map((frame) => html`<${Letter} key=${frame.id} frame=${frame} changed=${changed} />`)}</ul>
    ${next && html`<p class="pad"><button class="button" onClick=${more}>Older ones</button></p>`}</section>`;
}

/** @param {{frame: KeptFrame, changed: (frame: KeptFrame) => void}} props */
function Letter({ frame, changed }) {
  const [busy, setBusy] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const able = me.value?.role !== "viewer" && frame.state === "waiting";
  const redrive = async () => {
    setBusy(true);
    await attempt(async () => {
      const after = await api.redriveLetter(frame.id);
      notify(after.state === "redriven" ? `${frame.action} of ${frame.charger_id} was handed over and answered.` : `${frame.action} failed again: ${after.outcome}`, after.state === "redriven" ? "good" : "bad");
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
  return html`<li data-letter=${frame.id} data-state=${frame.state}>
    <p class="letter-line"><b>${frame.action}</b><a href=${chargerPath(frame.charger_id)}>${frame.charger_id}</a><${Status} small is=${FRAMES[frame.state] ?? FRAMES.waiting} />
      <span class="quiet">${moment(frame.last_received_at ?? frame.received_at)}${frame.count > 1 ? `, ${count(frame.count)} times` : ""}</span>
      ${able && html`<span class="button-row push"><button class="button small" disabled=${busy} onClick=${redrive}><${Icon} name="reset" />Hand over again</button>
        <button class="button small" onClick=${() => setDiscarding(true)}><${Icon} name="trash" />Discard</button></span>`}</p>
    <p>${FRAME_KINDS[frame.kind] ?? frame.kind}: ${frame.reason}</p>
    ${frame.outcome && html`<p class="quiet">${frame.state === "discarded" ? "Discarded" : `Handed over ${count(frame.attempts)}×`} by ${frame.resolved_by}: <span class="mono">${frame.outcome}</span></p>`}
    <details><summary>Frame${frame.stack ? " and stack" : ""}</summary><${Json} value=${frame.raw} />${frame.stack && html`<pre class="json">${frame.stack}</pre>`}</details>
    ${discarding && html`<${Dialog} title="Discard this dead letter" close=${() => setDiscarding(false)}><form onSubmit=${discard}>
      <p>It is kept, with your reason, and never handed over.</p>
      <label>Reason<input name="reason" required autofocus autocomplete="off" maxlength="1000" /></label>
      <div class="button-row"><button class="button danger" type="submit">Discard</button><button class="button" type="button" onClick=${() => setDiscarding(false)}>Cancel</button></div></form><//>`}
  </li>`;
}

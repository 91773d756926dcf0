// @ts-check
/** The inbox of what nobody could explain: what is known of each session, why it is not more, and what can be decided. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { unresolved } from "../api/sessions.js";
import { count, energy, fullMoment, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { useTurn } from "../news.js";
import { chargerPath, queryOf, setQuery } from "../router.js";
import { whyUnresolved } from "../session-words.js";
import { FLAGS, flagWord, SESSIONS } from "../words.js";
import { Resolve } from "./resolve.js";
import { attempt, Dialog, Empty, Entry, Loading, Status, Trouble } from "../widgets.js";

/** @import { Session } from "../types.d.ts" */

const CHANGED = /^session\.(assigned|discarded|corrected|unresolved|ended)$/;
/** So many are in the page at once. */
const SHOWN = 100;

export default function Unresolved() {
  const [items, setItems] = useState(/** @type {Session[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [chosen, setChosen] = useState(/** @type {ReadonlySet<number>} */ (new Set()));
  const [most, setMost] = useState(SHOWN);
  const [discarding, setDiscarding] = useState(false);
  /** What came of those that were decided together. */
  const [results, setResults] = useState(/** @type {{id: number, error: string}[]} */ ([]));
  const charger = queryOf("charger");
  const able = me.value?.role !== "viewer";
  const [news, again] = useTurn(({ type }) => CHANGED.test(type));
  useEffect(() => {
    let current = true;
    /** @type {Session[]} */
    const found = [];
    unresolved((page) => found.push(...page), charger).then(
      () => {
        if (!current) return;
        setItems(found);
        setError(null);
        setChosen((before) => new Set([...before].filter((id) => found.some((session) => session.id === id))));
      },
      (problem) => current && setError(problem),
    );
    return () => {
      current = false;
    };
  }, [charger, news]);
  const decided = (/** @type {number} */ id) => setItems((before) => before?.filter((session) => session.id !== id) ?? null);
  const choose = (/** @type {number} */ id) => setChosen((before) => {
    const after = new Set(before);
    if (!after.delete(id)) after.add(id);
    return after;
  });
  const discard = async (/** @type {string} */ reason) => {
    setDiscarding(false);
    /** @type {{id: number, error: string}[]} */
    const made = [];
    for (const id of chosen) {
      try {
        await api.discardSession(id, reason);
        made.push({ id, error: "" });
        decided(id);
      } catch (problem) {
        made.push({ id, error: /** @type {Error} */ (problem).message });
      }
      setResults([...made]);
    }
    setChosen(new Set(made.filter((result) => result.error).map((result) => result.id)));
  };
  const failed = results.filter((result) => result.error);
  return html`<div class="page">
    <header class="charger-head"><p class="crumbs"><a href="/sessions">${t("Sessions")}</a><${Icon} name="right" /></p>
      <div class="title-line"><h1>${t("Unresolved sessions")}</h1>${items && html`<span class="quiet">${count(items.length)}</span>`}</div></header>
    <p class="quiet">${t("These cannot be billed before somebody decides. Nothing is ever deleted: whatever you decide is kept with your name and your reason.")}</p>
    <div class="toolbar"><label class="search short"><${Icon} name="charger" /><${Entry} placeholder=${t("Charger")} aria-label=${t("Charger")} dir="auto" value=${charger} entered=${(/** @type {string} */ text) => setQuery({ charger: text })} /></label>
      ${able && items && items.length > 0 && html`<button class="button small" onClick=${() => setChosen(chosen.size ? new Set() : new Set(items.map((session) => session.id)))}>${chosen.size ? t("Choose none") : t("Choose all")}</button>
        <button class="button small" disabled=${!chosen.size} onClick=${() => setDiscarding(true)}><${Icon} name="trash" />${t("Discard the chosen ({n})", { n: count(chosen.size) })}</button>`}</div>
    <div aria-live="polite">${results.length > 0 && html`<p class=${failed.length ? "warning" : "calm"}><${Icon} name=${failed.length ? "alert" : "check"} /><span>${tn("{n} session discarded.", "{n} sessions discarded.", results.length - failed.length, { n: count(results.length - failed.length) })}
      ${failed.map((result) => html`<span key=${result.id} class="result-line">${t("Session {id}", { id: result.id })}: ${result.error}</span>`)}</span></p>`}</div>
    ${error && html`<${Trouble} error=${error} again=${again} />`}
    ${!items ? error ? null : html`<${Loading} lines=${6} />` : items.length === 0
      ? html`<section class="card block"><${Empty} icon="check" title=${charger ? t("Nothing unresolved at this charger") : t("Everything is explained")}>
        <p>${t("When a charger tells an end, or meter values, of a session that nobody has started here, it waits here until somebody says where it belongs.")}</p><//></section>`
      : html`<ul class="inbox" aria-label=${t("Unresolved sessions")}>${items.slice(0, most).map((session) => html`<${Item} key=${session.id} session=${session} able=${able} chosen=${chosen.has(session.id)} choose=${() => choose(session.id)} done=${() => decided(session.id)} />`)}</ul>
        ${items.length > most && html`<p><button class="button" onClick=${() => setMost(most + SHOWN)}>${t("More sessions")}</button></p>`}`}
    ${discarding && html`<${DiscardAll} many=${chosen.size} close=${() => setDiscarding(false)} discard=${discard} />`}
  </div>`;
}

/** @param {{session: Session, able: boolean, chosen: boolean, choose: () => void, done: () => void}} props */
function Item({ session, able, chosen, choose, done }) {
  const known = [
    [t("Charger"), html`<a href=${chargerPath(session.charger_id)}><bdi>${session.charger_id}</bdi></a>`],
    [t("Transaction"), html`<bdi class="mono">${session.transaction_id}</bdi>`],
    [t("Tag"), session.id_tag && html`<bdi class="mono">${session.id_tag}</bdi>`],
    [session.ended_at ? t("Ended") : t("First heard of"), html`<span title=${fullMoment(session.ended_at ?? session.started_at)}>${moment(session.ended_at ?? session.started_at)}</span>`],
    [t("Meter at the end"), session.meter_stop_wh === null ? null : energy(session.meter_stop_wh)],
    [t("Energy seen"), session.energy_wh ? energy(session.energy_wh) : null],
    [t("Ended by"), session.stop_reason && html`<bdi>${session.stop_reason}</bdi>`],
  ];
  return html`<li class="card inbox-item" data-session=${session.id}>
    <p class="title-line">${able && html`<input type="checkbox" aria-label=${t("Choose session {id}", { id: session.id })} checked=${chosen} onChange=${choose} />`}
      <a href=${`/sessions/${session.id}`}><b>${t("Session {id}", { id: session.id })}</b></a><${Status} small is=${SESSIONS.unresolved} /><span class="push"></span><${Resolve} session=${session} done=${done} /></p>
    <p class="why-line">${whyUnresolved(session)}</p>
    <dl class="facts">${known.filter(([, value]) => value).map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd>${value}</dd></div>`)}</dl>
    ${session.flags.length > 0 && html`<p>${session.flags.map((flag) => html`<span class="flag" key=${flag} title=${FLAGS[flag] ? t(FLAGS[flag]) : ""}><${Icon} name="alert" />${flagWord(flag)}</span>`)}</p>`}</li>`;
}

/** @param {{many: number, close: () => void, discard: (reason: string) => Promise<void>}} props */
function DiscardAll({ many, close, discard }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const reason = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("reason")).trim();
    void attempt(() => discard(reason));
  };
  return html`<${Dialog} title=${tn("Discard {n} session", "Discard {n} sessions", many, { n: count(many) })} close=${close}><form onSubmit=${submit}>
    <p>${t("They stay in the list as discarded, with your reason. Nothing is deleted.")}</p>
    <label>${t("Reason")}<input name="reason" required autofocus autocomplete="off" maxlength="1000" /></label>
    <div class="button-row"><button class="button danger" type="submit">${t("Discard")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`;
}

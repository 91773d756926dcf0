// @ts-check
/** What needs an operator: worst first, many of a kind as one, each with what to do next; and muted for a while where that is wished. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { attentionApi, refreshAttention, startAttention, worries, worriesTrouble } from "../api/attention.js";
import { SEVERITIES, wordsOf } from "../attention-words.js";
import { count, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { refetch, refreshStrangers } from "../store.js";
import { Ago, attempt, Dialog, Loading, notify, Status, Trouble } from "../widgets.js";

/** @import { Worry } from "../api/attention.js" */

/** As many of a kind are shown one by one; more are folded up. */
const FEW = 3;
const SHOWN = 50;
const HOUR = 3_600_000;
/** @type {[string, number][]} */
const SPANS = [[m("1 hour"), HOUR], [m("8 hours"), 8 * HOUR], [m("1 day"), 24 * HOUR], [m("1 week"), 168 * HOUR], [m("30 days"), 720 * HOUR]];

export function NeedsAttention() {
  const [muting, setMuting] = useState(/** @type {Worry | null} */ (null));
  const [withMuted, setWithMuted] = useState(false);
  useEffect(startAttention, []);
  const told = worries.value;
  if (!told) {
    return html`<section class="card block" aria-label=${t("Needs attention")}><header><h2>${t("Needs attention")}</h2></header>
      ${worriesTrouble.value ? html`<${Trouble} error=${worriesTrouble.value} again=${refreshAttention} />` : html`<${Loading} lines=${3} />`}</section>`;
  }
  const open = told.items.filter((worry) => !worry.mute);
  const muted = told.items.filter((worry) => worry.mute);
  const total = told.kinds.reduce((sum, kind) => sum + kind.count, 0);
  const kinds = told.kinds.filter((kind) => kind.count);
  return html`<section class="card block attention" aria-label=${t("Needs attention")}>
    <header><h2>${t("Needs attention")}</h2>${total ? html`<span class="count-badge" data-figure="attention">${count(total)}</span>` : null}</header>
    ${total === 0 && html`<p class="calm"><${Icon} name="check" />${t("Nothing needs you now.")}</p>`}
    <ul class="rows">${kinds.map((kind) => html`<${Group} key=${kind.kind} number=${kind.count} items=${open.filter((worry) => worry.kind === kind.kind)} mute=${setMuting} />`)}</ul>
    ${muted.length > 0 && html`<button class="muted-toggle" aria-expanded=${withMuted} onClick=${() => setWithMuted(!withMuted)}><${Icon} name="mute" />${tn("{n} muted", "{n} muted", muted.length, { n: count(muted.length) })}</button>`}
    ${withMuted && html`<ul class="rows muted-rows">${muted.slice(0, SHOWN).map((worry) => html`<${Muted} key=${worry.id} worry=${worry} />`)}</ul>`}
    ${muting && html`<${MuteDialog} worry=${muting} close=${() => setMuting(null)} />`}
  </section>`;
}

/** Those of one kind: one by one when they are few. @param {{number: number, items: Worry[], mute: (worry: Worry) => void}} props */
function Group({ number, items, mute }) {
  if (!items.length) return null;
  const words = wordsOf(items[0].kind);
  const severity = SEVERITIES[items[0].severity];
  if (number <= FEW) return items.map((worry) => html`<${Row} key=${worry.id} worry=${worry} mute=${mute} />`);
  return html`<li class="worry-group" data-kind=${items[0].kind}><details>
    <summary><${Icon} name=${words.icon} class=${`tone-${severity.tone}`} /><span><b>${words.many(number)}</b><small>${t(words.next)}</small></span><${Status} small is=${severity} /></summary>
    <ul class="rows">${items.slice(0, SHOWN).map((worry) => html`<${Row} key=${worry.id} worry=${worry} mute=${mute} inGroup />`)}</ul>
    ${number > SHOWN && html`<p class="quiet pad">${t("and {n} more", { n: count(number - SHOWN) })}</p>`}
  </details></li>`;
}

/** @param {{worry: Worry, mute: (worry: Worry) => void, inGroup?: boolean}} props */
function Row({ worry, mute, inGroup }) {
  const words = wordsOf(worry.kind);
  const severity = SEVERITIES[worry.severity];
  const able = me.value?.role !== "viewer";
  return html`<li class="worry" data-kind=${worry.kind} data-about=${worry.charger_id}>
    <a class="row-link" href=${worry.link}><${Icon} name=${words.icon} class=${`tone-${severity.tone}`} />
      <span><b><bdi>${worry.charger_id ?? t(words.word)}</bdi></b>${!inGroup && html` <${Status} small is=${severity} />`}<small>${words.text(worry)}${worry.since && html` · <${Ago} at=${worry.since} />`}</small>${!inGroup && html`<small class="next">${t(words.next)}</small>`}</span></a>
    ${able && worry.kind === "unknown_charger" && worry.charger_id && html`<${Accept} id=${worry.charger_id} />`}
    ${able && html`<button class="icon-button" aria-label=${t("Mute {what}", { what: `${worry.charger_id ?? ""} ${t(words.word)}`.trim() })} title=${t("Mute")} onClick=${() => mute(worry)}><${Icon} name="mute" /></button>`}
  </li>`;
}

/** @param {{worry: Worry}} props */
function Muted({ worry }) {
  const words = wordsOf(worry.kind);
  const unmute = () => attempt(async () => {
    await attentionApi.unmute(worry.id);
    refreshAttention();
  });
  const mute = /** @type {NonNullable<Worry["mute"]>} */ (worry.mute);
  return html`<li class="worry"><a class="row-link" href=${worry.link}><${Icon} name=${words.icon} class="tone-off" /><span><b><bdi>${worry.charger_id ?? t(words.word)}</bdi></b><small>${words.text(worry)}</small>
    <small>${t("muted by {name} until {when}", { name: mute.muted_by, when: moment(mute.until) })}${mute.note && html`: <bdi>${mute.note}</bdi>`}</small></span></a>
    ${me.value?.role !== "viewer" && html`<button class="button small" onClick=${unmute}>${t("Show again")}</button>`}</li>`;
}

/** Let an unknown charger in. @param {{id: string}} props */
function Accept({ id }) {
  const [busy, setBusy] = useState(false);
  const accept = async () => {
    setBusy(true);
    const added = await attempt(() => api.acceptStranger(id));
    setBusy(false);
    if (added === undefined) return;
    notify(t("{name} is accepted and connects again in a moment.", { name: id }));
    refetch(id);
    void refreshStrangers();
    refreshAttention();
  };
  return html`<button class="button small primary" disabled=${busy} aria-label=${t("Accept {name}", { name: id })} onClick=${accept}>${t("Accept")}</button>`;
}

/** @param {{worry: Worry, close: () => void}} props */
function MuteDialog({ worry, close }) {
  const words = wordsOf(worry.kind);
  const [span, setSpan] = useState(8 * HOUR);
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await attentionApi.mute(worry.id, new Date(Date.now() + span).toISOString(), text.trim());
      refreshAttention();
      close();
    } catch (problem) {
      setError(/** @type {Error} */ (problem).message);
    }
  };
  return html`<${Dialog} title=${t("Mute for a while")} close=${close}><form onSubmit=${send}>
    <p><b><bdi>${worry.charger_id ?? t(words.word)}</bdi></b><br />${words.text(worry)}</p>
    <p class="quiet">${t("It is not shown until then, to anybody. It is written down who has muted it.")}</p>
    <label>${t("For")}<select value=${span} onChange=${(/** @type {any} */ event) => setSpan(Number(event.target.value))}>${SPANS.map(([word, length]) => html`<option key=${length} value=${length}>${t(word)}</option>`)}</select></label>
    <label>${t("Note for colleagues")}<input value=${text} maxlength="500" onInput=${(/** @type {any} */ event) => setText(event.target.value)} placeholder=${t("e.g. technician comes on Tuesday")} /></label>
    <p class="form-error" role="alert">${error}</p>
    <div class="button-row"><button class="button primary">${t("Mute")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div>
  </form><//>`;
}

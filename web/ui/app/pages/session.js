// @ts-check
/** One session: its figures, its plot, why it ended, what to know before it is billed, and all that it is made from. */
import { computed } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { connectorSpans, sessionStory } from "../api/sessions.js";
import { appended, curveOf } from "../chart.js";
import { Answers, useCommands } from "../commands.js";
import { duration, energy, energyParts, fullMoment, moment, powerParts, soc } from "../format.js";
import { gapsIn } from "../holes.js";
import { html } from "../html.js";
import { activeSessions, powerIn } from "../running.js";
import { Simulated } from "../simulated.js";
import { Icon } from "../icons.js";
import { isolated } from "../isolated.js";
import { t } from "../languages.js";
import { useTurn } from "../news.js";
import { chargerPath } from "../router.js";
import { bandsOf, currentsOf, SessionPlot } from "../session-plot.js";
import { storyLine, whyEnded, whyUnresolved } from "../session-words.js";
import { FLAGS, flagWord, protocolWord, SESSIONS } from "../words.js";
import { MeterValues, RawFrames, ChargeRecord, SignedValues } from "./session-parts.js";
import { Resolve } from "./resolve.js";
import { Bar, Empty, Figure, Loading, Status, Trouble } from "../widgets.js";

/** @import { ConnectorSpan, Story } from "../api/sessions.js" */
/** @import { MeterValue, Session } from "../types.d.ts" */

const LOOK_MS = 10_000;
/** What may change a session that nobody expects to change any more. */
const RETOLD = /^session\.(ended|corrected|assigned|discarded)$/;

/** @type {Story} */
const NO_STORY = { started_by: null, stopped_by: null, stop_tag: null, stop_trigger: null, events: [] };

/** @param {{id: string}} props */
export default function SessionPage({ id }) {
  const [stored, setStored] = useState(/** @type {Session | null} */ (null));
  const [values, setValues] = useState(/** @type {MeterValue[]} */ ([]));
  const [spans, setSpans] = useState(/** @type {ConnectorSpan[]} */ ([]));
  const [story, setStory] = useState(NO_STORY);
  const [curve, setCurve] = useState(curveOf([], null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const running = useMemo(() => computed(() => activeSessions.value.find((session) => session.id === Number(id))), [id]).value;
  const [ended, setEnded] = useState(false);
  const over = ended || !running;
  const [turn, again] = useTurn(({ type, data }) => RETOLD.test(type) && Number(data.id ?? data.session_id) === Number(id));
  useEffect(() => {
    let current = true;
    (async () => {
      const session = await api.session(id);
      const until = session.ended_at ?? new Date().toISOString();
      const [told, stood, found] = await Promise.all([
        sessionStory(session.id),
        connectorSpans(session.charger_id, session.started_at, until).catch(() => []),
        api.meterValues(session.id),
      ]);
      if (!current) return;
      setError(null);
      setStored(session);
      setStory(told);
      setSpans(stood);
      setValues(found);
      setCurve(curveOf(found, session.meter_start_wh));
    })().catch((problem) => current && setError(problem));
    return () => {
      current = false;
    };
  }, [id, over, ended, turn]);
  const isOpen = stored?.state === "active";
  useEffect(() => {
    // Its end is told by the live stream; where that was just being opened, it is found by looking.
    if (!isOpen) return undefined;
    const timer = setInterval(() => document.hidden || void api.session(id).then((session) => session.state !== "active" && setEnded(true), () => undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, [id, isOpen]);
  useEffect(() => {
    if (running) setCurve((before) => appended(before, Math.round(Date.now() / 1000), [running.power_w, running.energy_wh, running.soc_percent]));
  }, [running]);
  const currents = useMemo(() => currentsOf(values), [values]);
  const bands = useMemo(() => (stored ? bandsOf(stored, spans, story) : []), [stored, spans, story]);
  if (error?.status === 404) return html`<${Empty} icon="bolt" title=${t("There is no session {id}", { id })}><a class="button" href="/sessions">${t("All sessions")}</a><//>`;
  if (error && !stored) return html`<${Trouble} error=${error} again=${again} />`;
  if (!stored) return html`<${Loading} lines=${8} />`;
  const session = stored.state === "active" && running ? running : stored;
  return html`<div class="page">
    <header class="charger-head"><p class="crumbs"><a href="/sessions">${t("Sessions")}</a><${Icon} name="right" /></p>
      <div class="title-line"><h1>${t("Session {id}", { id: session.id })}</h1><${Simulated} is=${session} /><${Status} is=${SESSIONS[session.state] ?? SESSIONS.unresolved} /><span class="push"></span><${Resolve} session=${session} done=${setStored} /></div></header>
    <section class="card block" aria-label=${t("Figures")}>
      <div class="session-figures">
        <div><h2 class="figure-word">${t("Energy")}</h2><p data-figure="energy"><${Figure} parts=${energyParts(session.energy_wh)} /></p></div>
        <div><h2 class="figure-word">${t("Time")}</h2><p><span class="figure">${duration(session.started_at, session.state === "active" ? null : (session.ended_at ?? session.started_at))}</span></p></div>
        ${session.state === "active" && html`<div><h2 class="figure-word">${t("Power")}</h2><p><${Figure} parts=${powerParts(powerIn(session))} /></p></div>`}
        ${session.soc_percent !== null && html`<div><h2 class="figure-word">${t("State of charge")}</h2><p><span class="figure">${soc(session.soc_percent)}</span></p><${Bar} percent=${session.soc_percent} /></div>`}
        ${session.state === "active" && html`<${Stop} session=${session} />`}
      </div>
      ${curve[0].length > 1 || currents.columns[0].length > 1
        ? html`<${SessionPlot} curve=${curve} currents=${currents} bands=${bands} />`
        : html`<p class="quiet pad">${values.length ? t("The charger measured at one moment only during this session, which makes no curve.") : t("The charger sent no meter values during this session; the energy is from its start and stop readings.")}</p>`}
    </section>
    <div class="columns even">
      <div class="column">
        <${Why} session=${session} story=${story} />
        <${Before} session=${session} values=${values} />
        <${Facts} session=${session} story=${story} />
      </div>
      <div class="column">
        ${story.events.length > 0 && html`<section class="card block" aria-label=${t("What happened")}><header><h2>${t("What happened")}</h2></header><ol class="feed">${story.events.map((event, place) => {
          const { icon, tone, text } = storyLine(event);
          return html`<li key=${place} data-event=${event.kind}><time title=${fullMoment(event.at)}>${moment(event.at)}</time><${Icon} name=${icon} class=${`tone-${tone}`} /><span dir="auto">${text}</span></li>`;
        })}</ol></section>`}
        <${RawFrames} session=${session} />
        <${SignedValues} session=${session} values=${values} />
        <${MeterValues} session=${session} values=${values} />
        <${ChargeRecord} session=${session} values=${values} story=${story} />
      </div>
    </div>
  </div>`;
}

/** @param {{session: Session, story: Story}} props */
function Why({ session, story }) {
  const { why, more } = whyEnded(session, story);
  return html`<section class="card block" aria-label=${t("Why did it end?")}><header><h2>${t("Why did it end?")}</h2>${session.stop_reason && html`<code dir="auto">${session.stop_reason}</code>`}</header>
    <div class="why-ended"><p class="why-line" dir="auto">${why}</p>
    ${session.state === "unresolved" && html`<p class="quiet">${whyUnresolved(session)}</p>`}
    ${more.map((line) => html`<p key=${line} class="quiet" dir="auto">${line}</p>`)}</div></section>`;
}

/** @param {{session: Session, values: MeterValue[]}} props */
function Before({ session, values }) {
  const gaps = useMemo(() => gapsIn(values), [values]);
  const calm = session.flags.length === 0 && gaps.length === 0;
  return html`<section class="card block" aria-label=${t("Before you bill it")}><header><h2>${t("Before you bill it")}</h2></header>
    ${calm
      ? html`<p class="calm"><${Icon} name="check" />${session.state === "active" ? t("Nothing odd so far.") : t("Nothing odd: start, end and everything between arrived.")}</p>`
      : html`<ul class="rows">
        ${session.flags.map((flag) => html`<li class="row-link" key=${flag} data-flag=${flag}><${Icon} name="alert" class="tone-paused" /><span><b>${flagWord(flag)}</b><small>${FLAGS[flag] ? t(FLAGS[flag]) : ""}</small></span></li>`)}
        ${gaps.map((gap) => html`<li class="row-link" key=${gap.from} data-gap><${Icon} name="clock" class="tone-paused" /><span><b>${t("No meter values for {time}", { time: duration(gap.from, gap.to) })}</b><small>${t("From {from} to {to}. The energy between is counted, its course is not known.", { from: moment(gap.from), to: moment(gap.to) })}</small></span></li>`)}</ul>`}
  </section>`;
}

/** @param {{session: Session, story: Story}} props */
function Facts({ session, story }) {
  const connector = session.evse_id === null ? null : `${session.evse_id}${session.connector_id && session.connector_id !== 1 ? `.${session.connector_id}` : ""}`;
  const facts = [
    [t("Charger"), html`<a href=${chargerPath(session.charger_id)}><bdi>${session.charger_id}</bdi></a>`],
    [t("Connector"), connector],
    [t("Tag"), session.id_tag && html`<a class="mono" href=${`/sessions?tag=${encodeURIComponent(session.id_tag)}`}><bdi>${session.id_tag}</bdi></a>`],
    [t("Tag was"), session.authorization && html`<bdi>${session.authorization}</bdi>`],
    [t("Started"), html`<span title=${fullMoment(session.started_at)}>${moment(session.started_at)}</span>`],
    [t("Asked for by"), story.started_by && `${story.started_by.requested_by ?? t("Voltaro")} (${story.started_by.action})`],
    [t("Ended"), session.ended_at && html`<span title=${fullMoment(session.ended_at)}>${moment(session.ended_at)}</span>`],
    [t("Meter"), session.meter_start_wh === null ? null : t("{from} to {to}", { from: energy(session.meter_start_wh), to: session.meter_stop_wh === null ? t("now") : energy(session.meter_stop_wh) })],
    [t("Transaction"), html`<bdi class="mono">${session.transaction_id}</bdi>`],
    [t("Belongs to"), session.assigned_to && html`<a href=${`/sessions/${session.assigned_to}`}>${t("Session {id}", { id: session.assigned_to })}</a>`],
    [t("Decided by"), session.resolved_by && html`<span dir="auto" title=${fullMoment(session.resolved_at)}>${session.resolved_by}${session.resolved_reason ? `: ${isolated(session.resolved_reason)}` : ""}</span>`],
    [t("Protocol"), session.protocol ? `OCPP ${protocolWord(session.protocol)}` : null],
  ];
  return html`<section class="card block" aria-label=${t("Facts")}><header><h2>${t("Facts")}</h2></header>
    <dl class="facts tall">${facts.filter(([, value]) => value).map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

/** Ask the charger to stop, and show what it really answered. @param {{session: Session}} props */
function Stop({ session }) {
  const commands = useCommands(session.charger_id);
  if (me.value?.role === "viewer") return null;
  const stop = () => void commands.run(t("Stop"), () => api.order(session.charger_id, "stop", { transaction_id: session.transaction_id }));
  const mine = commands.list.filter((asked) => asked.word === t("Stop"));
  return html`<div class="push"><button class="button danger" data-do="stop" onClick=${stop}><${Icon} name="stop" />${t("Stop")}</button></div>
    ${mine.length > 0 && html`<div class="stop-answers"><${Answers} commands=${mine.slice(0, 3)} /></div>`}`;
}

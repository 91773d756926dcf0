// @ts-check
/** One virtual charger from its own side: what is done at it, how it stands, and the frames that it saw. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { simulator } from "../api/simulator.js";
import { bytes, count, energy, power, soc, timeMs } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { m, t, tn } from "../languages.js";
import { useLooking } from "../looking.js";
import { chargerPath, setQuery } from "../router.js";
import { protocolWord } from "../words.js";
import { attempt, Loading, notify, Status, Trouble } from "../widgets.js";

/** @import { Act, Frame, VirtualCharger, VirtualConnector } from "../api/simulator.js" */
/** @typedef {{word: string, icon: string, tone: string, means?: string}} Is */

const LOOK_MS = 1000;
const SHOWN = 60;

/** @type {Record<string, Is>} */
const STATUSES = {
  Available: { word: m("Free"), icon: "circle", tone: "off" },
  Preparing: { word: m("Preparing"), icon: "plug", tone: "busy" },
  Charging: { word: m("Charging"), icon: "bolt", tone: "charging" },
  SuspendedEV: { word: m("Paused by car"), icon: "pause", tone: "paused" },
  SuspendedEVSE: { word: m("Paused by charger"), icon: "pause", tone: "paused" },
  Finishing: { word: m("Finishing"), icon: "check", tone: "busy" },
  Reserved: { word: m("Reserved"), icon: "clock", tone: "paused" },
  Unavailable: { word: m("Unavailable"), icon: "ban", tone: "off" },
  Faulted: { word: m("Faulted"), icon: "alert", tone: "bad" },
};
const CODES = ["OtherError", "GroundFailure", "ConnectorLockFailure", "HighTemperature", "OverCurrentFailure", "PowerMeterFailure", "ReaderFailure"];
/** How far a clock can be set wrong, in seconds. @type {[number, string][]} */
const CLOCKS = [[0, m("right")], [-3600, m("an hour slow")], [3600, m("an hour fast")], [-86_400 * 365, m("a year slow")], [86_400, m("a day fast")]];
/** @type {[number, string][]} */
const PACES = [[0, m("at once")], [5, m("after 5 s")], [30, m("after 30 s")], [300, m("after 5 min")]];
/** @type {Record<Frame["direction"], [string, string]>} */
const DIRECTIONS = { sent: ["up", m("sent")], received: ["down", m("received")], noted: ["link", m("line")] };

/** Whether who is signed in may do anything here. */
export const mayAct = () => Boolean(me.value) && me.value?.role !== "viewer";

/** A connector's own word as a state. @param {VirtualConnector} connector @returns {Is} */
export function connectorIs(connector) {
  const found = STATUSES[connector.status] ?? { word: connector.status, icon: "help", tone: "off" };
  return { ...found, means: connector.fault ?? undefined };
}

/** What its connectors are at, each state once with how many are in it. @param {VirtualCharger} charger @returns {Is[]} */
export function connectorsAre({ connectors }) {
  const words = [...new Set(connectors.map(({ status }) => status))];
  return words.map((status) => {
    const such = connectors.filter((connector) => connector.status === status);
    const is = connectorIs(such[0]);
    return such.length === 1 ? is : { ...is, word: `${count(such.length)} × ${t(is.word)}` };
  });
}

/** How its line stands, as it sees it. @param {VirtualCharger} charger @returns {Is} */
export function lineIs(charger) {
  if (!charger.wanted) return { word: m("Stays offline"), icon: "unlink", tone: "off" };
  if (!charger.online) return { word: m("Dialling"), icon: "clock", tone: "busy" };
  if (charger.registration === "Accepted") return { word: m("Online"), icon: "link", tone: "free" };
  if (charger.registration === "Rejected") return { word: m("Rejected"), icon: "ban", tone: "bad" };
  return { word: m("Waits to be accepted"), icon: "clock", tone: "paused" };
}

/** @param {{id: string, changed: () => void}} props */
export function VirtualPage({ id, changed }) {
  const { value, error, again } = useLooking(() => simulator.charger(id), LOOK_MS, [id]);
  const [busy, setBusy] = useState(false);
  if (!value) return error ? html`<section class="card"><${Trouble} error=${error} again=${again} /></section>` : html`<section class="card"><${Loading} lines=${5} /></section>`;
  const act = async (/** @type {Act} */ wish) => {
    setBusy(true);
    await attempt(async () => {
      const { result } = await simulator.act(id, wish);
      if (result !== "done") notify(result, /accepted/i.test(result) ? "good" : "bad");
    });
    await again();
    changed();
    setBusy(false);
  };
  const remove = () =>
    attempt(async () => {
      setQuery({ charger: null });
      const gone = await simulator.remove(id);
      notify(tn("Removed, with {n} session.", "Removed, with {n} sessions.", gone.sessions, { n: count(gone.sessions) }));
      changed();
    });
  return html`<section class="card block virtual" aria-label=${t("Virtual charger {id}", { id })}>
    <header><h2><bdi>${id}</bdi></h2><${Status} small is=${lineIs(value)} /><a href=${chargerPath(id)}>${t("as the server sees it")}</a>
      <button type="button" class="icon-button" aria-label=${t("Close")} onClick=${() => setQuery({ charger: null })}><${Icon} name="close" /></button></header>
    <div class="pad stack">
      <p class="quiet">${[protocolWord(value.protocol), `${value.vendor} ${value.model}`, value.driven && t("people come by themselves"), value.queued > 0 && tn("{n} message waits", "{n} messages wait", value.queued)].filter(Boolean).join(" · ")}</p>
      <ul class="virtual-evses">${value.connectors.map((connector) => html`<${Connector} key=${connector.id} connector=${connector} act=${act} busy=${busy} />`)}</ul>
      ${mayAct() && html`<${Manners} charger=${value} act=${act} busy=${busy} remove=${remove} />`}
      <${Tail} frames=${value.frames} />
    </div></section>`;
}

/** @param {{connector: VirtualConnector, act: (wish: Act) => void, busy: boolean}} props */
function Connector({ connector, act, busy }) {
  const { id } = connector;
  const [code, setCode] = useState(CODES[0]);
  const [card, setCard] = useState("DEMO0001");
  const does = (/** @type {string} */ action, /** @type {Partial<Act>} */ more = {}) => () => act({ action, connector: id, ...more });
  return html`<li data-connector=${id}>
    <div class="virtual-state"><b>${t("Connector {n}", { n: id })}</b><${Status} small is=${connectorIs(connector)} />
      <span class="quiet number">${[connector.soc_percent !== null && soc(connector.soc_percent), connector.power_w > 0 && power(connector.power_w), connector.session_wh !== null && energy(connector.session_wh), connector.fault].filter(Boolean).join(" · ")}</span></div>
    ${mayAct() && html`<div class="button-row">
      ${connector.plugged ? html`<button type="button" class="button small" disabled=${busy} onClick=${does("unplug")}><${Icon} name="plug" />${t("Unplug")}</button>` : html`<button type="button" class="button small" disabled=${busy} onClick=${does("plug")}><${Icon} name="plug" />${t("Plug in")}</button>`}
      <span class="joined"><input aria-label=${t("Card at connector {n}", { n: id })} value=${card} maxlength="36" onInput=${(/** @type {any} */ event) => setCard(event.target.value)} /><button type="button" class="button small" disabled=${busy || !card.trim()} onClick=${does("tap", { id_tag: card.trim() })}><${Icon} name="tag" />${t("Tap card")}</button></span>
      ${connector.fault ? html`<button type="button" class="button small" disabled=${busy} onClick=${does("clear")}><${Icon} name="check" />${t("Repair")}</button>`
        : html`<span class="joined"><select aria-label=${t("Fault at connector {n}", { n: id })} value=${code} onChange=${(/** @type {any} */ event) => setCode(event.target.value)}>${CODES.map((each) => html`<option value=${each}>${each}</option>`)}</select><button type="button" class="button small" disabled=${busy} onClick=${does("fault", { error_code: code })}><${Icon} name="alert" />${t("Break")}</button></span>`}
    </div>`}
  </li>`;
}

/** How it behaves, and what befalls its line. @param {{charger: VirtualCharger, act: (wish: Act) => Promise<void>, busy: boolean, remove: () => void}} props */
function Manners({ charger, act, busy, remove }) {
  /** What was asked for and is not done yet: shown at once. */
  const [wished, setWished] = useState(/** @type {{clock?: number, slow?: number, refuse?: boolean}} */ ({}));
  const wish = async (/** @type {Partial<typeof wished>} */ change, /** @type {Act} */ act_) => {
    setWished({ ...wished, ...change });
    await act(act_);
    setWished({});
  };
  const choose = (/** @type {"clock" | "slow"} */ action) => (/** @type {any} */ event) => wish({ [action]: Number(event.target.value) }, { action, seconds: Number(event.target.value) });
  /** @param {[number, string][]} choices @param {number} value */
  const options = (choices, value) => [
    ...choices.map(([seconds, word]) => html`<option value=${seconds} selected=${seconds === value}>${t(word)}</option>`),
    !choices.some(([seconds]) => seconds === value) && html`<option value=${value} selected>${t("{n} s", { n: count(value) })}</option>`,
  ];
  return html`<div class="button-row">
      ${charger.wanted ? html`<button type="button" class="button small" disabled=${busy} onClick=${() => act({ action: "offline" })}><${Icon} name="unlink" />${t("Go offline")}</button>` : html`<button type="button" class="button small" disabled=${busy} onClick=${() => act({ action: "online" })}><${Icon} name="link" />${t("Go online")}</button>`}
      <button type="button" class="button small" disabled=${busy || !charger.online} onClick=${() => act({ action: "sever" })}><${Icon} name="crash" />${t("Cut the wire")}</button>
      <button type="button" class="button small" disabled=${busy} onClick=${() => act({ action: "power_cut" })}><${Icon} name="power" />${t("Power cut")}</button>
      <button type="button" class="button small" disabled=${busy} onClick=${() => act({ action: "reboot" })}><${Icon} name="reset" />${t("Reboot")}</button>
      <button type="button" class="button small" disabled=${busy || !charger.online} title=${t("100 heartbeats at once, without waiting for an answer")} onClick=${() => act({ action: "flood", messages: 100 })}><${Icon} name="send" />${t("Flood")}</button>
      <button type="button" class="button small danger" disabled=${busy} onClick=${remove}><${Icon} name="trash" />${t("Remove")}</button>
    </div>
    <div class="two-fields">
      <label>${t("Its clock is")}<select disabled=${busy} onChange=${choose("clock")}>${options(CLOCKS, wished.clock ?? charger.clock_offset_s)}</select></label>
      <label>${t("It answers commands")}<select disabled=${busy} onChange=${choose("slow")}>${options(PACES, wished.slow ?? charger.answers_after_s)}</select></label>
    </div>
    <label class="check"><input type="checkbox" checked=${wished.refuse ?? charger.refuses} disabled=${busy} onChange=${(/** @type {any} */ event) => wish({ refuse: event.target.checked }, { action: "refuse", on: event.target.checked })} />${t("It refuses every command")}</label>`;
}

/** @param {{frames: Frame[]}} props */
function Tail({ frames }) {
  return html`<div><h3>${t("What it said and heard")}</h3>
    ${frames.length ? html`<ol class="tail" tabindex="0" aria-label=${t("What it said and heard")}>${frames.slice(0, SHOWN).map((frame) => html`<${Line} key=${frame.at + frame.text} frame=${frame} />`)}</ol>` : html`<p class="quiet">${t("Nothing yet.")}</p>`}</div>`;
}

/** @param {{frame: Frame}} props */
function Line({ frame }) {
  const [icon, word] = DIRECTIONS[frame.direction];
  const text = frame.text.length > 4000 ? `${frame.text.slice(0, 4000)} … (${bytes(frame.text.length)})` : frame.text;
  return html`<li class=${frame.direction}><${Icon} name=${icon} label=${t(word)} /><time datetime=${frame.at}>${timeMs(frame.at)}</time><code dir="auto">${text}</code></li>`;
}

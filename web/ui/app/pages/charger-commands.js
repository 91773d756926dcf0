// @ts-check
/** Any OCPP command as a form made from its schema, with what the charger really answered beside it. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { talk } from "../api/talk.js";
import { api, me } from "../api.js";
import { grouped, riskOf, toldOf } from "../command-book.js";
import { choicesAt, knownOf, presetsOf } from "../command-presets.js";
import { Answers, useCommands } from "../commands.js";
import { SchemaForm } from "../form/form.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { queryOf, setQuery } from "../router.js";
import { sessionsOf } from "../running.js";
import { exampleOf, violations } from "../schema.js";
import { protocolWord } from "../words.js";
import { attempt, Dialog, Empty, Json, Loading, Trouble, useFetched } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */
/** @import { Path, Schema, Violation } from "../schema.js" */
/** @import { Asked, Run } from "../commands.js" */

/** @param {{charger: Charger}} props */
export function Commands({ charger }) {
  const commands = useCommands(charger.id);
  const [prefilled, setPrefilled] = useState(/** @type {{action: string, payload: any} | null} */ (null));
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  useEffect(() => () => {
    if (queryOf("tab") !== "commands") setQuery({ action: null, again: null, json: null });
  }, []);
  const wished = queryOf("again");
  useEffect(() => {
    if (wished) void attempt(async () => edit(await talk.command(wished)));
  }, [wished]);
  const edit = (/** @type {{action?: string, payload?: any}} */ asked) => {
    setPrefilled({ action: asked.action ?? "", payload: asked.payload ?? {} });
    setQuery({ action: asked.action, again: null });
  };
  const again = me.value?.role === "viewer" ? undefined : {
    send: (/** @type {Asked} */ asked) => {
      const running = sessionsOf(charger.id).value;
      if (riskOf(asked.action ?? "", asked.payload, running)) edit(asked); // what interrupts charging is looked at again
      else void commands.run(asked.action ?? "", () => api.command(charger.id, asked.action ?? "", asked.payload));
    },
    edit,
  };
  return html`<div class="columns even talk">
    <div class="column wide-column">
      ${!charger.protocol
        ? html`<section class="card block"><${Empty} icon="unlink" title=${t("It has never connected")}><p>${t("Its OCPP version, and so what it can be asked, is known once it has.")}</p><//></section>`
        : html`<${Sender} key=${charger.protocol} charger=${charger} protocol=${charger.protocol} run=${commands.run} able=${able} prefilled=${prefilled} />`}
    </div>
    <div class="column"><${Answers} commands=${commands.list} again=${again} /></div>
  </div>`;
}

/** @typedef {{charger: Charger, protocol: string, run: Run, able: boolean, prefilled: {action: string, payload: any} | null}} SenderProps */

/** @param {SenderProps} props */
function Sender(props) {
  const { value, error, again } = useFetched(() => talk.actions(props.protocol), [props.protocol]);
  const action = queryOf("action");
  if (error) return html`<section class="card block"><${Trouble} error=${error} again=${again} /></section>`;
  if (!value) return html`<section class="card block"><${Loading} /></section>`;
  const actions = value.items.filter((item) => item.to_charger).map((item) => item.action);
  if (!actions.includes(action)) return html`<${Catalogue} actions=${actions} protocol=${props.protocol} />`;
  return html`<${Asking} key=${action} action=${action} ...${props} />`;
}

/** What this version has, grouped, to be chosen from. @param {{actions: string[], protocol: string}} props */
function Catalogue({ actions, protocol }) {
  const [search, setSearch] = useState("");
  const groups = grouped(actions, search);
  return html`<section class="card block" aria-label=${t("Commands")}><header><h2>${t("Commands of OCPP {version}", { version: protocolWord(protocol) })}</h2>
      <label class="search short"><${Icon} name="search" /><input type="search" placeholder=${t("Search")} aria-label=${t("Search commands")} value=${search} onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} /></label></header>
    ${groups.length === 0 && html`<${Empty} icon="search" title=${t("No command fits")}><p>${t("The search looks at names and descriptions.")}</p><//>`}
    <div class="catalogue">${groups.map(([word, found]) => html`<section key=${word} aria-label=${word}><h3>${word}</h3><ul>${found.map((action) => html`<li key=${action}>
      <button type="button" class="catalogue-item" data-choose=${action} onClick=${() => setQuery({ action })}><b translate=${false}>${action}</b><small>${t(toldOf(action).says)}</small></button></li>`)}</ul></section>`)}</div></section>`;
}

/** @param {SenderProps & {action: string}} props */
function Asking({ action, protocol, charger, ...rest }) {
  const { value, error, again } = useFetched(async () => {
    const [schemas, tags, keys] = await Promise.all([talk.schemas(protocol, action), tagsAtHand(), keysOf(charger, action)]);
    return { schema: schemas.request, tags, keys };
  }, [protocol, action]);
  return html`<section class="card block asking" aria-label=${t("Ask the charger")} data-form=${action}>
    <header><button type="button" class="button small" onClick=${() => setQuery({ action: null })}><${Icon} name="right" class="turned" />${t("All commands")}</button><h2>${action}</h2></header>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} />` : html`<${AskingForm} key=${action} action=${action} ...${value} charger=${charger} ...${rest} />`}</section>`;
}

/** @param {{action: string, schema: Schema, tags: string[], keys: string[], charger: Charger, run: Run, able: boolean, prefilled: {action: string, payload: any} | null}} props */
function AskingForm({ action, schema, tags, keys, charger, run, able, prefilled }) {
  const running = sessionsOf(charger.id).value;
  const known = knownOf(charger, running, tags[0] ?? "");
  const presets = presetsOf(action, known);
  const [value, setValue] = useState(() => (prefilled?.action === action ? prefilled.payload : presets[0]?.payload ?? exampleOf(schema)));
  const [laid, setLaid] = useState(value);
  const [told, setTold] = useState(/** @type {Violation[]} */ ([]));
  const [tried, setTried] = useState(false);
  const [spoilt, setSpoilt] = useState(false);
  const [busy, setBusy] = useState(false);
  const [asks, setAsks] = useState("");
  const lay = (/** @type {any} */ payload) => {
    setValue(payload);
    setLaid(payload);
    setTold([]);
    setTried(false);
  };
  useEffect(() => {
    if (prefilled?.action === action) lay(prefilled.payload);
  }, [prefilled]);
  const asJson = Boolean(queryOf("json"));
  const risk = useMemo(() => riskOf(action, value, running), [action, value, running]);
  const change = (/** @type {any} */ next) => {
    setValue(next);
    setTold([]);
  };
  const send = async () => {
    setAsks("");
    setBusy(true);
    await run(action, () => api.command(charger.id, action, value), (error) => setTold(pointersOf(error)));
    setBusy(false);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    if (violations(value, schema, schema).length) return;
    setTried(false);
    if (risk) setAsks(risk);
    else void send();
  };
  return html`<p class="pad says">${t(toldOf(action).says)}</p>
    ${risk && html`<p class="pad warning" data-risk><${Icon} name="alert" />${risk}</p>`}
    <div class="button-row presets" role="group" aria-label=${t("Examples")}>${presets.map((preset) => html`<button key=${preset.word} type="button" class="chip" onClick=${() => lay(preset.payload)}>${preset.word}</button>`)}
      <button type="button" class="chip" onClick=${() => lay(exampleOf(schema))}>${t("The least")}</button></div>
    <form class="sender" novalidate onSubmit=${submit}>
      <div class="button-row" role="group" aria-label=${t("View")}>
        <button type="button" class="button small" aria-pressed=${!asJson} disabled=${spoilt} onClick=${() => { setLaid(value); setQuery({ json: null }); }}>${t("Form")}</button>
        <button type="button" class="button small" aria-pressed=${asJson} onClick=${() => setQuery({ json: "1" })}>JSON</button>
        <span class="quiet push">${t("Checked against the schema before it is sent.")}</span></div>
      <${SchemaForm} schema=${schema} value=${value} laid=${laid} change=${change} asJson=${asJson} told=${told} tried=${tried} spoil=${setSpoilt}
        choices=${(/** @type {Path} */ path) => choicesAt(path, charger, running, keys, tags)} />
      <div class="button-row">${me.value?.role === "viewer" ? html`<p class="quiet">${t("Viewers may look at it, and not send it.")}</p>`
        : html`<button class=${`button ${risk ? "danger" : "primary"}`} type="submit" disabled=${!able || busy || spoilt}><${Icon} name="send" />${busy ? t("Asking") : t("Send")}</button>
          ${!able && html`<span class="quiet">${t("The charger is offline; it can be sent when it is back.")}</span>`}`}</div>
    </form>
    <details class="schema"><summary>${t("The whole schema")}</summary><${Json} value=${schema} /></details>
    ${asks && html`<${Dialog} title=${t("Send {action}?", { action })} close=${() => setAsks("")}><p>${asks}</p>${running.length > 0 && html`<p class="quiet">${t("Sessions running now: {n}", { n: running.length })}</p>`}
      <div class="button-row"><button type="button" class="button danger" onClick=${() => void send()}>${t("Send it")}</button><button type="button" class="button" onClick=${() => setAsks("")}>${t("Cancel")}</button></div><//>`}`;
}

/** What the server found wrong, by the pointer into the payload. @param {any} error @returns {Violation[]} */
const pointersOf = (error) => (error.errors ?? []).filter((/** @type {any} */ one) => String(one.pointer ?? "").startsWith("/payload"))
  .map((/** @type {any} */ one) => ({ pointer: one.pointer.slice("/payload".length), detail: one.detail ?? "" }));

/** Some cards, to choose from. @returns {Promise<string[]>} */
const tagsAtHand = () => talk.tags("").then((page) => page.items.map((tag) => tag.id_tag), () => []);

/** The names of a 1.6 charger's keys, where the command takes one. @param {Charger} charger @param {string} action @returns {Promise<string[]>} */
const keysOf = (charger, action) => charger.protocol === "ocpp1.6" && /^(Get|Change)Configuration$/.test(action)
  ? api.configuration(charger.id).then((configuration) => configuration.keys.map((key) => key.key), () => []) : Promise.resolve([]);

// @ts-check
/** A charger's configuration, keys or variables, and its local list: what it told, what was written, what it really answered, what drifts. */
import { useEffect, useState } from "preact/hooks";
import { config } from "../api/configuration.js";
import { talk } from "../api/talk.js";
import { api, me, saveCsv } from "../api.js";
import { chargerIds } from "../fleet.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t, tn } from "../languages.js";
import { told } from "../server-words.js";
import { useHeard } from "../news.js";
import { LocalListCard } from "../local-list.js";
import { queryOf, setQuery } from "../router.js";
import { SettingRow } from "../setting-row.js";
import { hasVariables, inGroups, isSame, settingsOf } from "../settings.js";
import { COMMANDS, KEY_STATES } from "../words.js";
import { Ago, attempt, Dialog, Empty, Entry, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */
/** @import { Setting, Settings } from "../settings.js" */

/** With more settings than this, groups are folded until they are looked for. */
const MANY = 120;
const CHOICES = 300;

/** What is fetched, and fetched again when the charger has told something new. @template T @param {string} id @param {string} type @param {() => Promise<T>} fetcher @param {unknown[]} [inputs] */
function useTold(id, type, fetcher, inputs = []) {
  const fetched = useFetched(fetcher, [id, ...inputs]);
  useHeard((event) => event.type === type && event.data.charger_id === id, fetched.again);
  return fetched;
}

/** @param {{charger: Charger}} props */
export function Configuration({ charger }) {
  const able = me.value?.role !== "viewer" && charger.connection !== "offline";
  const list = useTold(charger.id, "charger.local_list", () => api.localList(charger.id));
  useEffect(() => () => {
    if (queryOf("tab") !== "configuration") setQuery({ find: null, show: null, with: null });
  }, []);
  return html`<div class="columns talk">
    <div class="column wide-column"><${Held} charger=${charger} able=${able} /></div>
    <div class="column"><${LocalListCard} id=${charger.id} able=${able} fetched=${list} /></div>
  </div>`;
}

/** @param {{charger: Charger, able: boolean}} props */
function Held({ charger, able }) {
  const id = charger.id;
  const two = hasVariables(charger);
  const { value, error, again } = useTold(id, "charger.configuration", () => settingsOf(id, two), [two]);
  const wished = queryOf("with");
  const other = useFetched(async () => (wished && wished !== id ? settingsOf(wished, two) : null), [wished, two]);
  const [advice, setAdvice] = useState(false);
  const [asking, setAsking] = useState(false);
  const refresh = () => attempt(async () => {
    setAsking(true);
    const command = await (two ? config.reportVariables(id) : api.refreshConfiguration(id)).finally(() => setAsking(false));
    if (command.state !== "accepted") notify(`${t(COMMANDS[command.state].word)}: ${command.error ? told(command.error) : t(COMMANDS[command.state].means ?? "")}${two ? "" : ` ${t("It is asked key by key now.")}`}`, "bad");
    again();
  });
  if (error) return html`<section class="card block"><${Trouble} error=${error} again=${again} /></section>`;
  if (!value) return html`<section class="card block"><${Loading} lines=${8} /></section>`;
  return html`<section class="card block configuration" aria-label=${t("Configuration")}>
    <header><h2>${t("Configuration")}</h2>
      ${value.reboot_required && html`<${Status} is=${KEY_STATES.reboot_required} />`}
      ${me.value?.role !== "viewer" && html`${!two && html`<button type="button" class="button small" disabled=${!able} onClick=${() => setAdvice(true)}>${t("Recommended")}</button>`}
        <button type="button" class="button small" disabled=${!able || asking} onClick=${refresh}><${Icon} name="reset" />${asking ? t("Reading") : t("Read again")}</button>`}
      <button type="button" class="button small" onClick=${() => void attempt(() => saveCsv(value.path, {}, `${two ? "variables" : "configuration"}-${id}.csv`))}><${Icon} name="download" />CSV</button>
      <${CopyCsv} path=${value.path} />
    </header>
    <p class="quiet pad small-text">${value.read_at ? html`${two ? t("Last told") : t("All keys read")} <${Ago} at=${value.read_at} />.` : two ? t("Its variables have not been reported.") : t("Its keys have not been read as a whole.")}
      ${value.failure && html` <span class="form-error" dir="auto">${t("Not read: {why}.", { why: told(value.failure) })}</span>`}</p>
    ${value.settings.length === 0
      ? html`<${Empty} icon="list" title=${t("Nothing is known yet")}><p>${two ? t("A report brings all variables of the charger: press Read again.") : t("A charger is read some seconds after it has connected for the first time, and when its firmware has changed.")}</p><//>`
      : html`<${Table} charger=${charger} mine=${value} other=${other.value ?? null} trouble=${wished ? other.error : null} able=${able} done=${again} />`}
    ${advice && html`<${Advice} id=${id} close=${() => {
      setAdvice(false);
      again();
    }} />`}
  </section>`;
}

/** @param {{path: string}} props */
function CopyCsv({ path }) {
  const copy = () => attempt(async () => {
    await navigator.clipboard?.writeText(await talk.text(path, "text/csv"));
    notify(t("Copied"));
  });
  return html`<button type="button" class="icon-button" title=${t("Copy as CSV")} aria-label=${t("Copy as CSV")} onClick=${copy}><${Icon} name="copy" /></button>`;
}

/** @param {{charger: Charger, mine: Settings, other: Settings | null, trouble: unknown, able: boolean, done: () => void}} props */
function Table({ charger, mine, other, trouble, able, done }) {
  const find = queryOf("find").trim().toLowerCase();
  const show = queryOf("show");
  const theirs = new Map((other?.settings ?? []).map((setting) => [setting.id, setting]));
  const shown = mine.settings.filter((setting) => {
    if (find && ![setting.name, setting.group, setting.value ?? ""].some((text) => text.toLowerCase().includes(find))) return false;
    if (show === "writable") return setting.writable;
    if (show === "readonly") return !setting.writable;
    if (show === "drift") return drifts(setting);
    return show !== "other" || !other || !isSame(setting.value, theirs.get(setting.id)?.value ?? null);
  });
  const drifting = mine.settings.filter(drifts).length;
  const folded = mine.settings.length > MANY && !find && !show;
  return html`<div class="toolbar settings-bar" role="search" aria-label=${t("Filter settings")}>
      <label class="search short"><${Icon} name="search" /><input type="search" placeholder=${t("Key or value")} aria-label=${t("Search keys")} value=${queryOf("find")} onInput=${(/** @type {any} */ event) => setQuery({ find: event.target.value })} /></label>
      <select aria-label=${t("Which settings")} value=${show} onChange=${(/** @type {any} */ event) => setQuery({ show: event.target.value })}>
        <option value="">${t("All settings")}</option><option value="writable">${t("Can be written")}</option><option value="readonly">${t("Read-only")}</option>
        <option value="drift">${t("Not as expected ({n})", { n: count(drifting) })}</option>${other && html`<option value="other">${t("Different there")}</option>`}</select>
      <label class="search short"><${Icon} name="charger" /><${Entry} list="other-chargers" placeholder=${t("Compare with a charger")} aria-label=${t("Compare with a charger")} value=${queryOf("with")} entered=${(/** @type {string} */ text) => setQuery({ with: text })} /></label>
      <datalist id="other-chargers">${chargerIds.value.filter((id) => id !== charger.id).slice(0, CHOICES).map((id) => html`<option key=${id} value=${id}></option>`)}</datalist>
      <span class="quiet push">${t("{n} of {all}", { n: count(shown.length), all: count(mine.settings.length) })}</span></div>
    ${Boolean(trouble) && html`<p class="pad form-error" role="alert">${/** @type {Error} */ (trouble).message}</p>`}
    ${shown.length === 0 && html`<${Empty} icon="search" title=${t("No setting fits")}><p>${t("Loosen the filter above.")}</p><//>`}
    ${inGroups(shown).map(([group, settings]) => html`<details key=${group} class="setting-group" open=${!folded}><summary><span dir="auto">${group}</span> <small class="quiet">${count(settings.length)}</small></summary>
      <table class="plain-table key-table" aria-label=${group}><thead class="visually-hidden"><tr><th scope="col">${t("Key")}</th><th scope="col">${t("Value")}</th>${other && html`<th scope="col">${queryOf("with")}</th>`}<th scope="col">${t("Edit")}</th></tr></thead><tbody>
        ${settings.map((setting) => html`<${SettingRow} key=${setting.id} of=${setting} other=${theirs.get(setting.id) ?? null} compared=${other !== null} able=${able} done=${done} />`)}</tbody></table></details>`)}`;
}

/** Whether it is not as it was written, or not as is recommended. @param {Setting} setting */
const drifts = (setting) => Boolean(setting.advised) || (setting.state !== null && setting.state !== "confirmed");

/** What the recommended set would change, and the button that does it. @param {{id: string, close: () => void}} props */
function Advice({ id, close }) {
  const { value, error, again } = useFetched(() => api.configurationAdvice(id), [id]);
  const changes = value?.items.filter((item) => item.value !== null).length ?? 0;
  const apply = () => attempt(async () => {
    const { items } = await api.applyAdvice(id);
    notify(tn("{n} key is being written, once.", "{n} keys are being written, once each.", items.length));
    close();
  });
  return html`<${Dialog} title=${t("Recommended keys")} close=${close} wide>
    ${error ? html`<${Trouble} error=${error} again=${again} />` : !value ? html`<${Loading} />` : html`
      <table class="plain-table key-table"><tbody>
        ${value.items.map((item) => html`<tr key=${item.key} data-advice=${item.key}><td><span class="key-name">${item.key}</span>
          ${item.current !== null && html`<span class="mono wraps" dir="auto">${item.current}</span>`}${item.value !== null && html` → <b class="mono wraps">${item.value}</b>`}
          <small class="quiet wraps"> ${told(item.reason)}</small></td></tr>`)}</tbody></table>
      <p class="quiet">${t("Each key that differs is written once and read back. A charger may restart over it.")}</p>
      <div class="button-row"><button type="button" class="button primary" disabled=${changes === 0} onClick=${apply}>${changes ? tn("Write {n} key", "Write {n} keys", changes) : t("Nothing to write")}</button></div>`}<//>`;
}

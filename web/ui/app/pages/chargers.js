// @ts-check
/** The chargers: a table or a wall of tiles, searched, filtered, sorted, and chosen for bulk work. Ten thousand, drawn where they are seen. */
import { useMemo, useRef, useState } from "preact/hooks";
import { me, saveList } from "../api.js";
import { tileOf } from "../charger-tile.js";
import { chargerIds, chargers } from "../fleet.js";
import { count, fullMoment, power } from "../format.js";
import { html } from "../html.js";
import { powerOf } from "../running.js";
import { Simulated } from "../simulated.js";
import { Icon } from "../icons.js";
import { InSight } from "../in-sight.js";
import { enterKiosk } from "../kiosk-mode.js";
import { t, tn } from "../languages.js";
import { chargerPath, place, queryOf, setQuery } from "../router.js";
import { loaded, refetch, strangers, summary, trouble } from "../store.js";
import { ViewMenu } from "../view-menu.js";
import { CONNECTIONS, protocolWord, STATE_ORDER, STATES, tileState } from "../words.js";
import { Ago, attempt, Empty, Later, Loading, Status, Trouble, useNarrow } from "../widgets.js";
import { chosen, clearFilters, FilterFields, FiltersOn, filtersOn, isChoosing, SortHead, VIEW } from "./charger-filters.js";

/** @import { Charger } from "../types.d.ts" */

const KEPT_DENSITY = "voltaro.density";

function keptDensity() {
  try {
    return localStorage.getItem(KEPT_DENSITY) === "compact";
  } catch {
    return false;
  }
}

export default function Chargers() {
  const narrow = useNarrow();
  const [compact, setCompact] = useState(keptDensity);
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const [filtering, setFiltering] = useState(filtersOn().length > 0);
  const last = useRef(0);
  const ids = chargerIds.value;
  // Unless something is chosen or sorted by what changes, the list is what it was, and the page is left alone.
  const news = isChoosing() ? summary.value : null;
  const shown = useMemo(() => chosen(ids), [ids, place.value, news]);
  const able = me.value?.role !== "viewer";
  if (!loaded.value) return trouble.value ? html`<${Trouble} error=${trouble.value} />` : html`<${Loading} lines=${10} />`;
  const wall = queryOf("view") === "wall";
  const mark = (/** @type {number} */ at, /** @type {boolean} */ range) => {
    if (!able) return;
    setPicked((before) => {
      const next = new Set(before);
      if (range) for (let one = Math.min(at, last.current); one <= Math.max(at, last.current); one++) next.add(shown[one]);
      else if (!next.delete(shown[at])) next.add(shown[at]);
      return next;
    });
    if (!range) last.current = at;
  };
  const dense = () => {
    setCompact(!compact);
    try {
      localStorage.setItem(KEPT_DENSITY, compact ? "roomy" : "compact");
    } catch {
      // It holds until the page is left.
    }
  };
  const all = shown.length > 0 && shown.every((id) => picked.has(id));
  const pickAll = () => setPicked(all ? new Set() : new Set(shown));
  const row = (/** @type {string} */ id, /** @type {number} */ at, /** @type {boolean} */ current) =>
    html`<${wall ? Tile : Row} id=${id} place=${at} current=${current} picked=${picked.has(id)} mark=${able ? mark : null} compact=${compact} />`;
  const save = (/** @type {string} */ media) => attempt(() => saveList("/chargers", filterQuery(), media === "text/csv" ? "chargers.csv" : "chargers.ndjson", media));
  return html`<div class="page fleet-page">
    <header class="page-head"><h1>${t("Chargers")}</h1><span class="quiet" data-shown=${shown.length}>${shown.length === ids.length ? count(ids.length) : t("{shown} of {total}", { shown: count(shown.length), total: count(ids.length) })}</span>
      <span class="push"></span>
      <button class="button" popovertarget="charger-files"><${Icon} name="download" />${t("Files")}</button>
      <div id="charger-files" class="card menu-popover" popover="auto">
        <button class="button" onClick=${() => save("text/csv")}><${Icon} name="download" />${t("Export as CSV")}</button>
        <button class="button" onClick=${() => save("application/x-ndjson")}><${Icon} name="download" />${t("Export as NDJSON")}</button>
        ${able && html`<button class="button" onClick=${() => setQuery({ import: "1" })}><${Icon} name="upload" />${t("Import")}</button>`}
      </div>
      ${able && html`<button class="button primary" onClick=${() => setQuery({ add: "1" })}><${Icon} name="plus" />${t("Add a charger")}</button>`}
    </header>
    ${strangers.value.length > 0 && html`<p class="warning"><${Icon} name="help" /><span>${tn("{n} unknown charger waits to be let in.", "{n} unknown chargers wait to be let in.", strangers.value.length)} <a href="/connect">${t("See who")}</a></span></p>`}
    <div class="toolbar">
      <label class="search"><${Icon} name="search" /><input type="search" placeholder=${t("Identity, model, firmware")} aria-label=${t("Search chargers")} value=${queryOf("search")}
        onInput=${(/** @type {any} */ event) => setQuery({ search: event.target.value })} /></label>
      <details class="filters-more" open=${filtersOn().length > 0 || undefined} onToggle=${(/** @type {any} */ event) => setFiltering(event.target.open)}>
        <summary class="button"><${Icon} name="list" />${t("Filters")}</summary>${filtering && html`<${FilterFields} />`}</details>
      <${ViewMenu} of=${VIEW} />
      <span class="push button-row">
        <button class="button" aria-pressed=${compact} onClick=${dense} title=${t("More on the screen")}>${t("Compact")}</button>
        <span class="switch" role="group" aria-label=${t("Shown as")}>
          <button class="button" aria-pressed=${!wall} onClick=${() => setQuery({ view: null })}><${Icon} name="list" />${t("Table")}</button>
          <button class="button" aria-pressed=${wall} onClick=${() => setQuery({ view: "wall" })}><${Icon} name="tiles" />${t("Wall")}</button></span>
        ${wall && html`<button class="button" title=${t("The wall alone, for a screen")} aria-label=${t("The wall alone, for a screen")} onClick=${enterKiosk}><${Icon} name="screen" /></button>`}
      </span>
    </div>
    <${StateChips} />
    <${FiltersOn} />
    <section class=${`card block ${wall ? "wall-card" : ""}`}><h2 class="visually-hidden">${t("Chargers")}</h2>
      ${ids.length === 0
        ? html`<${Empty} icon="charger" title=${t("No chargers yet")}><p>${able ? t("Add the first one here, or point a charger at this server: it then waits until you accept it.") : t("Chargers appear here once an operator has added them.")}</p>
            <p class="button-row"><a class="button primary" href="/connect">${t("How to connect a charger")}</a>${able && html`<button class="button" onClick=${() => setQuery({ import: "1" })}>${t("Import a list")}</button>`}</p><//>`
        : shown.length === 0
          ? html`<p class="quiet pad">${t("No charger fits.")} <button class="button small" onClick=${clearFilters}>${t("Show all")}</button></p>`
          : html`<${InSight} items=${shown} keyOf=${(/** @type {string} */ id) => id} item=${row} label=${t("Chargers")} onMark=${able ? mark : undefined}
              height=${wall ? (compact ? 46 : 82) : narrow ? 72 : compact ? 31 : 41} tile=${wall ? (compact ? 104 : 132) : undefined} gap=${wall ? 8 : 0}
              head=${wall || narrow ? undefined : html`<${Head} able=${able} all=${all} pickAll=${pickAll} compact=${compact} />`} />`}
    </section>
    ${able && picked.size > 0 && html`<${Later} load=${() => import("./charger-bulk.js")} part="BulkBar" picked=${picked} shown=${shown} all=${all} pickAll=${pickAll} clear=${() => setPicked(new Set())} />`}
    ${queryOf("add") && able && html`<${Later} load=${() => import("./charger-add.js")} part="AddCharger" close=${() => setQuery({ add: null })} />`}
    ${queryOf("import") && able && html`<${Later} load=${() => import("./import-dialog.js")} part="ImportDialog" path="/chargers/import" done=${() => refetch(null)} close=${() => setQuery({ import: null })} />`}
  </div>`;
}

/** How many chargers are in each state; a click shows these alone. */
function StateChips() {
  const { states } = summary.value;
  const state = queryOf("state");
  return html`<div class="chips" role="group" aria-label=${t("States")}>${STATE_ORDER.filter((name) => states[name] || name === state).map(
    (name) => html`<button key=${name} class=${`chip tone-${STATES[name].tone}`} aria-pressed=${state === name} title=${t(STATES[name].means)}
      onClick=${() => setQuery({ state: state === name ? null : name })}><${Icon} name=${STATES[name].icon} />${t(STATES[name].word)}<b>${count(states[name] ?? 0)}</b></button>`,
  )}</div>`;
}

/** The filters of the address as the API takes them. */
function filterQuery() {
  return Object.fromEntries(["search", "state", ...filtersOn().map(({ name }) => name)].map((name) => [name, queryOf(name)]));
}

/** @param {{able: boolean, all: boolean, pickAll: () => void, compact: boolean}} props */
function Head({ able, all, pickAll }) {
  return html`<div class="row fleet-row" role="row">
    <span role="columnheader">${able ? html`<input type="checkbox" checked=${all} onChange=${pickAll} aria-label=${t("Choose all that fit")} />` : html`<span class="visually-hidden">${t("Chosen")}</span>`}</span>
    <${SortHead} name="id" word=${t("Charger")} /><${SortHead} name="state" word=${t("State")} /><span role="columnheader">${t("Connectors")}</span>
    <${SortHead} name="power" word=${t("Power")} class="right" /><${SortHead} name="protocol" word=${t("Protocol")} /><${SortHead} name="model" word=${t("Model")} />
    <${SortHead} name="firmware" word=${t("Firmware")} class="hide-medium" /><${SortHead} name="site" word=${t("Site")} class="hide-medium" /><${SortHead} name="seen" word=${t("Last seen")} /></div>`;
}

/** @typedef {{id: string, place: number, current: boolean, picked: boolean, mark: ((place: number, range: boolean) => void) | null, compact: boolean}} ItemProps */

/** @param {ItemProps} props */
function Pick({ id, place: at, picked, mark }) {
  if (!mark) return null;
  const click = (/** @type {MouseEvent} */ event) => mark(at, event.shiftKey);
  return html`<input type="checkbox" tabindex="-1" checked=${picked} onClick=${click} aria-label=${t("Choose {id}", { id })} />`;
}

/** @param {ItemProps} props */
function Row(props) {
  const { id, place: at, current, picked } = props;
  const charger = chargers.get(id)?.value;
  if (!charger) return null;
  const watts = powerOf(id);
  const state = tileState(charger);
  return html`<div class=${`row fleet-row ${picked ? "picked" : ""} ${props.compact ? "compact" : ""}`} role="row" aria-rowindex=${at + 2} data-charger=${id} data-state=${state} data-place=${at} data-current=${current || undefined}>
    <span role="cell" class="pick"><${Pick} ...${props} /></span>
    <span role="cell" class="name"><a href=${chargerPath(id)} tabindex=${current ? 0 : -1}><bdi>${id}</bdi></a><${Simulated} is=${charger} />${charger.name && charger.name !== id && html`<small><bdi>${charger.name}</bdi></small>`}</span>
    <span role="cell" class="state"><${Status} small=${props.compact} is=${charger.connection === "suspect" && state === "available" ? CONNECTIONS.suspect : STATES[state]} /></span>
    <span role="cell" class="dots"><${Dots} charger=${charger} /></span>
    <span role="cell" class="right number power-cell">${watts === null ? "" : power(watts)}</span>
    <span role="cell" class="mono hide-narrow">${protocolWord(charger.protocol)}</span>
    <span role="cell" class="clip hide-narrow"><bdi>${[charger.vendor, charger.model].filter(Boolean).join(" ")}</bdi>${!charger.vendor && html`<i class="quiet">${t("not booted yet")}</i>`}</span>
    <span role="cell" class="clip hide-narrow hide-medium"><bdi>${charger.firmware_version}</bdi></span>
    <span role="cell" class="clip hide-narrow hide-medium"><bdi>${charger.site_id}</bdi></span>
    <span role="cell" class="quiet seen hide-narrow">${charger.connection === "online" ? html`<span title=${t("connected since {moment}", { moment: fullMoment(charger.connected_since) })}>${t("now")}</span>` : html`<${Ago} at=${charger.last_seen} />`}</span>
  </div>`;
}

/** @param {{charger: Charger}} props */
function Dots({ charger }) {
  return charger.evses.flatMap((evse) => evse.connectors.map((connector) => {
    const { word, icon, tone } = STATES[connector.state] ?? STATES.unknown;
    const label = t("Connector {id}: {state}", { id: evse.id, state: t(word) });
    return html`<i key=${`${evse.id} ${connector.id}`} class=${`tone-${charger.connection === "offline" ? "off" : tone}`} title=${label}><${Icon} name=${icon} label=${label} /></i>`;
  }));
}

/** @param {ItemProps} props */
function Tile(props) {
  const { id, place: at, current, picked, compact } = props;
  const charger = chargers.get(id)?.value;
  if (!charger) return null;
  const { state, icon, tone, word, power: flowing, session } = tileOf(charger);
  return html`<div role="listitem" class=${`fleet-tile tone-${tone} ${picked ? "picked" : ""} ${compact ? "compact" : ""}`} data-charger=${id} data-state=${state} data-place=${at} data-current=${current || undefined}>
    <span class="tile-top"><a href=${chargerPath(id)} tabindex=${current ? 0 : -1} title=${charger.name ?? id}><bdi>${id}</bdi></a><${Pick} ...${props} /></span>
    <span class="tile-mid"><${Icon} name=${icon} />${flowing ?? word}</span>
    ${!compact && html`<span class="tile-foot">${session ?? html`<bdi class="clip">${charger.model ?? charger.name ?? ""}</bdi>`}</span>`}
  </div>`;
}

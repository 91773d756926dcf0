// @ts-check
/** The message log of one charger: every call with its answer, newest first, live; searched, exported, each with an address of its own. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { talk } from "../api/talk.js";
import { api, saveList } from "../api.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { alsoHear, hear, mayHaveMissed } from "../live.js";
import { filters, Filters, fits, loosen } from "../message-filters.js";
import { joined, keyOf } from "../message-order.js";
import { attributesOf, Detail, Line } from "../message-row.js";
import { queryOf } from "../router.js";
import { VirtualList } from "../virtual.js";
import { attempt, Empty, Loading, Trouble, useFetched } from "../widgets.js";

export { Row } from "../message-row.js";

/** @import { Charger, Exchange } from "../types.d.ts" */

/** So many entries are kept in the page. */
const MOST = 10_000;
/** How many pages are looked through for a first hit: each examines some twenty thousand entries. */
const FAR = 10;
const ROW_HEIGHT = 36;

/** @param {{charger: Charger}} props */
export function Messages({ charger }) {
  const [rows, setRows] = useState(/** @type {Exchange[]} */ ([]));
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(/** @type {Exchange[]} */ ([]));
  const [open, setOpen] = useState(/** @type {Set<string>} */ (new Set()));
  const [state, setState] = useState(/** @type {{loading: boolean, next: string | null, error?: unknown}} */ ({ loading: true, next: null }));
  const kinds = useFetched(() => talk.kinds(charger.id), [charger.id]).value?.items ?? [];
  const pausedNow = useRef(paused);
  pausedNow.current = paused;
  const wanted = filters();
  const asked = JSON.stringify([charger.id, wanted]);
  const askedNow = useRef(asked);
  askedNow.current = asked;
  const busy = useRef(false);

  const fetchPage = async (/** @type {string | null} */ cursor) => {
    busy.current = true;
    setState((before) => ({ ...before, loading: true, error: undefined }));
    try {
      for (let far = 0; far < FAR; far++) {
        const page = await api.messages(charger.id, { limit: 100, cursor, ...wanted });
        if (askedNow.current !== asked) return;
        setRows((before) => joined(before, page.items));
        cursor = page.next;
        if (page.items.length || !cursor) break;
      }
      setState({ loading: false, next: cursor });
    } catch (error) {
      if (askedNow.current === asked) setState({ loading: false, next: null, error });
    } finally {
      if (askedNow.current === asked) busy.current = false;
    }
  };

  useEffect(() => {
    setRows([]);
    setHeld([]);
    setState({ loading: true, next: null });
    const unhear = hear((events) => {
      const fresh = events.filter((event) => event.type === "message" && event.data.charger_id === charger.id).map((event) => /** @type {Exchange} */ (event.data)).filter(fits);
      if (events.some(mayHaveMissed)) void fetchPage(null);
      if (fresh.length) (pausedNow.current ? setHeld : setRows)((before) => joined(before, fresh).slice(0, MOST));
    });
    const unlisten = alsoHear(`messages:${charger.id}`);
    void fetchPage(null);
    return () => {
      unhear();
      unlisten();
    };
  }, [asked]);
  useEffect(() => () => {
    if (queryOf("tab") !== "messages") loosen();
  }, []);

  const resume = () => {
    setPaused(!paused);
    if (!paused) return;
    setRows((before) => joined(before, held).slice(0, MOST));
    setHeld([]);
  };
  const turn = (/** @type {string} */ key) => setOpen((before) => {
    const after = new Set(before);
    if (!after.delete(key)) after.add(key);
    return after;
  });
  const older = () => {
    if (state.next && !busy.current && rows.length < MOST) void fetchPage(state.next);
  };
  const isFiltered = Object.values(wanted).some(Boolean);
  const row = useMemo(() => (/** @type {Exchange} */ item) => html`<${Line} row=${item} open=${open.has(keyOf(item))} turn=${() => turn(keyOf(item))} />
    ${open.has(keyOf(item)) && html`<${Detail} row=${item} protocol=${charger.protocol} />`}`, [open, charger.protocol]);
  return html`<section class="card block talk" aria-label=${t("Messages")}>
    <h2 class="visually-hidden">${t("Messages")}</h2>
    <header><div class="filters toolbar" role="search" aria-label=${t("Filter messages")}>
      <button type="button" class="button" aria-pressed=${paused} onClick=${resume}><${Icon} name=${paused ? "play" : "pause"} />${!paused ? t("Pause") : held.length ? t("Resume ({n})", { n: count(held.length) }) : t("Resume")}</button>
      <${Filters} kinds=${kinds} />
      <span class="quiet push" data-shown=${rows.length}>${t("{n} shown", { n: count(rows.length) })}</span>
      <${Export} charger=${charger} wanted=${wanted} />
    </div></header>
    <p class="visually-hidden" role="status">${paused ? t("Paused: new messages wait.") : ""}</p>
    ${state.error && html`<${Trouble} error=${state.error} again=${() => void fetchPage(null)} />`}
    ${!state.loading && !rows.length && !state.error && html`<${Empty} icon="list" title=${isFiltered ? t("No message fits the filter") : t("No messages yet")}>
      <p>${isFiltered ? t("Loosen the filter above.") : t("Every call and its answer appear here the moment the charger speaks.")}</p>
      ${isFiltered && html`<button type="button" class="button" onClick=${loosen}>${t("No filters")}</button>`}<//>`}
    <${VirtualList} class="messages" items=${rows} keyOf=${keyOf} row=${row} attributes=${attributesOf} guess=${ROW_HEIGHT} label=${t("Messages, newest first")} atEnd=${older} />
    ${state.loading && html`<${Loading} lines=${rows.length ? 2 : 6} />`}
    ${rows.length >= MOST && html`<p class="quiet pad">${t("{n} messages are shown. Give a time above to see older ones.", { n: count(MOST) })}</p>`}
    ${state.next && !state.loading && rows.length < MOST && html`<p class="pad"><button type="button" class="button" onClick=${older}>${t("Older messages")}</button></p>`}
  </section>`;
}

/** @param {{charger: Charger, wanted: Record<string, unknown>}} props */
function Export({ charger, wanted }) {
  const save = (/** @type {string} */ kind, /** @type {string} */ media) => () =>
    void attempt(() => saveList(`/chargers/${encodeURIComponent(charger.id)}/messages`, wanted, `messages-${charger.id}.${kind}`, media));
  return html`<details class="menu end"><summary class="button"><${Icon} name="download" />${t("Export")}</summary><div class="menu-body">
    <p class="quiet">${t("All that pass the filters, not only what is shown.")}</p>
    <button type="button" class="button small" onClick=${save("ndjson", "application/x-ndjson")}>NDJSON</button>
    <button type="button" class="button small" onClick=${save("csv", "text/csv")}>CSV</button></div></details>`;
}


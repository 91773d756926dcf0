// @ts-check
/** What a session is made from: its raw frames, its signed values, its meter values, and the whole as a record to hand on. */
import { useEffect, useState } from "preact/hooks";
import { saveCsv, saveList } from "../api.js";
import { sessionMessages, signedData, signedValues } from "../api/sessions.js";
import { count, milliseconds, moment, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { usePages } from "../paged.js";
import { attempt, Copy, Json, Loading, Trouble } from "../widgets.js";

/** @import { SignedValue, Story } from "../api/sessions.js" */
/** @import { MeterValue, Session } from "../types.d.ts" */

const MOST_ROWS = 500;

/** The OCPP frames that name the session; fetched when they are unfolded. @param {{session: Session}} props */
export function RawFrames({ session }) {
  const [open, setOpen] = useState(false);
  const list = usePages((cursor) => sessionMessages(session.id, cursor), open ? [session.id, session.state] : null);
  const { items: rows, next } = list;
  return html`<details class="card block values" onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}><summary>${t("Raw frames")}</summary>
    ${list.error ? html`<${Trouble} error=${list.error} again=${list.again} />` : !rows ? open && html`<${Loading} lines=${3} />` : html`
      ${rows.length === 0 && !next && html`<p class="quiet pad">${t("The message log holds no frame of this session any more: it keeps them for some weeks.")}</p>`}
      ${rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("Raw frames")}><table class="plain-table"><thead><tr><th>${t("Time")}</th><th>${t("Message")}</th><th class="right">${t("Answered in")}</th></tr></thead>
        <tbody>${rows.map((row) => html`<tr key=${row.id}><td class="number nowrap"><time title=${row.at}>${moment(row.at)}</time></td>
          <td><${Icon} name=${row.direction === "in" ? "up" : "down"} label=${row.direction === "in" ? t("from the charger") : t("to the charger")} /> <a href=${`/messages/${row.id}`}>${row.action || t("Message")}</a>${row.outcome !== "result" && html` <small class="quiet">${row.error_code ?? row.outcome}</small>`}</td>
          <td class="right number">${typeof row.latency_ms === "number" ? milliseconds(row.latency_ms) : "–"}</td></tr>`)}</tbody></table></div>`}
      <p class="button-row pad">${next && html`<button class="button small" onClick=${list.more}>${t("Look further")}</button>`}
        <button class="button small" onClick=${() => attempt(() => saveList(`/sessions/${session.id}/messages`, {}, `session-${session.id}-messages.ndjson`, "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button></p>`}
  </details>`;
}

/** What a driver may check a bill against. @param {{session: Session, values: MeterValue[]}} props */
export function SignedValues({ session, values }) {
  const [items, setItems] = useState(/** @type {SignedValue[]} */ ([]));
  const signed = values.filter((value) => value.signed).length;
  useEffect(() => {
    if (signed) signedValues(session.id).then((page) => setItems(page.items), () => undefined);
  }, [session.id, signed]);
  if (!signed) return null;
  return html`<section class="card block" aria-label=${t("Signed meter values")}><header><h2>${t("Signed meter values")}</h2></header>
    <p class="quiet pad">${t("The meter signed these. Whoever has its public key can check that nobody changed them.")}</p>
    <ul class="rows">${items.map((item) => html`<li class="row-link signed-row" key=${item.id}><${Icon} name="lock" /><span><b>${time(item.at)} · ${item.context}</b><small dir="auto">${item.format ?? t("Format not told")} · ${item.measurand}</small>
      ${item.public_key && html`<small><code dir="auto">${item.public_key.slice(0, 60)}</code><${Copy} text=${item.public_key} label=${t("Copy the public key")} /></small>`}</span>
      <${CopyData} item=${item} /><a class="button small" href=${item.data_url} download><${Icon} name="download" />${t("Data")}</a></li>`)}</ul></section>`;
}

/** @param {{item: SignedValue}} props */
function CopyData({ item }) {
  const [text, setText] = useState(item.data);
  useEffect(() => {
    signedData(item.data_url).then(setText, () => undefined);
  }, [item.id]);
  return html`<${Copy} text=${text} label=${t("Copy the signed data")} />`;
}

/** @param {{session: Session, values: MeterValue[]}} props */
export function MeterValues({ session, values }) {
  const [wanted, setWanted] = useState("");
  if (!values.length) return null;
  const names = [...new Set(values.map((value) => value.measurand))].sort();
  const shown = values.filter((value) => !wanted || value.measurand === wanted);
  return html`<details class="card block values"><summary>${t("Meter values ({n})", { n: count(values.length) })}</summary>
    <p class="button-row pad"><select aria-label=${t("What was measured")} value=${wanted} onChange=${(/** @type {any} */ event) => setWanted(event.target.value)}>
        <option value="">${t("Everything")}</option>${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>
      <button class="button small" onClick=${() => attempt(() => saveCsv(`/sessions/${session.id}/meter-values`, {}, `session-${session.id}.csv`))}><${Icon} name="download" />CSV</button>
      <button class="button small" onClick=${() => attempt(() => saveList(`/sessions/${session.id}/meter-values`, {}, `session-${session.id}.ndjson`, "application/x-ndjson"))}><${Icon} name="download" />NDJSON</button></p>
    ${shown.length > MOST_ROWS && html`<p class="quiet pad">${t("The newest {n} are shown; the file has all.", { n: count(MOST_ROWS) })}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label=${t("Meter values")}><table class="plain-table"><thead><tr><th>${t("Time")}</th><th>${t("What")}</th><th class="hide-narrow">${t("Context")}</th><th class="right">${t("Value")}</th></tr></thead>
      <tbody>${shown.slice(-MOST_ROWS).reverse().map((value, place) => html`<tr key=${place}><td class="number nowrap">${time(value.at)}</td><td dir="auto">${value.measurand}${value.phase && ` ${value.phase}`}</td><td class="hide-narrow" dir="auto">${value.context}</td>
        <td class="right number" dir="auto">${value.signed ? html`<${Icon} name="lock" label=${t("signed")} /> ${String(value.value).slice(0, 24)}…` : `${value.value} ${value.unit}`}</td></tr>`)}</tbody></table></div></details>`;
}

/** The session as a charge detail record, near to that of OCPI 2.2.1: energy in kWh, time in hours. @param {{session: Session, values: MeterValue[], story: Story}} props */
export function ChargeRecord({ session, values, story }) {
  const [open, setOpen] = useState(false);
  const record = open ? recordOf(session, values, story) : null;
  const text = JSON.stringify(record, null, 2);
  return html`<details class="card block values" onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}><summary>${t("Charge detail record")}</summary>
    ${record && html`<p class="button-row pad"><${Copy} text=${text} label=${t("Copy the record")} /><span class="quiet">${t("As JSON, with the names of OCPI. There is no price in it.")}</span></p><div class="pad"><${Json} value=${record} /></div>`}</details>`;
}

/** @param {Session} session @param {MeterValue[]} values @param {Story} story */
function recordOf(session, values, story) {
  const hours = session.ended_at ? (Date.parse(session.ended_at) - Date.parse(session.started_at)) / 3_600_000 : null;
  return {
    id: String(session.id),
    start_date_time: session.started_at,
    end_date_time: session.ended_at,
    session_id: session.transaction_id,
    cdr_token: session.id_tag === null ? null : { uid: session.id_tag },
    auth_method: story.started_by ? "COMMAND" : "AUTH_REQUEST",
    cdr_location: { id: session.charger_id, evse_uid: session.evse_id === null ? null : String(session.evse_id), connector_id: session.connector_id === null ? null : String(session.connector_id) },
    total_energy: session.energy_wh / 1000,
    total_time: hours === null ? null : Math.round(hours * 10_000) / 10_000,
    meter_start_kwh: session.meter_start_wh === null ? null : session.meter_start_wh / 1000,
    meter_stop_kwh: session.meter_stop_wh === null ? null : session.meter_stop_wh / 1000,
    stop_reason: session.stop_reason,
    remarks: session.flags,
    signed_values: values.filter((value) => value.signed).length,
    meter_values: values.length,
  };
}

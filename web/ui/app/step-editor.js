// @ts-check
/** A limit over a day as steps: dragged, moved by keys, or typed in beside the drawing. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./languages.js";
import { limitWord } from "./schedule-chart.js";
import { Entry } from "./widgets.js";

/** ``minute`` of the day that the editor shows, which begins at ``origin`` minutes after midnight. @typedef {{minute: number, limit: number}} LimitStep */

const DAY = 1440;
const SNAP = 15;
const HEIGHT = 132;
const PAD = 10;
/** Below this a car draws nothing (IEC 61851): what lies between it and 0 is no limit that a charger is told. */
const LEAST = { A: 6, W: 1380 };
export const MOST_STEPS = 12;

/** @param {number} minute of the axis @param {number} origin @returns {string} as a field of the kind ``time`` has it */
export const clockAt = (minute, origin) => {
  const all = (((minute + origin) % DAY) + DAY) % DAY;
  return `${String(Math.floor(all / 60)).padStart(2, "0")}:${String(Math.floor(all % 60)).padStart(2, "0")}`;
};

/** In the order of time, the first at the beginning. @param {LimitStep[]} steps @returns {LimitStep[]} */
export const ordered = (steps) => [...steps].sort((a, b) => a.minute - b.minute).map((step, place) => (place ? step : { ...step, minute: 0 }));

/** @param {{steps: LimitStep[], unit: "A" | "W", origin: number, change: (steps: LimitStep[]) => void}} props */
export function StepEditor({ steps, unit, origin, change }) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);
  const dragged = useRef(-1);
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => setWidth(element.clientWidth));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  const grain = unit === "A" ? 1 : 500;
  const top = Math.max(unit === "A" ? 32 : 22_000, ...steps.map(({ limit }) => limit)) * 1.1;
  const x = (/** @type {number} */ minute) => PAD + (minute / DAY) * (width - 2 * PAD);
  const y = (/** @type {number} */ limit) => PAD + (1 - limit / top) * (HEIGHT - 2 * PAD);
  /** A step where it may be: between its neighbours, and no limit below nothing. @param {number} place @param {LimitStep} wished */
  const put = (place, wished) => {
    const [least, most] = [place ? steps[place - 1].minute + 1 : 0, (steps[place + 1]?.minute ?? DAY) - 1];
    const minute = place === 0 ? 0 : Math.min(most, Math.max(least, wished.minute));
    change(steps.map((step, number) => (number === place ? { minute, limit: Math.max(0, wished.limit) } : step)));
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (dragged.current < 0) return;
    const box = /** @type {HTMLDivElement} */ (ref.current).getBoundingClientRect();
    const minute = Math.round((((event.clientX - box.left - PAD) / (width - 2 * PAD)) * DAY) / SNAP) * SNAP;
    const limit = Math.round(((1 - (event.clientY - box.top - PAD) / (HEIGHT - 2 * PAD)) * top) / grain) * grain;
    put(dragged.current, { minute, limit: limit < LEAST[unit] / 2 ? 0 : Math.max(LEAST[unit], limit) });
  };
  const keys = (/** @type {number} */ place) => (/** @type {KeyboardEvent} */ event) => {
    const { minute, limit } = steps[place];
    /** @type {Record<string, LimitStep>} */
    const moves = {
      ArrowUp: { minute, limit: Math.max(LEAST[unit], limit + grain) }, ArrowDown: { minute, limit: limit - grain < LEAST[unit] ? 0 : limit - grain }, ArrowLeft: { minute: minute - SNAP, limit }, ArrowRight: { minute: minute + SNAP, limit },
    };
    if (moves[event.key]) {
      event.preventDefault();
      put(place, moves[event.key]);
    } else if ((event.key === "Delete" || event.key === "Backspace") && steps.length > 1) {
      event.preventDefault();
      remove(place);
    }
  };
  const remove = (/** @type {number} */ gone) => change(ordered(steps.filter((_, place) => place !== gone)));
  const add = () => {
    const last = steps[steps.length - 1];
    const gaps = steps.map((step, place) => ({ place, long: (steps[place + 1]?.minute ?? DAY) - step.minute })).sort((a, b) => b.long - a.long);
    const { place, long } = gaps[0];
    change(ordered([...steps, { minute: Math.round((steps[place].minute + long / 2) / SNAP) * SNAP, limit: last.limit }]));
  };
  const outline = steps.map((step, place) => `${place ? "L" : "M"}${x(step.minute)},${y(step.limit)} L${x(steps[place + 1]?.minute ?? DAY)},${y(step.limit)}`).join(" ");
  return html`<div class="step-editor">
    <div class="steps-drawn" ref=${ref} onPointerMove=${move} onPointerUp=${() => (dragged.current = -1)} onPointerLeave=${() => (dragged.current = -1)}>
      ${width > 0 && html`<svg width=${width} height=${HEIGHT + 16}>
        ${[0, 360, 720, 1080].map((minute) => html`<g key=${minute} aria-hidden="true"><line class="grid" x1=${x(minute)} x2=${x(minute)} y1="0" y2=${HEIGHT} /><text class="tick" x=${x(minute) + 2} y=${HEIGHT + 12}>${clockAt(minute, origin)}</text></g>`)}
        <path class="area" aria-hidden="true" d=${`${outline} L${x(DAY)},${y(0)} L${x(0)},${y(0)} Z`} /><path class="outline" aria-hidden="true" d=${outline} />
        ${steps.map((step, place) => html`<circle key=${place} class="handle" cx=${x(step.minute)} cy=${y(step.limit)} r="8" tabindex="0" role="slider" data-handle=${place}
          aria-label=${t("Step {n}", { n: place + 1 })} aria-valuemin="0" aria-valuemax=${Math.ceil(top)} aria-valuenow=${step.limit} aria-valuetext=${t("from {time}: {limit}", { time: clockAt(step.minute, origin), limit: limitWord(step.limit, unit) })}
          onKeyDown=${keys(place)} onPointerDown=${(/** @type {PointerEvent} */ event) => {
            dragged.current = place;
            /** @type {Element} */ (event.target).setPointerCapture(event.pointerId);
          }} />`)}
      </svg>`}</div>
    <ol class="step-rows">${steps.map((step, place) => html`<li key=${place} data-step=${place}>
      <label><span>${t("From")}</span><${Entry} type="time" step=${SNAP * 60} disabled=${place === 0} value=${clockAt(step.minute, origin)} aria-label=${t("Step {n} begins at", { n: place + 1 })} entered=${(/** @type {string} */ text) => {
        const [hour, minute] = text.split(":").map(Number);
        if (Number.isFinite(hour)) put(place, { minute: (hour * 60 + minute - origin + DAY) % DAY, limit: step.limit });
      }} /></label>
      <label><span>${t("At most")}</span><input type="number" min="0" step="0.1" required value=${step.limit} aria-label=${place ? t("Step {n}: at most", { n: place + 1 }) : t("At most")} onInput=${(/** @type {any} */ event) => {
        const limit = Number(event.target.value);
        event.target.setCustomValidity(limit > 0 && limit < LEAST[unit] ? t("0, or {least} and more", { least: limitWord(LEAST[unit], unit) }) : "");
        put(place, { minute: step.minute, limit });
      }} /></label>
      <span class="quiet">${unit}</span>
      ${steps.length > 1 && html`<button type="button" class="icon-button" aria-label=${t("Remove step {n}", { n: place + 1 })} onClick=${() => remove(place)}><${Icon} name="trash" /></button>`}</li>`)}</ol>
    ${steps.length < MOST_STEPS && html`<button type="button" class="button small" onClick=${add}><${Icon} name="plus" />${t("Add a step")}</button>`}
  </div>`;
}

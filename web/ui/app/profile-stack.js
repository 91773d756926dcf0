// @ts-check
/** The charging profiles of a charger as layers over the coming day: each with its steps, faint where another has the say. */
import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "./format.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { layersOf } from "./profile-steps.js";
import { limitWord } from "./schedule-chart.js";
import { clockOf } from "./timeline-words.js";
import { PURPOSES } from "./words.js";

/** @import { HeldProfile, Session } from "./types.d.ts" */

const HEIGHT = 46;
const GAP = 22;
const AXIS = 18;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** @param {{profiles: HeldProfile[], sessions: Session[]}} props */
export function ProfileStack({ profiles, sessions }) {
  const ref = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (ref.current);
    const resize = new ResizeObserver(() => setWidth(element.clientWidth));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  const from = Math.floor(now.peek() / 60_000) * 60_000;
  const to = from + DAY_MS;
  const layers = layersOf(profiles, sessions, from, to);
  const x = (/** @type {number} */ at) => ((at - from) / DAY_MS) * width;
  const every = width < 520 ? 6 : 3;
  const ticks = Array.from({ length: 24 / every }, (_, place) => Math.ceil(from / HOUR_MS) * HOUR_MS + place * every * HOUR_MS);
  const height = AXIS + layers.length * (HEIGHT + GAP);
  return html`<figure class="stack"><div ref=${ref} data-layers=${layers.length}>
    ${width > 0 && html`<svg width=${width} height=${height} aria-hidden="true">
      ${ticks.map((at) => html`<g key=${at}><line class="grid" x1=${x(at)} x2=${x(at)} y1=${AXIS - 4} y2=${height} /><text class="tick" x=${x(at) + 3} y="11">${clockOf(at, DAY_MS)}</text></g>`)}
      ${layers.map(({ profile, steps }, place) => {
        const top = Math.max(1, ...steps.map(({ limit }) => limit ?? 0)) * 1.1;
        const y = AXIS + place * (HEIGHT + GAP) + GAP - 4;
        return html`<g key=${profile.id} data-layer=${profile.id}>
          <text class="lane-label" x="0" y=${y - 5}>${nameOf(profile)}</text><rect class="lane-ground" x="0" y=${y} width=${width} height=${HEIGHT} />
          ${steps.map((step, number) => {
            if (step.limit === null) return null;
            const end = steps[number + 1]?.at ?? to;
            const wide = x(end) - x(step.at);
            const high = Math.max(2, (step.limit / top) * HEIGHT);
            return html`<g key=${step.at} class=${step.rules ? "step" : "step faint"}><rect class="body" x=${x(step.at)} y=${y + HEIGHT - high} width=${Math.max(1, wide)} height=${high} />
              ${wide > 44 && html`<text x=${x(step.at) + 5} y=${high > 18 ? y + HEIGHT - high + 14 : y + HEIGHT - high - 4}>${limitWord(step.limit, profile.schedule.unit)}</text>`}</g>`;
          })}</g>`;
      })}</svg>`}</div>
    <figcaption>${layers.map((layer) => `${nameOf(layer.profile)}: ${stepsWord(layer)}`).join(" · ")}</figcaption></figure>`;
}

/** @param {HeldProfile} profile */
function nameOf({ id, evse_id: evse, purpose, stack_level: level }) {
  return t("{id}: {where}, {purpose}, level {level}", { id, level, where: evse ? t("connector {n}", { n: evse }) : t("whole charger"), purpose: t(PURPOSES[purpose] ?? purpose) });
}

/** @param {import("./profile-steps.js").Layer} layer */
function stepsWord({ profile, steps }) {
  const said = steps.filter(({ limit }) => limit !== null).map(({ at, limit, rules }) => `${clockOf(at, DAY_MS)} ${limitWord(limit, profile.schedule.unit)}${rules ? "" : ` (${t("another has the say")})`}`);
  return said.length ? said.slice(0, 6).join(", ") + (said.length > 6 ? " …" : "") : t("says nothing today");
}

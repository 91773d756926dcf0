// @ts-check
/** A figure with the last minutes of it drawn small. */
import { html } from "./html.js";
import { t } from "./languages.js";

const [WIDE, HIGH] = [120, 34];

/**
 * ``shown`` writes a value with its unit; ``values`` are oldest first, null where there was none.
 * @param {{title: string, values: (number | null)[], shown: (value: number) => string, means?: string}} props
 */
export function MiniChart({ title, values, shown, means }) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  const latest = known.at(-1);
  const most = Math.max(0, ...known);
  const words = latest === undefined ? t("nothing yet") : t("now {now}, most {most}", { now: shown(latest), most: shown(most) });
  return html`<div class="card mini" title=${means}>
    <h3>${title}</h3>
    <p class="figure">${latest === undefined ? "–" : shown(latest)}</p>
    <svg viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label=${`${title}: ${words}`}><path class="area" d=${area(values, most)} /><path class="line" d=${line(values, most)} /></svg>
    <small class="quiet">${latest === undefined ? words : t("most {most}", { most: shown(most) })}</small>
  </div>`;
}

/** @param {(number | null)[]} values @param {number} most */
function points(values, most) {
  const step = WIDE / Math.max(1, values.length - 1);
  return values.map((value, place) => (value === null ? null : `${(place * step).toFixed(1)},${(HIGH - 1 - (value / (most || 1)) * (HIGH - 3)).toFixed(1)}`));
}

/** @param {(number | null)[]} values @param {number} most */
function line(values, most) {
  const drawn = points(values, most).filter((point) => point !== null);
  return drawn.length > 1 ? `M${drawn.join(" L")}` : "";
}

/** @param {(number | null)[]} values @param {number} most */
function area(values, most) {
  const drawn = points(values, most).filter((point) => point !== null);
  if (drawn.length < 2) return "";
  const [first, last] = [drawn[0].split(",")[0], drawn[drawn.length - 1].split(",")[0]];
  return `M${first},${HIGH} L${drawn.join(" L")} L${last},${HIGH} Z`;
}

// @ts-check
/** The few icons, drawn on a grid of 16 with lines of the text's colour. */
import { html } from "./html.js";

/** @type {Record<string, string>} */
const PATHS = {
  bolt: "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
  plug: "M6 1.5v3M10 1.5v3M4 4.5h8v3a4 4 0 0 1-8 0zM8 11.5v3",
  pause: "M5.5 3v10M10.5 3v10",
  check: "M3 8.5 6.5 12 13 4.5",
  checks: "M1.5 8.5 4.5 12l6-7.5M8 12l6.5-7.5",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2.2 1.6",
  circle: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
  ban: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM3.8 3.8l8.4 8.4",
  alert: "M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6v.2",
  help: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.3 6.2a1.8 1.8 0 1 1 2.6 1.9c-.6.3-.9.6-.9 1.2M8 11.4v.2",
  link: "M6.5 9.5l3-3M7 4.5l1.2-1.2a3.1 3.1 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.2 1.2a3.1 3.1 0 0 1-4.5-4.5L4.5 7",
  unlink: "M7 4.5l1.2-1.2a3.1 3.1 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.2 1.2a3.1 3.1 0 0 1-4.5-4.5L4.5 7M2 2l12 12",
  shield: "M8 1.8 2.8 3.6v4c0 3.2 2.2 5.5 5.2 6.6 3-1.1 5.2-3.4 5.2-6.6v-4zM6 6l4 4M10 6l-4 4",
  send: "M14 2 7 9M14 2l-4.5 12L7 9 2 6.5z",
  reset: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  home: "M2.5 7.5 8 2.5l5.5 5M4 6.5v7h8v-7",
  charger: "M3.5 14V3.2A1.2 1.2 0 0 1 4.7 2h4.1A1.2 1.2 0 0 1 10 3.2V14M2.5 14h8.5M10 8h1a1 1 0 0 1 1 1v2a1 1 0 0 0 2 0V6.5L12.2 5M7.2 4.5 5.7 7.3h2.1L6.4 10",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1",
  tag: "M2.5 7.5v-5h5l6 6-5 5zM5.2 5.2v.1",
  tree: "M5.5 2h5v3.5h-5zM1.8 10.5h4.4V14H1.8zM9.8 10.5h4.4V14H9.8zM8 5.5V8M4 10.5V8h8v2.5",
  tiles: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
  qr: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h1.500M13.5 9.500v1.500M9.500 13.500h1.500M13.500 13.500h-.1",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z",
  auto: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5h4.5M8 8h6M8 11h4.5",
  exit: "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.4 3.4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  stop: "M4 4h8v8H4z",
  play: "M4.5 2.8v10.4L13 8z",
  lock: "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 4.9-.7",
  power: "M8 2v5.5M4.6 4.4a5 5 0 1 0 6.8 0",
  down: "M8 2.5v10M4 8.8 8 12.8l4-4",
  up: "M8 13.5v-10M4 7.2 8 3.2l4 4",
  right: "M6 3.5 10.5 8 6 12.5",
  upload: "M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10v3.5h11V10",
  download: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 11v2.5h11V11",
  car: "M2 11V8.5l1.6-.6L5 4.5h6l1.4 3.4 1.6.6V11zM4.3 11v1.5M11.7 11v1.5M3.8 7.9h8.4",
  user: "M8 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM2.8 13.8c.5-2.7 2.6-4 5.2-4s4.700 1.300 5.200 4",
  crash: "M8 1.5 9.300 5l3.700-1.200-1.700 3.400L14.500 9l-3.600.9.6 3.700L8 11.500l-3.500 2.100.6-3.700L1.500 9l3.200-1.800L3 3.800 6.700 5z",
  gear: "M8 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.400zM8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600 5 5M11 11l1.400 1.400M3.600 12.400 5 11M11 5l1.400-1.400",
  trash: "M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9",
  map: "M6 3 2 4.500v9L6 12l4 1.500 4-1.500v-9L10 4.500 6 3zM6 3v9M10 4.500v9",
  mute: "M4 11V7a4 4 0 0 1 6.800-2.900M12 7v4h1.500M2.500 11h7.500M6.700 13.200a1.500 1.500 0 0 0 2.600 0M2.500 2.500l11 11",
  pin: "M8 14.500S3.500 9.800 3.500 6.300a4.500 4.500 0 0 1 9 0c0 3.500-4.500 8.200-4.500 8.200zM8 4.800a1.600 1.600 0 1 0 0 3.200 1.600 1.600 0 0 0 0-3.200z",
  screen: "M2 3h12v8H2zM5.500 13.500h5M8 11v2.500",
  bookmark: "M4.500 2.500h7v11L8 10.500l-3.500 3z",
  edit: "M3 13l.7-3L10.500 3.200l2.300 2.300L6 12.300zM9 4.700 11.300 7",
};

/** The lines of an icon, for who draws them into a picture of their own. @param {string} name */
export const iconPath = (name) => PATHS[name] ?? PATHS.help;

/** @param {{name: string, label?: string, class?: string}} props */
export function Icon({ name, label, class: extra }) {
  return html`<svg class=${`icon ${extra ?? ""}`} viewBox="0 0 16 16" aria-hidden=${label ? undefined : "true"} role=${label ? "img" : undefined} aria-label=${label}>
    <path d=${iconPath(name)} />
  </svg>`;
}

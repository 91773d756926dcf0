// @ts-check
/** A QR code, drawn by the server as a picture. */
import { qrAddress } from "../api/fleet.js";
import { html } from "../html.js";
import { t } from "../languages.js";

/** @param {{text: string}} props */
export function QrCode({ text }) {
  return html`<figure class="qr"><img src=${qrAddress(text)} width="180" height="180" alt=${t("QR code of {url}", { url: text })} /></figure>`;
}

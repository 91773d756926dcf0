// @ts-check
/** The mark of what is simulated: seen wherever it could be taken for real. */
import { html } from "./html.js";
import { t } from "./languages.js";

/** @param {{is: {simulated?: boolean} | null | undefined}} props */
export function Simulated({ is }) {
  return is?.simulated ? html`<span class="simulated" title=${t("Not a real charger: it comes from the simulator, and is never billed.")}>${t("simulated")}</span>` : null;
}

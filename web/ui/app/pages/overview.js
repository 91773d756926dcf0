// @ts-check
/** The overview: the fleet at a glance, moving by itself, and what needs an operator. */
import { useEffect } from "preact/hooks";
import { startToday } from "../api/overview.js";
import { FleetMap } from "../fleet-map.js";
import { chargerIds } from "../fleet.js";
import { HistoryCard } from "../history-chart.js";
import { html } from "../html.js";
import { t } from "../languages.js";
import { loaded, trouble } from "../store.js";
import { Loading, Trouble } from "../widgets.js";
import { NeedsAttention } from "./overview-attention.js";
import { Feed } from "./overview-feed.js";
import { Figures } from "./overview-figures.js";
import { Fleet } from "./overview-fleet.js";
import { Running } from "./overview-running.js";

export { NoChargers } from "./overview-fleet.js";

export default function Overview() {
  useEffect(() => {
    if (loaded.value) startToday();
  }, [loaded.value]);
  if (!loaded.value) return trouble.value ? html`<${Trouble} error=${trouble.value} />` : html`<${Loading} lines=${8} />`;
  const some = chargerIds.value.length > 0;
  return html`<div class="page overview">
    <header class="page-head"><h1>${t("Overview")}</h1></header>
    <${Figures} />
    <div class="columns">
      <div class="column wide-column"><${Fleet} />${some && html`<${HistoryCard} /><${Running} /><${FleetMap} />`}</div>
      <div class="column"><${NeedsAttention} /><${Feed} /></div>
    </div>
  </div>`;
}

// @ts-check
/** One entry of the message log, by its own address. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api.js";
import { fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { chargerPath } from "../router.js";
import { Empty, Loading, Trouble } from "../widgets.js";
import { Row } from "./charger-messages.js";

/** @import { Exchange } from "../types.d.ts" */

/** @param {{id: string}} props */
export default function MessagePage({ id }) {
  const [row, setRow] = useState(/** @type {Exchange | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    setRow(null);
    setError(null);
    api.message(id).then(setRow, setError);
  }, [id]);
  if (error?.status === 404) return html`<${Empty} icon="list" title="This message is not in the log any more"><p>Messages are kept for some weeks, then dropped.</p><//>`;
  if (!row) return error ? html`<${Trouble} error=${error} />` : html`<${Loading} />`;
  const around = `${chargerPath(row.charger_id)}?tab=messages`;
  return html`<div class="page">
    <header class="charger-head"><p class="crumbs"><a href=${around}>${row.charger_id}</a><${Icon} name="right" /></p>
      <div class="title-line"><h1>${row.action || "Message"}</h1><span class="quiet">${fullMoment(row.at)}</span></div></header>
    <section class="card block" aria-label="Message"><ol class="messages"><${Row} row=${row} isOpen /></ol></section>
  </div>`;
}

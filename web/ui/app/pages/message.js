// @ts-check
/** One entry of the message log, by its own address, amid its neighbours. */
import { useState } from "preact/hooks";
import { talk } from "../api/talk.js";
import { api } from "../api.js";
import { chargers } from "../fleet.js";
import { fullMoment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { Detail, Line, Row } from "../message-row.js";
import { chargerPath } from "../router.js";
import { Copy, Empty, Loading, Trouble, useFetched } from "../widgets.js";

/** @import { MessageContext } from "../api/talk.js" */

const STEP = 8;
const MOST = 100;

/** @param {{id: string}} props */
export default function MessagePage({ id }) {
  const [each, setEach] = useState(STEP);
  const fetched = useFetched(() => talk.context(id, each), [id, each]);
  const error = /** @type {any} */ (fetched.error);
  const context = fetched.value && String(fetched.value.message.id) === id ? fetched.value : null;
  if (error?.status === 404) return html`<${Empty} icon="list" title=${t("This message is not in the log any more")}><p>${t("Messages are kept for some weeks, then dropped.")}</p><//>`;
  if (!context) return error ? html`<${Trouble} error=${error} again=${fetched.again} />` : html`<${Loading} />`;
  return html`<${Shown} key=${id} context=${context} more=${each < MOST ? () => setEach(Math.min(MOST, each * 3)) : null} each=${each} />`;
}

/** @param {{context: MessageContext, more: (() => void) | null, each: number}} props */
function Shown({ context, more, each }) {
  const row = context.message;
  const known = chargers.get(row.charger_id)?.value;
  const charger = useFetched(async () => known ?? api.charger(row.charger_id).catch(() => null), [row.charger_id]).value;
  const protocol = known?.protocol ?? charger?.protocol ?? null;
  const [open, setOpen] = useState(true);
  const tail = `${chargerPath(row.charger_id)}?tab=messages`;
  return html`<div class="page talk">
    <header class="charger-head"><p class="crumbs"><a href=${tail}><bdi>${row.charger_id}</bdi></a><${Icon} name="right" /></p>
      <div class="title-line"><h1>${row.action || t("Message")}</h1><span class="quiet">${fullMoment(row.at)}</span>
        <${Copy} text=${`${location.origin}/messages/${row.id}`} label=${t("Copy the address of this message")} /></div></header>
    <section class="card block" aria-label=${t("Messages around it")}>
      <h2 class="visually-hidden">${t("Messages around it")}</h2>
      ${more && context.after.length >= each && html`<p class="pad"><button type="button" class="button small" onClick=${more}>${t("More around it")}</button></p>`}
      ${context.after.length > 0 && html`<ol class="messages" aria-label=${t("After it")}>${[...context.after].reverse().map((other) => html`<${Row} key=${other.id} row=${other} protocol=${protocol} />`)}</ol>`}
      <div class="message-here" data-action=${row.action} data-direction=${row.direction}><${Line} row=${row} open=${open} turn=${() => setOpen(!open)} />${open && html`<${Detail} row=${row} protocol=${protocol} context=${context} />`}</div>
      ${context.before.length > 0 && html`<ol class="messages" aria-label=${t("Before it")}>${context.before.map((other) => html`<${Row} key=${other.id} row=${other} protocol=${protocol} />`)}</ol>`}
    </section>
  </div>`;
}

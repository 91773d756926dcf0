// @ts-check
/** The messages that came after a command: its own exchange, and what the charger then said. */
import { api } from "./api.js";
import { chargers } from "./fleet.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { Row } from "./message-row.js";
import { useHeard } from "./news.js";
import { Loading, useFetched } from "./widgets.js";

/** @import { Command, Exchange } from "./types.d.ts" */

const WITHIN_MS = 60_000;
const MOST = 12;
/** A message is written a little later than it is heard. */
const WRITTEN_MS = 1000;

/** @param {{command: Command}} props */
export function Followed({ command }) {
  const id = command.charger_id;
  const since = command.sent_at ?? command.created_at ?? null;
  const { value, again } = useFetched(async () => (since ? around(id, since) : []), [command.id, command.state, command.effect]);
  const isFresh = since !== null && Date.now() - Date.parse(since) <= WITHIN_MS;
  useHeard(({ type, data }) => type === "message" && data.charger_id === id, again, { topic: isFresh ? `messages:${id}` : undefined, calmMs: WRITTEN_MS });
  if (!since) return null;
  if (!value) return html`<${Loading} lines=${2} />`;
  const own = value.find((row) => row.message_id === command.id);
  const rest = value.filter((row) => row !== own && row.kind !== "replay").slice(0, MOST);
  const protocol = chargers.get(id)?.value.protocol ?? null;
  return html`<h3>${t("Messages it brought")}</h3>
    ${!own && !rest.length ? html`<p class="quiet">${t("Nothing in the message log yet.")}</p>`
      : html`<ol class="messages" aria-label=${t("Messages it brought")}>${[...(own ? [own] : []), ...rest].map((row) => html`<${Row} key=${row.id} row=${row} protocol=${protocol} />`)}</ol>`}`;
}

/** What was said in the minute after, oldest first. @param {string} id @param {string} since @returns {Promise<Exchange[]>} */
async function around(id, since) {
  const from = Date.parse(since) - 50;
  const page = await api.messages(id, { since: new Date(from).toISOString(), until: new Date(from + WITHIN_MS).toISOString(), limit: 100 });
  return [...page.items].reverse();
}

// @ts-check
/** The shared worker: one live stream for every tab of this browser, because HTTP/1.1 gives a browser six lines in all. */
import { note, Stream } from "./stream.js";

/** @type {Map<MessagePort, string[]>} */
const tabs = new Map();

const stream = new Stream(
  (events) => tell({ kind: "events", events }),
  (state, since) => tell({ kind: "state", state, since }),
);

/** @param {any} message */
function tell(message) {
  for (const [port, topics] of tabs) {
    if (message.kind !== "events") port.postMessage(message);
    else {
      const events = message.events.filter((/** @type {any} */ event) => event.type !== "message" || topics.includes(`messages:${event.data.charger_id}`));
      if (events.length) port.postMessage({ kind: "events", events });
    }
  }
}

/** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data.kind === "restart") return stream.restart();
    const isNew = !tabs.has(port);
    if (data.kind === "topics" && data.topics.length) tabs.set(port, data.topics);
    else tabs.delete(port);
    stream.listen([...tabs.values()].flat());
    port.postMessage({ kind: "state", state: stream.state, since: stream.since });
    if (isNew && stream.state === "live") port.postMessage({ kind: "events", events: [note("attached", { first: true })] });
  };
  port.start();
};

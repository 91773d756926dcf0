// @ts-check
/** Sending a request as the form says, the same as a line for a shell, and what came back. */
import { element } from "./dom.js";
import { t } from "./words.js";

/** @typedef {{method: string, url: string, headers: Record<string, string>, body: string | undefined}} Request */

const SHOWN = ["etag", "location", "link", "retry-after", "ratelimit", "preference-applied", "idempotency-replayed", "x-request-id", "content-type"];
const MOST_SHOWN = 200_000;

/** A word of a POSIX shell. @param {string} text */
const word = (text) => (/^[A-Za-z0-9_./:=@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The request as a line for a shell; the token is left to the environment. @param {Request} request @param {boolean} open @param {boolean} streams */
export function curlOf(request, open, streams) {
  const parts = ["curl", streams ? "--no-buffer" : "--fail-with-body"];
  if (request.method !== "GET") parts.push("--request", request.method);
  if (!open) parts.push("--header", '"Authorization: Bearer $VOLTARO_TOKEN"');
  for (const [name, value] of Object.entries(request.headers)) parts.push("--header", word(`${name}: ${value}`));
  if (request.body !== undefined) parts.push("--data-binary", word(request.body));
  parts.push(word(new URL(request.url, location.origin).href));
  return parts.join(" ");
}

/** Send it and show what comes. @param {Request} request @param {{token: string, csrf: string | null}} by @param {HTMLElement} answer */
export async function send(request, by, answer) {
  const stop = new AbortController();
  const headers = { ...request.headers };
  if (by.token) headers.Authorization = `Bearer ${by.token}`;
  else if (request.method !== "GET" && by.csrf) headers["X-Voltaro-CSRF"] = by.csrf;
  const began = performance.now();
  const status = element("p", { role: "status", class: "status" }, t("Sent, waiting for the answer."));
  answer.replaceChildren(status);
  let response;
  try {
    response = await fetch(request.url, {
      method: request.method,
      headers,
      body: request.body,
      signal: stop.signal,
      credentials: by.token ? "omit" : "same-origin",
      redirect: "manual",
    });
  } catch (error) {
    status.textContent = t("The server does not answer: {why}", { why: String(error) });
    return;
  }
  const took = Math.round(performance.now() - began);
  status.textContent = response.type === "opaqueredirect" ? t("Leads elsewhere.") : t("{status}, after {took} ms", { status: `${response.status} ${response.statusText}`, took });
  status.classList.add(response.ok ? "good" : "bad");
  const told = SHOWN.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
  const shown = element("pre", { tabindex: "0", "aria-label": t("Answer") });
  answer.append(element("pre", { class: "heads", tabindex: "0", "aria-label": t("Headers of the answer") }, told.join("\n")), shown);
  if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) await follow(response, stop, shown, answer);
  else shown.textContent = readable(await response.text());
}

/** JSON is laid out, all else stays as it is. @param {string} text */
function readable(text) {
  if (text.length > MOST_SHOWN) return `${text.slice(0, MOST_SHOWN)}\n... ${t("{n} more characters", { n: text.length - MOST_SHOWN })}`;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What a stream tells, until it is stopped. @param {Response} response @param {AbortController} stop @param {HTMLElement} shown @param {HTMLElement} answer */
async function follow(response, stop, shown, answer) {
  const button = element("button", { class: "button", type: "button" }, t("Stop the stream"));
  button.addEventListener("click", () => stop.abort());
  answer.insertBefore(button, shown);
  const decoder = new TextDecoder();
  try {
    for (const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      shown.textContent = ((shown.textContent ?? "") + decoder.decode(value, { stream: true })).slice(-MOST_SHOWN);
    }
  } catch (error) {
    if (!stop.signal.aborted) shown.append(`\n${error}`);
  }
  button.remove();
}

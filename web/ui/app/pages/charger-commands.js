// @ts-check
/** Any OCPP action, sent as it is: the list of this charger's version, a payload checked against its schema, the answer. */
import { useEffect, useState } from "preact/hooks";
import { api, me } from "../api.js";
import { Answers, useCommands } from "../commands.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { queryOf, setQuery } from "../router.js";
import { exampleOf } from "../schema.js";
import { protocolWord } from "../words.js";
import { Empty, Json, Loading } from "../widgets.js";

/** @import { Charger } from "../types.d.ts" */

/** @param {{charger: Charger}} props */
export function Commands({ charger }) {
  const commands = useCommands(charger.id);
  const offline = charger.connection === "offline";
  return html`<div class="columns even">
    <div class="column wide-column">
      ${offline
        ? html`<section class="card block"><${Empty} icon="unlink" title="The charger is offline"><p>Its OCPP version, and so what it can be asked, is known while it is connected.</p><//></section>`
        : html`<${Sender} charger=${charger} run=${commands.run} />`}
    </div>
    <div class="column"><${Answers} commands=${commands.list} /></div>
  </div>`;
}

/** @param {{charger: Charger, run: ReturnType<typeof useCommands>["run"]}} props */
function Sender({ charger, run }) {
  const [actions, setActions] = useState(/** @type {{name: string, schema: any}[] | null} */ (null));
  const [error, setError] = useState("");
  const [schema, setSchema] = useState(/** @type {any} */ (null));
  const [text, setText] = useState("{}");
  const [busy, setBusy] = useState(false);
  const action = queryOf("action") || actions?.[0]?.name || "";
  useEffect(() => {
    api.actions(charger.id).then(
      (page) => setActions(page.items.map((item) => (typeof item === "string" ? { name: item, schema: null } : { name: item.action, schema: item.schema ?? null }))),
      (problem) => setError(problem.message),
    );
  }, [charger.id, charger.protocol]);
  useEffect(() => {
    if (!action || !actions) return;
    let current = true;
    const have = actions.find((known) => known.name === action)?.schema;
    Promise.resolve(have ?? api.actionSchema(charger.id, action)).then(
      (found) => {
        if (!current) return;
        const bare = found.schema ?? found;
        setSchema(bare);
        setText(JSON.stringify(exampleOf(bare), null, 2));
      },
      () => current && setSchema(null),
    );
    return () => {
      current = false;
    };
  }, [action, actions]);
  const wrong = whyNotJson(text);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    await run(action, () => api.command(charger.id, action, JSON.parse(text)));
    setBusy(false);
  };
  if (!actions) return error ? html`<p class="form-error">${error}</p>` : html`<${Loading} />`;
  return html`<section class="card block" aria-label="Send any action"><header><h2>Any action of OCPP ${protocolWord(charger.protocol)}</h2></header>
    <form class="sender" onSubmit=${send}>
      <label>Action<select value=${action} onChange=${(/** @type {any} */ event) => setQuery({ action: event.target.value })}>
        ${actions.map(({ name }) => html`<option key=${name} value=${name} selected=${name === action}>${name}</option>`)}</select></label>
      <label>Payload, in OCPP's spelling<textarea rows="6" spellcheck=${false} class="mono" value=${text} aria-invalid=${wrong ? "true" : undefined}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea></label>
      <p class="form-error" role="alert">${wrong}</p>
      <div class="button-row"><button class="button primary" type="submit" disabled=${Boolean(wrong) || busy || me.value?.role === "viewer"}><${Icon} name="send" />${busy ? "Asking" : "Send"}</button>
        <span class="quiet">Checked against the schema before it is sent.</span></div>
    </form>
    ${schema && html`<details class="schema"><summary>What ${action} may hold</summary><${Members} schema=${schema} /><details><summary>The whole schema</summary><${Json} value=${schema} /></details></details>`}
  </section>`;
}

/** The members of a payload as a table. @param {{schema: any}} props */
function Members({ schema }) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {});
  if (!rows.length) return html`<p class="quiet">Nothing: the payload is empty.</p>`;
  return html`<table class="plain-table"><thead><tr><th>Member</th><th>Kind</th><th>Meaning</th></tr></thead><tbody>
    ${rows.map(([name, part]) => {
      const found = part.$ref ? schema.definitions?.[part.$ref.split("/").pop()] ?? part : part;
      const kind = found.enum ? found.enum.join(" | ") : found.type === "array" ? "list" : found.type ?? "object";
      return html`<tr key=${name}><td class="mono">${name}${required.has(name) && html`<b class="tone-bad" title="required"> *</b>`}</td><td class="mono small-text">${kind}${found.maxLength ? ` ≤ ${found.maxLength}` : ""}</td>
        <td class="small-text">${part.description ?? found.description ?? ""}</td></tr>`;
    })}</tbody></table>`;
}

/** @param {string} text */
function whyNotJson(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? "" : "A payload is a JSON object: { ... }";
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

// @ts-check
/** Where the dashboard begins: theme, router, who is signed in, then the shell. */
import { render } from "preact";
import { api, me } from "./api.js";
import { html } from "./html.js";
import { startLanguage } from "./languages.js";
import { startRouter } from "./router.js";
import { Shell } from "./shell.js";
import { SignIn } from "./signin.js";
import { startTheme } from "./theme.js";
import { Loading } from "./widgets.js";

function App() {
  if (me.value === undefined) return html`<${Loading} lines=${1} />`;
  return me.value === null ? html`<${SignIn} />` : html`<${Shell} />`;
}

async function identify() {
  try {
    me.value = await api.me();
  } catch (error) {
    if (/** @type {any} */ (error).status !== 401) setTimeout(identify, 2000);
  }
}

startTheme();
startRouter();
await startLanguage();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
void identify();

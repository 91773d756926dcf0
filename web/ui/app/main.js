// @ts-check
/** Where the dashboard begins: theme, router, who is signed in, then the shell. */
import { render } from "preact";
import { ended, me } from "./api.js";
import { html } from "./html.js";
import { isKiosk } from "./kiosk-mode.js";
import { startLanguage } from "./languages.js";
import { startRouter } from "./router.js";
import { Shell } from "./shell.js";
import { identify, personOf, startSigned } from "./signed.js";
import { SignIn, SignInAgain } from "./signin.js";
import { startTheme } from "./theme.js";
import { Loading } from "./widgets.js";

function App() {
  if (me.value === undefined) return html`<${Loading} lines=${1} />`;
  // A screen that everybody sees has nothing typed to keep.
  if (me.value === null || (ended.value && isKiosk.value)) return html`<${SignIn} />`;
  return html`<${Shell} key=${personOf(me.value)} />${ended.value && html`<${SignInAgain} name=${me.value.name} />`}`;
}

/** Until the server has said who is signed in, or that nobody is. */
async function begin() {
  try {
    await identify();
  } catch (error) {
    if (/** @type {any} */ (error).status !== 401) setTimeout(begin, 2000);
  }
}

startTheme();
startRouter();
await startLanguage();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
startSigned();
void begin();

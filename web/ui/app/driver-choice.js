// @ts-check
/** A driver, chosen by name: what is written is looked for, and the number of the one who was chosen is in the form. */
import { useEffect, useRef, useState } from "preact/hooks";
import { people } from "./api/people.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { usePages } from "./paged.js";
import { ENABLED } from "./people-words.js";
import { Status } from "./widgets.js";

/** @import { Driver } from "./api/people.js" */

const MOST = 8;
const TYPING_MS = 150;

/** @typedef {{id: number, name: string}} Chosen */

/** @param {{name: string, driver: Chosen | null}} props ``name`` of the field that holds the number; nobody is chosen where nothing is written */
export function DriverChoice({ name, driver }) {
  const [chosen, setChosen] = useState(driver);
  const [text, setText] = useState(driver?.name ?? "");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const search = chosen ? "" : text.trim();
  const { items, loading } = usePages(() => people.drivers({ search, limit: MOST }), open ? search : null, { patienceMs: TYPING_MS });
  const shown = (open && items) || [];
  const place = Math.min(at, shown.length - 1);
  useEffect(() => field.current?.setCustomValidity(search ? t("Choose one of the drivers that are listed, or leave this empty.") : ""), [search]);
  const write = (/** @type {string} */ written) => {
    setText(written);
    setChosen(null);
    setOpen(true);
    setAt(0);
  };
  const take = (/** @type {Driver} */ one) => {
    setText(one.name);
    setChosen(one);
    setOpen(false);
  };
  const move = (/** @type {KeyboardEvent} */ event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (step && !open) setOpen(true);
    else if (step) setAt(Math.max(0, Math.min(shown.length - 1, place + step)));
    else if (event.key === "Enter" && open && shown[place]) {
      // What is listed may be what fitted before the last letters.
      if (!loading) take(shown[place]);
    } else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  return html`<div class="driver-choice"><input type="hidden" name=${name} value=${chosen?.id ?? ""} />
    <label>${t("Driver")} <small class="quiet">${t("whose it is, by name")}</small><input ref=${field} role="combobox" aria-autocomplete="list" aria-expanded=${shown.length > 0} aria-controls="driver-choices"
      aria-activedescendant=${shown.length ? `driver-choice-${place}` : undefined} autocomplete="off" spellcheck=${false} maxlength="100" dir="auto" placeholder=${t("nobody's")} value=${text}
      onInput=${(/** @type {any} */ event) => write(event.target.value)} onClick=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${move} /></label>
    <ul id="driver-choices" role="listbox" aria-label=${t("Drivers")} hidden=${shown.length === 0}>${shown.map((one, index) => html`<li key=${one.id} id=${`driver-choice-${index}`} role="option" aria-selected=${index === place}
      onMouseDown=${(/** @type {MouseEvent} */ event) => event.preventDefault()} onClick=${() => take(one)} onMouseMove=${() => setAt(index)}>
      <bdi>${one.name}</bdi><small class="quiet clip" dir="auto">${[one.email, one.external_id].filter(Boolean).join(" · ")}</small>${one.disabled && html`<${Status} small is=${ENABLED.off} />`}</li>`)}</ul>
    <p class="quiet small-text" role="status">${open && !loading && items?.length === 0 ? t("No driver fits.") : ""}</p></div>`;
}

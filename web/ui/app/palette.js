// @ts-check
/** The command palette: every page, charger, running session and tag, a few letters away. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, me } from "./api.js";
import { chargerIds, chargers } from "./fleet.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { overlay } from "./keys.js";
import { enterKiosk } from "./kiosk-mode.js";
import { chooseLanguage, LANGUAGES, t } from "./languages.js";
import { menuEntries } from "./menu.js";
import { chargerPath, go } from "./router.js";
import { activeSessions } from "./running.js";
import { urlOfView, views } from "./saved-views.js";
import { nextTheme } from "./theme.js";
import { Dialog } from "./widgets.js";
import { STATES, tileState } from "./words.js";
import { chooseZone, ZONES } from "./zone.js";

/** @typedef {{key: string, icon: string, kind: string, word: string, beside?: string, run: () => void}} Choice */

const MOST = 40;
const MOST_CHARGERS = 12;

/** How well a text fits what is typed: a beginning beats a word's beginning beats a part; null does not fit. @param {string} text @param {string} wish */
function fit(text, wish) {
  const place = text.toLowerCase().indexOf(wish);
  if (place < 0) return null;
  return place === 0 ? 0 : /[\s_\-/.]/.test(text[place - 1]) ? 1 : 2;
}

/** @returns {Choice[]} */
function fixed() {
  const pages = menuEntries.value.map(({ path, icon, word }) => ({ key: path, icon, kind: t("Page"), word: t(word), run: () => go(path) }));
  const saved = views.value.flatMap((view) => {
    const page = menuEntries.value.find(({ path }) => path === view.path);
    return page ? [{ key: `view ${view.path} ${view.name}`, icon: "bookmark", kind: t("View"), word: view.name, beside: t(page.word), run: () => go(urlOfView(view)) }] : [];
  });
  const languages = Object.entries(LANGUAGES).map(([name, word]) => ({ key: `language ${name}`, icon: "auto", kind: t("Language"), word, run: () => void chooseLanguage(name) }));
  const zones = Object.entries(ZONES).map(([name, word]) => ({
    key: `zone ${name}`, icon: "clock", kind: t("Time zone"), word: t(word), run: () => chooseZone(/** @type {keyof typeof ZONES} */ (name)),
  }));
  const adding = me.value?.role === "viewer" ? [] : [{ key: "add", icon: "plus", kind: t("Action"), word: t("Add a charger"), run: () => go("/chargers?add=1") }];
  return [
    ...pages,
    ...saved,
    ...adding,
    { key: "wall", icon: "screen", kind: t("Action"), word: t("The wall alone, for a screen"), run: enterKiosk },
    { key: "theme", icon: "moon", kind: t("Action"), word: t("Change the theme"), run: nextTheme },
    { key: "keys", icon: "help", kind: t("Action"), word: t("Show all keys"), run: () => (overlay.value = "keys") },
    ...languages,
    ...zones,
  ];
}

/** @param {string} wish @returns {Choice[]} */
function matching(wish) {
  if (!wish) return fixed().slice(0, MOST);
  /** @type {[number, Choice][]} */
  const found = [];
  for (const choice of fixed()) {
    const rank = fit(choice.word, wish) ?? (fit(choice.kind, wish) === null ? null : 3);
    if (rank !== null) found.push([rank, choice]);
  }
  let left = MOST_CHARGERS;
  for (const id of chargerIds.value) {
    const charger = chargers.get(id)?.peek();
    const rank = charger ? fit(id, wish) ?? (charger.name ? fit(charger.name, wish) : null) : null;
    if (rank === null || !charger || left-- <= 0) continue;
    found.push([rank, { key: `charger ${id}`, icon: "charger", kind: t("Charger"), word: id, beside: [charger.name !== id && charger.name, t(STATES[tileState(charger)].word)].filter(Boolean).join(" · "), run: () => go(chargerPath(id)) }]);
  }
  for (const session of activeSessions.value) {
    const rank = fit(String(session.id), wish) ?? fit(session.id_tag ?? "", wish);
    if (rank !== null && found.length < MOST) {
      found.push([rank + 1, { key: `session ${session.id}`, icon: "bolt", kind: t("Session"), word: t("Session {id}", { id: session.id }), beside: [session.charger_id, session.id_tag].filter(Boolean).join(" · "), run: () => go(`/sessions/${session.id}`) }]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]).map(([, choice]) => choice).slice(0, MOST);
}

/** The tags that fit, as the server has them; asked when typing pauses. @param {string} wish @returns {Choice[]} */
function useTags(wish) {
  const [tags, setTags] = useState(/** @type {Choice[]} */ ([]));
  useEffect(() => {
    if (wish.length < 2) return setTags([]);
    const asked = new AbortController();
    const timer = setTimeout(() => {
      api.tags({ search: wish, limit: 6 }).then(
        (page) => !asked.signal.aborted && setTags(page.items.map((tag) => ({ key: `tag ${tag.id_tag}`, icon: "tag", kind: t("Tag"), word: tag.id_tag, beside: tag.note ?? undefined, run: () => go(`/tags?search=${encodeURIComponent(tag.id_tag)}`) }))),
        () => undefined,
      );
    }, 180);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [wish]);
  return tags;
}

export function Palette() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const wish = text.trim().toLowerCase();
  const tags = useTags(wish);
  const choices = useMemo(() => matching(wish), [wish]);
  const all = [...choices, ...tags];
  const place = Math.min(at, Math.max(0, all.length - 1));
  useEffect(() => list.current?.children[place]?.scrollIntoView({ block: "nearest" }), [place]);
  const close = () => (overlay.value = null);
  /** @param {Choice | undefined} choice */
  const take = (choice) => {
    if (!choice) return;
    close();
    choice.run();
  };
  const move = (/** @type {KeyboardEvent} */ event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 })[event.key];
    if (step) setAt(Math.max(0, Math.min(all.length - 1, place + step)));
    else if (event.key === "Enter") take(all[place]);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title=${t("Go to or do")} close=${close}>
    <div class="palette">
      <label class="search"><${Icon} name="search" /><input type="search" autofocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${all.length ? `palette-${place}` : undefined}
        aria-label=${t("Page, charger, session or tag")} placeholder=${t("Page, charger, session or tag")} onKeyDown=${move}
        onInput=${(/** @type {any} */ event) => { setText(event.target.value); setAt(0); }} /></label>
      <ul id="palette-list" role="listbox" ref=${list} aria-label=${t("What fits")}>
        ${all.map((choice, index) => html`<li key=${choice.key} id=${`palette-${index}`} role="option" aria-selected=${index === place} onClick=${() => take(choice)} onMouseMove=${() => setAt(index)}>
          <${Icon} name=${choice.icon} /><bdi>${choice.word}</bdi>${choice.beside && html`<small class="quiet clip">${choice.beside}</small>`}<small class="quiet push">${choice.kind}</small></li>`)}
      </ul>
      ${all.length === 0 && html`<p class="quiet pad">${t("Nothing fits.")}</p>`}
    </div>
  <//>`;
}

/** Every key there is. */
export function KeyHelp() {
  /** @type {[string, string][]} */
  const keys = [
    ["Ctrl K", t("Go to or do")], ["/", t("Search on this page")], ["v", t("Saved views of this page")], ["w", t("The wall alone, for a screen")], ["?", t("Show all keys")], ["Esc", t("Close what lies over the page")],
    ...menuEntries.value.filter(({ key }) => key).map(({ key, word }) => /** @type {[string, string]} */ ([`g ${key}`, t(word)])),
  ];
  return html`<${Dialog} title=${t("Keys")} close=${() => (overlay.value = null)}>
    <dl class="keys">${keys.map(([key, word]) => html`<div key=${key}><dt>${key.split(" ").map((part) => html`<kbd>${part}</kbd>`)}</dt><dd>${word}</dd></div>`)}</dl>
  <//>`;
}

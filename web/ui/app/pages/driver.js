// @ts-check
/** One driver: who they are, their tags, their newest sessions. */
import { useState } from "preact/hooks";
import { me } from "../api.js";
import { people } from "../api/people.js";
import { day, energy, moment } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { t } from "../languages.js";
import { DriverFields, driverOf, Twice } from "../people-widgets.js";
import { ENABLED } from "../people-words.js";
import { go } from "../router.js";
import { TAGS } from "../words.js";
import { attempt, Dialog, Empty, Loading, notify, Status, Trouble, useFetched } from "../widgets.js";

/** @import { DriverDetail } from "../api/people.js" */

/** @param {{id: string}} props */
export default function DriverPage({ id }) {
  const { value: driver, error, again } = useFetched(() => people.driver(id), [id]);
  /** The driver as the dialog was opened with; of the version that saving replaces. */
  const [editing, setEditing] = useState(/** @type {DriverDetail | null} */ (null));
  const [conflict, setConflict] = useState(false);
  if (error && !driver) return html`<${Trouble} error=${error} again=${again} />`;
  if (!driver) return html`<${Loading} />`;
  const able = me.value?.role !== "viewer";
  const change = (/** @type {Partial<DriverDetail>} */ wish) => attempt(() => people.changeDriver(driver, wish)).then(again);
  const remove = () => attempt(async () => {
    await people.removeDriver(driver);
    notify(t("{name} is removed; their tags stay and are nobody's.", { name: driver.name }));
    go("/drivers");
  });
  const close = () => {
    setEditing(null);
    setConflict(false);
  };
  const edited = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const [opened, wish] = [editing ?? driver, driverOf(event)];
    void attempt(async () => {
      try {
        await people.changeDriver(opened, wish);
      } catch (problem) {
        if (/** @type {any} */ (problem).status !== 412) throw problem;
        setEditing({ ...opened, version: (await people.driver(id)).version });
        return setConflict(true);
      }
      close();
      again();
    });
  };
  const facts = [[t("E-mail"), driver.email], [t("Telephone"), driver.phone], [t("External id"), driver.external_id], [t("Note"), driver.note], [t("Since"), day(driver.created_at)]];
  return html`<div class="page">
    <header class="charger-head"><nav class="crumbs" aria-label=${t("Where this is")}><a href="/drivers">${t("Drivers")}</a><${Icon} name="right" /></nav>
      <div class="title-line"><h1><bdi>${driver.name}</bdi></h1><${Status} is=${ENABLED[driver.disabled ? "off" : "on"]} /><span class="push"></span>
        ${able && html`<button class="button" onClick=${() => setEditing(driver)}><${Icon} name="list" />${t("Edit")}</button>
          ${driver.disabled
            ? html`<button class="button" onClick=${() => change({ disabled: false })}><${Icon} name="check" />${t("Enable")}</button>`
            : html`<button class="button" onClick=${() => change({ disabled: true })}><${Icon} name="ban" />${t("Disable")}</button>`}
          <${Twice} large icon="trash" word=${t("Remove")} sure=${t("Really remove?")} act=${remove} />`}</div></header>
    ${driver.disabled && html`<p class="warning"><${Icon} name="ban" />${t("While a driver is disabled, their tags do not charge.")}</p>`}
    <div class="columns even">
      <section class="card block"><header><h2>${t("Who they are")}</h2></header>
        <dl class="facts tall">${facts.map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd dir="auto">${value ?? html`<span class="quiet">–</span>`}</dd></div>`)}</dl></section>
      ${driver.tags && html`<${Tags} driver=${driver} able=${able} again=${again} />`}</div>
    ${driver.sessions && html`<section class="card block" aria-label=${t("Sessions")}><header><h2>${t("Newest sessions")}</h2></header>${
      driver.sessions.length === 0
        ? html`<${Empty} icon="bolt" title=${t("No sessions yet")}><p>${t("Sessions begun with one of their tags appear here.")}</p><//>`
        : html`<table class="plain-table"><thead><tr><th>${t("Began")}</th><th>${t("Charger")}</th><th class="hide-narrow">${t("Tag")}</th><th class="right">${t("Energy")}</th></tr></thead>
          <tbody>${driver.sessions.map((session) => html`<tr key=${session.id}><td><a href=${`/sessions/${session.id}`}>${moment(session.started_at)}</a></td><td><bdi>${session.charger_id}</bdi></td>
            <td class="mono hide-narrow"><bdi>${session.id_tag}</bdi></td><td class="right number">${energy(session.energy_wh)}</td></tr>`)}</tbody></table>`
    }</section>`}
    ${editing && html`<${Dialog} title=${t("Edit {name}", { name: driver.name })} close=${close}><form onSubmit=${edited}>
      ${conflict && html`<p class="warning" role="alert"><${Icon} name="alert" />${t("Somebody else has changed this since you opened it. Saving again puts your values in the place of theirs.")}</p>`}<${DriverFields} driver=${editing} />
      <div class="button-row"><button class="button primary" type="submit">${conflict ? t("Save all the same") : t("Save")}</button><button class="button" type="button" onClick=${close}>${t("Cancel")}</button></div></form><//>`}
  </div>`;
}

/** @param {{driver: DriverDetail, able: boolean, again: () => void}} props */
function Tags({ driver, able, again }) {
  const give = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    void attempt(async () => {
      await people.giveTag(String(new FormData(form).get("tag")).trim(), driver.id);
      form.reset();
      again();
    });
  };
  const takeBack = (/** @type {string} */ tag) => attempt(() => people.giveTag(tag, null)).then(again);
  return html`<section class="card block" aria-label=${t("Tags")}><header><h2>${t("Tags")}</h2></header>
    ${driver.tags?.length ? html`<ul class="rows owned">${driver.tags.map((tag) => html`<li key=${tag.id_tag} data-tag=${tag.id_tag}><bdi class="mono wraps">${tag.id_tag}</bdi><${Status} small is=${TAGS[tag.status] ?? TAGS.invalid} />
      ${able && html`<${Twice} word=${t("Take back")} sure=${t("Really?")} label=${t("Take back {tag}", { tag: tag.id_tag })} act=${() => takeBack(tag.id_tag)} />`}</li>`)}</ul>` : html`<p class="pad quiet">${t("No tag is theirs.")}</p>`}
    ${able && html`<form class="pad inline-form" onSubmit=${give}><label>${t("Give them a tag that is known")}<input name="tag" required autocomplete="off" spellcheck=${false} maxlength="255" class="mono" /></label><button class="button" type="submit">${t("Give")}</button></form>`}
  </section>`;
}

// @ts-check
/** What a tile says of a charger, wherever it stands. */
import { energy, power, soc } from "./format.js";
import { html } from "./html.js";
import { t } from "./languages.js";
import { powerOf, sessionsOf } from "./running.js";
import { Bar } from "./widgets.js";
import { STATES, tileState } from "./words.js";

/** @import { Charger } from "./types.d.ts" */

/**
 * Its state, the power that flows or else the state in a word, and how far its session has come (nothing where none runs). Who draws it
 * draws it anew when the sessions of the charger change.
 * @param {Charger} charger
 */
export function tileOf(charger) {
  const state = tileState(charger);
  const [icon, tone] = [STATES[state].icon, STATES[state].tone];
  const word = t(STATES[state].short ?? STATES[state].word);
  const sessions = sessionsOf(charger.id).value;
  const watts = powerOf(charger.id);
  const charge = sessions.find((session) => session.soc_percent !== null && session.soc_percent !== undefined)?.soc_percent ?? null;
  const session = sessions.length ? html`<${Bar} percent=${charge} /><span>${charge === null ? energy(sessions[0].energy_wh) : soc(charge)}</span>` : null;
  return { state, icon, tone, word, power: watts ? power(watts) : null, session };
}

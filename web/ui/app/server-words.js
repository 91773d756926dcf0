// @ts-check
/** What the server says in sentences of its own: explanations of anomalies, reasons of commands and certificates. They come in English, and are shown in the chosen language. */
import { isolated } from "./isolated.js";
import { m, t } from "./languages.js";

/** Every sentence that is the same each time (``domain/anomaly.py``, ``domain/configuration.py``, ``actors/``, ``authority/``). @type {Set<string>} */
const SENTENCES = new Set([
  m("Something that OCPP does not foresee. The message was handled as well as it could be."),
  m("The message is of another OCPP version than was agreed on. It was read in that one."),
  m("A number came as text. It was read as the number it spells."),
  m("A whole number is written with a decimal point or an exponent. It was read as the number it is."),
  m("Text came as a number. It was kept digit by digit as it was written."),
  m("A yes or no came as text, or text as a yes or no. It was read as what it says."),
  m("Text came as a JSON object or list. It was kept as the JSON text of it."),
  m("A member that is absent came as null. It was taken as absent."),
  m("A member that is absent came empty, or as the word null. It was taken as absent."),
  m("A list that must hold something came empty. There was nothing to record."),
  m("The message has a member that OCPP does not know. It was left out; the raw frame has it."),
  m("A text is longer than OCPP allows. It was kept whole."),
  m("A word is spelled otherwise than OCPP spells it. The right one was taken."),
  m("A word is none that OCPP has. It was kept as it came, and counts as unknown."),
  m("A member that nothing depends on could not be read. It was left out; the raw frame has it."),
  m("The frame is no UTF-8. It was read as Latin-1."),
  m("The frame holds control characters or half a character. They were taken out or marked."),
  m("Something follows the end of the frame. It was cut off."),
  m("A member has no value at all, which is no JSON. It was taken as absent."),
  m("The message id is a number where OCPP wants text. It was given back as it came."),
  m("The message id is longer than 36 characters. It was given back as it came."),
  m("A message id was used for another message before. It was handled as a new message."),
  m("A message came again. It got the same answer, and had no second effect."),
  m("An answer to a question that nobody asked. It was ignored."),
  m("An answer came after its time had run out. It was recorded all the same."),
  m("The charger's clock was never set. The time at which the message came was taken instead."),
  m("A time names no zone. It was read as UTC, or in the charger's zone."),
  m("A time is written otherwise than OCPP writes it. It was read for what it says."),
  m("A time lies in the future. The time at which the message came was taken instead."),
  m("A time is missing or empty. The time at which the message came was taken instead."),
  m("A time cannot be read. The time at which the message came was taken instead."),
  m("A session ended before it began. It was given no duration."),
  m("A tag has spaces around it. It was looked up without them, and kept as it came."),
  m("A tag is empty. Whether anybody may charge here without one is a switch of the charger."),
  m("A measured value has quotes, a decimal comma or the like. It was read as the number it means."),
  m("A measured value is no number. It was kept as text and not counted."),
  m("Power and energy of a session do not fit each other by about a thousand: one of them may be in kilo. Nothing was changed; compare with the meter, then set energy_scale or power_scale."),
  m("A member that OCPP requires is missing or unreadable. An empty one was put in its place."),
  m("A message that counts could not be read. It was put aside whole; see the dead letters."),
  m("A frame is no message of OCPP. It was refused."),
  m("A frame is no message of OCPP. There was nothing to answer."),
  m("The charger reports more connectors than any has. The surplus was ignored."),
  m("The charger does so many different odd things that the rest are counted together."),
  m("starts, stops and meter values are sent again for long enough, and not dropped"),
  m("they are sent again soon, and not in a rush"),
  m("a line that died without a word is found out by the charger"),
  m("a session is followed while it runs"),
  m("energy and power of a session are told while it runs"),
  m("the stop of a session carries its meter's readings"),
  m("a tag that may not charge ends what it has begun"),
  m("a driver has time to plug in"),
  m("the charger has not told this key"),
  m("it is good as it is"),
  m("the charger does not let it be written"),
  m("the charger will do it once what runs has ended"),
  m("the charger has stored it, and needs a restart to use it"),
  m("no session has started"),
  m("no status has shown it"),
  m("the charger has not booted"),
  m("the message has not come"),
  m("the session has not ended"),
  m("the session there has not ended"),
  m("the value has not been read back"),
  m("the charger asked whether the tag may charge, and was told that it may"),
  m("the charger did not answer in time"),
  m("the line was lost before the charger answered"),
  m("the line was lost before the command was sent"),
  m("the charger's answer was lost in a restart of the server; it is not sent again"),
  m("it does not answer when it is asked for its configuration"),
  m("the charger has no local authorization list"),
  m("the charger gave no valid answer"),
  m("the charger has rebooted"),
  m("it is no PKCS#10 request in PEM"),
  m("its key or subject cannot be read"),
  m("it is no X.509 certificate in PEM"),
  m("its subject or dates cannot be read"),
  m("it is no PEM: it has characters outside ASCII"),
]);

/** Sentences that end in something else. @type {[string, (rest: string) => string][]} */
const BEGINNINGS = [["by the central system: ", (rest) => t("by the central system: {reason}", { reason: told(rest) })]];

/**
 * A sentence of the server's in the chosen language. What is not known (a charger's or an operator's own words) is set apart as it is.
 * @param {string} text
 * @returns {string}
 */
export function told(text) {
  if (SENTENCES.has(text)) return t(text);
  const [beginning, say] = BEGINNINGS.find(([start]) => text.startsWith(start)) ?? [];
  return beginning && say ? say(text.slice(beginning.length)) : isolated(text);
}

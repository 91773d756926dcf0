// @ts-check
/** The words of sessions: why one ended, why one is unresolved, and what its charger reported. */
import { energy } from "./format.js";
import { isolated } from "./isolated.js";
import { m, t } from "./languages.js";

/** @import { Session } from "./types.d.ts" */
/** @import { Story, StoryEvent } from "./api/sessions.js" */

/**
 * Why a session ended, in the words of OCPP (1.6 ``Reason``, 2.x ``ReasonEnumType``) and of ours.
 * @type {Record<string, string>}
 */
const REASONS = {
  DeAuthorized: m("The tag was not accepted any more, so the charger stopped."),
  EmergencyStop: m("Somebody pressed the emergency stop."),
  EnergyLimitReached: m("The energy that was allowed is delivered."),
  CostLimitReached: m("The amount of money that was allowed is used up."),
  TimeLimitReached: m("The time that was allowed is over."),
  SOCLimitReached: m("The battery has reached the state of charge that was set."),
  EVDisconnected: m("The cable was unplugged at the car."),
  GroundFault: m("The charger found a ground fault and switched off. Have it looked at."),
  OvercurrentFault: m("The current was too high, so the charger switched off. Have it looked at."),
  PowerQuality: m("The charger stopped because of the quality of its supply."),
  PowerLoss: m("The charger lost its power supply."),
  Reboot: m("The charger restarted by itself."),
  HardReset: m("The charger was told to restart at once."),
  SoftReset: m("The charger was told to restart."),
  ImmediateReset: m("The charger was told to restart at once."),
  UnlockCommand: m("The connector was unlocked from afar."),
  MasterPass: m("It was ended with a master card."),
  LocalOutOfCredit: m("The credit at the charger is used up."),
  StoppedByEV: m("The car ended the session."),
  Timeout: m("No car was plugged in in time."),
  ReqEnergyTransferRejected: m("The charger did not agree to the way in which the car wanted to charge."),
  Remote: m("It was stopped from afar."),
  Local: m("It was ended at the charger."),
  Lost: m("No end ever came; it was closed at its last reading."),
  Other: m("The charger gives no particular reason."),
};

/** What a 2.x charger gives as the trigger of an event, where it says more than the reason. @type {Record<string, string>} */
const TRIGGERS = {
  Authorized: m("A tag was shown"),
  AbnormalCondition: m("Something unusual happened"),
  CablePluggedIn: m("The cable was plugged in"),
  ChargingRateChanged: m("The allowed power changed"),
  ChargingStateChanged: m("The charging state changed"),
  CostLimitReached: m("The cost limit was reached"),
  Deauthorized: m("The tag lost its permission"),
  EVCommunicationLost: m("The car was not heard any more"),
  EVConnectTimeout: m("No car was plugged in in time"),
  EVDeparted: m("The car left"),
  EVDetected: m("A car was detected"),
  EnergyLimitReached: m("The energy limit was reached"),
  LimitSet: m("A limit was set"),
  MeterValueClock: m("Meter values"),
  MeterValuePeriodic: m("Meter values"),
  OperationModeChanged: m("The mode of operation changed"),
  RemoteStart: m("Started from afar"),
  RemoteStop: m("Stopped from afar"),
  ResetCommand: m("A restart was ordered"),
  RunningCost: m("The running cost was told"),
  SignedDataReceived: m("The meter gave signed data"),
  SoCLimitReached: m("The state of charge that was set is reached"),
  StopAuthorized: m("A tag was shown to end it"),
  TariffChanged: m("The tariff changed"),
  TariffNotAccepted: m("The tariff was not accepted"),
  TimeLimitReached: m("The time limit was reached"),
  Trigger: m("It was asked for"),
  TxResumed: m("It was resumed"),
  UnlockCommand: m("The connector was unlocked from afar"),
};

/** @type {Record<string, string>} */
const CHARGING_STATES = {
  Charging: m("charging"),
  EVConnected: m("the car is plugged in"),
  SuspendedEV: m("paused by the car"),
  SuspendedEVSE: m("paused by the charger"),
  Idle: m("idle"),
};

const RESETS = ["HardReset", "SoftReset", "ImmediateReset", "Reboot"];

/**
 * The rules, tried in this order; the first that fits says why a session ended.
 * @type {{fits: (session: Session, story: Story) => boolean, says: (session: Session, story: Story) => string}[]}
 */
const RULES = [
  { fits: (session) => session.state === "active", says: () => t("It is still running.") },
  { fits: (session) => session.state === "assigned", says: (session) => t("It is a part of session {id}.", { id: session.assigned_to ?? "" }) },
  { fits: (session) => session.state === "discarded", says: (session) => t("{who} found that it is no session.", { who: session.resolved_by ?? "" }) },
  { fits: (session) => session.state === "unresolved" && session.ended_at === null, says: () => t("Nobody knows: meter values came for a transaction that nobody has started here.") },
  { fits: (session) => session.state === "unresolved", says: () => t("An end came for a transaction that nobody has started here.") },
  { fits: (session) => session.flags.includes("closed_by_operator"), says: (session) => t("{who} closed it, because no end came.", { who: session.resolved_by ?? "" }) },
  { fits: (session) => session.flags.includes("ended_by_next_start"), says: () => t("No end came. The next start at the same connector ended it.") },
  { fits: (session) => session.flags.includes("ended_by_boot"), says: () => t("No end came. The charger has booted since, and the connector was free.") },
  { fits: (session, story) => session.stop_reason === "Remote" && story.stopped_by !== null, says: (_, story) => t("{who} stopped it from here.", { who: story.stopped_by?.requested_by ?? t("Voltaro") }) },
  { fits: (session) => session.stop_reason === "Remote", says: () => t("It was stopped from afar, but not by a command from here: perhaps by the charger's own app.") },
  { fits: (session, story) => RESETS.includes(session.stop_reason ?? "") && story.stopped_by?.action === "Reset", says: (_, story) => t("{who} had the charger restarted.", { who: story.stopped_by?.requested_by ?? t("Voltaro") }) },
  { fits: (session, story) => session.stop_reason === "UnlockCommand" && story.stopped_by?.action === "UnlockConnector", says: (_, story) => t("{who} had the connector unlocked.", { who: story.stopped_by?.requested_by ?? t("Voltaro") }) },
  { fits: (session, story) => session.stop_reason === "Local" && same(session.id_tag, story.stop_tag), says: () => t("The driver showed the same card again.") },
  { fits: (session, story) => session.stop_reason === "Local" && story.stop_tag !== null, says: (_, story) => t("It was ended at the charger with another card, {tag}.", { tag: isolated(story.stop_tag ?? "") }) },
  { fits: (session) => session.stop_reason !== null && session.stop_reason in REASONS, says: (session) => t(REASONS[session.stop_reason ?? ""]) },
  { fits: (session) => session.stop_reason === null, says: () => t("The charger gave no reason.") },
  { fits: () => true, says: (session) => t("The charger gives the reason {reason}.", { reason: isolated(session.stop_reason ?? "") }) },
];

/** Why a session ended: a sentence, and what else is to be said of it. @param {Session} session @param {Story} story @returns {{why: string, more: string[]}} */
export function whyEnded(session, story) {
  const why = (RULES.find((rule) => rule.fits(session, story)) ?? RULES[RULES.length - 1]).says(session, story);
  const more = [];
  if (story.stop_trigger && TRIGGERS[story.stop_trigger] && story.stop_trigger !== session.stop_reason) more.push(`${t(TRIGGERS[story.stop_trigger])}.`);
  if (story.stopped_by && session.stop_reason && !/^(Remote|HardReset|SoftReset|ImmediateReset|Reboot|UnlockCommand)$/.test(session.stop_reason)) {
    more.push(t("{who} had also asked for it: {action}.", { who: story.stopped_by.requested_by ?? t("Voltaro"), action: story.stopped_by.action }));
  }
  const other = story.events.find((event) => event.kind === "ended" && !event.counts);
  if (other) more.push(t("A second, different end came later ({reason}, meter at {meter}); it does not count.", { reason: other.stopped_reason ?? "–", meter: energy(other.meter_wh) }));
  if (session.flags.includes("estimated")) more.push(t("The end is an estimate, until its charger tells its own."));
  if (session.flags.includes("clock_suspect")) more.push(t("The charger's clock was wrong: its times may be, too."));
  return { why, more };
}

/** One line of the story of a session. @param {StoryEvent} event @returns {{icon: string, tone: string, text: string}} */
export function storyLine(event) {
  const tag = event.id_tag === null ? "" : t(", card {tag}", { tag: isolated(event.id_tag) });
  const meter = event.meter_wh === null ? "" : t(", meter at {meter}", { meter: energy(event.meter_wh) });
  const kept = event.offline ? t(" (told later: it was offline)") : "";
  switch (event.kind) {
    case "command":
      return { icon: "send", tone: "busy", text: t("{who} asked for {action}", { who: event.by ?? t("Voltaro"), action: event.command?.action ?? "" }) };
    case "resolved":
      return { icon: "user", tone: "busy", text: t("{who} decided: {reason}", { who: event.by ?? "", reason: isolated(event.reason ?? "–") }) };
    case "started":
      return { icon: "play", tone: "charging", text: `${t("Started")}${trigger(event)}${tag}${meter}${kept}` };
    case "ended": {
      const reason = event.stopped_reason ? `: ${isolated(event.stopped_reason)}` : "";
      return event.counts
        ? { icon: "stop", tone: "off", text: `${t("Ended")}${reason}${trigger(event)}${tag}${meter}${kept}` }
        : { icon: "alert", tone: "paused", text: `${t("A second end, which does not count")}${reason}${tag}${meter}` };
    }
    default: {
      const state = event.charging_state ? (CHARGING_STATES[event.charging_state] ? t(CHARGING_STATES[event.charging_state]) : isolated(event.charging_state)) : "";
      const what = event.reason && TRIGGERS[event.reason] ? t(TRIGGERS[event.reason]) : isolated(event.reason ?? t("Told"));
      return { icon: "circle", tone: "off", text: `${what}${state && ` · ${state}`}${tag}${kept}` };
    }
  }
}

/** @param {StoryEvent} event */
const trigger = (event) => (event.reason && TRIGGERS[event.reason] ? ` · ${t(TRIGGERS[event.reason])}` : "");

/** @param {string | null} one @param {string | null} other */
const same = (one, other) => one !== null && other !== null && one.trim().toLowerCase() === other.trim().toLowerCase();

/** Why an unresolved session could not be explained. @param {Session} session */
export function whyUnresolved(session) {
  if (session.flags.includes("foreign_transaction")) return t("The charger named a transaction that was given to another charger. That one was left alone.");
  if (session.ended_at === null) return t("Meter values came for a transaction of which no start ever arrived. No end has come either.");
  if (session.transaction_id === "-1" || session.transaction_id === "0") return t("The charger ended a transaction without a number: it was offline or lost its memory when it began. Several starts may be meant.");
  return t("An end came for a transaction of which no start ever arrived: the charger was set up elsewhere before, or lost a message.");
}


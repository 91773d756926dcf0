// @ts-check
/** What is looked at of a server's health, and what to do where it is not well: the API says the same in English. */
import { decimal } from "../format.js";
import { isolated } from "../isolated.js";
import { m, t } from "../languages.js";

/** @typedef {{word: string, advice: Record<string, string>}} Words */

/** @param {string} word @param {string} advice @returns {Words} */
const both = (word, advice) => ({ word, advice: { warning: advice, ill: advice } });

/** @type {Record<string, Words>} */
export const CHECKS = {
  database: {
    word: m("Database"),
    advice: {
      warning: m("It answers slowly: look at its load, its disk and the network between."),
      ill: m("Look whether PostgreSQL runs and can be reached; chargers keep what they have to say meanwhile."),
    },
  },
  clock: both(m("Clock"), m("Set the clocks of this machine and of the database's by NTP.")),
  connections: both(m("Connections"), m("Raise max_connections of PostgreSQL, or find out who else holds so many.")),
  transactions: both(m("Open transactions"), m("A transaction has been open for long, and PostgreSQL cannot clean up behind it: see pg_stat_activity.")),
  queue: both(m("Waiting to be written"), m("Facts gather faster than they are written: look at the database's disk and load.")),
  event_loop: both(m("Event loop"), m("The machine is too busy for its chargers: give it a faster core, or take other work off it.")),
  disk: both(m("Disk"), m("Free space on the disk of the data folder, or keep messages for fewer days (keep_messages_days, keep_messages_mb).")),
  open_files: both(m("Open files"), m("Raise the limit (ulimit -n, or LimitNOFILE= in the service unit): every charger takes a file.")),
  certificate: both(m("Certificate"), m("Renew it soon; the new files come into use by themselves.")),
  fault_injection: both(m("Fault injection"), m("An administrator may crash actors on purpose: switch it off where money is earned.")),
  unknown_chargers: both(m("Unknown chargers"), m("Whoever can reach the port of chargers is let in: set it to pending.")),
  tls: both(m("TLS"), m("Chargers' passwords travel in the clear: give ocpps_port with a certificate, or a proxy with TLS.")),
};

/** Where a setting comes from, by the first word of its origin. @type {Record<string, string>} */
export const ORIGINS = {
  default: m("as it comes"),
  flag: m("flag {what}"),
  environment: m("environment {what}"),
  file: m("file {what}"),
  command: m("the command itself"),
};

/** What was seen of a check, in the chosen language: figures as they are, the few words by their meaning. @param {{seen: string}} check */
export function seenWords({ seen }) {
  const [, apart] = /^([\d.]+) s apart$/.exec(seen) ?? [];
  const [, away] = /^away for (\d+) s$/.exec(seen) ?? [];
  if (apart) return t("{gap} apart", { gap: `${decimal(Number(apart))} s` });
  if (away) return t("away for {gap}", { gap: `${away} s` });
  if (seen === "no answer") return t("no answer");
  return seen === "on" ? t("on") : isolated(seen);
}

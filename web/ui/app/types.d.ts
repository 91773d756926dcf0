/** The API's shapes as the dashboard uses them, and nothing that runs. */

export type Connection = "online" | "suspect" | "offline";
export type ConnectorState =
  | "available" | "preparing" | "charging" | "suspended_ev" | "suspended_evse" | "finishing"
  | "reserved" | "unavailable" | "faulted" | "unknown";
/** What a tile shows: the state of the worst or busiest connector, or that nobody is there. */
export type TileState = ConnectorState | "offline" | "quarantined" | "pending";

export interface Connector { id: number; status: string; state: ConnectorState; error_code: string | null; updated_at: string; stale: boolean }
export interface ServiceWish { evse_id: number; connector_id: number; operative: boolean; at: string }
export interface Evse { id: number; connectors: Connector[]; session_id: number | null }
export interface ActorSummary { state: string; restarts: number; mailbox: number }
export interface Charger {
  id: string; name?: string | null; connection: Connection; registration: string; protocol: string | null;
  vendor: string | null; model: string | null; serial_number: string | null; firmware_version: string | null;
  simulated?: boolean; last_seen: string | null; connected_since: string | null; remote?: string | null; site_id: string | null; latitude?: number | null; longitude?: number | null;
  security_profile: number; evses: Evse[]; actor: ActorSummary | null; availability: ServiceWish[]; restless: boolean; quirks?: { mode: string };
  clock: { offset_s: number; measured_at: string; is_off: boolean } | null;
}
export interface Security {
  profile: number; has_password: boolean; key_as_text: boolean; lenient_handshake: boolean;
  link: {
    scheme: string; tls_version: string | null; cipher: string | null; forwarded: boolean;
    certificate: { common_name: string; organisation: string | null; fingerprint: string; not_after: string | null } | null;
  } | null;
  certificate: { common_name: string | null; fingerprint: string | null; set_by: string | null; set_at: string | null } | null;
  rotation: { state: string; at: string | null } | null;
  upgrade: { profile: number; state: string; at: string | null; until: string | null; given_up: boolean } | null;
}
export interface NewCharger { id: string; name?: string; password?: string; security_profile?: number }
export interface AddedCharger extends Charger { password?: string | null; urls?: string[]; url?: string }

export interface SchedulePeriod { start_s: number; limit: number | null; phases: number | null; pauses: boolean }
/** A limit over time: computed by us, or told by the charger. */
export interface Composite { evse_id: number; starts_at: string; duration_s: number; unit: "A" | "W"; periods: SchedulePeriod[] }
export interface CompositeAnswer { computed: Composite; reported: Composite | null; command: Command | null }
/** A charging profile that a charger has accepted. */
export interface HeldProfile {
  id: number; evse_id: number; purpose: string; kind: string; stack_level: number; recurrency: string | null; transaction_id: string | null;
  schedule: { unit: "A" | "W"; periods: SchedulePeriod[]; duration_s: number | null; starts_at: string | null };
  valid_from: string | null; valid_to: string | null; set_at: string; set_by: string | null; waits_for: string | null;
}
export interface Reservation {
  id: number; charger_id: string; evse_id: number; id_tag: string; parent: string | null; expires_at: string;
  state: "requested" | "accepted" | "unknown" | "refused" | "used" | "expired" | "cancelled" | "lost"; answer: string | null; reason: string | null;
}

export interface Session {
  id: number; charger_id: string; evse_id: number | null; connector_id: number | null; transaction_id: string; id_tag: string | null;
  state: "active" | "ended" | "unresolved" | "assigned" | "discarded"; started_at: string; ended_at: string | null; meter_start_wh: number | null;
  meter_stop_wh: number | null; energy_wh: number; power_w: number | null; soc_percent: number | null; stop_reason: string | null;
  cost?: unknown; flags: string[]; authorization?: string | null; charging_state?: string | null; protocol?: string;
  simulated?: boolean; assigned_to?: number | null; resolved_by?: string | null; resolved_at?: string | null; resolved_reason?: string | null;
}
/** Where an unresolved session belongs: to a session, or to a start that never came. */
export interface Assignment {
  session_id?: number; started_at?: string; meter_start_wh?: number; id_tag?: string; evse_id?: number; reason?: string;
}
export interface MeterValue {
  at: string; value: string | number; measurand: string; unit: string; context?: string; phase: string | null; location?: string; signed?: boolean;
}

export interface Command {
  id: string; charger_id: string; action: string; payload: unknown;
  state: "queued" | "sent" | "accepted" | "rejected" | "failed" | "timed_out" | "unknown" | "effective";
  response: unknown; error: string | null; created_at?: string; sent_at: string | null; answered_at: string | null; requested_by?: string | null;
  effect: "none" | "awaited" | "seen" | "not_seen"; reason: string | null; effect_until: string | null; effect_at: string | null; session_id: number | null;
}

export interface ConfigurationKey {
  key: string; value: string | null; readonly: boolean | null; known: boolean; secret: boolean; read_at: string | null;
  written_value: string | null; written_status: string | null; written_at: string | null;
  state: "confirmed" | "differs" | "reboot_required" | "unconfirmed" | "rejected" | "not_supported" | "unknown" | null;
}
export interface Configuration {
  charger_id: string; firmware_version: string | null; read_at: string | null; asked_at: string | null; failure: string | null;
  reboot_required: boolean; most_keys: number | null; keys: ConfigurationKey[];
}
/** A recommended key; ``value`` is what would be written, null: nothing. */
export interface KeyAdvice { key: string; current: string | null; recommended: string; value: string | null; reason: string }
export interface LocalList {
  charger_id: string; sync: boolean; state: "never" | "not_supported" | "empty" | "synced" | "stale" | "failed"; version: number | null;
  sent_version: number; held: number | null; wanted: number; left_out: number; too_long: number; max_length: number | null; per_message: number;
  failure: string | null; note: string | null; checked_at: string | null; synced_at: string | null;
}
/** A firmware update or the upload of a log. */
export interface Job {
  id: string; charger_id: string; kind: "firmware" | "log"; state: string; status: string | null; action: string | null; log_type: string | null;
  location: string | null; steps: { status: string; at: string }[]; version_before: string | null; version_after: string | null; proved: boolean | null;
  created_at: string; updated_at: string;
  upload: { state: string; expires_at: string; received_at: string | null; file_name: string | null; size_bytes: number | null; file: string | null } | null;
}
export interface Certificate {
  id: string; kind: "issued" | "installed"; type: string | null; at: string; state: string | null; reason: string | null; common_name: string | null;
  serial_number: string | null; fingerprint: string | null; not_after: string | null; in_use: boolean | null;
}

export interface Tag {
  id_tag: string; type: string | null; status: "accepted" | "blocked" | "expired" | "invalid"; parent: string | null;
  expires_at: string | null; max_active_sessions: number | null; user_id: number | null; note: string | null; driver_disabled?: boolean; driver_name?: string | null;
  simulated?: boolean;
}

export interface Stranger { charger_id: string; protocol: string; remote: string; since: string; boot: { vendor?: string; model?: string } | null }

/** One OCPP call with its answer. Frames are whole: [2, id, action, payload]. */
export interface Exchange {
  id?: number; charger_id: string; direction: "in" | "out"; message_id: string; action: string; request: unknown; answer: unknown;
  outcome: "result" | "error" | "timeout" | "lost" | "unanswered" | "sent" | "ignored"; at: string; answered_at: string | null;
  kind?: "call" | "send" | "replay" | "late_answer" | "refused" | "ignored"; latency_ms?: number | null; error_code?: string | null; error?: string | null;
  repaired?: { payload: unknown; repairs: { code: string; field: string }[] } | null;
}
/** Something a charger does that OCPP does not say, counted by code and field. */
export interface Anomaly {
  code: string; quirk: string | null; explanation: string; field: string; count: number; first_seen: string; last_seen: string;
  message_id: string | null; example: string | null;
}

/** A frame put aside: ``invalid`` failed its schema, ``poison`` cannot be stored, ``crash`` crashed its actor twice. */
export interface KeptFrame {
  id: number; charger_id: string; kind: string; action: string; raw: string; reason: string; stack: string | null; received_at: string;
  last_received_at: string | null; count: number; state: "waiting" | "redriven" | "discarded"; attempts: number; outcome: string | null;
  resolved_by: string | null; resolved_at: string | null;
}

export interface ActorNode {
  name: string; kind: string; state: string; restarts: number; mailbox: number; last_failure: string | null;
  last_failure_at: string | null; recovery_ms: number | null; children: ActorNode[];
  faults: { id: string; kind: string; at: string | null; crashes: number }[];
}
export interface Fault {
  id: string; target: string; kind: string; injected_at: string; times: number; at: string | null; crashes: number;
  recovered_at: string | null; recovery_ms: number | null;
}

export interface Me { name: string; role: "admin" | "operator" | "viewer"; scopes: string[]; csrf: string; fault_injection?: boolean; simulator?: boolean; ocpp_url?: string; user_id: number | null; has_password: boolean; is_external: boolean }
export interface Page<T> { items: T[]; next: string | null }

/** An event of the live stream as pages hear it. ``id`` is null for what passes (live figures, messages). */
export interface LiveEvent { type: string; id: string | null; at: string; data: Record<string, any> }

export type LiveState = "connecting" | "live" | "reconnecting" | "off";

export interface Summary {
  total: number; online: number; charging: number; power_w: number; sessions: number; faulted: number;
  states: Partial<Record<TileState, number>>;
}

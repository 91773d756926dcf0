/** The types of the API, made from its OpenAPI document by `python -m web.openapi_types`. Do not edit. */

/** How to take a stranger in. It is open (profile 0), as it came, unless a password or another profile is given. */
export type AcceptBody = {
  name?: string | null;
  site_id?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  password?: string | null;
  security_profile?: number | null;
};

/**
 * What is done at a virtual charger. ``connector`` is for plug, unplug, tap, start, stop, fault and clear; ``id_tag`` for tap and start; ``soc_percent`` for plug; ``error_code`` for fault, in OCPP 1.6's words; ``seconds`` for clock (how far ahead; behind where negative) and slow (how long it thinks before it answers); ``messages`` for flood; ``on`` for refuse.
 */
export type ActBody = {
  action: "clear" | "clock" | "fault" | "flood" | "offline" | "online" | "plug" | "power_cut" | "reboot" | "refuse" | "sever" | "slow" | "start" | "stop" | "tap" | "unplug";
  connector?: number;
  id_tag?: string | null;
  soc_percent?: number | null;
  error_code?: string | null;
  seconds?: number | null;
  messages?: number | null;
  on?: boolean;
};

/** What came of it, and how the charger stands now. */
export type ActView = {
  result: string;
  charger: VirtualChargerView;
};

/** An action with the JSON schemas (draft 4) of its request and of its answer, null where it has none. */
export type ActionSchemasView = {
  action: string;
  protocol: string;
  to_charger: boolean;
  from_charger: boolean;
  request: Record<string, unknown>;
  response: Record<string, unknown> | null;
};

/** An action with the JSON schema of its payload. */
export type ActionView = {
  action: string;
  protocol: string;
  schema: Record<string, unknown>;
};

/** The actions that the charger's OCPP version takes from us. */
export type ActionsView = {
  protocol: string;
  items: string[];
};

/** A fault that was provoked in an actor and is not over. */
export type ActorFaultView = {
  id: string;
  kind: string;
  at: string | null;
  crashes: number;
};

/** The charger's actor: running, restarting, quarantined or stopped. */
export type ActorSummary = {
  state: string;
  restarts: number;
  mailbox: number;
};

/**
 * An actor with its children. ``state``: running, restarting, quarantined or stopped. ``hidden``: how many more children fit the query than are listed.
 */
export type ActorView = {
  name: string;
  kind: string;
  state: string;
  restarts: number;
  mailbox: number;
  last_failure: string | null;
  last_failure_at: string | null;
  recovery_ms: number | null;
  faults: ActorFaultView[];
  below: BelowView;
  hidden: number;
  children: ActorView[];
};

/**
 * An address for chargers. ``url`` ends in ``/``; a charger's identity is added to it, by us or by the charger itself. ``kind``: ``network`` is an address of this machine, ``named`` the name by which you have reached this page, ``loopback`` reaches from this machine alone. ``reached`` says whether something listens there as seen from this machine; null where not asked for.
 */
export type AddressView = {
  kind: string;
  scheme: string;
  host: string;
  port: number;
  url: string;
  reached: boolean | null;
};

/** Where chargers connect. ``loopback_only``: no charger on the network can reach this server as it is started. */
export type AddressesView = {
  loopback_only: boolean;
  has_tls: boolean;
  asks_for_certificates: boolean;
  subprotocols: string[];
  items: AddressView[];
};

/** A key of the recommended set. ``value`` is what would be written, null where nothing would be; ``reason`` says why. */
export type AdviceView = {
  key: string;
  current: string | null;
  recommended: string;
  value: string | null;
  reason: string;
};

/** The recommended set as it fits this charger now. */
export type AdvisedView = {
  items: AdviceView[];
};

/**
 * Something that a charger does. ``field`` is a JSON pointer with ``*`` for numbers, ``quirk`` the id of Voltaro's list of quirks, ``explanation`` what it is and what was done; ``message_id`` and ``example`` (secrets masked) are of the newest time.
 */
export type AnomalyView = {
  code: string;
  quirk: string | null;
  explanation: string;
  field: string;
  count: number;
  first_seen: string;
  last_seen: string;
  message_id: string | null;
  example: string | null;
};

/** The commands that write what differed, in the order in which they are sent. */
export type AppliedView = {
  items: CommandView[];
};

/** The recommended keys to write; without any, all that differ. */
export type ApplyBody = {
  keys?: string[];
};

/** Where an unresolved stop belongs: to ``session_id``; or to the start that never came, given as the charger shows it. */
export type AssignBody = {
  session_id?: number | null;
  started_at?: string | null;
  meter_start_wh?: number | null;
  id_tag?: string | null;
  evse_id?: number | null;
  connector_id?: number | null;
  reason?: string | null;
};

/** What is assumed where a current is told as a power, or the other way round. */
export type Assumed = {
  phase_voltage_v: number;
  phases: number;
};

/**
 * ACCEPTED: a line was opened. WAITING: a stranger's line was opened, nothing but its boot is answered. REFUSED: no line. LEFT: the line was opened and was gone again at once, or goes all the time.
 */
export type AttemptOutcome = "accepted" | "left" | "refused" | "waiting";

/** Why an attempt ended as it did. */
export type AttemptReason = "ambiguous_identity" | "bad_identity" | "bad_request" | "boot_pending" | "boot_rejected" | "broken" | "certificate_missing" | "certificate_wrong" | "closed_early" | "connected" | "crowded" | "flapping" | "headers_too_large" | "held" | "made_known" | "no_identity" | "no_request" | "no_subprotocol" | "not_ready" | "not_websocket" | "other_subprotocol" | "other_user" | "password_as_text" | "password_missing" | "password_wrong" | "plain_on_tls_port" | "tls_certificate" | "tls_cipher" | "tls_failed" | "tls_on_plain_port" | "tls_refused_us" | "tls_required" | "tls_version" | "too_many_guesses" | "unknown_refused" | "unknown_waits" | "waiting_room_full";

/**
 * How an attempt to connect ended. Those alike (address, identity, reason) are one with a ``count``; ``id`` grows with each. ``identity`` is as the charger wrote it, ``charger_id`` the charger that it meant; ``similar`` are known chargers whose identity differs from an unknown one in case or punctuation alone. ``path`` is shown where there is something wrong with it.
 */
export type AttemptView = {
  id: number;
  outcome: AttemptOutcome;
  reason: AttemptReason;
  at: string;
  first_at: string;
  count: number;
  address: string;
  secure: boolean;
  identity: string | null;
  charger_id: string | null;
  path: string | null;
  offered: string[];
  protocol: string | null;
  detail: string | null;
  similar?: string[];
};

/** One page, with the counts of all kinds that there are, whatever the filter. */
export type AttentionListing = {
  items: AttentionView[];
  next: string | null;
  kinds: KindCount[];
  at: string;
};

/**
 * Something that needs attention. ``params`` are figures and names for the words about it; ``link`` is where on the dashboard it is looked after. ``since`` is null where nobody knows.
 */
export type AttentionView = {
  id: string;
  kind: Kind;
  severity: Severity;
  since: string | null;
  charger_id: string | null;
  evse_id: number | null;
  session_id: number | null;
  params: Record<string, string | number | null>;
  link: string;
  mute: MuteView | null;
};

/** The order of the audit. */
export type AuditOrder = "-at" | "at";

/**
 * One deed: ``actor`` did ``action`` to ``target``. ``before`` and ``after`` hold what the deed has changed and nothing else: null before, for what was made; null after, for what is no more; both null for what changes nothing of ours, as a command does. Of secrets they say only that they have changed. ``address`` and ``request_id`` are of the request that asked for it; null where it came from the command line or from Voltaro itself.
 */
export type AuditView = {
  id: number;
  at: string;
  actor: string;
  action: string;
  target: string;
  detail: Record<string, unknown>;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  address: string | null;
  request_id: string | null;
};

/** The root of the certificate authority, to be installed on chargers and servers. */
export type AuthorityView = {
  certificate: string;
  common_name: string;
  fingerprint: string;
  not_before: string;
  not_after: string;
};

/** Take the charger, an EVSE or a connector in or out of service. */
export type AvailabilityBody = {
  operative: boolean;
  evse_id?: number | null;
  connector_id?: number | null;
};

/** Which variables a charger reports: all, those that can be set, or a summary. */
export type BaseReport = "ConfigurationInventory" | "FullInventory" | "SummaryInventory";

/** COMMAND: an OCPP action is sent. ORDER: the same in one vocabulary for all versions. CHANGE, REMOVE: of the chargers' own rows. */
export type BatchKind = "change" | "command" | "order" | "remove";

/** INTERRUPTED: the server was restarted in the middle; what had not been sent then was never sent. */
export type BatchState = "cancelled" | "done" | "interrupted" | "running";

/**
 * One thing done to many chargers. ``kind`` is command, order (a verb), change or remove. Secrets in ``payload`` are masked; then it is not ``repeatable`` as it is shown. ``counts`` says how many chargers have come how far: waiting, not_sent, failed, done, or the state of the command that was sent.
 */
export type BatchView = {
  id: string;
  kind: BatchKind;
  action: string;
  payload: Record<string, unknown>;
  state: BatchState;
  total: number;
  repeatable: boolean;
  counts: Record<string, number>;
  created_by: string;
  created_at: string;
  ended_at: string | null;
};

/** An actor and all below it, counted; ``fitting`` are those that the query asks for. */
export type BelowView = {
  actors: number;
  running: number;
  restarting: number;
  quarantined: number;
  stopped: number;
  restarts: number;
  mailbox: number;
  fitting: number;
};

/** What a stranger said of itself in BootNotification. */
export type BootView = {
  vendor: string;
  model: string;
  serial_number: string | null;
  firmware_version: string | null;
};

/** How a call ended. SENT: it needs no answer. IGNORED: it can have none. */
export type CallOutcome = "error" | "ignored" | "lost" | "result" | "sent" | "timeout" | "unanswered";

/** A certificate that chargers see. */
export type CertificateFileView = {
  file: string;
  subject: string;
  key: string;
  not_after: string;
};

/** Issued: the charger's own, for its line. Installed: what it says it trusts or has. */
export type CertificateKind = "installed" | "issued";

/**
 * A certificate. Of an issued one ``state`` says what became of it and ``reason`` why it was refused; of an installed one ``hash_data`` is what the charger has reported, and ``in_use`` that it must not be deleted.
 */
export type CertificateView = {
  id: string;
  kind: CertificateKind;
  type: string | null;
  at: string;
  state?: string | null;
  reason?: string | null;
  origin?: string | null;
  common_name?: string | null;
  serial_number?: string | null;
  fingerprint?: string | null;
  not_before?: string | null;
  not_after?: string | null;
  hash_data?: Record<string, unknown> | null;
  in_use?: boolean | null;
};

/** Change or remove the chargers in ``charger_ids``, or those that fit the ``filter`` now. */
export type ChargerBatchBody = {
  action: "change" | "remove";
  change?: ChargerChange | null;
  charger_ids?: string[] | null;
  filter?: FilterBody | null;
};

/** What to change of each charger; members left out stay. */
export type ChargerChange = {
  site_id?: string | null;
  registration?: Registration;
};

/** What an import did, or would do. ``wrong`` lines were left out; of these the first hundred are told. */
export type ChargerImportView = {
  dry_run: boolean;
  added: number;
  changed: number;
  unchanged: number;
  wrong: number;
  errors: RowError[];
  passwords: MadePassword[];
};

/** The order of a list of chargers. One without a name goes by its id; one that has told no model or firmware comes first. */
export type ChargerOrder = "-created_at" | "-firmware_version" | "-id" | "-model" | "-name" | "created_at" | "firmware_version" | "id" | "model" | "name";

/** What to change; members left out stay. A new password, or a profile that needs one, hangs up on the charger. */
export type ChargerPatch = {
  name?: string | null;
  site_id?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  registration?: Registration;
  security_profile?: number;
  protocol_override?: string | null;
  quirks?: QuirksPatch;
  password?: string;
};

/** The loudest of its connectors' states, or what goes before all of them: that it is offline, quarantined or not accepted. */
export type ChargerState = "available" | "charging" | "faulted" | "finishing" | "offline" | "pending" | "preparing" | "quarantined" | "reserved" | "suspended_ev" | "suspended_evse" | "unavailable" | "unknown";

/**
 * A charger. ``state`` is the one that stands for it: the loudest of its connectors', or offline, quarantined, pending. ``station`` is what it said of itself as a whole (1.6 connector 0). ``version`` is also the ETag. ``availability`` is kept, and asked for again where the charger shows otherwise after a boot. ``restless``: it boots again and again, and is asked nothing by us until it is calm.
 */
export type ChargerView = {
  id: string;
  name: string | null;
  connection: Connection;
  state: ChargerState;
  registration: Registration;
  protocol: string | null;
  vendor: string | null;
  model: string | null;
  serial_number: string | null;
  firmware_version: string | null;
  last_seen: string | null;
  connected_since: string | null;
  remote: string | null;
  site_id: string | null;
  latitude: number | null;
  longitude: number | null;
  security_profile: number;
  protocol_override: string | null;
  quirks: QuirksView;
  station: ConnectorView | null;
  evses: EvseView[];
  actor: ActorSummary;
  created_at: string | null;
  version: number;
  availability: ServiceWishView[];
  restless: boolean;
  clock: ClockView | null;
  simulated: boolean;
  security?: SecurityView;
  password?: string;
};

/** A charging profile. Without ``id`` it takes that of the profile it replaces, or a free one. */
export type ChargingProfileBody = {
  schedule: ScheduleBody;
  purpose?: Purpose;
  kind?: ProfileKind;
  id?: number | null;
  stack_level?: number;
  recurrency?: Recurrency | null;
  valid_from?: string | null;
  valid_to?: string | null;
  transaction_id?: string | null;
};

/** What to change; members left out stay. ``rate_units`` as the charger spells ChargingScheduleAllowedChargingRateUnit. */
export type ChargingSettingsPatch = {
  try_variants?: boolean;
  variant?: Variant | null;
  max_stack_level?: number | null;
  max_periods?: number | null;
  rate_units?: string | null;
  reserve_evse_zero?: boolean | null;
};

/**
 * How this charger is told of profiles and reservations; null is what its configuration says, and where that is not known either, nothing is refused for it. ``try_variants``: a profile it rejects is said otherwise, each way once (whole limits, amperes, with a start, another stack level, as a default of at most a day); ``variant`` is the way that last worked here, ``variant_of_model`` for most others of its model.
 */
export type ChargingSettingsView = {
  try_variants: boolean;
  variant: Variant | null;
  variant_of_model: Variant | null;
  max_stack_level: number | null;
  max_periods: number | null;
  rate_units: RateUnit[] | null;
  reserve_evse_zero: boolean | null;
};

/** ``state``: well, warning or ill; ``advice`` is what to do. */
export type CheckView = {
  check: string;
  state: string;
  seen: string;
  advice: string;
};

/** How far the charger's clock is behind ours, in seconds (less than 0: ahead), and when that was last measured. */
export type ClockView = {
  offset_s: number;
  measured_at: string;
  is_off: boolean;
};

/** How an open session has ended; without ``meter_stop_wh`` at what its meter last showed. */
export type CloseBody = {
  ended_at: string;
  meter_stop_wh?: number | null;
  reason?: string | null;
};

/**
 * An OCPP ``action`` with its ``payload`` in OCPP spelling, or a ``verb`` with the body of that endpoint as ``payload``; to the chargers in ``charger_ids``, or to those that fit the ``filter`` now.
 */
export type CommandBatchBody = {
  action?: string | null;
  verb?: "availability" | "clear-cache" | "data-transfer" | "reset" | "trigger" | "unlock" | null;
  payload?: Record<string, unknown>;
  charger_ids?: string[] | null;
  filter?: FilterBody | null;
};

/** Any action of the charger's OCPP version, its payload in OCPP spelling. */
export type CommandBody = {
  action: string;
  payload?: Record<string, unknown>;
};

/** A command that concerns a session, and who asked for it. */
export type CommandMark = {
  id: string;
  action: string;
  requested_by: string | null;
  at: string;
  state: CommandState;
};

/** A command, without its payload and answer. */
export type CommandMarkView = {
  id: string;
  action: string;
  state: string;
  effect: string;
  created_at: string;
  answered_at: string | null;
  requested_by: string | null;
};

/**
 * QUEUED, SENT, then how it ended. EFFECTIVE: the charger has since shown that it did it (X-24). UNKNOWN: sent, and the line was lost before the answer; we never repeat it by ourselves.
 */
export type CommandState = "accepted" | "effective" | "failed" | "queued" | "rejected" | "sent" | "timed_out" | "unknown";

/**
 * A command and what became of it; ``response`` is what the charger really answered, ``error`` what went wrong with the call. ``effect``: whether the charger was seen to do it; ``awaited`` until ``effect_until`` (null: until it comes), ``reason`` says why it was not seen, or what it waits for. ``session_id`` is the session that a start brought.
 */
export type CommandView = {
  id: string;
  charger_id: string;
  action: string;
  payload: Record<string, unknown>;
  state: CommandState;
  response: Record<string, unknown> | null;
  error: string | null;
  requested_by: string | null;
  created_at: string;
  sent_at: string | null;
  answered_at: string | null;
  effect: Effect;
  reason: string | null;
  effect_until: string | null;
  effect_at: string | null;
  session_id: number | null;
};

/** What we computed from the profiles the charger holds, and what it told itself where it was asked and told any. */
export type CompositeAnswer = {
  computed: CompositeView;
  reported: CompositeView | null;
  assumes: Assumed;
  command: CommandView | null;
};

/** The same, asked of the charger. */
export type CompositeBody = {
  evse_id: number;
  duration_s?: number;
  unit?: RateUnit | null;
};

/** The limit of an evse over time; evse 0 is the charger as a whole. */
export type CompositeView = {
  evse_id: number;
  starts_at: string;
  duration_s: number;
  unit: RateUnit;
  periods: PeriodView[];
};

/** What is known of a charger's configuration. ``read_at``: when all keys were last read; ``failure``: why they were not. */
export type ConfigurationView = {
  charger_id: string;
  firmware_version: string | null;
  read_at: string | null;
  asked_at: string | null;
  failure: string | null;
  reboot_required: boolean;
  most_keys: number | null;
  keys: KeyView[];
};

/** How sure we are that the charger is there. */
export type Connection = "offline" | "online" | "suspect";

/** Online or offline; ``until`` is null while it lasts. ``code`` and ``reason`` say how the line before it was closed. */
export type ConnectionSpanView = {
  online: boolean;
  since: string;
  until: string | null;
  protocol: string | null;
  remote: string | null;
  code: number | null;
  reason: string | null;
};

/** How a connector stood; ``until`` is null while it lasts. ``status`` is the OCPP word, ``state`` ours. */
export type ConnectorSpanView = {
  evse_id: number;
  connector_id: number;
  state: ConnectorState;
  status: string;
  error_code: string | null;
  info: string | null;
  vendor_error_code: string | null;
  since: string;
  until: string | null;
};

/** The state of a connector in one vocabulary for all versions. */
export type ConnectorState = "available" | "charging" | "faulted" | "finishing" | "preparing" | "reserved" | "suspended_ev" | "suspended_evse" | "unavailable" | "unknown";

/**
 * A connector as last reported: ``status`` is the charger's OCPP word, ``state`` ours. ``stale``: it has not reported itself since the charger last connected or booted, or the charger is offline.
 */
export type ConnectorView = {
  id: number;
  status: string;
  state: ConnectorState;
  error_code: string | null;
  updated_at: string;
  stale: boolean;
};

/** Tell the charger something that only its vendor knows the meaning of; in 1.6 what is no text is sent as JSON in a text. */
export type DataTransferBody = {
  vendor_id: string;
  message_id?: string | null;
  data?: unknown;
};

/** PostgreSQL. ``latency_ms`` is a round trip; ``clock_apart_s`` how far its clock is ahead of ours. */
export type DatabaseView = {
  version: string;
  revision: string | null;
  bytes: number;
  connections: number;
  max_connections: number;
  pool_in_use: number;
  pool_size: number;
  latency_ms: number;
  clock_apart_s: number;
  started_at: string | null;
  commits: number;
  rollbacks: number;
  deadlocks: number;
  cache_hit_percent: number | null;
  oldest_transaction_s: number;
  tables: TableView[];
};

/**
 * A frame that was put aside. ``raw`` is the frame, secrets masked; ``count`` is how often the same content came. ``attempts`` says how often it was handed over again, ``outcome`` what came of it last, or why it was discarded.
 */
export type DeadLetterView = {
  id: number;
  charger_id: string;
  kind: string;
  action: string;
  message_id: string;
  protocol: string;
  raw: string;
  reason: string;
  stack: string | null;
  received_at: string;
  last_received_at: string | null;
  count: number;
  fingerprint: string;
  state: FrameState;
  attempts: number;
  outcome: string | null;
  resolved_by: string | null;
  resolved_at: string | null;
};

/** ``brief`` leaves out what is as it is with most chargers, and what is only looked at on a charger's own page. */
export type Detail = "brief" | "full";

/** Who sent it: the charger (in) or we (out). */
export type Direction = "in" | "out";

/** Why a session is none. */
export type DiscardBody = {
  reason: string;
};

/** Why a dead letter will never be handed over. */
export type DiscardLetterBody = {
  reason: string;
};

/** A driver to be made known. */
export type DriverBody = {
  name: string;
  email?: string | null;
  phone?: string | null;
  external_id?: string | null;
  note?: string | null;
  disabled?: boolean;
};

/**
 * A driver with their tags and newest sessions; null where the asker may not read those (scopes tags:read, sessions:read). The rest of the sessions: GET /api/v1/sessions?driver_id=.
 */
export type DriverDetail = {
  id: number;
  name: string;
  email: string | null;
  phone: string | null;
  external_id: string | null;
  note: string | null;
  disabled: boolean;
  created_at: string | null;
  version: number;
  tags: TagView[] | null;
  sessions: SessionView[] | null;
};

/** What an import did, or would do. Nothing is imported when there are errors. */
export type DriverImportView = {
  dry_run: boolean;
  added: number;
  changed: number;
  errors: RowError[];
};

/** What to change; members left out stay. */
export type DriverPatch = {
  name?: string;
  email?: string | null;
  phone?: string | null;
  external_id?: string | null;
  note?: string | null;
  disabled?: boolean;
};

/** A driver. ``version`` is also the ETag. The tags of a ``disabled`` one are answered Blocked. */
export type DriverView = {
  id: number;
  name: string;
  email: string | null;
  phone: string | null;
  external_id: string | null;
  note: string | null;
  disabled: boolean;
  created_at: string | null;
  version: number;
};

/**
 * What was seen of a command. NONE: nothing is to be seen beside the answer, or the charger refused. AWAITED: not yet. SEEN: the charger has shown that it did it. NOT_SEEN: it has not, within the time it was given; ``reason`` says so.
 */
export type Effect = "awaited" | "none" | "not_seen" | "seen";

/** How many logins were ended. */
export type EndedView = {
  ended: number;
};

/** An EVSE with its connectors and its open session. 1.6 connector n is EVSE n, connector 1. */
export type EvseView = {
  id: number;
  connectors: ConnectorView[];
  session_id: number | null;
  power_w: number | null;
  energy_wh: number | null;
  soc_percent: number | null;
};

/**
 * What to break: ``target`` is an actor (``charger/CP1``, ``registry``), ``at`` a named point of its work. ``kind`` is crash, base_exception, hang, slow or poison. ``times`` counts strikes; for poison it counts frames, each of which crashes its actor twice.
 */
export type FaultBody = {
  target: string;
  kind: string;
  times?: number;
  at?: string | null;
};

/** What can be provoked: kinds of faults, and the named points that actors pass, by kind of actor. */
export type FaultKindsView = {
  kinds: string[];
  points: Record<string, string[]>;
};

/** A provoked fault and how long the target took to serve again. */
export type FaultView = {
  id: string;
  target: string;
  kind: string;
  injected_at: string;
  times: number;
  at: string | null;
  crashes: number;
  recovered_at: string | null;
  recovery_ms: number | null;
};

/** The filters of ``GET /chargers``. Empty, it means all chargers. */
export type FilterBody = {
  registration?: Registration | null;
  search?: string | null;
  state?: string | null;
  connection?: string | null;
  protocol?: string | null;
  vendor?: string | null;
  model?: string | null;
  firmware_version?: string | null;
  site_id?: string | null;
  security_profile?: number | null;
};

/**
 * Fetch a firmware from ``location`` and install it. With ``signing_certificate`` (PEM) and ``signature`` the charger checks it first. Without ``retrieve_at`` it is fetched at once.
 */
export type FirmwareBody = {
  location: string;
  retrieve_at?: string | null;
  install_at?: string | null;
  retries?: number | null;
  retry_interval_s?: number | null;
  signing_certificate?: string | null;
  signature?: string | null;
};

/** WAITING: nothing has become of it yet. REDRIVEN: it was handed over again, and answered. DISCARDED: it never will be. */
export type FrameState = "discarded" | "redriven" | "waiting";

/** A frame as the charger saw it, without the secrets in it; ``noted`` is what became of its line. */
export type FrameView = {
  at: string;
  direction: string;
  text: string;
};

/** An event that is no span of another lane, as the live stream told it: boots, crashes, anomalies, configuration, security. */
export type HappeningView = {
  id: number;
  type: string;
  at: string;
  data: unknown;
};

/** ``ok``, or what is away. */
export type HealthView = {
  status: string;
};

/** A profile that the charger has accepted. ``waits_for`` is the tag of the remote start whose session it waits for. */
export type HeldProfileView = {
  id: number;
  evse_id: number;
  purpose: Purpose;
  kind: ProfileKind;
  stack_level: number;
  recurrency: Recurrency | null;
  valid_from: string | null;
  valid_to: string | null;
  transaction_id: string | null;
  schedule: ScheduleView;
  set_at: string;
  set_by: string | null;
  waits_for: string | null;
};

/**
 * A stretch of time that begins ``at``: the mean and the largest power, the energy delivered in it, and the most chargers online, chargers charging and sessions at once.
 */
export type HistoryPoint = {
  at: string;
  power_w: number | null;
  power_max_w: number;
  energy_wh: number;
  online: number;
  charging: number;
  sessions: number;
};

/** Points of ``step_s`` seconds each, oldest first. A stretch in which the server did not look is left out. */
export type HistoryView = {
  since: string;
  until: string;
  step_s: number;
  energy_wh: number;
  peak_w: number;
  peak_at: string | null;
  items: HistoryPoint[];
};

/** Something that the chargers of one vendor, model and firmware do: how many of them, and how often together. */
export type HygieneView = {
  vendor: string | null;
  model: string | null;
  firmware_version: string | null;
  code: string;
  quirk: string | null;
  explanation: string;
  field: string;
  chargers: number;
  count: number;
  first_seen: string;
  last_seen: string;
};

/** What an import did, or would do. Nothing is imported when there are errors. */
export type ImportView = {
  dry_run: boolean;
  added: number;
  changed: number;
  errors: RowError[];
};

/** Trust a root certificate (PEM). Without one, the root of this server's own authority. */
export type InstallBody = {
  use?: RootUse;
  certificate?: string | null;
};

/** What is done. */
export type JobKind = "firmware" | "log";

/** A firmware update or the upload of a log. */
export type JobMarkView = {
  id: string;
  kind: string;
  state: string;
  status: string | null;
  created_at: string;
  ended_at: string | null;
};

/**
 * UNKNOWN: no valid answer came to the request. EMPTY: the charger has named no file to upload. Any state that is reported later moves these on.
 */
export type JobState = "accepted" | "canceled" | "empty" | "failed" | "finished" | "rejected" | "running" | "unknown";

/**
 * A firmware update or the upload of a log. ``action`` null: nobody here has asked for it. ``proved``: the boot after it showed another firmware than before; null for logs, and while there was none.
 */
export type JobView = {
  id: string;
  charger_id: string;
  kind: JobKind;
  state: JobState;
  status: string | null;
  action: string | null;
  request_id: number | null;
  log_type: string | null;
  location: string | null;
  file_name: string | null;
  steps: StepView[];
  version_before: string | null;
  version_after: string | null;
  proved: boolean | null;
  created_at: string;
  updated_at: string;
  ended_at: string | null;
  upload: UploadView | null;
};

/** What has come of the last value that was written to a key. */
export type KeyState = "confirmed" | "differs" | "not_supported" | "reboot_required" | "rejected" | "unconfirmed" | "unknown";

/**
 * A configuration key. ``value`` is as the charger wrote it, null where it told none or where it is a secret (``secret``). ``known`` false: the charger does not know it. ``state`` is what has come of the last write: ``confirmed`` (reads back the same), ``differs``, ``reboot_required``, ``unconfirmed``, ``rejected``, ``not_supported`` or ``unknown``.
 */
export type KeyView = {
  key: string;
  value: string | null;
  readonly: boolean | null;
  known: boolean;
  secret: boolean;
  read_at: string | null;
  written_value: string | null;
  written_status: string | null;
  written_at: string | null;
  state: KeyState | null;
};

/** What is the matter, worst first. */
export type Kind = "certificate_expires" | "clock_off" | "dead_letters" | "faulted" | "never_connected" | "no_meter_values" | "no_progress" | "not_started" | "offline" | "offline_in_session" | "quarantined" | "restless" | "security_event" | "suspended" | "unknown_charger" | "unresolved_sessions";

/** How many of a kind there are: ``count`` that are not muted, and ``muted``. */
export type KindCount = {
  kind: Kind;
  severity: Severity;
  count: number;
  muted: number;
};

/** The certificate by which a charger is known: by its name, or by its fingerprint alone. */
export type KnownCertificateView = {
  common_name: string | null;
  fingerprint: string | null;
  set_by: string | null;
  set_at: string | null;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_CommandMarkView_ = {
  items: CommandMarkView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_ConnectionSpanView_ = {
  items: ConnectionSpanView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_ConnectorSpanView_ = {
  items: ConnectorSpanView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_HappeningView_ = {
  items: HappeningView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_JobMarkView_ = {
  items: JobMarkView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_NoteView_ = {
  items: NoteView[];
  cut: boolean;
};

/** What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out. */
export type LaneView_SessionMarkView_ = {
  items: SessionMarkView[];
  cut: boolean;
};

/** How the charger is connected now. ``forwarded``: TLS ends at a trusted proxy, which tells neither version nor suite. */
export type LinkView = {
  scheme: string;
  tls_version: string | null;
  cipher: string | null;
  forwarded: boolean;
  certificate: SeenCertificateView | null;
};

/** Whether the list is kept up to date by itself when tags change and when the charger comes back. */
export type ListPatch = {
  sync: boolean;
};

/** How a charger's list stands. */
export type ListState = "empty" | "failed" | "never" | "not_supported" | "stale" | "synced";

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_AnomalyView_ = {
  items: AnomalyView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_AttemptView_ = {
  items: AttemptView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_AuditView_ = {
  items: AuditView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_BatchView_ = {
  items: BatchView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_CertificateView_ = {
  items: CertificateView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_ChargerView_ = {
  items: ChargerView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_CommandView_ = {
  items: CommandView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_DeadLetterView_ = {
  items: DeadLetterView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_DriverView_ = {
  items: DriverView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_FaultView_ = {
  items: FaultView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_HeldProfileView_ = {
  items: HeldProfileView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_HygieneView_ = {
  items: HygieneView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_JobView_ = {
  items: JobView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_LoginView_ = {
  items: LoginView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_MessageView_ = {
  items: MessageView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_MeterValueView_ = {
  items: MeterValueView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_NoteView_ = {
  items: NoteView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_ReservationView_ = {
  items: ReservationView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_ResultView_ = {
  items: ResultView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_SecurityEventView_ = {
  items: SecurityEventView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_SessionView_ = {
  items: SessionView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_SignedValueView_ = {
  items: SignedValueView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_SiteView_ = {
  items: SiteView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_StrangerView_ = {
  items: StrangerView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_TagView_ = {
  items: TagView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_TokenView_ = {
  items: TokenView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_UserView_ = {
  items: UserView[];
  next: string | null;
};

/** One page of a list; ``next`` is the cursor of the following page, null on the last. */
export type Listing_VirtualChargerView_ = {
  items: VirtualChargerView[];
  next: string | null;
};

/**
 * How a charger's list stands. ``version`` is what it last told or took: -1 not supported, 0 empty. ``state``: ``never`` (nothing is known), ``not_supported``, ``empty``, ``synced``, ``stale`` (it differs from the tags) or ``failed``. ``wanted`` is how many tags it should hold; ``left_out`` how many there is no room for (``max_length``, the charger's LocalAuthListMaxLength), ``too_long`` how many are longer than its version of OCPP can say. ``note`` says what to do about it.
 */
export type LocalListView = {
  charger_id: string;
  sync: boolean;
  state: ListState;
  version: number | null;
  sent_version: number;
  held: number | null;
  wanted: number;
  left_out: number;
  too_long: number;
  max_length: number | null;
  per_message: number;
  failure: string | null;
  note: string | null;
  checked_at: string | null;
  synced_at: string | null;
};

/** Upload a log. Without ``location`` it comes here: the charger is given an address that takes one file. */
export type LogBody = {
  log_type?: LogType;
  location?: string | null;
  since?: string | null;
  until?: string | null;
  retries?: number | null;
  retry_interval_s?: number | null;
};

/** Which log. */
export type LogType = "diagnostics" | "security";

/** Name and password. */
export type LoginBody = {
  name: string;
  password: string;
};

/** A signed-in browser. ``current``: the one that asks. ``last_seen_at`` is kept to the minute. */
export type LoginView = {
  id: number;
  method: SignIn;
  created_at: string;
  last_seen_at: string | null;
  expires_at: string;
  address: string | null;
  user_agent: string | null;
  current: boolean;
};

/** A password that was made, shown once. */
export type MadePassword = {
  id: string;
  password: string;
};

/**
 * Who is signed in. ``csrf`` goes into the header X-Voltaro-CSRF of whatever changes something; null for tokens. ``has_password``: it can be changed here; ``is_external``: they sign in elsewhere, by OpenID Connect.
 */
export type MeView = {
  name: string;
  role: Role | null;
  scopes: Scope[];
  user_id: number | null;
  csrf: string | null;
  fault_injection: boolean;
  simulator: boolean;
  ocpp_url: string | null;
  has_password: boolean;
  is_external: boolean;
};

/**
 * An entry of the message log with what lies around it. ``before`` and ``after`` are its neighbours, nearest first; ``previous`` is the one before of the same action and direction. ``session_id`` is the session that it names, or that its command brought. ``command_id`` is the command that it carried, and ``requested_by`` who asked for that. What the asker's scopes do not show is null.
 */
export type MessageContextView = {
  message: MessageView;
  before: MessageView[];
  after: MessageView[];
  previous: MessageView | null;
  session_id: number | null;
  transaction_id: string | null;
  command_id: string | null;
  requested_by: string | null;
};

/** How often an action occurs in the newest 20,000 entries, and how often it did not end well. */
export type MessageKindView = {
  action: string;
  direction: string;
  count: number;
  trouble: number;
  newest: string;
};

/** What occurs in a charger's message log. */
export type MessageKindsView = {
  items: MessageKindView[];
};

/**
 * A call with its answer; ``request`` and ``answer`` are whole OCPP frames, secrets masked; what is no JSON is a text. ``latency_ms`` is from the call to its answer. ``error_code`` is the code of a CALLERROR, ``error`` says what is wrong. ``repaired`` says how a request that did not fit its schema was read.
 */
export type MessageView = {
  id: number;
  charger_id: string;
  direction: string;
  message_id: string;
  action: string;
  request: unknown;
  answer: unknown;
  outcome: string;
  at: string;
  answered_at: string | null;
  kind: string;
  latency_ms: number | null;
  error_code: string | null;
  error: string | null;
  repaired: RepairedView | null;
};

/** One measured value as the charger sent it. */
export type MeterValueView = {
  at: string;
  value: string;
  measurand: string;
  unit: string;
  context: string;
  phase: string | null;
  location: string;
  signed: boolean;
  evse_id: number;
  received_at: string;
};

/** STRICT: nothing is repaired, and what does not fit its schema is refused. It is meant for certification. */
export type Mode = "strict" | "tolerant";

/** Figures of five seconds. Rates are a second's: calls of chargers, commands to them, HTTP requests, facts written. */
export type MomentView = {
  at: string;
  calls: number;
  commands: number;
  requests: number;
  facts: number;
  queue: number;
  lag_ms: number;
  commit_ms: number | null;
  memory_bytes: number;
};

/** Until when an item is not to be shown, at most 90 days ahead. */
export type MuteBody = {
  until: string;
  note?: string | null;
};

/** Who has muted an item, until when and why. */
export type MuteView = {
  until: string;
  note: string | null;
  muted_by: string;
  muted_at: string;
};

/** A charger to be made known. Without a password one is made and returned once, unless the profile is 0 (open) or 3. */
export type NewChargerBody = {
  id: string;
  name?: string | null;
  site_id?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  password?: string | null;
  security_profile?: number;
};

/** A charging profile for an evse; 0 is the whole charger. One of purpose ``tx`` names the transaction that runs there. */
export type NewChargingProfileBody = {
  schedule: ScheduleBody;
  purpose?: Purpose;
  kind?: ProfileKind;
  id?: number | null;
  stack_level?: number;
  recurrency?: Recurrency | null;
  valid_from?: string | null;
  valid_to?: string | null;
  transaction_id?: string | null;
  evse_id: number;
};

/** Nothing to say. */
export type NoBody = Record<string, never>;

/** What to note down. */
export type NoteBody = {
  text: string;
};

/** A note on a charger. ``edited_at`` is null until it is changed. */
export type NoteView = {
  id: number;
  text: string;
  author: string;
  at: string;
  edited_at: string | null;
  version: number;
};

/** One offending member of a request; ``pointer`` is an RFC 6901 JSON pointer, or ``?name`` for a query parameter. */
export type Offender = {
  pointer: string;
  detail: string;
};

/** Where the browser goes to sign in elsewhere, and what the button says. */
export type OidcWay = {
  url: string;
  label: string;
};

/**
 * ``energy_today_wh`` is what was delivered since midnight of ``time_zone``, and ``peak_today_w`` the most power in that time. Counts are at most a few seconds old; what was delivered, a minute.
 */
export type OverviewView = {
  chargers: number;
  online: number;
  suspect: number;
  charging: number;
  strangers: number;
  sessions_active: number;
  power_w: number;
  energy_today_wh: number;
  peak_today_w: number;
  peak_today_at: string | null;
  time_zone: string;
  at: string;
};

/** A new password for oneself. Only one who has none (and came by a link) may leave out the current one. */
export type OwnPasswordBody = {
  current?: string;
  new: string;
};

/** A password to set; without one it is made. */
export type PasswordBody = {
  password?: string | null;
};

/** The charger's new password, shown once. */
export type PasswordView = {
  password: string;
};

/** From ``start_s`` seconds into the schedule on: at most ``limit`` A per phase, or W in all. Without ``phases`` there are three. */
export type PeriodBody = {
  start_s: number;
  limit: number;
  phases?: number | null;
  phase_to_use?: number | null;
};

/** A period of a schedule; ``limit`` null is no limit, ``pauses`` says that a car draws nothing under it. */
export type PeriodView = {
  start_s: number;
  limit: number | null;
  phases: number | null;
  pauses: boolean;
  phase_to_use: number | null;
};

/**
 * A card that was shown at a charger, and what the charger was told (``outcome``, in OCPP's words). ``known``: it is a tag here, and stands as ``status`` says. ``evse_id`` null: the charger did not say where.
 */
export type PresentedTagView = {
  id_tag: string;
  charger_id: string;
  evse_id: number | null;
  type: string | null;
  outcome: string;
  at: string;
  known: boolean;
  status: TagStatus | null;
};

/** The newest first. */
export type PresentedTagsView = {
  items: PresentedTagView[];
};

/** An RFC 9457 problem. ``request_id`` finds the request in the log. */
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  request_id: string;
  errors: Offender[] | null;
};

/** Where the times of a schedule begin: at a moment, every day or week, or with the session. */
export type ProfileKind = "absolute" | "recurring" | "relative";

/** What a profile limits. STATION_MAX: the whole charger. EXTERNAL: set by others, only read (2.x K12). */
export type Purpose = "external" | "station_max" | "tx" | "tx_default";

/** Switches to turn; those left out stay. ``strict`` repairs nothing: it is meant for certification. */
export type QuirksPatch = {
  mode?: Mode;
  time_zone?: string | null;
  other_version?: boolean;
  anonymous_charging?: boolean;
  begin_at_first_reading?: boolean;
  energy_scale?: string;
  power_scale?: string;
};

/** What is switched on for this charger because it does not speak OCPP as it is written. */
export type QuirksView = {
  mode: Mode;
  time_zone: string | null;
  other_version: boolean;
  anonymous_charging: boolean;
  begin_at_first_reading: boolean;
  energy_scale: string;
  power_scale: string;
};

/** Current per phase, or power of all phases. */
export type RateUnit = "A" | "W";

/** Which certificates the charger is to tell; without ``use`` all, which OCPP 1.6 cannot be asked for. */
export type ReadBody = {
  use?: RootUse | null;
};

export type Recurrency = "daily" | "weekly";

/** The keys to read; without any, all of them. */
export type RefreshBody = {
  keys?: string[];
};

/** Whether the central system takes this charger (OCPP ``RegistrationStatus``). */
export type Registration = "accepted" | "pending" | "rejected";

/** One thing that was repaired; its code is explained among the charger's anomalies. */
export type RepairView = {
  code: string;
  field: string;
};

/** The payload as it was read, secrets masked, and what was done to it. */
export type RepairedView = {
  payload: unknown;
  repairs: RepairView[];
};

/** Which variables are to be reported. */
export type ReportBody = {
  report?: BaseReport;
};

/**
 * Keep an evse for a tag. ``parent`` left out is the tag's own; null keeps the rest of its group out. Evse 0 keeps any of the charger; one of OCPP 1.6 is only asked for it when it is known to do that, or with ``insist``.
 */
export type ReservationBody = {
  evse_id: number;
  id_tag: string;
  expires_at: string;
  parent?: string | null;
  insist?: boolean;
};

/**
 * REQUESTED: the charger has not answered. UNKNOWN: no valid answer came, or it has rebooted since: it may be held. REFUSED is final (16-13). LOST: the charger gave it up by itself (a fault, out of service, a reboot).
 */
export type ReservationState = "accepted" | "cancelled" | "expired" | "lost" | "refused" | "requested" | "unknown" | "used";

/** A reservation. ``number`` is OCPP's reservationId, ``answer`` the charger's final word; evse 0 is any of the charger. */
export type ReservationView = {
  id: number;
  charger_id: string;
  number: number;
  evse_id: number;
  id_tag: string;
  parent: string | null;
  expires_at: string;
  state: ReservationState;
  requested_at: string;
  requested_by: string | null;
  answer: string | null;
  answered_at: string | null;
  ended_at: string | null;
  reason: string | null;
  transaction_id: string | null;
};

/** Restart the charger; ``immediately`` does not wait for sessions to end. */
export type ResetBody = {
  immediately?: boolean;
  evse_id?: number | null;
};

/**
 * What came of it with one charger. ``error`` is a code: not_connected, unknown_charger, invalid_payload, unknown_action, commands_full, unavailable, actor_crashed, cancelled, interrupted, restarted ...; ``response_status`` what the charger answered.
 */
export type ResultView = {
  charger_id: string;
  state: string;
  command_id: string | null;
  response_status: string | null;
  error: string | null;
  detail: string | null;
};

/** What a person may do: everything; run chargers, sessions and tags; or only look. */
export type Role = "admin" | "operator" | "viewer";

/** What a root certificate on a charger is for. */
export type RootUse = "central_system_root" | "manufacturer_root" | "mo_root" | "v2g_root";

/** Where a change of password stands. SENT and UNKNOWN: both passwords are good; UNKNOWN until one of them is used. */
export type RotationState = "accepted" | "rejected" | "sent" | "unknown";

/** The last change of password over OCPP. While it is sent or unknown, the old and the new one are good. */
export type RotationView = {
  state: RotationState;
  at: string | null;
};

/** What is wrong with a line; line 1 of a CSV file is its header. ``column`` is empty where the whole line is meant. */
export type RowError = {
  line: number;
  column: string;
  detail: string;
};

/** Something that happens to many virtual chargers at once. */
export type ScenarioBody = {
  scenario: "cars_arrive" | "everybody_leaves" | "faults" | "network_cut" | "power_cut" | "repairs";
};

/** How many connectors or chargers it happened to. */
export type ScenarioView = {
  affected: number;
};

/** Without ``duration_s`` the last period goes on. An absolute schedule without ``starts_at`` begins now. */
export type ScheduleBody = {
  unit: RateUnit;
  periods: PeriodBody[];
  duration_s?: number | null;
  starts_at?: string | null;
  min_rate?: number | null;
};

/** A schedule of a profile. */
export type ScheduleView = {
  unit: RateUnit;
  periods: PeriodView[];
  duration_s: number | null;
  starts_at: string | null;
  min_rate: number | null;
};

/** What a token may do. */
export type Scope = "admin" | "chargers:read" | "chargers:write" | "commands:write" | "drivers:read" | "drivers:write" | "messages:read" | "sessions:read" | "sessions:write" | "tags:read" | "tags:write";

/** Something a charger reported of its security; ``at`` by its own clock. ``critical`` as OCPP's list of security events says. */
export type SecurityEventView = {
  id: number;
  type: string;
  critical: boolean;
  at: string;
  received_at: string;
  tech_info: string | null;
};

/**
 * What to change; members left out stay, null forgets. A certificate named by its fingerprint alone is the only one that will do. ``key_as_text``: the charger may send the digits of its AuthorizationKey as text. ``lenient_handshake``: its handshake may lack ``Connection: Upgrade``.
 */
export type SecurityPatch = {
  certificate_name?: string | null;
  certificate_fingerprint?: string | null;
  key_as_text?: boolean;
  lenient_handshake?: boolean;
};

/** The security profile to go to: 1 password, 2 password over TLS, 3 client certificate. */
export type SecurityProfileBody = {
  profile: number;
};

/** The security of a charger. */
export type SecurityView = {
  profile: number;
  has_password: boolean;
  key_as_text: boolean;
  lenient_handshake: boolean;
  link: LinkView | null;
  certificate: KnownCertificateView | null;
  rotation: RotationView | null;
  upgrade: UpgradeView | null;
};

/** The client certificate of a connection. ``fingerprint`` is the SHA-256 in hexadecimal digits. */
export type SeenCertificateView = {
  common_name: string;
  organisation: string | null;
  fingerprint: string;
  not_after: string | null;
};

/** What the charger has agreed to have in or out of service, and when; evse 0 is the whole charger, connector 0 the whole EVSE. */
export type ServiceWishView = {
  evse_id: number;
  connector_id: number;
  operative: boolean;
  at: string;
};

/** A session with what is told of one alone: ``command_id`` is the command that asked for it, null when none did. */
export type SessionDetail = {
  id: number;
  charger_id: string;
  evse_id: number | null;
  connector_id: number | null;
  transaction_id: string;
  id_tag: string | null;
  state: SessionState;
  started_at: string;
  ended_at: string | null;
  meter_start_wh: number | null;
  meter_stop_wh: number | null;
  energy_wh: number;
  power_w: number | null;
  soc_percent: number | null;
  stop_reason: string | null;
  cost: string | null;
  flags: string[];
  authorization: string | null;
  charging_state: string | null;
  protocol: string;
  received_at: string;
  reservation_id: number | null;
  complete: boolean;
  assigned_to: number | null;
  resolved_by: string | null;
  resolved_at: string | null;
  resolved_reason: string | null;
  simulated: boolean;
  command_id: string | null;
};

/** A session; energy in Wh. */
export type SessionMarkView = {
  id: number;
  evse_id: number | null;
  connector_id: number | null;
  state: string;
  started_at: string;
  ended_at: string | null;
  energy_wh: number;
  id_tag: string | null;
  stop_reason: string | null;
};

/** The order of a list of sessions. */
export type SessionOrder = "-energy_wh" | "-started_at" | "energy_wh" | "started_at";

/**
 * UNRESOLVED: a stop, or readings, without a start; an operator decides what becomes of it (``domain.resolution``). ASSIGNED: it was found to belong to another session, ``assigned_to``. DISCARDED: it was found to be none.
 */
export type SessionState = "active" | "assigned" | "discarded" | "ended" | "unresolved";

/**
 * The life of a session, oldest first; of a long one the first 500 reports and the last. ``started_by`` is the command that asked for it, ``stopped_by`` the newest that asked for its end and was not refused, or that ended it without naming it (a reset, an unlock). ``stop_tag`` is the tag that was shown to end it, ``stop_trigger`` what its charger gives as the trigger of its end (2.x). Each is null where there is none.
 */
export type SessionStory = {
  started_by: CommandMark | null;
  stopped_by: CommandMark | null;
  stop_tag: string | null;
  stop_trigger: string | null;
  events: StoryEvent[];
};

/**
 * Sums over sessions: energy in Wh, time in seconds, that of running ones until now. ``complete`` false: more than 100,000 were to be looked at, and only the newest of them were.
 */
export type SessionTotalsView = {
  count: number;
  running: number;
  energy_wh: number;
  duration_s: number;
  complete: boolean;
};

/**
 * A session. Energy in Wh, power in W. ``flags`` say what to know before billing; ``complete``: nothing of it is missing. ``resolved_by``, ``_at`` and ``_reason`` are of what an operator decided of it, ``assigned_to`` is the session it was found to belong to.
 */
export type SessionView = {
  id: number;
  charger_id: string;
  evse_id: number | null;
  connector_id: number | null;
  transaction_id: string;
  id_tag: string | null;
  state: SessionState;
  started_at: string;
  ended_at: string | null;
  meter_start_wh: number | null;
  meter_stop_wh: number | null;
  energy_wh: number;
  power_w: number | null;
  soc_percent: number | null;
  stop_reason: string | null;
  cost: string | null;
  flags: string[];
  authorization: string | null;
  charging_state: string | null;
  protocol: string;
  received_at: string;
  reservation_id: number | null;
  complete: boolean;
  assigned_to: number | null;
  resolved_by: string | null;
  resolved_at: string | null;
  resolved_reason: string | null;
  simulated: boolean;
};

/** A setting in effect. ``origin``: default, flag, environment, file, or command. Secrets are masked. */
export type SettingView = {
  name: string;
  value: string | null;
  origin: string;
  help: string;
};

/** CRITICAL: money or service is being lost now. WARNING: it soon will be. NOTICE: for a quiet hour. */
export type Severity = "critical" | "notice" | "warning";

/** How somebody came in: by password, by a one-time link, or by OpenID Connect. */
export type SignIn = "link" | "oidc" | "password";

/**
 * A signed value. ``data`` is the text that was signed, as sent; its bytes alone are at ``data_url``. 1.6 tells no method and no key: what they are lies in ``data``, whose ``format`` is named where it can be recognised. 2.x tells the key perhaps once in a session.
 */
export type SignedValueView = {
  id: number;
  at: string;
  measurand: string;
  context: string;
  evse_id: number;
  format: string | null;
  data: string;
  data_url: string;
  signing_method: string | null;
  encoding_method: string | null;
  public_key: string | null;
};

/** How much is, or was, simulated. ``other``: rows of all other kinds. */
export type SimulatedView = {
  chargers: number;
  tags: number;
  sessions: number;
  meter_values: number;
  messages: number;
  events: number;
  other: number;
};

/** How many virtual chargers there may be, and the cards that their people hold. */
export type SimulatorView = {
  most: number;
  tags: string[];
};

/** A site to be made. Without an id one is made. Latitude and longitude are given both or not at all. */
export type SiteBody = {
  id?: string | null;
  name: string;
  address?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  time_zone?: string;
  note?: string | null;
};

/** What to change; members left out stay. */
export type SitePatch = {
  name?: string;
  address?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  time_zone?: string;
  note?: string | null;
};

/**
 * A site with its figures, which are at most a few seconds old. ``version`` is also the ETag. ``energy_today_wh`` is what was delivered here since midnight of the site's own time zone.
 */
export type SiteView = {
  id: string;
  name: string;
  address: string | null;
  latitude: number | null;
  longitude: number | null;
  time_zone: string;
  note: string | null;
  chargers: number;
  online: number;
  charging: number;
  faulted: number;
  power_w: number;
  energy_today_wh: number;
  created_at: string;
  version: number;
};

/** An action: whether we may send it (``to_charger``), and whether a charger may (``from_charger``). */
export type SpokenActionView = {
  action: string;
  to_charger: boolean;
  from_charger: boolean;
};

/** All actions of a version, by name. */
export type SpokenActionsView = {
  protocol: string;
  items: SpokenActionView[];
};

/** Start charging for a tag; without ``evse_id`` the charger chooses. ``charging_profile`` limits the session that starts. */
export type StartBody = {
  id_tag: string;
  evse_id?: number | null;
  connector_id?: number | null;
  tag_type?: string | null;
  charging_profile?: ChargingProfileBody | null;
};

/** A state as the charger reported it, in OCPP's spelling, and when it came. */
export type StepView = {
  status: string;
  at: string;
};

/** Stop a session, by our id or by the OCPP transaction id. With neither, the only open session of the charger is meant. */
export type StopBody = {
  session_id?: number | null;
  transaction_id?: string | null;
};

/**
 * Something in the life of a session. ``kind``: ``started``, ``updated``, ``ended`` as the charger reported it, ``command`` for what it was asked, ``resolved`` for what an operator decided. ``at`` is the charger's time, ``received_at`` ours. ``reason`` is why a charger reports (``triggerReason`` of 2.x), why it ended (``stopped_reason``), or what an operator wrote. ``counts`` false: a second, different end, which does not count.
 */
export type StoryEvent = {
  kind: string;
  at: string;
  received_at: string | null;
  reason: string | null;
  charging_state: string | null;
  stopped_reason: string | null;
  id_tag: string | null;
  meter_wh: number | null;
  offline: boolean;
  counts: boolean;
  by: string | null;
  command: CommandMark | null;
};

/** An unknown identity whose line is open. */
export type StrangerView = {
  charger_id: string;
  protocol: string;
  remote: string;
  since: string;
  boot: BootView | null;
};

/** ``full`` sends the whole list, otherwise what differs where that is known. */
export type SyncBody = {
  full?: boolean;
};

/** The server. ``database`` is null while it does not answer. ``settings`` and paths are for administrators alone. */
export type SystemView = {
  at: string;
  started_at: string;
  versions: Record<string, string>;
  memory_bytes: number;
  open_files: number;
  most_files: number;
  threads: number;
  tasks: number;
  collections: number[];
  lag_p50_ms: number;
  lag_p99_ms: number;
  queue: number;
  database_away_s: number | null;
  last_database_error: string | null;
  last_database_error_at: string | null;
  lines: number;
  stream_readers: number;
  actors: number;
  disk_free_bytes: number;
  disk_total_bytes: number;
  data_dir: string | null;
  certificates: CertificateFileView[];
  history: MomentView[];
  checks: CheckView[];
  settings: SettingView[];
  database: DatabaseView | null;
};

/** A table with its indexes and partitions; ``rows`` is an estimate. */
export type TableView = {
  name: string;
  rows: number;
  bytes: number;
};

/** A tag to be made. */
export type TagBody = {
  id_tag: string;
  type?: string | null;
  status?: TagStatus;
  parent?: string | null;
  expires_at?: string | null;
  max_active_sessions?: number | null;
  user_id?: number | null;
  note?: string | null;
};

/** The order of a list of tags. */
export type TagOrder = "-created_at" | "-id_tag" | "created_at" | "id_tag";

/** What to change; members left out stay. */
export type TagPatch = {
  type?: string | null;
  status?: TagStatus;
  parent?: string | null;
  expires_at?: string | null;
  max_active_sessions?: number | null;
  user_id?: number | null;
  note?: string | null;
};

/** What the operator has said of a tag. */
export type TagStatus = "accepted" | "blocked" | "expired" | "invalid";

/**
 * A tag. ``user_id`` is the driver whose it is, who may be disabled: then it does not charge. ``driver_name`` is null, too, where the asker may not read drivers (scope drivers:read). ``version`` is also the ETag.
 */
export type TagView = {
  id_tag: string;
  type: string | null;
  status: TagStatus;
  parent: string | null;
  expires_at: string | null;
  max_active_sessions: number | null;
  user_id: number | null;
  note: string | null;
  created_at: string | null;
  version: number;
  simulated: boolean;
  driver_disabled: boolean;
  driver_name: string | null;
};

/** What happened to a charger between two moments. ``sessions`` is null for who may not read sessions. */
export type TimelineView = {
  charger_id: string;
  since: string;
  until: string;
  connection: LaneView_ConnectionSpanView_;
  connectors: LaneView_ConnectorSpanView_;
  sessions: LaneView_SessionMarkView_ | null;
  commands: LaneView_CommandMarkView_;
  jobs: LaneView_JobMarkView_;
  happenings: LaneView_HappeningView_;
  notes: LaneView_NoteView_;
};

/** A token to be made. The scope ``admin`` holds all others. */
export type TokenBody = {
  name: string;
  scopes: Scope[];
  expires_at?: string | null;
};

/** Whether a token works. */
export type TokenState = "active" | "expired" | "revoked";

/** A token; ``token`` is the secret, there only in the answer that made it. ``last_used_at`` is kept to the minute. */
export type TokenView = {
  id: number;
  name: string;
  prefix: string;
  scopes: Scope[];
  state: TokenState;
  created_at: string;
  created_by: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  token?: string;
};

/** Ask the charger to send a message now, e.g. ``StatusNotification``. */
export type TriggerBody = {
  message: string;
  evse_id?: number | null;
  connector_id?: number | null;
};

/** Release a cable. */
export type UnlockBody = {
  evse_id: number;
  connector_id?: number;
};

/**
 * Where a change to a higher profile stands. ASKED, ACCEPTED, UNKNOWN: the profile before is good until the charger has come with the new one (DONE).
 */
export type UpgradeState = "accepted" | "asked" | "done" | "rejected" | "unknown";

/** The last change to a higher profile. Until it is done the charger may come as before; ``given_up``: it has not come in time. */
export type UpgradeView = {
  profile: number;
  state: UpgradeState;
  at: string | null;
  until: string | null;
  given_up: boolean;
};

/** OPEN: waits for its file. RECEIVING: somebody sends it just now. RECEIVED: it is there, and nobody may send another. */
export type UploadState = "open" | "received" | "receiving";

/** A file that is to come here, or has. ``file_name`` is what the charger called it; ``file`` where to get it. */
export type UploadView = {
  state: UploadState;
  expires_at: string;
  received_at: string | null;
  file_name: string | null;
  size_bytes: number | null;
  sha256: string | null;
  file: string | null;
};

/** How well a charger held its line over the last day, week and month. */
export type UptimeView = {
  charger_id: string;
  at: string;
  windows: UptimeWindow[];
};

/**
 * How well a charger held its line. ``online_percent`` is of the ``known_s`` seconds that are recorded, null when there are none; ``disconnections`` are lost lines, without those this server closed for its own restart.
 */
export type UptimeWindow = {
  hours: number;
  since: string;
  known_s: number;
  online_s: number;
  online_percent: number | null;
  disconnections: number;
};

/** A person to be let in. */
export type UserBody = {
  name: string;
  role: Role;
  password: string;
};

/** What to change; members left out stay. A new password or role, and being disabled, end all their logins. */
export type UserPatch = {
  role?: Role;
  disabled?: boolean;
  password?: string;
};

/** A person. ``is_external``: they sign in by OpenID Connect, which says their role; ``version`` is also the ETag. */
export type UserView = {
  id: number;
  name: string;
  role: Role;
  disabled: boolean;
  created_at: string;
  has_password: boolean;
  is_external: boolean;
  last_login_at: string | null;
  version: number;
};

/** The value to set, as the charger writes it: in OCPP 1.6 every value is a text. */
export type ValueBody = {
  value: string;
};

/** The value to set, as text, and the variable's whole name. */
export type VariableBody = {
  component: string;
  component_instance?: string | null;
  evse_id?: number | null;
  connector_id?: number | null;
  variable: string;
  variable_instance?: string | null;
  attribute?: string;
  value: string;
};

/**
 * One attribute of a variable. ``value`` is as the charger told it, null where it told none or where it is a secret. ``choices``, ``least`` and ``most`` are what it takes, as far as it said so. ``state`` is what has come of the last write, with ``written_status`` and ``written_reason`` in the charger's words.
 */
export type VariableView = {
  component: string;
  component_instance: string | null;
  evse_id: number | null;
  connector_id: number | null;
  variable: string;
  variable_instance: string | null;
  attribute: string;
  value: string | null;
  mutability: string;
  data_type: string | null;
  unit: string | null;
  choices: string[];
  least: number | null;
  most: number | null;
  secret: boolean;
  read_at: string | null;
  written_value: string | null;
  written_status: string | null;
  written_reason: string | null;
  written_at: string | null;
  state: KeyState | null;
};

/** What is known of a charger's variables. ``read_at``: when the newest was told. */
export type VariablesView = {
  charger_id: string;
  read_at: string | null;
  reboot_required: boolean;
  items: VariableView[];
};

/** How a profile is said otherwise for a charger that refuses it, in the order in which it is tried. */
export type Variant = "amperes" | "other_level" | "tx_default" | "whole_limits" | "with_start";

/** Virtual chargers to be added. ``speed`` makes cars charge so many times faster than life. */
export type VirtualBody = {
  count?: number;
  protocol?: "mixed" | "ocpp1.6" | "ocpp2.0.1" | "ocpp2.1";
  prefix?: string;
  connectors?: number;
  speed?: number;
  meter_interval_s?: number;
  driven?: boolean;
};

/** One virtual charger with its newest frames, newest first. */
export type VirtualChargerDetail = {
  id: string;
  protocol: string;
  vendor: string;
  model: string;
  online: boolean;
  wanted: boolean;
  registration: string;
  queued: number;
  driven: boolean;
  speed: number;
  clock_offset_s: number;
  answers_after_s: number;
  refuses: boolean;
  connectors: VirtualConnectorView[];
  frames: FrameView[];
};

/** A virtual charger as it sees itself. ``wanted``: it is to be connected. ``driven``: people come and go by themselves. */
export type VirtualChargerView = {
  id: string;
  protocol: string;
  vendor: string;
  model: string;
  online: boolean;
  wanted: boolean;
  registration: string;
  queued: number;
  driven: boolean;
  speed: number;
  clock_offset_s: number;
  answers_after_s: number;
  refuses: boolean;
  connectors: VirtualConnectorView[];
};

/** A connector as it stands at the charger. ``status`` is OCPP 1.6's word, whatever the version; ``energy_wh`` its meter. */
export type VirtualConnectorView = {
  id: number;
  status: string;
  plugged: boolean;
  soc_percent: number | null;
  power_w: number;
  energy_wh: number;
  id_tag: string | null;
  transaction_id: string | null;
  session_wh: number | null;
  fault: string | null;
};

/** How one may sign in here; ``oidc`` null: not by OpenID Connect. */
export type WaysView = {
  password: boolean;
  oidc: OidcWay | null;
};

/** Why a frame was put aside: it failed validation, PostgreSQL never takes what it says, or it crashed its actor twice. */
export type web_routes_dead_letters_FrameKind = "crash" | "invalid" | "poison";

/**
 * A call with its answer, or a frame that is none: a SEND, a call that came again, an answer after its time, something malformed that was answered with an error at once, something that nobody could answer.
 */
export type web_routes_messages_FrameKind = "call" | "ignored" | "late_answer" | "refused" | "replay" | "send";

/** What each operation takes and answers, by its id. */
export interface Operations {
  /** Counts over everything. */
  show_overview: {
    method: "GET";
    path: "/api/v1/overview";
    query: {
    time_zone?: string;
  };
    answer: OverviewView;
  };
  /** Power and energy of the fleet, or of a site, over the last hours. */
  show_history: {
    method: "GET";
    path: "/api/v1/overview/history";
    query: {
    hours?: number;
    site_id?: string;
  };
    answer: HistoryView;
  };
  /** List chargers, by id unless another order is asked for. */
  list_chargers: {
    method: "GET";
    path: "/api/v1/chargers";
    query: {
    registration?: Registration;
    search?: string;
    state?: string;
    connection?: string;
    protocol?: string;
    vendor?: string;
    model?: string;
    firmware_version?: string;
    site_id?: string;
    security_profile?: number;
    limit?: number;
    cursor?: string;
    view?: Detail;
    sort?: ChargerOrder;
  };
    answer: Listing_ChargerView_;
  };
  /** Make a charger known. */
  add_charger: {
    method: "POST";
    path: "/api/v1/chargers";
    body: NewChargerBody;
    answer: ChargerView;
  };
  /** Import chargers from CSV or NDJSON (the columns of the export and a password; only id is required). With Accept: text/csv the answer is a file with a line for each charger, and the passwords that were made. */
  import_chargers: {
    method: "POST";
    path: "/api/v1/chargers/import";
    query: {
    dry_run?: boolean;
    atomic?: boolean;
  };
    body: string;
    answer: ChargerImportView;
  };
  /** What needs attention now, worst kind first, in it the oldest. */
  list_attention: {
    method: "GET";
    path: "/api/v1/attention";
    query: {
    limit?: number;
    cursor?: string;
    kind?: Kind;
    severity?: Severity;
    charger_id?: string;
    muted?: boolean;
  };
    answer: AttentionListing;
  };
  /** Do not show an item until then; the audit log holds who has said so. */
  mute_attention: {
    method: "PUT";
    path: "/api/v1/attention/{item_id}/mute";
    params: {
    item_id: string;
  };
    body: MuteBody;
    answer: AttentionView;
  };
  /** Show a muted item again. */
  unmute_attention: {
    method: "DELETE";
    path: "/api/v1/attention/{item_id}/mute";
    params: {
    item_id: string;
  };
    answer: void;
  };
  /** List sites, by name. */
  list_sites: {
    method: "GET";
    path: "/api/v1/sites";
    query: {
    limit?: number;
    cursor?: string;
    search?: string;
  };
    answer: Listing_SiteView_;
  };
  /** Make a site. */
  add_site: {
    method: "POST";
    path: "/api/v1/sites";
    body: SiteBody;
    answer: SiteView;
  };
  /** Show a site. */
  show_site: {
    method: "GET";
    path: "/api/v1/sites/{site_id}";
    params: {
    site_id: string;
  };
    answer: SiteView;
  };
  /** Change a site. */
  change_site: {
    method: "PATCH";
    path: "/api/v1/sites/{site_id}";
    params: {
    site_id: string;
  };
    body: SitePatch;
    answer: SiteView;
  };
  /** Remove a site. While chargers stand there: 409 that says how many, unless it is said where they go. */
  remove_site: {
    method: "DELETE";
    path: "/api/v1/sites/{site_id}";
    params: {
    site_id: string;
  };
    query: {
    move_to?: string;
    detach?: boolean;
  };
    answer: void;
  };
  /** Show a charger. */
  show_charger: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}";
    params: {
    charger_id: string;
  };
    answer: ChargerView;
  };
  /** Change a charger. */
  change_charger: {
    method: "PATCH";
    path: "/api/v1/chargers/{charger_id}";
    params: {
    charger_id: string;
  };
    body: ChargerPatch;
    answer: ChargerView;
  };
  /** Remove a charger and hang up on it. */
  remove_charger: {
    method: "DELETE";
    path: "/api/v1/chargers/{charger_id}";
    params: {
    charger_id: string;
  };
    answer: void;
  };
  /** Give a charger a new password, made by us when none is given; it is shown once. */
  set_charger_password: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/password";
    params: {
    charger_id: string;
  };
    body: PasswordBody;
    answer: PasswordView;
  };
  /** Show a charger's security. */
  show_security: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/security";
    params: {
    charger_id: string;
  };
    answer: SecurityView;
  };
  /** Say by which certificate a charger is known, and what it may do otherwise than others. */
  change_security: {
    method: "PATCH";
    path: "/api/v1/chargers/{charger_id}/security";
    params: {
    charger_id: string;
  };
    body: SecurityPatch;
    answer: SecurityView;
  };
  /** Give a charger a new password over OCPP. It is not shown; the old one is good until the charger has taken the new one. */
  rotate_password: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/password/rotate";
    params: {
    charger_id: string;
  };
    body: NoBody;
    answer: CommandView;
  };
  /** Take a charger to a higher security profile (1.6). It is reset when it accepts, and is refused as before once it has come anew. */
  raise_profile: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/security-profile";
    params: {
    charger_id: string;
  };
    body: SecurityProfileBody;
    answer: CommandView;
  };
  /** List the unknown chargers that wait. */
  list_strangers: {
    method: "GET";
    path: "/api/v1/strangers";
    answer: Listing_StrangerView_;
  };
  /** Make a waiting charger known; its line is closed, so that it comes back and is served. */
  accept_stranger: {
    method: "POST";
    path: "/api/v1/strangers/{charger_id}/accept";
    params: {
    charger_id: string;
  };
    body: AcceptBody;
    answer: ChargerView;
  };
  /** Hang up on a waiting charger; it may come back. */
  dismiss_stranger: {
    method: "DELETE";
    path: "/api/v1/strangers/{charger_id}";
    params: {
    charger_id: string;
  };
    answer: void;
  };
  /** Send a command to many chargers. 202 with Location; a charger that cannot be told is a result, not a failure of the whole. */
  send_commands: {
    method: "POST";
    path: "/api/v1/commands:batch";
    body: CommandBatchBody;
    answer: BatchView;
  };
  /** Change or remove many chargers. 202 with Location, with a result for each. */
  change_chargers: {
    method: "POST";
    path: "/api/v1/chargers:batch";
    body: ChargerBatchBody;
    answer: BatchView;
  };
  /** List the batches, newest first. */
  list_batches: {
    method: "GET";
    path: "/api/v1/command-batches";
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_BatchView_;
  };
  /** Show a batch and how far it is. */
  show_batch: {
    method: "GET";
    path: "/api/v1/command-batches/{batch_id}";
    params: {
    batch_id: string;
  };
    answer: BatchView;
  };
  /** What came of a batch with each charger, in the order in which they were given. */
  list_batch_results: {
    method: "GET";
    path: "/api/v1/command-batches/{batch_id}/results";
    params: {
    batch_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
    state?: string;
  };
    answer: Listing_ResultView_;
  };
  /** Begin nothing more of a batch; what was sent stays sent. */
  cancel_batch: {
    method: "POST";
    path: "/api/v1/command-batches/{batch_id}/cancel";
    params: {
    batch_id: string;
  };
    answer: BatchView;
  };
  /** List who tried to connect, newest first: the last few hundred since the server started. */
  list_attempts: {
    method: "GET";
    path: "/api/v1/connection-attempts";
    query: {
    limit?: number;
    cursor?: string;
    charger_id?: string;
    outcome?: AttemptOutcome;
    reason?: AttemptReason;
    address?: string;
  };
    answer: Listing_AttemptView_;
  };
  /** Where chargers connect: every address of this machine that is listened on. */
  show_addresses: {
    method: "GET";
    path: "/api/v1/connection-addresses";
    query: {
    test?: boolean;
  };
    answer: AddressesView;
  };
  /** A text as a QR code. */
  show_qr: {
    method: "GET";
    path: "/api/v1/qr.svg";
    query: {
    text: string;
  };
    answer: void;
  };
  /** Send any OCPP action. 202 with Location, or the final state with Prefer: wait=N when it comes in time. */
  send_command: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/commands";
    params: {
    charger_id: string;
  };
    body: CommandBody;
    answer: CommandView;
  };
  /** List the commands to a charger, newest first. */
  list_commands: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/commands";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_CommandView_;
  };
  /** Show a command and what became of it. */
  show_command: {
    method: "GET";
    path: "/api/v1/commands/{command_id}";
    params: {
    command_id: string;
  };
    answer: CommandView;
  };
  /** List the actions the charger takes. */
  list_actions: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/actions";
    params: {
    charger_id: string;
  };
    answer: ActionsView;
  };
  /** Show an action the charger takes. */
  show_action: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/actions/{action}";
    params: {
    charger_id: string;
    action: string;
  };
    answer: ActionView;
  };
  /** The JSON schema of an action's payload. */
  show_action_schema: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/actions/{action}/schema";
    params: {
    charger_id: string;
    action: string;
  };
    answer: Record<string, unknown>;
  };
  /** Start charging. */
  start_charging: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/start";
    params: {
    charger_id: string;
  };
    body: StartBody;
    answer: CommandView;
  };
  /** Stop a session. */
  stop_charging: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/stop";
    params: {
    charger_id: string;
  };
    body: StopBody;
    answer: CommandView;
  };
  /** Restart the charger. */
  reset_charger: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/reset";
    params: {
    charger_id: string;
  };
    body: ResetBody;
    answer: CommandView;
  };
  /** Release a cable. */
  unlock_connector: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/unlock";
    params: {
    charger_id: string;
  };
    body: UnlockBody;
    answer: CommandView;
  };
  /** Take in or out of service. */
  change_availability: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/availability";
    params: {
    charger_id: string;
  };
    body: AvailabilityBody;
    answer: CommandView;
  };
  /** Let the charger forget the tags it has cached. */
  clear_cache: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/clear-cache";
    params: {
    charger_id: string;
  };
    body: NoBody;
    answer: CommandView;
  };
  /** Let the charger send a message now. */
  trigger_message: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/trigger";
    params: {
    charger_id: string;
  };
    body: TriggerBody;
    answer: CommandView;
  };
  /** Send the charger data of its vendor's own. */
  transfer_data: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/data-transfer";
    params: {
    charger_id: string;
  };
    body: DataTransferBody;
    answer: CommandView;
  };
  /** Show the configuration keys of a charger (OCPP 1.6), as last read; as CSV or NDJSON the keys alone. */
  show_configuration: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/configuration";
    params: {
    charger_id: string;
  };
    answer: ConfigurationView;
  };
  /** Read configuration keys from the charger now, all or some. Answers as a command does. */
  refresh_configuration: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/configuration/refresh";
    params: {
    charger_id: string;
  };
    body: RefreshBody;
    answer: CommandView;
  };
  /** Set a configuration key; it is read back afterwards. Answers as a command does. */
  set_configuration_key: {
    method: "PUT";
    path: "/api/v1/chargers/{charger_id}/configuration/{key}";
    params: {
    charger_id: string;
    key: string;
  };
    body: ValueBody;
    answer: CommandView;
  };
  /** Show what the recommended set of keys would change. Nothing is written. */
  show_configuration_advice: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/configuration-advice";
    params: {
    charger_id: string;
  };
    answer: AdvisedView;
  };
  /** Write what of the recommended set differs: each key once, in one go. */
  apply_configuration_advice: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/configuration-advice";
    params: {
    charger_id: string;
  };
    body: ApplyBody;
    answer: AppliedView;
  };
  /** Show the variables of a charger (OCPP 2.x), as last reported or read. */
  show_variables: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/variables";
    params: {
    charger_id: string;
  };
    answer: VariablesView;
  };
  /** Set a variable; it is read back afterwards. Answers as a command does. */
  set_variable: {
    method: "PUT";
    path: "/api/v1/chargers/{charger_id}/variables";
    params: {
    charger_id: string;
  };
    body: VariableBody;
    answer: CommandView;
  };
  /** Have the charger report its variables now. Answers as a command does; the report comes afterwards. */
  refresh_variables: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/variables/refresh";
    params: {
    charger_id: string;
  };
    body: ReportBody;
    answer: CommandView;
  };
  /** Show how the charger's local authorization list stands. */
  show_local_list: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/local-list";
    params: {
    charger_id: string;
  };
    answer: LocalListView;
  };
  /** Switch on or off that the list is kept up to date by itself. */
  change_local_list: {
    method: "PATCH";
    path: "/api/v1/chargers/{charger_id}/local-list";
    params: {
    charger_id: string;
  };
    body: ListPatch;
    answer: LocalListView;
  };
  /** Bring the list up to date now. 202 with Location, or how it stands afterwards with Prefer: wait=N when it is over in time. */
  sync_local_list: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/local-list/sync";
    params: {
    charger_id: string;
  };
    body: SyncBody;
    answer: LocalListView;
  };
  /** Ask the charger which version of the list it holds. Answers as a command does. */
  check_local_list: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/local-list/check";
    params: {
    charger_id: string;
  };
    body: NoBody;
    answer: CommandView;
  };
  /** List the charging profiles that the charger has accepted and still holds, as far as its answers say. */
  list_profiles: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/charging-profiles";
    params: {
    charger_id: string;
  };
    query: {
    evse_id?: number;
    purpose?: Purpose;
  };
    answer: Listing_HeldProfileView_;
  };
  /** Give the charger a charging profile. Answers as commands do. */
  set_profile: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/charging-profiles";
    params: {
    charger_id: string;
  };
    body: NewChargingProfileBody;
    answer: CommandView;
  };
  /** Let the charger clear the charging profiles that fit. Answers as commands do. */
  clear_profiles: {
    method: "DELETE";
    path: "/api/v1/chargers/{charger_id}/charging-profiles";
    params: {
    charger_id: string;
  };
    query: {
    evse_id?: number;
    purpose?: Purpose;
    stack_level?: number;
    all?: boolean;
  };
    answer: CommandView;
  };
  /** Let the charger clear one charging profile. Answers as commands do. */
  clear_profile: {
    method: "DELETE";
    path: "/api/v1/chargers/{charger_id}/charging-profiles/{profile_id}";
    params: {
    charger_id: string;
    profile_id: number;
  };
    answer: CommandView;
  };
  /** Compute what the held profiles come to: the limit of an evse from now on. */
  compute_composite: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/composite-schedule";
    params: {
    charger_id: string;
  };
    query: {
    evse_id: number;
    duration_s?: number;
    unit?: RateUnit;
  };
    answer: CompositeAnswer;
  };
  /** Ask the charger for its composite schedule, and show it beside ours. Waits for the answer. */
  ask_composite: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/composite-schedule";
    params: {
    charger_id: string;
  };
    body: CompositeBody;
    answer: CompositeAnswer;
  };
  /** Show how the charger is told of profiles and reservations. */
  show_settings: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/charging-settings";
    params: {
    charger_id: string;
  };
    answer: ChargingSettingsView;
  };
  /** Change how the charger is told of profiles and reservations. */
  change_settings: {
    method: "PATCH";
    path: "/api/v1/chargers/{charger_id}/charging-settings";
    params: {
    charger_id: string;
  };
    body: ChargingSettingsPatch;
    answer: ChargingSettingsView;
  };
  /** List reservations, newest first. */
  list_reservations: {
    method: "GET";
    path: "/api/v1/reservations";
    query: {
    limit?: number;
    cursor?: string;
    charger_id?: string;
    state?: ReservationState;
  };
    answer: Listing_ReservationView_;
  };
  /** Show a reservation. */
  show_reservation: {
    method: "GET";
    path: "/api/v1/reservations/{reservation_id}";
    params: {
    reservation_id: number;
  };
    answer: ReservationView;
  };
  /** Ask the charger to give up a reservation. Answers as commands do; one that it does not know is gone. */
  cancel_reservation: {
    method: "DELETE";
    path: "/api/v1/reservations/{reservation_id}";
    params: {
    reservation_id: number;
  };
    answer: CommandView;
  };
  /** Ask the charger for a reservation. 202 with Location; with Prefer: wait=N, 200 with the charger's answer when it comes in time. */
  reserve: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/reservations";
    params: {
    charger_id: string;
  };
    body: ReservationBody;
    answer: ReservationView;
  };
  /** Update the firmware. Its progress is a job of the charger. */
  update_firmware: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/firmware";
    params: {
    charger_id: string;
  };
    body: FirmwareBody;
    answer: CommandView;
  };
  /** Let the charger upload a log, here or elsewhere. Its progress is a job of the charger. */
  fetch_log: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/logs";
    params: {
    charger_id: string;
  };
    body: LogBody;
    answer: CommandView;
  };
  /** List the firmware updates and logs of a charger, newest first. */
  list_jobs: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/jobs";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_JobView_;
  };
  /** Show a job and every state it has been in. */
  show_job: {
    method: "GET";
    path: "/api/v1/jobs/{job_id}";
    params: {
    job_id: string;
  };
    answer: JobView;
  };
  /** The file that the charger has uploaded, as an attachment. */
  download_job_file: {
    method: "GET";
    path: "/api/v1/jobs/{job_id}/file";
    params: {
    job_id: string;
  };
    answer: void;
  };
  /** List the certificates of a charger: those it was given, newest first, and those it has reported. */
  list_certificates: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/certificates";
    params: {
    charger_id: string;
  };
    answer: Listing_CertificateView_;
  };
  /** Install a root certificate on the charger. */
  install_certificate: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/certificates";
    params: {
    charger_id: string;
  };
    body: InstallBody;
    answer: CommandView;
  };
  /** Ask the charger which certificates it has. */
  read_certificates: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/certificates/read";
    params: {
    charger_id: string;
  };
    body: ReadBody;
    answer: CommandView;
  };
  /** Let the charger make a new key and ask for a certificate of it. */
  renew_certificate: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/certificates/renew";
    params: {
    charger_id: string;
  };
    body: NoBody;
    answer: CommandView;
  };
  /** Delete an installed certificate from the charger (202, a command); or revoke one that was issued (204). */
  delete_certificate: {
    method: "DELETE";
    path: "/api/v1/chargers/{charger_id}/certificates/{certificate_id}";
    params: {
    charger_id: string;
    certificate_id: string;
  };
    answer: CommandView | void;
  };
  /** The root certificate of this server's authority, as PEM. */
  show_authority: {
    method: "GET";
    path: "/api/v1/ca";
    answer: AuthorityView;
  };
  /** List sessions, newest first. */
  list_sessions: {
    method: "GET";
    path: "/api/v1/sessions";
    query: {
    limit?: number;
    cursor?: string;
    charger_id?: string;
    id_tag?: string;
    state?: SessionState;
    started_after?: string;
    started_before?: string;
    driver_id?: number;
    site_id?: string;
    energy_at_least_wh?: number;
    flags?: string;
    flagged?: boolean;
    sort?: SessionOrder;
  };
    answer: Listing_SessionView_;
  };
  /** Sum up sessions: how many, how much energy, how long; with the filters of the list. */
  show_session_totals: {
    method: "GET";
    path: "/api/v1/sessions/totals";
    query: {
    charger_id?: string;
    id_tag?: string;
    state?: SessionState;
    started_after?: string;
    started_before?: string;
    site_id?: string;
    energy_at_least_wh?: number;
    flags?: string;
    driver_id?: number;
    flagged?: boolean;
  };
    answer: SessionTotalsView;
  };
  /** Show a session. */
  show_session: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}";
    params: {
    session_id: number;
  };
    answer: SessionDetail;
  };
  /** List what was measured during a session, oldest first. */
  list_meter_values: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}/meter-values";
    params: {
    session_id: number;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_MeterValueView_;
  };
  /** Tell a session from its beginning to its end: what was reported, who asked for it, who ended it. */
  tell_session: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}/story";
    params: {
    session_id: number;
  };
    answer: SessionStory;
  };
  /** List the OCPP frames that name a session, oldest first. A page may be short, or empty, and have a next all the same. */
  list_session_messages: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}/messages";
    params: {
    session_id: number;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_MessageView_;
  };
  /** List the signed meter values of a session, oldest first. */
  list_signed_values: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}/signed-values";
    params: {
    session_id: number;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_SignedValueView_;
  };
  /** Give out the bytes of a signed meter value exactly as the charger sent them. */
  give_signed_value: {
    method: "GET";
    path: "/api/v1/sessions/{session_id}/signed-values/{value_id}/data";
    params: {
    session_id: number;
    value_id: number;
  };
    answer: void;
  };
  /** Say where an unresolved stop belongs: to a session of its charger, or to a start that never came. */
  assign_session: {
    method: "POST";
    path: "/api/v1/sessions/{session_id}/assign";
    params: {
    session_id: number;
  };
    body: AssignBody;
    answer: SessionView;
  };
  /** Close an open session; it is flagged as an estimate until its charger tells its own end. */
  close_session: {
    method: "POST";
    path: "/api/v1/sessions/{session_id}/close";
    params: {
    session_id: number;
  };
    body: CloseBody;
    answer: SessionView;
  };
  /** Put an unresolved or open session out of account, with a reason. It is kept and shown as discarded. */
  discard_session: {
    method: "POST";
    path: "/api/v1/sessions/{session_id}/discard";
    params: {
    session_id: number;
  };
    body: DiscardBody;
    answer: SessionView;
  };
  /** List the cards that were shown at chargers of late, known or not: at most a hundred, since the server's start. The live stream tells each as tag.presented. */
  list_presented_tags: {
    method: "GET";
    path: "/api/v1/tags/presented";
    query: {
    charger_id?: string;
  };
    answer: PresentedTagsView;
  };
  /** List tags. */
  list_tags: {
    method: "GET";
    path: "/api/v1/tags";
    query: {
    limit?: number;
    cursor?: string;
    status?: TagStatus;
    search?: string;
    sort?: TagOrder;
    user_id?: number;
  };
    answer: Listing_TagView_;
  };
  /** Make a tag. */
  add_tag: {
    method: "POST";
    path: "/api/v1/tags";
    body: TagBody;
    answer: TagView;
  };
  /** Show a tag. */
  show_tag: {
    method: "GET";
    path: "/api/v1/tags/{id_tag}";
    params: {
    id_tag: string;
  };
    answer: TagView;
  };
  /** Change a tag. */
  change_tag: {
    method: "PATCH";
    path: "/api/v1/tags/{id_tag}";
    params: {
    id_tag: string;
  };
    body: TagPatch;
    answer: TagView;
  };
  /** Remove a tag. */
  remove_tag: {
    method: "DELETE";
    path: "/api/v1/tags/{id_tag}";
    params: {
    id_tag: string;
  };
    answer: void;
  };
  /** Import tags from CSV or NDJSON (the columns of the export; only id_tag is required). All lines or none. Of a tag that is known, what the file has no column for, and NDJSON no member, stays as it is. */
  import_tags: {
    method: "POST";
    path: "/api/v1/tags/import";
    query: {
    dry_run?: boolean;
  };
    body: string;
    answer: ImportView;
  };
  /** List drivers, newest first. */
  list_drivers: {
    method: "GET";
    path: "/api/v1/drivers";
    query: {
    limit?: number;
    cursor?: string;
    search?: string;
    disabled?: boolean;
  };
    answer: Listing_DriverView_;
  };
  /** Make a driver known. */
  add_driver: {
    method: "POST";
    path: "/api/v1/drivers";
    body: DriverBody;
    answer: DriverView;
  };
  /** Show a driver with their tags and newest sessions. */
  show_driver: {
    method: "GET";
    path: "/api/v1/drivers/{driver_id}";
    params: {
    driver_id: number;
  };
    answer: DriverDetail;
  };
  /** Change a driver. */
  change_driver: {
    method: "PATCH";
    path: "/api/v1/drivers/{driver_id}";
    params: {
    driver_id: number;
  };
    body: DriverPatch;
    answer: DriverView;
  };
  /** Remove a driver; their tags stay and are nobody's, their sessions stay. */
  remove_driver: {
    method: "DELETE";
    path: "/api/v1/drivers/{driver_id}";
    params: {
    driver_id: number;
  };
    answer: void;
  };
  /** Import drivers from CSV or NDJSON (the columns of the export; only name is required). One whose external_id is known is changed, any other is new. All lines or none. What the file has no column for, and NDJSON no member, stays as it is. */
  import_drivers: {
    method: "POST";
    path: "/api/v1/drivers/import";
    query: {
    dry_run?: boolean;
  };
    body: string;
    answer: DriverImportView;
  };
  /** List the OCPP frames of a charger, newest first. */
  list_charger_messages: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/messages";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
    action?: string;
    direction?: Direction;
    outcome?: CallOutcome;
    kind?: web_routes_messages_FrameKind;
    error_code?: string;
    message_id?: string;
    trouble?: boolean;
    text?: string;
    since?: string;
    until?: string;
  };
    answer: Listing_MessageView_;
  };
  /** List the OCPP frames of all chargers, newest first. */
  list_messages: {
    method: "GET";
    path: "/api/v1/messages";
    query: {
    limit?: number;
    cursor?: string;
    action?: string;
    direction?: Direction;
    outcome?: CallOutcome;
    kind?: web_routes_messages_FrameKind;
    error_code?: string;
    message_id?: string;
    trouble?: boolean;
    text?: string;
    since?: string;
    until?: string;
    charger_id?: string;
  };
    answer: Listing_MessageView_;
  };
  /** Show an entry of the message log. */
  show_message: {
    method: "GET";
    path: "/api/v1/messages/{message_id}";
    params: {
    message_id: number;
  };
    answer: MessageView;
  };
  /** Show what happened to a charger between two moments: line, connectors, sessions, commands, jobs, other events, notes. */
  show_timeline: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/timeline";
    params: {
    charger_id: string;
  };
    query: {
    since?: string;
    until?: string;
    limit?: number;
  };
    answer: TimelineView;
  };
  /** Show how much of the last day, week and month a charger was online, and how often it lost its line. */
  show_uptime: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/uptime";
    params: {
    charger_id: string;
  };
    answer: UptimeView;
  };
  /** List what a charger reported of its security, newest first; all of it as CSV or NDJSON. */
  list_security_events: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/security-events";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_SecurityEventView_;
  };
  /** List the notes on a charger, newest first. */
  list_notes: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/notes";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_NoteView_;
  };
  /** Note something down on a charger. */
  add_note: {
    method: "POST";
    path: "/api/v1/chargers/{charger_id}/notes";
    params: {
    charger_id: string;
  };
    body: NoteBody;
    answer: NoteView;
  };
  /** Show a note. */
  show_note: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/notes/{note_id}";
    params: {
    charger_id: string;
    note_id: number;
  };
    answer: NoteView;
  };
  /** Change a note of one's own. */
  change_note: {
    method: "PATCH";
    path: "/api/v1/chargers/{charger_id}/notes/{note_id}";
    params: {
    charger_id: string;
    note_id: number;
  };
    body: NoteBody;
    answer: NoteView;
  };
  /** Take away a note: one's own, or as an admin any. */
  remove_note: {
    method: "DELETE";
    path: "/api/v1/chargers/{charger_id}/notes/{note_id}";
    params: {
    charger_id: string;
    note_id: number;
  };
    answer: void;
  };
  /** Show an entry of the message log with its neighbours, its session and its command. */
  show_message_context: {
    method: "GET";
    path: "/api/v1/messages/{message_id}/context";
    params: {
    message_id: number;
  };
    query: {
    each?: number;
  };
    answer: MessageContextView;
  };
  /** List the actions that occur in a charger's message log. */
  list_message_kinds: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/message-kinds";
    params: {
    charger_id: string;
  };
    answer: MessageKindsView;
  };
  /** List the actions of a version of OCPP: ocpp1.6, ocpp2.0.1 or ocpp2.1. */
  list_ocpp_actions: {
    method: "GET";
    path: "/api/v1/ocpp/{protocol}/actions";
    params: {
    protocol: string;
  };
    answer: SpokenActionsView;
  };
  /** Show the JSON schemas of an action. */
  show_ocpp_action: {
    method: "GET";
    path: "/api/v1/ocpp/{protocol}/actions/{action}";
    params: {
    protocol: string;
    action: string;
  };
    answer: ActionSchemasView;
  };
  /** List what a charger does that OCPP does not say, by code and field. */
  list_anomalies: {
    method: "GET";
    path: "/api/v1/chargers/{charger_id}/anomalies";
    params: {
    charger_id: string;
  };
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_AnomalyView_;
  };
  /** List what chargers do that OCPP does not say, by vendor, model and firmware. */
  list_hygiene: {
    method: "GET";
    path: "/api/v1/anomalies";
    query: {
    limit?: number;
    cursor?: string;
    vendor?: string;
    model?: string;
    firmware_version?: string;
    code?: string;
  };
    answer: Listing_HygieneView_;
  };
  /** List the frames that were put aside, newest first. */
  list_dead_letters: {
    method: "GET";
    path: "/api/v1/dead-letters";
    query: {
    limit?: number;
    cursor?: string;
    charger_id?: string;
    kind?: web_routes_dead_letters_FrameKind;
    state?: FrameState;
  };
    answer: Listing_DeadLetterView_;
  };
  /** Show a frame that was put aside, with its stack. */
  show_dead_letter: {
    method: "GET";
    path: "/api/v1/dead-letters/{frame_id}";
    params: {
    frame_id: number;
  };
    answer: DeadLetterView;
  };
  /** Hand a frame that was put aside to its charger's actor again, as if it came now. Where that fails it waits on; outcome says why. */
  redrive_dead_letter: {
    method: "POST";
    path: "/api/v1/dead-letters/{frame_id}/redrive";
    params: {
    frame_id: number;
  };
    answer: DeadLetterView;
  };
  /** Say why a frame that was put aside will never be handed over. It is kept. */
  discard_dead_letter: {
    method: "POST";
    path: "/api/v1/dead-letters/{frame_id}/discard";
    params: {
    frame_id: number;
  };
    body: DiscardLetterBody;
    answer: DeadLetterView;
  };
  /** What happens, as server-sent events. Last-Event-ID resumes without gap or double; an event resync says: read everything anew. */
  read_events: {
    method: "GET";
    path: "/api/v1/events";
    query: {
    topics?: string;
    last_event_id?: string;
  };
    answer: void;
  };
  /** The supervision tree: state, mailbox depth, restarts and last failure of every actor. */
  show_actors: {
    method: "GET";
    path: "/api/v1/actors";
    query: {
    search?: string;
    troubled?: boolean;
    most?: number;
  };
    answer: ActorView;
  };
  /** Provoke a fault. 404 unless fault injection is enabled. */
  inject_fault: {
    method: "POST";
    path: "/api/v1/faults";
    body: FaultBody;
    answer: FaultView;
  };
  /** List the provoked faults, newest first. */
  list_faults: {
    method: "GET";
    path: "/api/v1/faults";
    answer: Listing_FaultView_;
  };
  /** Show what can be provoked, and where. */
  show_fault_kinds: {
    method: "GET";
    path: "/api/v1/faults/kinds";
    answer: FaultKindsView;
  };
  /** Show a provoked fault and its recovery. */
  show_fault: {
    method: "GET";
    path: "/api/v1/faults/{fault_id}";
    params: {
    fault_id: string;
  };
    answer: FaultView;
  };
  /** List the virtual chargers, as they see themselves. 404 unless the simulator is allowed. */
  list_virtual_chargers: {
    method: "GET";
    path: "/api/v1/simulator/chargers";
    answer: Listing_VirtualChargerView_;
  };
  /** Add virtual chargers; they dial at once. */
  add_virtual_chargers: {
    method: "POST";
    path: "/api/v1/simulator/chargers";
    body: VirtualBody;
    answer: Listing_VirtualChargerView_;
  };
  /** Show what the simulator has to offer. */
  show_simulator: {
    method: "GET";
    path: "/api/v1/simulator";
    answer: SimulatorView;
  };
  /** Show a virtual charger with its newest frames. */
  show_virtual_charger: {
    method: "GET";
    path: "/api/v1/simulator/chargers/{charger_id}";
    params: {
    charger_id: string;
  };
    answer: VirtualChargerDetail;
  };
  /** Remove a virtual charger, and all that is known of it. */
  remove_virtual_charger: {
    method: "DELETE";
    path: "/api/v1/simulator/chargers/{charger_id}";
    params: {
    charger_id: string;
  };
    answer: SimulatedView;
  };
  /** Do something at a virtual charger: plug, tap a card, break it, take it offline ... */
  act_at_charger: {
    method: "POST";
    path: "/api/v1/simulator/chargers/{charger_id}/actions";
    params: {
    charger_id: string;
  };
    body: ActBody;
    answer: ActView;
  };
  /** Let something happen to all virtual chargers: ten cars arrive, the power fails ... */
  play_scenario: {
    method: "POST";
    path: "/api/v1/simulator/scenarios";
    body: ScenarioBody;
    answer: ScenarioView;
  };
  /** Count what is simulated. */
  show_demo_data: {
    method: "GET";
    path: "/api/v1/demo-data";
    answer: SimulatedView;
  };
  /** Remove all virtual chargers with their sessions, meter values, messages and tags; what is real stays. */
  remove_demo_data: {
    method: "DELETE";
    path: "/api/v1/demo-data";
    query: {
    dry_run?: boolean;
  };
    answer: SimulatedView;
  };
  /** Show how the server stands. */
  show_system: {
    method: "GET";
    path: "/api/v1/system";
    answer: SystemView;
  };
  /** A ZIP with what somebody needs who is to help: figures, health, settings, actors, log. No tags, no secrets, no payloads. */
  support_bundle: {
    method: "GET";
    path: "/api/v1/system/bundle";
    answer: void;
  };
  /** Sign in with name and password; sets the cookie. */
  log_in: {
    method: "POST";
    path: "/api/v1/login";
    body: LoginBody;
    answer: MeView;
  };
  /** Sign out. */
  log_out: {
    method: "POST";
    path: "/api/v1/logout";
    answer: void;
  };
  /** Who is signed in, and what they may do. */
  show_me: {
    method: "GET";
    path: "/api/v1/me";
    answer: MeView;
  };
  /** Change one's own password; ends all other logins, and gives this browser a new one. */
  change_own_password: {
    method: "POST";
    path: "/api/v1/me/password";
    body: OwnPasswordBody;
    answer: void;
  };
  /** How one may sign in here. */
  show_ways: {
    method: "GET";
    path: "/api/v1/login/methods";
    answer: WaysView;
  };
  /** Begin to sign in by OpenID Connect; leads to the provider. */
  begin_oidc: {
    method: "GET";
    path: "/login/oidc";
    answer: void;
  };
  /** Where the provider sends the browser back to; leads to the dashboard. */
  finish_oidc: {
    method: "GET";
    path: "/login/oidc/callback";
    query: {
    code?: string;
    state?: string;
    iss?: string;
    error?: string;
  };
    answer: void;
  };
  /** Sign in by a one-time link; leads to the dashboard. */
  follow_login_link: {
    method: "GET";
    path: "/login/{secret}";
    params: {
    secret: string;
  };
    answer: void;
  };
  /** List where one is signed in. */
  list_own_logins: {
    method: "GET";
    path: "/api/v1/me/logins";
    answer: Listing_LoginView_;
  };
  /** End all other logins of one's own (others=true). */
  end_other_logins: {
    method: "DELETE";
    path: "/api/v1/me/logins";
    query: {
    others?: boolean;
  };
    answer: EndedView;
  };
  /** End one login of one's own. */
  end_own_login: {
    method: "DELETE";
    path: "/api/v1/me/logins/{login_id}";
    params: {
    login_id: number;
  };
    answer: void;
  };
  /** List where a person is signed in. */
  list_logins: {
    method: "GET";
    path: "/api/v1/users/{user_id}/logins";
    params: {
    user_id: number;
  };
    answer: Listing_LoginView_;
  };
  /** End all logins of a person. */
  end_logins: {
    method: "DELETE";
    path: "/api/v1/users/{user_id}/logins";
    params: {
    user_id: number;
  };
    answer: EndedView;
  };
  /** End one login of a person. */
  end_login: {
    method: "DELETE";
    path: "/api/v1/users/{user_id}/logins/{login_id}";
    params: {
    user_id: number;
    login_id: number;
  };
    answer: void;
  };
  /** List people, newest first. */
  list_users: {
    method: "GET";
    path: "/api/v1/users";
    query: {
    limit?: number;
    cursor?: string;
  };
    answer: Listing_UserView_;
  };
  /** Let a person in. */
  add_user: {
    method: "POST";
    path: "/api/v1/users";
    body: UserBody;
    answer: UserView;
  };
  /** Show a person. */
  show_user: {
    method: "GET";
    path: "/api/v1/users/{user_id}";
    params: {
    user_id: number;
  };
    answer: UserView;
  };
  /** Change a person's role or password, or disable them. */
  change_user: {
    method: "PATCH";
    path: "/api/v1/users/{user_id}";
    params: {
    user_id: number;
  };
    body: UserPatch;
    answer: UserView;
  };
  /** List API tokens, newest first. */
  list_tokens: {
    method: "GET";
    path: "/api/v1/tokens";
    query: {
    limit?: number;
    cursor?: string;
    state?: TokenState;
  };
    answer: Listing_TokenView_;
  };
  /** Make an API token; it is shown once. */
  add_token: {
    method: "POST";
    path: "/api/v1/tokens";
    body: TokenBody;
    answer: TokenView;
  };
  /** Revoke an API token. */
  revoke_token: {
    method: "DELETE";
    path: "/api/v1/tokens/{token_id}";
    params: {
    token_id: number;
  };
    answer: void;
  };
  /** List what was done by whom, newest first unless the other order is asked for. */
  list_audit: {
    method: "GET";
    path: "/api/v1/audit";
    query: {
    limit?: number;
    cursor?: string;
    actor?: string;
    action?: string;
    target?: string;
    since?: string;
    until?: string;
    sort?: AuditOrder;
  };
    answer: Listing_AuditView_;
  };
  /** Take what a browser reports of a page's content policy. */
  report_violations: {
    method: "POST";
    path: "/api/v1/reports";
    body: string;
    answer: void;
  };
  /** Whether the process lives: 503 when loop or supervisor stand still. */
  live: {
    method: "GET";
    path: "/livez";
    answer: HealthView;
  };
  /** Whether the server serves: 503 while the database is away or the server is being stopped. */
  ready: {
    method: "GET";
    path: "/readyz";
    answer: HealthView;
  };
  /** Figures in Prometheus text format. */
  metrics: {
    method: "GET";
    path: "/metrics";
    answer: void;
  };
  /** This document. */
  show_openapi: {
    method: "GET";
    path: "/api/v1/openapi.json";
    answer: Record<string, unknown>;
  };
  /** A page to read this API and try it. */
  show_docs: {
    method: "GET";
    path: "/api/docs";
    answer: void;
  };
  /** The scripts and styles of that page. */
  show_docs_file: {
    method: "GET";
    path: "/api/docs/{file}";
    params: {
    file: string;
  };
    answer: void;
  };
}

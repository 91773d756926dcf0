"""The tables, as queries see them. They are made by the migrations; a test holds that both say the same.

Rule 1: what a charger reports refers to chargers and sessions by value, without foreign keys: removing a charger never
removes money, and a late report about something removed is not an error.
Rule 2: what grows without end (``meter_values``, ``messages``) is partitioned by time, so that it is retired by dropping.
Rule 3: what chargers and operators wrote as JSON is kept as ``json``, as written: ``jsonb`` refuses ``\\u0000``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = DateTime(timezone=True)

chargers = Table(
    "chargers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("registration", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("name", Text),
    Column("site_id", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("security_profile", SmallInteger, nullable=False, server_default=text("1")),
    Column("protocol", Text),
    Column("protocol_override", Text),
    Column("vendor", Text),
    Column("model", Text),
    Column("serial_number", Text),
    Column("firmware_version", Text),
    Column("boot", JSON),
    Column("boot_accepted_at", Instant),
    Column("last_seen", Instant),
    Column("salt", LargeBinary, nullable=False, server_default=text("''::bytea")),
    Column("password_hash", LargeBinary),
)

connectors = Table(
    "connectors",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("evse_id", Integer, nullable=False),
    Column("connector_id", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("error_code", Text),
    Column("info", Text),
    Column("vendor_id", Text),
    Column("vendor_error_code", Text),
    Column("updated_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    PrimaryKeyConstraint("charger_id", "evse_id", "connector_id"),
)

transaction_ids = Sequence("transaction_ids", data_type=Integer, maxvalue=1_999_999_999, metadata=metadata)
"""The transaction ids of 1.6, over all chargers: positive, 31 bits, never handed out twice (conformance X-03)."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("evse_id", Integer),
    Column("connector_id", Integer),
    Column("transaction_id", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("id_tag", Text),
    Column("tag_key", Text),
    Column("ended_at", Instant),
    Column("meter_start_wh", BigInteger),
    Column("meter_stop_wh", BigInteger),
    Column("energy_wh", BigInteger, nullable=False, server_default=text("0")),
    Column("power_w", BigInteger),
    Column("soc_percent", SmallInteger),
    Column("stop_reason", Text),
    Column("flags", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("authorization", Text),
    Column("charging_state", Text),
    Column("remote_start_id", BigInteger),
    Column("reservation_id", BigInteger),
    Column("base_wh", BigInteger),
    Column("register_wh", BigInteger),
    Column("carried_wh", BigInteger, nullable=False, server_default=text("0")),
    Column("first_seq_no", BigInteger),
    Column("last_seq_no", BigInteger),
    Column("last_event_at", Instant),
    Column("last_digest", Text),
    Column("events_count", Integer, nullable=False, server_default=text("0")),
    Column("metered_at", Instant),
    Column("start_key", Text),
    Column("stop_key", Text),
    Column("assigned_to", BigInteger),
    Column("resolved_by", Text),
    Column("resolved_at", Instant),
    Column("resolved_reason", Text),
    Index("uq_sessions_start_key", "start_key", unique=True),
    Index("uq_sessions_stop_key", "stop_key", unique=True),
    Index(
        "uq_sessions_transaction",
        "charger_id",
        "transaction_id",
        text("(protocol = 'ocpp1.6')"),
        unique=True,
        postgresql_where=text("stop_key IS NULL"),
    ),
    Index("ix_sessions_started", text("started_at DESC"), text("id DESC")),
    Index("ix_sessions_charger", "charger_id", text("started_at DESC"), text("id DESC")),
    Index("ix_sessions_tag", "tag_key", text("started_at DESC"), text("id DESC")),
    Index("ix_sessions_active_evse", "charger_id", "evse_id", postgresql_where=text("state = 'active'")),
    Index("ix_sessions_active_tag", "tag_key", postgresql_where=text("state = 'active'")),
    Index("ix_sessions_active", text("started_at DESC"), text("id DESC"), postgresql_where=text("state = 'active'")),
    Index("ix_sessions_orphans", "charger_id", "transaction_id", postgresql_where=text("stop_key IS NOT NULL")),
    Index("ix_sessions_unresolved", text("started_at DESC"), text("id DESC"), postgresql_where=text("state = 'unresolved'")),
)
"""``start_key`` and ``stop_key`` are the natural keys of a 1.6 start and of a stop whose start nobody knows;
``metered_at`` is when the newest reading counted in the figures was received; ``tag_key`` is ``id_tag`` without case."""

session_stops = Table(
    "session_stops",
    metadata,
    Column("session_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("meter_stop_wh", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("raw_timestamp", Text),
    Column("received_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("id_tag", Text),
    PrimaryKeyConstraint("session_id", "key"),
)
"""Every different stop of a 1.6 session as it was reported: the first is effective, another is kept (conformance X-05)."""

transaction_events = Table(
    "transaction_events",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("seq_no", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("trigger_reason", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("evse_id", Integer),
    Column("connector_id", Integer),
    Column("id_tag", Text),
    Column("authorization", Text),
    Column("charging_state", Text),
    Column("stopped_reason", Text),
    Column("remote_start_id", BigInteger),
    Column("reservation_id", BigInteger),
    Column("register_wh", BigInteger),
    Column("interval_wh", BigInteger),
    Column("power_w", BigInteger),
    Column("soc_percent", SmallInteger),
    Column("clock_flag", Text),
    PrimaryKeyConstraint("charger_id", "transaction_id", "seq_no", "digest"),
)
"""Every 2.x TransactionEvent: what ``domain.session.fold`` needs to make its session anew."""

meter_kinds = Table(
    "meter_kinds",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("measurand", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("signed", Boolean, nullable=False),
    UniqueConstraint("measurand", "unit", "context", "phase", "location", "signed"),
)
"""What a sample measures, said once: a few dozen rows instead of 80 bytes a sample. ``phase`` empty is the total."""

meter_value_ids = Sequence("meter_value_ids", cache=64, metadata=metadata)

meter_values = Table(
    "meter_values",
    metadata,
    Column("id", BigInteger, nullable=False, server_default=text("nextval('meter_value_ids'::regclass)")),
    Column("charger_id", Text, nullable=False),
    Column("evse_id", Integer, nullable=False),
    Column("session_id", BigInteger),
    Column("kind_id", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("value", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("transaction_id", Text),
    Index(
        "uq_meter_values_session", "session_id", "at", "kind_id", "evse_id", unique=True, postgresql_where=text("session_id IS NOT NULL")
    ),
    Index("uq_meter_values_charger", "charger_id", "evse_id", "at", "kind_id", unique=True, postgresql_where=text("session_id IS NULL")),
    postgresql_partition_by="RANGE (at)",
)
"""``value`` is the text as sent. ``transaction_id`` is kept where no session was found for it."""

message_row_ids = Sequence("message_row_ids", cache=64, metadata=metadata)

messages = Table(
    "messages",
    metadata,
    Column("id", BigInteger, nullable=False, server_default=text("nextval('message_row_ids'::regclass)")),
    Column("charger_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text),
    Column("outcome", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("answered_at", Instant),
    Index("ix_messages_charger", "charger_id", text("at DESC"), text("id DESC")),
    postgresql_partition_by="RANGE (at)",
)

commands = Table(
    "commands",
    metadata,
    Column("id", Text, primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("requested_by", Text),
    Column("response", JSON),
    Column("error", Text),
    Column("sent_at", Instant),
    Column("answered_at", Instant),
    Index("ix_commands_charger", "charger_id", text("created_at DESC"), text("id DESC")),
)

event_ids = Sequence("event_ids", metadata=metadata)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, primary_key=True, server_default=text("nextval('event_ids'::regclass)")),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("charger_id", Text),
    Column("session_id", BigInteger),
    Column("data", JSON, nullable=False),
    Index("ix_events_charger", "charger_id", text("id DESC")),
)
"""Inserted only under the advisory lock, in transactions that commit synchronously: ids grow as readers see them."""

security_events = Table(
    "security_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("tech_info", Text),
    Column("digest", Text, nullable=False),
    UniqueConstraint("charger_id", "at", "digest"),
)

device_events = Table(
    "device_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("data", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("charger_id", "at", "digest"),
)

variables = Table(
    "variables",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_id", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("data", JSON, nullable=False),
    PrimaryKeyConstraint("charger_id", "key"),
)
"""The newest ``reportData`` of each component and variable; ``key`` is a digest of their names."""

kept_frames = Table(
    "kept_frames",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("stack", Text),
    Column("received_at", Instant, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("last_received_at", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),
    Column("resolved_by", Text),
    Column("resolved_at", Instant),
    UniqueConstraint("charger_id", "digest"),
    Index("ix_kept_frames_charger", "charger_id", text("id DESC")),
)
"""``digest`` is the frame's fingerprint (``domain.dead_letter``): the same content is one row with a ``count``. ``received_at`` is
that of the first, everything else that of the newest; ``last_received_at`` is null while there was only one."""

tags = Table(
    "tags",
    metadata,
    Column("key", Text, primary_key=True),
    Column("id_tag", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("type", Text),
    Column("parent", Text),
    Column("expires_at", Instant),
    Column("max_active_sessions", Integer),
    Column("user_id", BigInteger),
    Column("note", Text),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_tags_created", text("created_at DESC"), text("key DESC")),
)
"""``key`` is the tag without case (``domain.tag.fold_tag``)."""

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("password_hash", Text, nullable=False),
)

logins = Table(
    "logins",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("expires_at", Instant, nullable=False),
    Index("ix_logins_user_id", "user_id"),
    Index("ix_logins_expires_at", "expires_at"),
)

login_links = Table(
    "login_links",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Instant, nullable=False, server_default=text("now()")),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

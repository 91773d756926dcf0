"""Sessions, and what they are made from."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.tables.base import Instant, metadata

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
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
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
    Index("ix_sessions_simulated", "id", postgresql_where=text("simulated")),
    Index("ix_sessions_unresolved", text("started_at DESC"), text("id DESC"), postgresql_where=text("state = 'unresolved'")),
    Index("ix_sessions_flagged", text("started_at DESC"), text("id DESC"), postgresql_where=text("flags <> '{}'::text[]")),
)
"""``start_key`` and ``stop_key`` are the natural keys of a 1.6 start and of a stop whose start nobody knows;
``metered_at`` is when the newest reading counted in the figures was received; ``tag_key`` is ``id_tag`` without case.
``simulated`` is what the charger is when the session is made: a trigger writes it (migration 0017), and nothing else does."""

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
    Column("flags", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    PrimaryKeyConstraint("charger_id", "transaction_id", "seq_no", "digest"),
)
"""Every 2.x TransactionEvent: what ``domain.session.fold`` needs to make its session anew. ``flags`` are those of its figures."""

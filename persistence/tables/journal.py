"""What happened and what was said: the message log, commands, events, frames put aside."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Identity, Index, Integer, LargeBinary, Sequence, Table, Text, UniqueConstraint, text

from persistence.tables.base import Instant, metadata

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
    Column("kind", Text, nullable=False, server_default=text("'call'")),
    Column("error_code", Text),
    Column("error", Text),
    Column("repaired", Text),
    Index("ix_messages_charger", "charger_id", text("at DESC"), text("id DESC")),
    Index("ix_messages_at", "at", "id"),
    Index("ix_messages_trouble", "at", "id", postgresql_where=text("outcome NOT IN ('result', 'sent')")),
    Index("ix_messages_id", "id"),
    postgresql_partition_by="RANGE (at)",
)
"""One row for a call and its answer, or for a frame that is neither (``fact.FrameLogged``). Indexes that all rows are in grow at their
right end, where a row costs least; lists read them backwards."""

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
    Column("effect", Text, nullable=False, server_default=text("'none'")),
    Column("reason", Text),
    Column("effect_until", Instant),
    Column("effect_at", Instant),
    Column("session_id", BigInteger),
    Index("ix_commands_charger", "charger_id", text("created_at DESC"), text("id DESC")),
    Index("ix_commands_open", "charger_id", postgresql_where=text("effect = 'awaited' OR state IN ('queued', 'sent')")),
    Index("ix_commands_session", "session_id", postgresql_where=text("session_id IS NOT NULL")),
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
    Index("ix_events_charger_at", "charger_id", text("at DESC"), text("id DESC")),
    Index(
        "ix_events_lines",
        "charger_id",
        text("at DESC"),
        text("id DESC"),
        postgresql_where=text("type IN ('charger.connected', 'charger.disconnected')"),
    ),
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

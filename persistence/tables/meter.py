"""Meter values."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Sequence, Table, Text, UniqueConstraint, text

from persistence.tables.base import Instant, metadata

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

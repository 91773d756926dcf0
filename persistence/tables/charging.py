"""Charging profiles that chargers hold, how each charger is to be told of them, and reservations."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Sequence, Table, Text, text

from persistence.tables.base import Instant, metadata

charging_profiles = Table(
    "charging_profiles",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("profile_id", Integer, nullable=False),
    Column("evse_id", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("stack_level", Integer, nullable=False),
    Column("profile", JSON, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", Text),
    Column("waits_for", Text),
    PrimaryKeyConstraint("charger_id", "profile_id"),
)
"""What a charger has accepted and not lost. ``profile`` is a ``domain.charging.ChargingProfile``."""

charging_settings = Table(
    "charging_settings",
    metadata,
    Column("charger_id", Text, primary_key=True),
    Column("try_variants", Boolean, nullable=False, server_default=text("false")),
    Column("variant", Text),
    Column("max_stack_level", Integer),
    Column("max_periods", Integer),
    Column("rate_units", Text),
    Column("reserve_evse_zero", Boolean),
)

reservation_ids = Sequence("reservation_ids", data_type=Integer, metadata=metadata)

reservations = Table(
    "reservations",
    metadata,
    Column("id", BigInteger, primary_key=True, server_default=text("nextval('reservation_ids'::regclass)")),
    Column("charger_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("evse_id", Integer, nullable=False),
    Column("id_tag", Text, nullable=False),
    Column("parent", Text),
    Column("expires_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", Text),
    Column("answer", Text),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("reason", Text),
    Column("transaction_id", Text),
    Index("ix_reservations_charger", "charger_id", text("id DESC")),
    Index("ix_reservations_open", "expires_at", postgresql_where=text("state IN ('requested', 'accepted', 'unknown')")),
)

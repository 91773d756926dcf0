"""Sites, the figures of the fleet over time, and what operators have muted."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, PrimaryKeyConstraint, SmallInteger, Table, Text, text

from persistence.tables.base import Instant, metadata

sites = Table(
    "sites",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("time_zone", Text, nullable=False, server_default=text("'UTC'")),
    Column("note", Text),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_sites_name", text("lower(name)"), "id"),
)

fleet_figures = Table(
    "fleet_figures",
    metadata,
    Column("site_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("power_sum_w", BigInteger, nullable=False),
    Column("power_max_w", BigInteger, nullable=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("online", Integer, nullable=False),
    Column("charging", Integer, nullable=False),
    Column("sessions", Integer, nullable=False),
    PrimaryKeyConstraint("site_id", "at"),
)
"""Buckets of five minutes, by the moment they begin; ``site_id`` empty is the whole fleet. ``power_sum_w`` is the sum of the samples;
counts are the largest of the bucket."""

fleet_ledger = Table(
    "fleet_ledger",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("newest_session_id", BigInteger, nullable=False),
    Column("energies", JSON, nullable=False),
)
"""One row: what of each running session's energy has been counted in ``fleet_figures``, written with it."""

attention_mutes = Table(
    "attention_mutes",
    metadata,
    Column("item", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("charger_id", Text),
    Column("until", Instant, nullable=False),
    Column("note", Text),
    Column("muted_by", Text, nullable=False),
    Column("muted_at", Instant, nullable=False),
)
"""What needs attention and shall not be shown for a while; ``item`` is its id (``domain.attention``)."""

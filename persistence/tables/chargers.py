"""Chargers, their connectors, and what they report of themselves."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from persistence.tables.base import Instant, metadata

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
    Index("ix_chargers_folded", text("lower(id)")),
    Index("ix_chargers_site", "site_id", postgresql_where=text("site_id IS NOT NULL")),
    Column("quirks", JSON, nullable=False, server_default=text("'{}'::json")),
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
    Index("ix_chargers_simulated", "id", postgresql_where=text("simulated")),
)
"""``quirks`` are the switches that an operator has turned (``domain.quirks``); what is not in it is as it comes."""

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

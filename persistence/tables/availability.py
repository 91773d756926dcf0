"""What chargers have agreed to have in or out of service."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, Table, Text

from persistence.tables.base import Instant, metadata

service_wishes = Table(
    "service_wishes",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("evse_id", Integer, nullable=False),
    Column("connector_id", Integer, nullable=False),
    Column("operative", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("charger_id", "evse_id", "connector_id"),
)
"""``evse_id`` 0 is the whole charger, ``connector_id`` 0 the whole evse."""

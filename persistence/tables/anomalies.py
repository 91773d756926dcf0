"""What chargers do that OCPP does not say, counted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text

from persistence.tables.base import Instant, metadata

anomalies = Table(
    "anomalies",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("message_id", Text),
    Column("example", Text),
    PrimaryKeyConstraint("charger_id", "code", "field"),
)
"""``field`` is a JSON pointer without numbers, empty where no member is meant; ``message_id`` and ``example`` (masked) are the newest."""

"""What 2.x chargers told of single variables when they were asked, and what was written to them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Table, Text

from persistence.tables.base import Instant, metadata

variable_values = Table(
    "variable_values",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("name", JSON, nullable=False),
    Column("value", Text),
    Column("read_at", Instant),
    Column("written_value", Text),
    Column("written_status", Text),
    Column("written_reason", Text),
    Column("written_at", Instant),
    PrimaryKeyConstraint("charger_id", "key", "attribute"),
)
"""``key`` is a digest of the folded name, ``name`` its parts as ``domain.variable.VariableName`` has them. What reports told lies in
``variables``."""

"""What people have noted on chargers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, text

from persistence.tables.base import Instant, metadata

charger_notes = Table(
    "charger_notes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=text("now()")),
    Column("edited_at", Instant),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_charger_notes_charger", "charger_id", text("at DESC"), text("id DESC")),
)

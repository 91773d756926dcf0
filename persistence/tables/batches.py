"""Batches, and what came of each with each charger."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from persistence.tables.base import Instant, metadata

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("total", Integer, nullable=False),
    Column("repeatable", Boolean, nullable=False, server_default=text("true")),
    Column("state", Text, nullable=False),
    Column("ended_at", Instant),
    Index("ix_batches_created", text("created_at DESC"), text("id DESC")),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("charger_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("command_id", Text),
    Column("error", Text),
    Column("detail", Text),
    PrimaryKeyConstraint("batch_id", "position"),
)
"""``state`` is as far as the batch itself knows; what became of a command that was sent is in ``commands``."""

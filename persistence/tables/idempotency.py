"""The keys under which requests were made."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, Table, Text, text

from persistence.tables.base import Instant, metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("command_id", Text),
    Column("reserved_at", Instant, nullable=False, server_default=text("now()")),
    Column("status", SmallInteger),
    Column("headers", Text),
    Column("body", LargeBinary),
    PrimaryKeyConstraint("actor", "key"),
    Index("ix_idempotency_keys_reserved", "reserved_at"),
)
"""``digest`` is that of the request; ``command_id`` is null until its command is recorded, in the transaction that records it;
``status``, ``headers`` (JSON) and ``body`` are the answer, null until there is one. ``body`` stays null where it is not kept."""

"""Jobs of chargers, and the places where they upload files."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, text

from persistence.tables.base import Instant, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("action", Text),
    Column("request_id", Integer),
    Column("log_type", Text),
    Column("location", Text),
    Column("upload", Text),
    Column("file_name", Text),
    Column("status", Text),
    Column("steps", JSON, nullable=False, server_default=text("'[]'")),
    Column("version_before", Text),
    Column("version_after", Text),
    Column("ended_at", Instant),
    Index("ix_jobs_charger", "charger_id", text("created_at DESC"), text("id DESC")),
)
"""``upload`` is the key of an upload place; ``steps`` are the states as they came, each with its time."""

uploads = Table(
    "uploads",
    metadata,
    Column("key", Text, primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("expires_at", Instant, nullable=False),
    Column("created_by", Text),
    Column("claimed_at", Instant),
    Column("file_name", Text),
    Column("stored_name", Text),
    Column("size_bytes", BigInteger),
    Column("sha256", Text),
    Column("received_at", Instant),
)
"""``key`` is the SHA-256 of the secret in its address; ``stored_name`` is ours, ``file_name`` what the charger called it."""

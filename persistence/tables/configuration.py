"""What is known of chargers' configuration keys and local authorization lists."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from persistence.tables.base import Instant, metadata

configurations = Table(
    "configurations",
    metadata,
    Column("charger_id", Text, primary_key=True),
    Column("firmware_version", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("asked_at", Instant),
    Column("read_at", Instant),
    Column("failure", Text),
)

configuration_keys = Table(
    "configuration_keys",
    metadata,
    Column("charger_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text),
    Column("readonly", Boolean),
    Column("known", Boolean, nullable=False, server_default=text("true")),
    Column("read_at", Instant),
    Column("written_value", Text),
    Column("written_status", Text),
    Column("written_at", Instant),
    Column("reboot_required", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("charger_id", "key"),
    Index("ix_configuration_keys_waiting", "charger_id", postgresql_where=text("reboot_required")),
)
"""``key`` is the name folded: chargers spell the same key in other cases."""

local_lists = Table(
    "local_lists",
    metadata,
    Column("charger_id", Text, primary_key=True),
    Column("sync", Boolean, nullable=False, server_default=text("false")),
    Column("version", BigInteger),
    Column("sent_version", BigInteger, nullable=False, server_default=text("0")),
    Column("entries", JSON),
    Column("held", Integer),
    Column("digest", Text),
    Column("supported", Boolean, nullable=False, server_default=text("true")),
    Column("failure", Text),
    Column("checked_at", Instant),
    Column("synced_at", Instant),
)
"""``entries`` is what the charger is known to hold; NULL: nobody knows."""

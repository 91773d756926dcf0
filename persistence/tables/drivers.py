"""Drivers, and which tag was whose when."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, text

from persistence.tables.base import Instant, metadata

drivers = Table(
    "drivers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("external_id", Text, unique=True),
    Column("note", Text),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
)

tag_owners = Table(
    "tag_owners",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tag_key", Text, nullable=False),
    Column("driver_id", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, server_default=text("'infinity'")),
    Index("ix_tag_owners_driver", "driver_id", "tag_key"),
    Index("ix_tag_owners_tag", "tag_key"),
)
"""Kept by triggers of ``tags``, whoever writes there. The first owner of a tag has it since ever, another since the change; the rows
stay when a driver is removed, so that nobody inherits their sessions."""

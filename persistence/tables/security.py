"""What a charger's security needs beside its row: its certificate, and what is being changed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, SmallInteger, Table, Text, UniqueConstraint, text

from persistence.tables.base import Instant, metadata

charger_security = Table(
    "charger_security",
    metadata,
    Column("charger_id", Text, primary_key=True),
    Column("is_key", Boolean, nullable=False, server_default=text("false")),
    Column("key_as_text", Boolean, nullable=False, server_default=text("false")),
    Column("lenient_handshake", Boolean, nullable=False, server_default=text("false")),
    Column("certificate_name", Text),
    Column("certificate_fingerprint", Text),
    Column("certificate_by", Text),
    Column("certificate_at", Instant),
    Column("next_salt", LargeBinary),
    Column("next_hash", LargeBinary),
    Column("rotation", Text),
    Column("rotation_at", Instant),
    Column("upgrade", Text),
    Column("upgrade_profile", SmallInteger),
    Column("upgrade_at", Instant),
    Column("upgrade_until", Instant),
    Column("upgrade_resets", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("certificate_name"),
    UniqueConstraint("certificate_fingerprint"),
)
"""``next_salt`` and ``next_hash`` are those of a password that was sent, beside the one in ``chargers``. Most chargers have no row."""

"""Certificates of chargers: those they asked for or were given, and those they say are installed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Identity, Index, Integer, Table, Text, UniqueConstraint, text

from persistence.tables.base import Instant, metadata

certificates = Table(
    "certificates",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("csr_digest", Text),
    Column("common_name", Text),
    Column("certificate_type", Text),
    Column("request_id", Integer),
    Column("reason", Text),
    Column("serial_number", Text),
    Column("fingerprint", Text),
    Column("not_before", Instant),
    Column("not_after", Instant),
    Column("chain", Text),
    Index("ix_certificates_charger", "charger_id", text("id DESC")),
    Index("ix_certificates_fingerprint", "fingerprint"),
)
"""``fingerprint`` is the SHA-256 of the leaf's DER form; ``chain`` PEM, the leaf first. No private key is here: it stays in the
charger."""

installed_certificates = Table(
    "installed_certificates",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("charger_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("hash_data", JSON, nullable=False),
    Column("children", JSON, nullable=False),
    Column("reported_at", Instant, nullable=False),
    UniqueConstraint("charger_id", "type", "key"),
)
"""As reported; ``key`` is a digest of the hash data."""

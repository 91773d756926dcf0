"""Tags, people, tokens, the audit, and the secrets of this server."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.tables.base import Instant, metadata

tags = Table(
    "tags",
    metadata,
    Column("key", Text, primary_key=True),
    Column("id_tag", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("type", Text),
    Column("parent", Text),
    Column("expires_at", Instant),
    Column("max_active_sessions", Integer),
    Column("user_id", BigInteger, ForeignKey("drivers.id")),
    Column("note", Text),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("driver_disabled", Boolean, nullable=False, server_default=text("false")),
    Index("ix_tags_user_id", "user_id", postgresql_where=text("user_id IS NOT NULL")),
    Index("ix_tags_created", text("created_at DESC"), text("key DESC")),
)
"""``key`` is the tag without case (``domain.tag.fold_tag``); ``user_id`` its driver, of whom a trigger keeps ``driver_disabled``."""

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("password_hash", Text, nullable=False),
    Column("issuer", Text),
    Column("subject", Text),
    Column("last_login_at", Instant),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("uq_users_subject", "issuer", "subject", unique=True),
)
"""``issuer`` and ``subject`` are of one who signs in by OpenID Connect; a ``password_hash`` of ``!`` is no password."""

logins = Table(
    "logins",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("expires_at", Instant, nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("method", Text, nullable=False, server_default=text("'password'")),
    Column("last_seen_at", Instant),
    Column("address", Text),
    Column("user_agent", Text),
    Index("ix_logins_user_id", "user_id"),
    Index("ix_logins_expires_at", "expires_at"),
    Index("uq_logins_id", "id", unique=True),
)

login_links = Table(
    "login_links",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", Instant, nullable=False, server_default=text("now()")),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("created_by", Text),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Instant, nullable=False, server_default=text("now()")),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("address", Text),
    Column("request_id", Text),
    Index("ix_audit_actor", "actor", "id"),
    Index("ix_audit_action", "action", "id"),
    Index("ix_audit_target", "target", "id"),
    Index("ix_audit_at", "at"),
)
"""``before`` and ``after`` hold what a change has changed and nothing else; nothing here is ever changed or removed."""

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

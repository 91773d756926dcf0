"""Addresses of databases as people write them, and as SQLAlchemy and libpq want them."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError


class BadDatabaseUrl(ValueError):
    """The address of the database cannot be used: the operator's fault."""


def engine_url(url: str) -> URL:
    """The address for SQLAlchemy with psycopg, from ``postgresql://...`` or ``postgres://...``. Raises BadDatabaseUrl."""
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise BadDatabaseUrl("the database URL cannot be read; it looks like postgresql://user:password@host:5432/voltaro") from error
    if made.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise BadDatabaseUrl(f"Voltaro stores in PostgreSQL, and the database URL says {made.drivername!r}; use postgresql://...")
    return made.set(drivername="postgresql+psycopg")


def conninfo(url: str) -> str:
    """The same address for libpq."""
    return engine_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

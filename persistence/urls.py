"""Addresses of databases as people write them, and as SQLAlchemy and libpq want them."""

from __future__ import annotations

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
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
    """The same address for libpq, whatever its password is made of. Raises BadDatabaseUrl."""
    made = engine_url(url)
    told: dict[str, Any] = {"host": made.host, "port": made.port, "user": made.username, "password": made.password, "dbname": made.database}
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in made.query.items()}
    try:
        return make_conninfo(**{name: value for name, value in told.items() if value is not None}, **query)
    except (ProgrammingError, TypeError) as error:
        raise BadDatabaseUrl("the database URL has a parameter that PostgreSQL does not know, or one twice") from error

"""The schema and its versions. These functions block: call them before the event loop runs, or in a thread.

Alembic is loaded when there is something to do: it takes as long to load as PostgreSQL takes to start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.pool import NullPool

from persistence.urls import engine_url
from voltaro.ports import StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

_UPGRADE_LOCK = 7865117210000


class Schema(StrEnum):
    """How the schema of a database stands to this release."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"


class SchemaTooNew(Exception):
    """The database was upgraded by a newer Voltaro; run that release, or restore the backup made before it."""


def check(url: str) -> Schema:
    """How the schema at ``url`` stands. Raises SchemaTooNew for one this release does not know, StoreUnavailable."""
    with _connected(url) as connection:
        return _check(connection)


def upgrade(url: str, revision: str = "head") -> bool:
    """Bring the schema at ``url`` to this release, or an older revision; whether anything was to do.
    Raises SchemaTooNew, StoreUnavailable.

    Several processes may call it at once: one does the work, the others wait for it.
    """
    with _connected(url) as connection:
        if revision == "head" and _is_at(connection, newest()):
            return False
        from alembic import command

        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
        connection.commit()
        try:
            if _check(connection) is Schema.CURRENT:
                return False
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADE_LOCK})
            connection.commit()
    return True


def newest() -> str:
    """The revision of this release: that of the last file, since each builds on the one before."""
    return max(file.name[1:5] for file in (Path(__file__).parent / "versions").glob("v[0-9][0-9][0-9][0-9]_*.py"))


def _is_at(connection: Connection, revision: str) -> bool:
    """Whether the schema has this revision."""
    try:
        found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    except ProgrammingError:
        found = []  # there is no schema yet
    connection.rollback()
    return list(found) == [revision]


def _check(connection: Connection) -> Schema:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    if current is None:
        return Schema.MISSING
    if current == scripts.get_current_head():
        return Schema.CURRENT
    if current not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(
            f"the database has schema {current}, which this release (schema {scripts.get_current_head()}) does not know: "
            "run the newer Voltaro that made it, or restore the backup from before"
        )
    return Schema.OLDER


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(engine_url(url), poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None:
            raise StoreUnavailable(f"PostgreSQL cannot be reached to look at its schema: {error.orig}") from error
        raise
    finally:
        engine.dispose()

"""The schema and its versions."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine

from persistence import migrations
from persistence.tables import metadata
from persistence.urls import BadDatabaseUrl, conninfo, engine_url
from voltaro.ports import StoreUnavailable


def test_an_empty_database_is_upgraded_once(empty_database_url: str) -> None:
    assert migrations.check(empty_database_url) is migrations.Schema.MISSING
    assert migrations.upgrade(empty_database_url)
    assert migrations.check(empty_database_url) is migrations.Schema.CURRENT
    assert not migrations.upgrade(empty_database_url)


def test_the_newest_file_is_the_head() -> None:
    """A start looks at the file names alone."""
    assert migrations.newest() == ScriptDirectory.from_config(migrations._config()).get_current_head()


async def test_several_processes_may_upgrade_at_once(empty_database_url: str) -> None:
    done = await asyncio.gather(*(asyncio.to_thread(migrations.upgrade, empty_database_url) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]


def test_a_newer_schema_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for refuse in (migrations.check, migrations.upgrade):
        with pytest.raises(migrations.SchemaTooNew, match="9999"):
            refuse(database_url)


def test_the_migrations_make_the_tables_that_queries_see(database_url: str) -> None:
    engine = create_engine(engine_url(database_url))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours})
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()


def test_a_database_that_is_away_is_said_to_be(tmp_path: object) -> None:
    with pytest.raises(StoreUnavailable):
        migrations.check(f"postgresql://nobody@/none?host={tmp_path}")


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://localhost/x", "sqlite:///x"])
def test_an_address_of_something_else_is_the_operators_mistake(url: str) -> None:
    with pytest.raises(BadDatabaseUrl):
        engine_url(url)


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """Partitions come and go."""
    return kind != "table" or not (name or "").startswith(("meter_values_", "messages_"))


@pytest.mark.parametrize("password", ["a b", "p@ss:w/rd?#%", "' \\", "é", "***"])
def test_any_password_of_a_database_reaches_libpq(password: str) -> None:
    read = conninfo_to_dict(conninfo(f"postgresql://voltaro:{quote(password, safe='')}@db.example:5433/store?sslmode=require"))
    assert read == {
        "user": "voltaro", "password": password, "host": "db.example", "port": "5433", "dbname": "store", "sslmode": "require",
    }  # fmt: skip


def test_a_database_url_that_cannot_be_is_refused_without_its_password() -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        conninfo("postgresql://voltaro:hush hush@db/store?no_such_option=1")
    assert "hush" not in str(refused.value)

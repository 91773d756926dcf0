"""The shared fixtures: a real PostgreSQL, and a fresh database of it for every test that asks.

Where PostgreSQL cannot start, these tests fail: they never skip.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from persistence import migrations
from persistence.store import PostgresStore
from voltaro import embedded

# How fast an example is says something of the machine, nothing of what is tested. The rest is Hypothesis' own profile: another draw
# of examples every time, and always the same one where ``CI`` is set.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_TEMPLATE = "voltaro_template"
_ROOM = 4 << 30
"""Bytes that must be free in memory for a cluster that tests fill."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded.EmbeddedPostgres]:
    """A cluster for this process (each worker of xdist has its own), which forgets everything on a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-test-", dir=_in_memory()))
    folder.chmod(0o755)
    running = embedded.start(folder, durable=False)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)
        if not running.home.is_relative_to(folder):
            shutil.rmtree(running.home)


@pytest.fixture(scope="session")
def template_database(cluster: embedded.EmbeddedPostgres) -> str:
    """A migrated database that every test's own is copied from."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    migrations.upgrade(_named(cluster.url, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def empty_database_url(cluster: embedded.EmbeddedPostgres) -> Iterator[str]:
    """The address of a database without any table."""
    yield from _database(cluster.url, "template1")


@pytest.fixture
def database_url(cluster: embedded.EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    yield from _database(cluster.url, template_database)


@pytest.fixture(scope="module")
def module_database_url(cluster: embedded.EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """The address of a fresh, migrated database that the tests of a module share."""
    yield from _database(cluster.url, template_database)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[PostgresStore]:
    """The real store on a fresh database."""
    opened = PostgresStore(database_url)
    try:
        yield opened
    finally:
        await opened.close()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With VOLTARO_NOTHING_SKIPPED=1 a test that did not run is a failure: continuous integration asks for it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", ())) if reporter is not None else 0
    if skipped and os.environ.get("VOLTARO_NOTHING_SKIPPED") == "1" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how many tests did not run."""
    skipped = len(terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.section("NOT EVERYTHING WAS TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{skipped} tests did not run; the reasons are above.", red=True)


def _in_memory() -> Path | None:
    """Where files never meet a disk: making a database takes a third of the time there. None where there is no such place, or no room."""
    there = Path("/dev/shm")
    return there if there.is_dir() and os.access(there, os.W_OK) and shutil.disk_usage(there).free > _ROOM else None


def _database(url: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield _named(url, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _named(url: str, database: str) -> str:
    """The same address with another database."""
    return url.replace("@/voltaro?", f"@/{database}?")

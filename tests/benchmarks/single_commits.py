"""What durable starts and stops are compared with: the same rows, on the same cluster, with a COMMIT after each message.

Which rows a message makes is not written down here but seen: the tables that grow while chargers start and stop, and by
how much. Their twins (same columns, same indexes) take the same rows again through one psycopg connection. Rows that a
message changes are left out, which favours this side.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from tests.benchmarks.servers import BenchmarkFailed, Server

SCHEMA = "bench_single_commits"
LEAST_SHARE = 0.2
"""A table that grows by less than that a message has not grown because of it."""
MOST_ROWS = 20_000

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname <> %s ORDER BY 1, 2
"""
_COLUMNS = """
SELECT column_name FROM information_schema.columns
 WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


@dataclass(slots=True)
class Twin:
    """A table's twin: ``per_message`` rows of ``rows`` go in with every message."""

    table: sql.Identifier
    insert: sql.Composed
    rows: list[tuple[Any, ...]]
    per_message: float


class SingleCommits:
    """One connection to the cluster under test."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._twins: list[Twin] = []

    def settings(self) -> dict[str, str]:
        names = ("fsync", "synchronous_commit", "full_page_writes", "server_version")
        return {name: str(self._connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchall()[0][0]) for name in names}

    def sizes(self) -> dict[tuple[str, str], int]:
        """Rows of every table."""
        sizes = {}
        for table in self._connection.execute(_TABLES, [SCHEMA]).fetchall():
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table))
            sizes[table] = self._connection.execute(count).fetchall()[0][0]
        self._connection.commit()
        return sizes

    def prepare(self, before: Mapping[tuple[str, str], int], messages: int) -> dict[str, float]:
        """Make the twins of the tables that have grown since ``before``, while ``messages`` were answered. Returns rows a message."""
        run = self._connection.execute
        run(sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE").format(sql.Identifier(SCHEMA)))
        run(sql.SQL("CREATE SCHEMA {0}").format(sql.Identifier(SCHEMA)))
        for (schema, name), size in self.sizes().items():
            share = (size - before.get((schema, name), 0)) / messages
            if share < LEAST_SHARE:
                continue
            original, twin = sql.Identifier(schema, name), sql.Identifier(SCHEMA, name)
            columns = [row[0] for row in run(_COLUMNS, [schema, name]).fetchall()]
            run(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(twin, original))
            # Every value travels as text of no declared type, so that PostgreSQL reads it as it wrote it.
            texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
            latest = sql.SQL("SELECT {} FROM {} ORDER BY ctid DESC LIMIT {}").format(texts, original, sql.Literal(MOST_ROWS))
            insert = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                twin, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(sql.Placeholder() * len(columns))
            )
            self._twins.append(Twin(twin, insert, run(latest).fetchall(), share))
        self._connection.commit()
        if not self._twins:
            raise BenchmarkFailed("No table has grown while chargers started and stopped, so there is nothing to compare with")
        return {twin.table.as_string(self._connection): round(twin.per_message, 3) for twin in self._twins}

    def rate(self, seconds: float) -> float:
        """Messages a second, one COMMIT each; the twins are emptied first."""
        for twin in self._twins:
            self._connection.execute(sql.SQL("TRUNCATE {}").format(twin.table))
        self._connection.commit()
        messages, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < seconds:
            for twin in self._twins:
                first, last = round(messages * twin.per_message), round((messages + 1) * twin.per_message)
                if last > len(twin.rows):
                    return messages / took
                for row in twin.rows[first:last]:
                    self._connection.execute(twin.insert, row)
            self._connection.commit()
            messages += 1
        return messages / took


@contextmanager
def connected(server: Server) -> Iterator[SingleCommits]:
    """Connect to the embedded cluster of ``server``, found by its first process."""
    if server.postmaster is None:
        raise BenchmarkFailed(f"No PostgreSQL was found for {server.variant.label} below {server.data_dir}")
    arguments = psutil.Process(server.postmaster).cmdline()
    # The lock file's lines: process, data folder, start, port, socket folder.
    lines = (Path(arguments[arguments.index("-D") + 1]) / "postmaster.pid").read_text().splitlines()
    with psycopg.connect(host=lines[4], port=int(lines[3]), user="voltaro", dbname="voltaro") as connection:
        yield SingleCommits(connection)

"""A lean way over a psycopg connection for the writer, which runs the same few statements thousands of times.

Statements are prepared once a connection and sent with text parameters through libpq's own calls, which psycopg gives as
``pgconn``. A statement costs some 30 us of CPU so, where a cursor takes 100 to 150: the waiting is one future and one
``add_reader``, and nothing is looked up or adapted.

Rule 1: whatever goes wrong in the middle of a statement (a cancelled task too) leaves the connection unusable: close it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]

SILENCE_S = 15.0
"""How long PostgreSQL may take over one statement before the connection is given up. It cancels what takes it
``STATEMENT_TIMEOUT`` itself, so that a longer silence is that of a hung machine or of a link that swallows."""
STATEMENT_TIMEOUT = "SET statement_timeout = '12s'"


class Wire:
    """One connection in autocommit mode; transactions are begun and ended by statements."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._names: dict[str, bytes] = {}

    @property
    def usable(self) -> bool:
        return not self.connection.closed

    async def script(self, statements: str) -> None:
        """Run statements without parameters and results, such as ``BEGIN``."""
        self._pgconn.send_query(statements.encode())
        await self._results()

    async def run(self, statement: str, *parameters: bytes | None) -> int:
        """Run a statement with ``$1`` and so on, as text; how many rows it touched."""
        return (await self._execute(statement, parameters)).command_tuples or 0

    async def rows(self, statement: str, *parameters: bytes | None) -> list[Row]:
        """The rows of a statement, as Python values."""
        result = await self._execute(statement, parameters)
        if not result.ntuples:
            return []
        transformer = Transformer(self.connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    async def close(self) -> None:
        await self.connection.close()

    async def _execute(self, statement: str, parameters: tuple[bytes | None, ...]) -> PGresult:
        name = self._names.get(statement)
        if name is None:
            name = b"w%d" % len(self._names)
            self._pgconn.send_prepare(name, statement.encode())
            await self._results()
            self._names[statement] = name
        self._pgconn.send_query_prepared(name, parameters)
        return (await self._results())[-1]

    async def _results(self) -> list[PGresult]:
        """The results of what was sent; raises the first error among them."""
        pgconn = self._pgconn
        while pgconn.flush():
            await self._wait(writing=True)
            pgconn.consume_input()
        results: list[PGresult] = []
        failed: PGresult | None = None
        while True:
            while pgconn.is_busy():
                await self._wait()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                break
            if result.status == ExecStatus.FATAL_ERROR:
                failed = failed or result
            else:
                results.append(result)
        if failed is not None:
            raise error_from_result(failed)
        return results

    async def _wait(self, *, writing: bool = False) -> None:
        """Until the socket has something to read, or takes more when ``writing``. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        socket = self._pgconn.socket
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(socket, _set, ready)
        deadline = loop.call_later(SILENCE_S, _late, ready)
        if writing:
            loop.add_writer(socket, _set, ready)
        try:
            await ready
        finally:
            deadline.cancel()
            loop.remove_reader(socket)
            if writing:
                loop.remove_writer(socket)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _late(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_exception(TimeoutError(f"PostgreSQL has not answered for {SILENCE_S:g} s"))

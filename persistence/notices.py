"""Listening to what PostgreSQL NOTIFYs, over a connection of its own that comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import psycopg
import structlog
from psycopg import sql

from persistence.database import CHANNEL, Part
from voltaro.ports import Notice, StoreUnavailable

KINDS = ("tag", "driver", "charger", "token", "user", "events", "local_list")
PROBE_S = 15.0
PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

log = structlog.get_logger(__name__)


class NoticeStore(Part):
    """``listen`` and ``ping`` of ``ports.Store``."""

    async def listen(self) -> AsyncIterator[Notice]:
        """Every notice from now on, for ever. After each (re)connection comes one of every kind with an empty key, because
        whatever was told before has been missed."""
        pause = PAUSE_S
        while True:
            try:
                connection = await self._database.connect(autocommit=True)
            except (psycopg.Error, OSError) as error:
                log.warning("notices.away", reason=str(error).split("\n", 1)[0])
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
                continue
            try:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                pause = PAUSE_S
                for kind in KINDS:
                    yield Notice(kind, "")
                while True:
                    async for told in connection.notifies(timeout=PROBE_S):
                        kind, _, key = told.payload.partition(":")
                        yield Notice(kind, key)
                    await connection.execute("SELECT 1")  # a connection that died without a word is found out
            except (psycopg.Error, OSError) as error:
                log.warning("notices.lost", reason=str(error).split("\n", 1)[0])
            finally:
                await connection.close()

    async def time(self) -> datetime:
        """The database's own time."""
        async with self._database.reading() as connection:
            now: datetime = (await connection.exec_driver_sql("SELECT clock_timestamp()")).scalar_one()
            return now

    async def ping(self) -> None:
        """Raises StoreUnavailable."""
        try:
            async with asyncio.timeout(5):
                async with self._database.reading() as connection:
                    await connection.exec_driver_sql("SELECT 1")
        except TimeoutError as error:
            raise StoreUnavailable("PostgreSQL does not answer within 5 s") from error

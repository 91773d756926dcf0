"""PostgreSQL stops, hangs, crawls, fills its disk, takes a row never, and says nothing of a COMMIT (F07, F08, F09, F17, F22)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import psycopg

from tests.faults.chargers import Rules, drained
from tests.faults.checkers import Process, check, compare_process
from tests.faults.house import World, becomes_ready, percentile, status, unhandled, until, world
from tests.faults.poison import volley
from tests.faults.rows import Row

CHARGERS = 16
SLOW = Rules(pace_s=1.0, interval_s=5.0)
"""Chargers that go on living while nobody listens should not pile up more than a charger does."""
_TRANSACTIONS = ("StartTransaction", "StopTransaction", "TransactionEvent")
READY_S = 10.0
DRAINED_S = 300.0


async def stopped(random: Random, long: bool, *, seconds: float | None = None) -> list[Row]:
    """PostgreSQL is ended as a crash does it, under load, and stays away for a minute, or ten."""
    away_s = seconds or (600.0 if long else 60.0)
    async with world("database-stopped") as here, here.serving() as server:
        await here.populate(CHARGERS, random, SLOW)
        await here.connected()
        await until(lambda: here.ledger.counts["acknowledged"] > 50, 60)
        before = Process.of(server.process.pid)
        rows = await _outage(here, here.stop_database, here.start_database, away_s)
        rows += compare_process(before, Process.of(server.process.pid), 50)
        return [*rows, *await check(here.ledger, here.chargers, here.cluster.url), unhandled(server.log)]


async def hung(random: Random, long: bool, *, seconds: float | None = None) -> list[Row]:
    """PostgreSQL takes what it is sent and answers nothing, as one does whose disk hangs or whose router is gone."""
    async with world("database-hung") as here, here.serving() as server:
        await here.populate(CHARGERS, random, SLOW)
        await here.connected()
        await until(lambda: here.ledger.counts["acknowledged"] > 50, 60)
        before = Process.of(server.process.pid)

        async def heal() -> None:
            here.link.reset_all()
            here.link.black_hole(False)

        async def swallow() -> None:
            here.link.black_hole(True)

        rows = await _outage(here, swallow, heal, seconds or (600.0 if long else 75.0))
        rows += compare_process(before, Process.of(server.process.pid), 50)
        return [*rows, *await check(here.ledger, here.chargers, here.cluster.url), unhandled(server.log)]


async def _outage(here: World, begin: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]], away_s: float) -> list[Row]:
    server = here.server
    assert server is not None
    began = time.monotonic()
    await begin()
    unready_s = await becomes_ready(server, False, away_s)
    alive = await status(server, "/livez")
    await asyncio.sleep(max(0.0, away_s - (time.monotonic() - began)))
    closed_1013 = here.ledger.closed[1013]
    alive = min(alive, await status(server, "/livez"))
    left = sum(charger.connected and charger.in_flight is not None for charger in here.chargers)
    await end()
    ready_s = await becomes_ready(server, True, 60)
    drain_s = await drained(here.chargers, DRAINED_S)
    return [
        Row("PostgreSQL away", round(away_s), round(away_s), "s", at_least=True),
        Row("not ready after", round(unready_s, 1), READY_S, "s"),
        Row("alive all the while (HTTP status)", alive, 200, "", at_least=True),
        Row("lines closed with 1013, so that chargers queue", closed_1013, 1, "", at_least=True),
        Row("chargers still waiting for an answer at its end", left, 0, ""),
        Row("ready again after", round(ready_s, 1), READY_S, "s"),
        Row("all queues drained after", round(drain_s, 1), DRAINED_S, "s"),
    ]


async def slow(random: Random, long: bool) -> list[Row]:
    """Every statement takes two seconds: a second on the way there and one on the way back."""
    async with world("database-slow") as here, here.serving() as server:
        await here.populate(CHARGERS, random, SLOW)
        await here.connected()
        before = Process.of(server.process.pid)
        here.ledger.latencies.clear()
        closed = here.ledger.closed.total()
        here.link.weather.latency_s = 1.0
        await asyncio.sleep(300 if long else 60)
        closed = here.ledger.closed.total() - closed
        beats = list(here.ledger.latencies["Heartbeat"])
        waiting = [charger.waits_s for charger in here.chargers if charger.in_flight and charger.in_flight.kind != "reading"]
        answered = [took for action in _TRANSACTIONS for took in here.ledger.latencies[action]]
        here.link.weather.latency_s = 0.0
        drain_s = await drained(here.chargers, DRAINED_S)
        return [
            Row("heartbeats, p99", round(percentile(beats, 0.99), 2), 1, "s"),
            Row("starts, stops and events, p99, with those that still wait", round(percentile([*answered, *waiting], 0.99), 2), 5, "s"),
            Row("starts, stops and events answered", len(answered), 1, "", at_least=True),
            Row("lines closed", closed, 0, ""),
            Row("all queues drained after", round(drain_s, 1), DRAINED_S, "s"),
            *compare_process(before, Process.of(server.process.pid), 100),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(server.log),
        ]


async def in_doubt(random: Random, long: bool, *, resets: int | None = None) -> list[Row]:
    """The link is reset when PostgreSQL has committed and the server has not heard so; again and again, under load."""
    count = resets or (500 if long else 20)
    async with world("in-doubt", durable=False) as here, here.serving() as server:
        await here.populate(CHARGERS, random, Rules(pace_s=0.05))
        await here.connected()
        for number in range(count):
            here.commits.arm(random.randint(1, 12))
            async with asyncio.timeout(60):
                await here.commits.sprung.wait()
            done = here.ledger.counts["acknowledged"]
            await until(lambda done=done: here.ledger.counts["acknowledged"] > done, 60)  # type: ignore[misc]
            here.ledger.counts["resets"] = number + 1
        await drained(here.chargers, 300)
        return [
            Row("links reset between COMMIT and its answer", here.link.resets, count, "", at_least=True),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(server.log),
        ]


async def poison_row(random: Random, long: bool) -> list[Row]:
    """A hundred starts at once, one of which PostgreSQL can never take."""
    rows = []
    async with world("poison", durable=True) as here, here.serving() as server:
        for number in range(20 if long else 3):
            rows = await volley(here, random, number)
            if any(row.measured > row.wanted and not row.at_least for row in rows):
                break
        return [*rows, unhandled(server.log)]


async def full_disk(random: Random, long: bool) -> list[Row]:
    """The disk of PostgreSQL is full for a while: a passing trouble, and nobody's poison."""
    async with _small_disk() as folder:
        if folder is None:
            print("full disk: not measured, no tmpfs may be mounted here", file=sys.stderr)
            return []
        async with world("full-disk", folder=folder) as here, here.serving() as server:
            await here.populate(CHARGERS, random, SLOW)
            await here.connected()
            await until(lambda: here.ledger.counts["acknowledged"] > 50, 60)
            filler = folder / "filler"
            _fill(filler)
            refused = server.log
            await until(lambda: any("database.away" in line for line in refused), 120)
            await asyncio.sleep(60 if long else 15)
            filler.unlink()
            await here.stop_database()  # one that could not write its log may be half dead
            await here.start_database()
            ready_s = await becomes_ready(server, True, 60)
            drain_s = await drained(here.chargers, DRAINED_S)
            letters = await _dead_letters(here)
            return [
                Row("ready after there was room again", round(ready_s, 1), 30, "s"),
                Row("dead letters", letters, 0, ""),
                Row("all queues drained after", round(drain_s, 1), DRAINED_S, "s"),
                *await check(here.ledger, here.chargers, here.cluster.url),
                unhandled(server.log),
            ]


@asynccontextmanager
async def _small_disk() -> AsyncIterator[Path | None]:
    """A folder on a small disk of its own; None where none may be made."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-full-"))
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m,mode=755", "tmpfs", folder], capture_output=True, check=False)
    try:
        yield folder if made.returncode == 0 else None
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=False)
        folder.rmdir()


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(512))
        os.fsync(file.fileno())


async def _dead_letters(here: World) -> int:
    async with await psycopg.AsyncConnection.connect(here.cluster.url, autocommit=True) as connection:
        rows = await (await connection.execute("SELECT count(*) FROM kept_frames")).fetchall()
        return int(rows[0][0])


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {
    "database stopped": stopped,
    "database hung": hung,
    "database slow": slow,
    "in-doubt COMMIT": in_doubt,
    "poison row among 100": poison_row,
    "disk full": full_disk,
}

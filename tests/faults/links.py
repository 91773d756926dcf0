"""The chargers' own links: answers lost on the way, slow, thin, half closed and silent links (F02, F18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.chargers import Rules, drained
from tests.faults.checkers import Process, check, compare_process
from tests.faults.house import unhandled, until, world
from tests.faults.rows import Row

CHARGERS = 16


async def answers_lost(random: Random, long: bool, *, resets: int | None = None) -> list[Row]:
    """The link is reset just as the server's answer comes through; the charger sends the message again over a new one."""
    count = resets or (2000 if long else 100)
    async with world("answers-lost", durable=False) as here, here.serving() as server:
        await here.populate(CHARGERS, random, Rules(pace_s=0.05))
        await here.connected()
        before = Process.of(server.process.pid)
        for _ in range(count):
            here.answers.arm(random.randint(1, 6))
            async with asyncio.timeout(60):
                await here.answers.sprung.wait()
        await here.connected()
        after = Process.of(server.process.pid)
        await drained(here.chargers, 300)
        return [
            Row("answers lost with their link", here.door.resets, count, "", at_least=True),
            Row("messages sent again", here.ledger.counts["sent again"], count // 4, "", at_least=True),
            *compare_process(before, after, 20),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(server.log),
        ]


async def short_lives(random: Random, long: bool, *, resets: int | None = None) -> list[Row]:
    """Actors of chargers that are away end in the moment in which these come back."""
    count = resets or (2000 if long else 60)
    async with world("short-lives", durable=False) as here, here.serving("--offline-grace-s", "0.08") as server:
        await here.populate(CHARGERS, random, Rules(pace_s=0.05, message_timeout_s=5.0, attempts=10, interval_s=0.2, backoff_s=0.08))
        await here.connected()
        for _ in range(count):
            here.door.reset_all()
            done = here.ledger.counts["acknowledged"]
            await until(lambda done=done: here.ledger.counts["acknowledged"] > done + CHARGERS, 60)  # type: ignore[misc]
        await here.connected()
        await drained(here.chargers, 300)
        return [
            Row("times all lines were cut", count, count, "", at_least=True),
            Row("messages not answered within 5 s", here.ledger.counts["unanswered"], 0, ""),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(server.log),
        ]


async def weather(random: Random, long: bool) -> list[Row]:
    """One kind of bad link after the other, under load."""
    async with world("weather", durable=False) as here, here.serving() as server:
        await here.populate(CHARGERS, random, Rules(pace_s=0.2, message_timeout_s=5.0, attempts=10, interval_s=0.2))
        await here.connected()
        before = Process.of(server.process.pid)
        for _ in range(20 if long else 1):
            here.door.weather.latency_s = 0.3
            await asyncio.sleep(3)
            here.door.weather.latency_s, here.door.weather.bytes_per_s = 0.0, 400
            await asyncio.sleep(3)
            here.door.weather.bytes_per_s = None
            for _ in range(3):
                here.door.half_close_all()
                await asyncio.sleep(0.5)
                here.door.reset_all()
                await asyncio.sleep(0.5)
            here.door.black_hole(True)
            await asyncio.sleep(6)
            here.door.black_hole(False)
            done = here.ledger.counts["acknowledged"]
            await until(lambda done=done: here.ledger.counts["acknowledged"] > done + 50, 60)  # type: ignore[misc]
        await here.connected()
        after = Process.of(server.process.pid)
        await drained(here.chargers, 300)
        return [
            *compare_process(before, after, 20),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(server.log),
        ]


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {
    "answers lost": answers_lost,
    "short lives": short_lives,
    "bad links": weather,
}

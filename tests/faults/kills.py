"""kill -9 of the server under load, at random moments and within milliseconds of a message (F10, F11)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.chargers import Rules, drained
from tests.faults.checkers import already_down, check
from tests.faults.house import World, unhandled, until, world
from tests.faults.rows import Row

CHARGERS = 12
RULES = Rules(pace_s=0.12, backoff_s=0.1)
LANES = 2
"""Servers that are killed side by side, each with a database of its own."""


async def killed(random: Random, long: bool, *, kills: int | None = None) -> list[Row]:
    """Kill, start again, and go on under the same load; half of the kills are aimed at a message that was just sent."""
    count = kills or (1000 if long else 50)
    began = time.monotonic()
    shares = [count // LANES + (lane < count % LANES) for lane in range(LANES)]
    lanes = await asyncio.gather(*(_lane(lane, Random(random.getrandbits(64)), share) for lane, share in enumerate(shares)))
    rows = [Row("kills", count, count, "", at_least=True)]
    for parts in zip(*(lane for lane, _ in lanes), strict=True):
        rows.append(parts[0]._replace(measured=sum(part.measured for part in parts)))
    rows.append(Row("messages that were between their COMMIT and their answer", sum(hits for _, hits in lanes), 0, "", at_least=True))
    rows.append(Row("a kill with restart and load, mean", round((time.monotonic() - began) * LANES / count, 2), 60, "s"))
    return rows


async def _lane(lane: int, random: Random, kills: int) -> tuple[list[Row], int]:
    hits = 0
    log: list[str] = []
    async with world(f"kills-{lane}", durable=False) as here:
        for number in range(kills):
            async with here.serving() as server:
                if number == 0:
                    await here.populate(CHARGERS, random, RULES)
                await here.connected(0.5)
                await _moment(here, random)
                waiting = [charger.in_flight for charger in here.chargers if charger.in_flight is not None]
                await server.kill()
                hits += await already_down(waiting, here.cluster.url)
                log += server.log
                here.ledger.counts["kills"] += 1
        async with here.serving() as server:
            await drained(here.chargers, 300)
            log += server.log
        return [*await check(here.ledger, here.chargers, here.cluster.url), unhandled(log)], hits


async def power_cut(random: Random, long: bool, *, cuts: int | None = None) -> list[Row]:
    """Server and PostgreSQL end in one moment, under load, and start again: what was acknowledged has survived both."""
    count = cuts or (100 if long else 4)
    log: list[str] = []
    async with world("power-cut") as here:
        for number in range(count):
            async with here.serving() as server:
                if number == 0:
                    await here.populate(CHARGERS, random, RULES)
                await here.connected()
                done = here.ledger.counts["acknowledged"]
                await until(lambda done=done: here.ledger.counts["acknowledged"] > done + 50, 60)  # type: ignore[misc]
                await _moment(here, random)
                await asyncio.gather(here.stop_database(), server.kill())
                log += server.log
            await here.start_database()
        async with here.serving() as server:
            await drained(here.chargers, 300)
            log += server.log
        return [
            Row("power cuts", count, count, "", at_least=True),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(log),
        ]


async def _moment(here: World, random: Random) -> None:
    """Any moment, or one shortly after a start or a stop was sent."""
    if random.random() < 0.5:
        await asyncio.sleep(random.uniform(0.0, 0.6))
        return
    kind = random.choice(("start", "stop"))
    await until(lambda: any(charger.in_flight and charger.in_flight.kind == kind for charger in here.chargers), 10, 0.001)
    await asyncio.sleep(random.uniform(0.0, 0.008))


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"kills": killed, "power cut": power_cut}

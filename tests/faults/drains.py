"""SIGTERM under load, and the next release starts: nothing is lost, nobody is cut off, and the exit is in good order (F21)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.chargers import Rules, drained
from tests.faults.checkers import already_down, check
from tests.faults.house import percentile, unhandled, until, world
from tests.faults.rows import Row

CHARGERS = 24
EXIT_S = 60.0


async def drain(random: Random, long: bool, *, restarts: int | None = None) -> list[Row]:
    """Restart under load, again and again."""
    count = restarts or (100 if long else 4)
    codes: list[int] = []
    took: list[float] = []
    log: list[str] = []
    unanswered = 0
    async with world("drain", durable=False) as here:
        for number in range(count):
            async with here.serving() as server:
                if number == 0:
                    await here.populate(CHARGERS, random, Rules(pace_s=0.05))
                await here.connected()
                done = here.ledger.counts["acknowledged"]
                await until(lambda done=done: here.ledger.counts["acknowledged"] > done + 100, 60)  # type: ignore[misc]
                began = time.monotonic()
                codes.append(await server.stop())
                took.append(time.monotonic() - began)
                log += server.log
                unanswered += await already_down(here.ledger.cut_off, here.cluster.url)
                here.ledger.cut_off.clear()
        async with here.serving() as server:
            await drained(here.chargers, 300)
            log += server.log
        closed = here.ledger.closed
        return [
            Row("restarts", count, count, "", at_least=True),
            Row("exits other than 0", sum(code != 0 for code in codes), 0, ""),
            Row("the longest from SIGTERM to the exit", round(percentile(took, 1), 2), EXIT_S, "s"),
            Row("lines that ended otherwise than by 1012", closed.total() - closed[1012], 0, ""),
            Row("messages written, and not answered before the close", unanswered, 0, ""),
            *await check(here.ledger, here.chargers, here.cluster.url),
            unhandled(log),
        ]


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"drain": drain}

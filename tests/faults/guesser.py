"""Guesses the password of one charger at a steady rate, from a process of its own so that nobody else waits for it.

``python -m tests.faults.guesser HOST PORT IDENTITY SECONDS RATE SEED`` prints how many guesses were answered with 401.
"""

from __future__ import annotations

import asyncio
import sys
import time
from random import Random
from typing import Any

from tests.benchmarks.event_loop import run
from tests.faults.doorway import upgrade

MOST_WAITING = 500


class Guess(asyncio.Protocol):
    """One guess: it is over with the first bytes of the answer."""

    def __init__(self, request: bytes, waiting: set[Guess]) -> None:
        self._request = request
        self._waiting = waiting
        self.refused = False
        waiting.add(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's are no asyncio.Transport
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.refused = data.startswith(b"HTTP/1.1 401 ")
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.discard(self)


async def guess(host: str, port: int, identity: str, seconds: float, rate: float, seed: int) -> None:
    random, loop, began = Random(seed), asyncio.get_running_loop(), time.perf_counter()
    waiting: set[Guess] = set()
    made: list[Guess] = []
    connecting: set[asyncio.Task[object]] = set()
    while (passed := time.perf_counter() - began) < seconds:
        while len(made) < passed * rate and len(waiting) < MOST_WAITING:
            one = Guess(upgrade(identity, b"%x" % random.getrandbits(64)), waiting)
            made.append(one)
            task: asyncio.Task[object] = loop.create_task(_connect(one, host, port, waiting))
            connecting.add(task)
            task.add_done_callback(connecting.discard)
        await asyncio.sleep(0.005)
    async with asyncio.timeout(30):
        while waiting:
            await asyncio.sleep(0.01)
    print(sum(one.refused for one in made), flush=True)


async def _connect(one: Guess, host: str, port: int, waiting: set[Guess]) -> None:
    try:
        await asyncio.get_running_loop().create_connection(lambda: one, host, port)
    except OSError:
        waiting.discard(one)


if __name__ == "__main__":
    host, port, identity, seconds, rate, seed = sys.argv[1:]
    run(guess(host, int(port), identity, float(seconds), float(rate), int(seed)))

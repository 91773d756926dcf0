"""The load generator's process: a fleet of chargers on loopback, in a closed loop, told what to do by lines of JSON.

``python -m tests.benchmarks.load --url ws://127.0.0.1:9000 [--echo]`` reads one order a line from standard input and
answers each with one line on standard output: ``{"do": "connect", "chargers": 100, "at_once": 50}``. Every order is
bounded in time, and the loops in count as well. It shares no code with what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks import accounting
from tests.benchmarks.charger import Charger, Tally, Timestamps
from tests.benchmarks.client import Refused
from tests.benchmarks.event_loop import run

CHARGERS_PER_ADDRESS = 20_000
"""Above that the next source address of 127.0.0.0/8 is taken, as the ports of one run out."""
MOST_MESSAGES = 5_000_000
"""A window ends early at that count."""
ANSWER_DEADLINE_S = 30.0
RECONNECT_S = (0.5, 1.5)
"""A charger that is turned away comes back after a random while between these."""


def spread(values: list[float]) -> dict[str, float]:
    """Milliseconds: median, 99th percentile and the largest."""
    if not values:
        return {}
    ordered = sorted(values)
    at = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) for name, share in at.items()}


class Fleet:
    """All chargers of one generator."""

    def __init__(self, url: str, prefix: str, echo: bool) -> None:
        parts = urlsplit(url)
        if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise SystemExit(f"The load generator only drives servers on this machine, not {parts.hostname}")
        self._host, self._port = parts.hostname, parts.port or 80
        self._prefix = prefix
        self._echo = echo
        self._clock = Timestamps()
        self._chargers: list[Charger] = []
        self._tally = Tally()

    async def tags(self) -> dict[str, Any]:
        """The tags that the chargers present: one each, called as the charger is."""
        return {"tags": [charger.name for charger in self._chargers]}

    def _name(self, number: int) -> str:
        return f"{self._prefix}{number:05d}"

    async def connect(self, chargers: int, at_once: int, deadline_s: float) -> dict[str, Any]:
        """Connect and boot so many more chargers, at most ``at_once`` in the handshake or booting at a time; 0 does not limit."""
        gate = asyncio.Semaphore(at_once or chargers)
        booted: list[float] = []
        turned_away: dict[str, int] = {}
        first = len(self._chargers)
        random_wait = random.Random(1)
        begun = time.perf_counter()

        async def one(number: int) -> Charger:
            while True:
                try:
                    async with gate:
                        charger = await self._open(number)
                        if not await charger.boot():
                            raise Refused("BootNotification was not answered with Accepted")  # noqa: TRY301
                        booted.append(time.perf_counter() - begun)
                        await charger.report_available()
                except (OSError, Refused, TimeoutError) as reason:
                    kind = f"{type(reason).__name__}: {reason}"[:120]
                    turned_away[kind] = turned_away.get(kind, 0) + 1
                    await asyncio.sleep(random_wait.uniform(*RECONNECT_S))
                else:
                    return charger

        tasks = [asyncio.create_task(one(first + number)) for number in range(chargers)]
        done, late = await asyncio.wait(tasks, timeout=deadline_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._chargers += [task.result() for task in tasks if task in done]
        return {
            "connected": len(done),
            "asked": chargers,
            "all_booted_s": round(max(booted), 3) if len(booted) >= chargers else None,
            "booted": spread(booted),
            "turned_away": turned_away,
        }

    async def _open(self, number: int) -> Charger:
        loop = asyncio.get_running_loop()
        source = (f"127.0.0.{1 + number // CHARGERS_PER_ADDRESS}", 0) if number >= CHARGERS_PER_ADDRESS else None

        def make() -> Charger:
            return Charger(self._name(number), number, f"{self._host}:{self._port}", self._tally, self._clock, self._echo)

        async with asyncio.timeout(ANSWER_DEADLINE_S):
            _, charger = await loop.create_connection(make, self._host, self._port, local_addr=source)
            await charger.opened
        return charger

    async def begin(self) -> dict[str, Any]:
        """Every charger starts a session, fifty at a time."""
        gate = asyncio.Semaphore(50)

        async def one(charger: Charger) -> None:
            async with gate, asyncio.timeout(ANSWER_DEADLINE_S):
                await charger.start_session()

        await asyncio.gather(*(one(charger) for charger in self._chargers))
        return {"sessions": len(self._chargers)}

    async def mix(self, **window: Any) -> dict[str, Any]:
        """The fleet's mix: Heartbeat, MeterValues, StatusNotification, MeterValues, the chargers out of step with each other."""
        return await self._loop(self._chargers, Charger.mix, **window)

    async def transact(self, chargers: int, **window: Any) -> dict[str, Any]:
        """StartTransaction and StopTransaction in turn, by the first so many chargers."""
        self._tally.latencies.clear()
        measured = await self._loop(self._chargers[:chargers], Charger.transact, **window)
        return measured | {"answer": spread(self._tally.latencies)}

    async def pace(self, rate: float, seconds: float) -> dict[str, Any]:
        """Readings of running sessions at ``rate`` a second, the chargers in turn; one that still waits for its answer is passed over."""
        answers, errors, lost, passed_over = self._tally.answers, self._tally.errors, self._tally.lost, 0
        began, sent = time.perf_counter(), 0
        turn = 0
        while (took := time.perf_counter() - began) < seconds and sent < MOST_MESSAGES:
            for _ in range(min(len(self._chargers), int(took * rate) - sent)):
                passed_over += not self._chargers[turn % len(self._chargers)].report()
                turn += 1
                sent += 1
            await asyncio.sleep(0.01)
        return {
            "seconds": round(took, 3),
            "rate": round((self._tally.answers - answers) / took, 1),
            "passed_over": passed_over,
            "errors": self._tally.errors - errors,
            "lost": self._tally.lost - lost,
            "complaints": self._tally.complaints,
        }

    async def _loop(
        self,
        chargers: list[Charger],
        start: Callable[[Charger], None],
        warm_s: float,
        seconds: float,
        pid: int,
        postmaster: int | None = None,
    ) -> dict[str, Any]:
        tally = self._tally
        errors, lost = tally.errors, tally.lost
        for charger in chargers:
            if not charger.over:
                start(charger)
        await asyncio.sleep(warm_s)
        tally.latencies.clear()
        own, machine = time.process_time(), accounting.machine_cpu()
        before, answers, began = accounting.cpu(pid, postmaster), tally.answers, time.perf_counter()
        while (left := began + seconds - time.perf_counter()) > 0 and tally.answers - answers < MOST_MESSAGES:
            await asyncio.sleep(min(left, 0.25))
        used, messages, took = accounting.cpu(pid, postmaster).since(before), tally.answers - answers, time.perf_counter() - began
        own, machine = time.process_time() - own, accounting.machine_cpu() - machine
        async with asyncio.timeout(ANSWER_DEADLINE_S):
            await asyncio.gather(*(charger.stop() for charger in chargers))
        return {
            "messages": messages,
            "seconds": round(took, 3),
            "rate": round(messages / took, 1),
            "cpu_us": round(used.server / max(messages, 1) * 1e6, 2),
            "postgres_us": round(used.postgres / max(messages, 1) * 1e6, 2),
            "generator_us": round(own / max(messages, 1) * 1e6, 2),
            "server_busy": round(used.server / took, 3),
            "others_busy": round(max(0.0, machine - own - used.server - used.postgres) / took, 3),
            "errors": tally.errors - errors,
            "lost": tally.lost - lost,
            "complaints": tally.complaints,
        }

    async def close(self) -> dict[str, Any]:
        """Drop every line at once."""
        for charger in self._chargers:
            charger.abort()
        await asyncio.sleep(0.1)
        closed, self._chargers = len(self._chargers), []
        return {"closed": closed, "asked_by_server": self._tally.asked_by_server}


async def serve_orders(fleet: Fleet) -> None:
    """Orders from standard input until its end."""
    orders: dict[str, Callable[..., Any]] = {
        "connect": fleet.connect,
        "tags": fleet.tags,
        "begin": fleet.begin,
        "mix": fleet.mix,
        "transact": fleet.transact,
        "pace": fleet.pace,
        "close": fleet.close,
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        answer = await orders[order.pop("do")](**order)
        print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--prefix", default="BENCH")
    parser.add_argument("--echo", action="store_true", help="the server sends back what it gets")
    chosen = parser.parse_args()
    accounting.raise_file_limit()
    gc.disable()
    run(serve_orders(Fleet(chosen.url, chosen.prefix, chosen.echo)))


if __name__ == "__main__":
    main()

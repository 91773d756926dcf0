"""Many chargers at once: all come back after a power cut, all are sent away by a stop or an outage."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from tests.benchmarks.charger import METER_VALUES, START, STOP, Charger, Tally, Timestamps
from tests.benchmarks.client import CLOSE, Refused
from tests.faults.doorway import Doorway, doorway, upgrade, worst
from tests.faults.rows import Row
from tests.running import ADMIN_TOKEN

WITHIN_S = 5.0
"""In that time all chargers come back after a power cut."""
EVENTS = 20
DEADLINE_S = 120.0


class Visitor(Charger):
    """A charger with its password; it notes when and how it was sent away."""

    def __init__(self, door: Doorway, name: str, number: int, tally: Tally, clock: Timestamps) -> None:
        super().__init__(name, number, f"{door.host}:{door.port}", tally, clock, echo=False)
        self._request = upgrade(name, door.passwords[name])
        self.sent_away: tuple[int, float] | None = None

    def _frame(self, first: int, payload: bytes) -> None:
        if first == CLOSE:
            self.sent_away = int.from_bytes(payload[:2]), time.perf_counter()
        super()._frame(first, payload)

    async def drain(self) -> None:
        """Send what was queued while offline: a whole session."""
        self.transaction_id = (await self.call(START, self._tag, self._meter_wh, self._clock.now()))["transactionId"]
        for step in range(EVENTS - 2):
            self._meter_wh += 100
            await self.call(METER_VALUES, self.transaction_id, self._clock.now(), self._meter_wh, 11_000, step)
        await self.call(STOP, self.transaction_id, self._tag, self._meter_wh, self._clock.now())


class Crowd:
    """All chargers of a scenario."""

    def __init__(self, door: Doorway, random: Random) -> None:
        self.door = door
        self.random = random
        self.tally = Tally()
        self.turned_away: Counter[str] = Counter()
        self.here: list[Visitor] = []
        self._clock = Timestamps()

    async def come(self, names: Sequence[str], within_s: float, queues: int = 0) -> list[float]:
        """All of them come within so many seconds; the first ``queues`` have something to say. When each was done, in seconds."""
        began = time.perf_counter()

        async def one(number: int, name: str) -> float:
            await asyncio.sleep(self.random.uniform(0, within_s))
            while True:
                try:
                    charger = await self._enter(number, name)
                    assert await charger.boot()
                    await charger.report_available()
                    if number < queues:
                        await charger.drain()
                except (OSError, Refused, TimeoutError) as reason:
                    self.turned_away[f"{type(reason).__name__}: {reason}"[:60]] += 1
                    await asyncio.sleep(self.random.uniform(1, 3))
                else:
                    self.here.append(charger)
                    return time.perf_counter() - began

        async with asyncio.timeout(DEADLINE_S):
            return await asyncio.gather(*(one(number, name) for number, name in enumerate(names)))

    async def _enter(self, number: int, name: str) -> Visitor:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(20):
            _, charger = await loop.create_connection(
                lambda: Visitor(self.door, name, number, self.tally, self._clock), self.door.host, self.door.port
            )
            await charger.opened
        return charger

    async def cut(self) -> None:
        """A power cut."""
        for charger in self.here:
            charger.abort()
        self.here = []
        async with asyncio.timeout(DEADLINE_S):
            while (await self.door.metrics())["voltaro_lines"]:
                await asyncio.sleep(0.1)

    def sent_away(self, code: int) -> list[float]:
        """When lines were closed with this code."""
        return sorted(charger.sent_away[1] for charger in self.here if charger.sent_away is not None and charger.sent_away[0] == code)


async def storm(random: Random, long: bool) -> list[Row]:
    """All chargers come back at once, half of them with events that they have queued; operators look on."""
    count, rounds = (5_000, 3) if long else (400, 1)
    names = [f"CP{number:05d}" for number in range(count)]
    slowest, lags, asked, memory = 0.0, [], [], []
    async with doorway(durable=True) as door:
        await door.add(names)
        crowd = Crowd(door, random)
        await crowd.come(names, count / 400)
        for _ in range(rounds):
            await crowd.cut()
            async with _api_asked(door) as answers, _lag_watched(door) as lag:
                slowest = max(slowest, *await crowd.come(names, WITHIN_S, count // 2))
            lags += lag
            asked.append(answers)
            memory.append(door.memory_mib())
        refused = await door.handshakes("unauthorized") + await door.handshakes("unheard")
        sessions = await _sessions(door)
        await crowd.cut()
    what = f"storm of {count:,}, half with {EVENTS} events"
    rows = [
        Row(f"{what}: all back and nothing queued", slowest, 60, "s"),
        Row(f"{what}: loop lag p99", worst(lags) * 1000, 250, "ms"),
        Row(f"{what}: API p99", max(answers["p99_ms"] for answers in asked), 500, "ms"),
        Row(f"{what}: API requests failed", sum(sum(answers["failed"].values()) for answers in asked), 0, "requests"),
        Row(f"{what}: authentication failures", refused, 0, "chargers"),
        Row(f"{what}: wrong answers", crowd.tally.errors, 0, "answers"),
        Row(f"{what}: sessions kept", sessions, rounds * (count // 2), "sessions", at_least=True),
    ]
    if rounds > 1:
        rows.append(Row(f"{what}: memory after the last storm beside the first", memory[-1] / memory[0], 1.1, "times"))
    return rows


async def _sessions(door: Doorway) -> int:
    """How many sessions are stored, whole."""
    import psycopg

    async with await psycopg.AsyncConnection.connect(door.cluster.url) as connection:
        found = await (await connection.execute("SELECT count(*) FROM sessions WHERE state = 'ended'")).fetchone()
    return int(found[0]) if found else 0


@asynccontextmanager
async def _api_asked(door: Doorway) -> AsyncIterator[dict[str, Any]]:
    """Operators ask the API at a steady beat; what they have seen is there when the block is left."""
    command = (sys.executable, "-m", "tests.benchmarks.api_probe", "--url", f"{door.server.http_url}/api/v1/chargers?limit=50")
    environment = os.environ | {"VOLTARO_ADMIN_TOKEN": ADMIN_TOKEN}
    probe = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
    seen: dict[str, Any] = {}
    try:
        assert probe.stdout is not None
        await probe.stdout.readline()
        yield seen
        told, _ = await probe.communicate(b"end\n")
        seen |= json.loads(told)
    finally:
        if probe.returncode is None:
            probe.kill()
            await probe.wait()


@asynccontextmanager
async def _lag_watched(door: Doorway) -> AsyncIterator[list[float]]:
    """How late the server's loop was, as it says itself, twice a second."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            lags.append((await door.metrics())["voltaro_loop_lag_seconds"])
            await asyncio.sleep(0.5)

    task = asyncio.create_task(watch())
    try:
        yield lags
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def drain(random: Random, long: bool) -> list[Row]:
    """SIGTERM with all chargers connected."""
    count = 5_000 if long else 400
    names = [f"CP{number:05d}" for number in range(count)]
    async with doorway() as door:
        await door.add(names)
        crowd = Crowd(door, random)
        await crowd.come(names, count / 400)
        began = time.perf_counter()
        door.server.process.send_signal(signal.SIGTERM)
        while (await door.status("/readyz")) == 200:
            await asyncio.sleep(0.01)
        unready = time.perf_counter() - began
        refused = 0
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                await crowd._enter(0, names[0])
            except Refused as reason:
                refused = int(" 503 " in f"{reason} ")
        async with asyncio.timeout(DEADLINE_S):
            code = await door.server.process.wait()
        took = time.perf_counter() - began
        closed = crowd.sent_away(1012)
    return [
        Row(f"SIGTERM with {count:,} chargers: not ready", unready, 1, "s"),
        Row(f"SIGTERM with {count:,} chargers: a newcomer refused with 503", refused, 1, "chargers", at_least=True),
        Row(f"SIGTERM with {count:,} chargers: exit", took, 60, "s"),
        Row(f"SIGTERM with {count:,} chargers: exit code", abs(code), 0, "code"),
        Row(f"SIGTERM with {count:,} chargers: closed with 1012", len(closed), count, "lines", at_least=True),
        Row(f"SIGTERM with {count:,} chargers: most closed in a second", _most_in_a_second(closed), 600, "lines"),
    ]


async def away(random: Random, long: bool) -> list[Row]:
    """PostgreSQL stays away: chargers are sent away at a pace, told when to come again, and let in when it is back."""
    count = 2_000 if long else 400
    names = [f"CP{number:05d}" for number in range(count)]
    async with doorway("--database-grace-s", "3") as door:
        await door.add(names)
        crowd = Crowd(door, random)
        await crowd.come(names, count / 400)
        started = [asyncio.create_task(charger.call(START, b"TAG", 0, b"2026-06-01T10:00:00Z")) for charger in crowd.here[: count // 2]]
        await asyncio.wait(started)
        await door.stop_database()
        began = time.perf_counter()
        pending = [asyncio.create_task(charger.drain()) for charger in crowd.here]
        while await door.status("/readyz") == 200:
            await asyncio.sleep(0.1)
        unready = time.perf_counter() - began
        alive = await door.status("/livez")
        await asyncio.gather(*pending, return_exceptions=True)
        closed = crowd.sent_away(1013)
        refused = 0
        for number in range(20):
            try:
                await crowd._enter(0, names[number])
            except Refused as reason:
                refused += " 503 " in f"{reason} "
        errors = crowd.tally.errors
        await door.start_database()
        back = time.perf_counter()
        while await door.status("/readyz") != 200:
            await asyncio.sleep(0.1)
        ready = time.perf_counter() - back
        crowd.here = []
        returned = max(await crowd.come(names, WITHIN_S))
        await crowd.cut()
    return [
        Row(f"PostgreSQL away, {count:,} chargers: not ready", unready, 10, "s"),
        Row(f"PostgreSQL away, {count:,} chargers: alive", alive, 200, "status", at_least=True),
        Row(f"PostgreSQL away, {count:,} chargers: closed with 1013", len(closed), count, "lines", at_least=True),
        Row(f"PostgreSQL away, {count:,} chargers: most closed in a second", _most_in_a_second(closed), 220, "lines"),
        Row(f"PostgreSQL away, {count:,} chargers: errors to session messages", errors, 0, "answers"),
        Row(f"PostgreSQL away, {count:,} chargers: upgrades answered 503", refused, 20, "of 20", at_least=True),
        Row("PostgreSQL back: ready", ready, 10, "s"),
        Row(f"PostgreSQL back: all {count:,} chargers served", returned, 60, "s"),
    ]


def _most_in_a_second(moments: Sequence[float]) -> int:
    return max((sum(start <= moment < start + 1 for moment in moments) for start in moments), default=0)


SCENARIOS = {"storm": storm, "drain": drain, "away": away}

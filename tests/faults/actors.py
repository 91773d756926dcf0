"""Crashes, hangs and poison frames provoked in a real server under load, watched by chargers that share no code with it.

Every charger keeps a ledger of the sessions it was acknowledged, which is compared with what the server has in the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.rows import Row
from tests.faults.voice import Voice
from tests.running import RunningServer, running_server

Scenario = Callable[[Random, bool], Awaitable[list[Row]]]

PERMANENT = {
    "persistence": ("receive", "before_write", "after_write", "start"),
    "auth": ("receive", "before_read", "start"),
    "registry": ("receive", "start"),
    "supervisor": ("receive", "restart", "start"),
    "supervisor/chargers": ("receive", "restart", "start"),
}
EXCEPTIONS = ("crash", "base_exception")
WINDOW_S = 61.0
"""Restarts are counted within a minute: the second one of an actor in it waits a little."""
PATIENCE_S = 120.0
POLL_S = 0.05
CALLS_A_SECOND = 300
"""All chargers of a scenario together, at most: the two ends share the machine."""


async def charger_crashes(random: Random, long: bool) -> list[Row]:
    """Actors of chargers crash at random points, one after another or ten at a time, while all of them charge."""
    return await crash_chargers(random, chargers=250 if long else 60, rounds=4 if long else 1, at_once=10 if long else 1)


async def permanent_crashes(random: Random, long: bool) -> list[Row]:
    """Each permanent actor crashes at each of its points while chargers charge."""
    return await crash_permanent(random, chargers=100 if long else 20, kinds=EXCEPTIONS if long else (random.choice(EXCEPTIONS),))


async def hangs(random: Random, long: bool) -> list[Row]:
    """Actors hang; they are found by the watch and replaced."""
    targets = ("charger/CP0", "registry", "auth", "supervisor", "supervisor/chargers", *(("persistence",) if long else ()))
    return await hang(random, chargers=20, targets=targets)


async def poison_frames(random: Random, long: bool) -> list[Row]:
    """Frames crash their actors whenever they are handled, and are sent again."""
    return await poison(random, chargers=200 if long else 20)


SCENARIOS: dict[str, Scenario] = {
    "charger actor crashes": charger_crashes,
    "permanent actors crash": permanent_crashes,
    "actors hang": hangs,
    "poison frames": poison_frames,
}


# --- with a size of their own ---


async def crash_chargers(random: Random, *, chargers: int, rounds: int, at_once: int) -> list[Row]:
    recoveries: list[float] = []
    answers: list[float] = []
    calm: list[float] = []
    beside: list[float] = []
    async with _server() as server:
        async with _charging(server, chargers) as voices:
            for round_ in range(rounds):
                if round_:
                    await asyncio.sleep(WINDOW_S)
                order = random.sample(voices, chargers)
                for some in (order[first : first + at_once] for first in range(0, chargers, at_once)):
                    others = [voice for voice in voices if voice not in some]
                    since = time.monotonic()
                    recoveries += await asyncio.gather(*(_crash(server, victim, random) for victim in some))
                    answers += [spent for voice in some for spent in voice.spent_since(since)]
                    beside += [spent for voice in others for spent in voice.spent_since(since)]
                    calm += await _calm(server, others, len(some), time.monotonic() - since)
        books = await _books(server, voices)
    return [
        Row(f"recovery of {len(recoveries)} charger actors, {at_once} at a time, p99", _percentile(recoveries, 0.99), 100, "ms"),
        Row("their frames answered, longest", max(answers, default=math.inf), 2, "s"),
        Row("neighbours' answers p99, calm", _percentile(calm, 0.99) * 1000, math.inf, "ms"),
        Row("neighbours' answers p99 beside calm", _percentile(beside, 0.99) / _percentile(calm, 0.99), 1.25, "ratio"),
        *books,
    ]


async def crash_permanent(random: Random, *, chargers: int, kinds: Sequence[str]) -> list[Row]:
    slowest = dict.fromkeys(PERMANENT, 0.0)
    async with _server() as server:
        async with _charging(server, chargers) as voices:
            for turn, kind in enumerate(kinds):
                if turn:
                    await asyncio.sleep(WINDOW_S)
                todo = [(target, point) for target, points in PERMANENT.items() for point in points]
                for target, point in random.sample(todo, len(todo)):
                    fault = await _provoke(server, target, kind, None if point == "receive" else point)
                    if point == "restart":  # that is passed when a child has failed
                        child = f"charger/CP{random.randrange(chargers)}" if target == "supervisor/chargers" else "registry"
                        await _provoke(server, child, "crash", None)
                    recovery_ms = (await _recovered(server, fault))["recovery_ms"]
                    slowest[target] = max(slowest[target], recovery_ms)
        books = await _books(server, voices)
    return [*(Row(f"{target}: serving again, slowest", slow, 1000, "ms") for target, slow in slowest.items()), *books]


async def hang(random: Random, *, chargers: int, targets: Sequence[str]) -> list[Row]:
    slowest: dict[str, float] = {}
    async with _server() as server:
        async with _charging(server, chargers) as voices:
            for target in random.sample(targets, len(targets)):
                fault = await _provoke(server, target, "hang", "before_write" if target.startswith("charger/") else None)
                slowest[target] = (await _recovered(server, fault))["recovery_ms"] / 1000
        books = await _books(server, voices)
    wanted = {"persistence": 10.0, "charger/CP0": 20.0}
    return [*(Row(f"{target}: hung, serving again", slow, wanted.get(target, 10.0), "s") for target, slow in slowest.items()), *books]


async def poison(random: Random, *, chargers: int) -> list[Row]:
    crashes: list[int] = []
    answered: list[float] = []
    repeated: list[float] = []
    invalid = 0
    async with _server() as server:
        async with _charging(server, chargers) as neighbours:
            voices = [Voice(server.ocpp_url, f"SICK{number}", pause_s=0.0) for number in range(chargers)]
            for voice in voices:
                await voice.connect()
                point = random.choice((None, "receive", "before_write", "after_write"))
                fault = await _provoke(server, f"charger/{voice.charger_id}", "poison", point)
                start = {"connectorId": 1, "idTag": "SICK", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
                first, *others = [await voice.say("StartTransaction", start) for _ in range(3)]
                told, *again = voice.spent_since(0)[1:]
                answered.append(told)
                repeated += again
                invalid += "transactionId" not in first or any(other != first for other in others)
                crashes.append((await _recovered(server, fault))["crashes"])
                crashes.append((await server.api("GET", f"/api/v1/chargers/{voice.charger_id}"))["actor"]["restarts"])
                await voice.close()
        books = await _books(server, neighbours)
    return [
        Row("crashes a poison frame, most", max(crashes), 2, ""),
        Row("poison frame answered, longest", max(answered), 1, "s"),
        Row("the same frame again answered, longest", max(repeated), 1, "s"),
        Row("poison frames without a valid answer, the same each time", invalid, 0, ""),
        *books,
    ]


# --- private ---


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[RunningServer]:
    with tempfile.TemporaryDirectory(prefix="voltaro-faults-") as folder:
        flags = ("--unknown-chargers", "accept", "--fault-injection", "--log-level", "error")
        async with running_server(None, Path(folder), *flags) as server:
            yield server


@contextlib.asynccontextmanager
async def _charging(server: RunningServer, count: int) -> AsyncIterator[list[Voice]]:
    """Chargers that charge until the block is left; then they finish the session at hand."""
    voices = [Voice(server.ocpp_url, f"CP{number}", pause_s=count / CALLS_A_SECOND) for number in range(count)]
    await asyncio.gather(*(voice.connect() for voice in voices))
    living = [asyncio.create_task(voice.charge_on()) for voice in voices]
    try:
        yield voices
        for voice in voices:
            voice.ending = True
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*living)
    finally:
        for task in living:
            task.cancel()
        await asyncio.gather(*(voice.close() for voice in voices))


async def _provoke(server: RunningServer, target: str, kind: str, at: str | None) -> str:
    fault: str = (await server.api("POST", "/api/v1/faults", {"target": target, "kind": kind, "at": at}))["id"]
    return fault


async def _recovered(server: RunningServer, fault_id: str) -> dict[str, Any]:
    """The fault once its target serves again. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            fault: dict[str, Any] = await server.api("GET", f"/api/v1/faults/{fault_id}")
            if fault["recovered_at"] is not None:
                return fault
            await asyncio.sleep(POLL_S)


async def _crash(server: RunningServer, victim: Voice, random: Random) -> float:
    """Crash a charger's actor somewhere in its work; the milliseconds until it served again."""
    point = random.choice((None, "receive", "before_write", "after_write"))
    fault = await _provoke(server, f"charger/{victim.charger_id}", random.choice(EXCEPTIONS), point)
    recovery_ms: float = (await _recovered(server, fault))["recovery_ms"]
    return recovery_ms


async def _calm(server: RunningServer, voices: Sequence[Voice], askers: int, seconds: float) -> list[float]:
    """What answers take while nothing is provoked, for as long and with the API asked as often as when something is."""
    since = time.monotonic()

    async def ask(voice: Voice) -> None:
        while time.monotonic() - since < seconds:
            await server.api("GET", f"/api/v1/chargers/{voice.charger_id}")
            await asyncio.sleep(POLL_S)

    await asyncio.gather(*(ask(voice) for voice in voices[:askers]))
    return [spent for voice in voices for spent in voice.spent_since(since)]


async def _books(server: RunningServer, voices: Sequence[Voice]) -> list[Row]:
    """The ledgers of the chargers beside the books of the server."""
    lost = doubled = wrong = 0
    for voice in voices:
        known = await _sessions(server, voice.charger_id)
        energies = dict(known)
        doubled += len(known) - len(voice.ledger)
        lost += sum(number not in energies for number in voice.ledger)
        wrong += sum(energies.get(number, wh) != wh for number, wh in voice.ledger.items())
    return [
        Row("sessions charged", sum(len(voice.ledger) for voice in voices), 1, "", at_least=True),
        Row("acknowledged sessions lost", lost, 0, ""),
        Row("sessions doubled", doubled, 0, ""),
        Row("sessions with other energy than the charger's", wrong, 0, ""),
        Row("messages answered with an error", sum(voice.refused for voice in voices), 0, ""),
        Row("sockets closed", sum(voice.closes for voice in voices), 0, ""),
    ]


async def _sessions(server: RunningServer, charger_id: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    more = ""
    while True:
        page = await server.api("GET", f"/api/v1/sessions?charger_id={charger_id}&limit=200{more}")
        found += [(session["transaction_id"], session["energy_wh"]) for session in page["items"]]
        if page["next"] is None:
            return found
        more = f"&cursor={page['next']}"


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else math.inf

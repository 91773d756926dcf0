"""Orders: what a charger reports comes in any order that OCPP allows, again and again, in any batches; the session is the same.

Each case is made with what must come of it, counted beside the rules that are tested. Run alone, it prints its seed and table:
``python -m tests.faults.orders [seed] [long]``.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from actors.running import Running
from persistence import migrations
from persistence.store import PostgresStore
from tests.faults.rows import Row
from voltaro import embedded
from voltaro.domain.fact import Fact, MeterReported, SessionEndReported, SessionStartReported, TransactionReported
from voltaro.domain.meter import Figures, Sample, figures
from voltaro.domain.session import EndSession, EventKind, Session, SessionState, StartSession, TransactionEvent, fold
from voltaro.ports import NewCharger, Recorded

T = TypeVar("T")

BEGAN = datetime(2026, 5, 4, 12, tzinfo=UTC)
TOGETHER = 10
"""Transactions whose events are mixed in the same batches."""


@dataclass(frozen=True)
class Wanted:
    """What must come of a transaction, whatever happened on the way."""

    state: SessionState
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    id_tag: str | None
    events: int

    @classmethod
    def of(cls, session: Session) -> Wanted:
        tag = session.id_tag
        return cls(session.state, session.started_at, session.ended_at, session.energy_wh, tag, session.events_count)


@dataclass
class Case:
    """The events of a 2.x transaction, each once and in order, and what they make."""

    events: list[TransactionEvent]
    wanted: Wanted


def transaction(random: Random, charger_id: str, transaction_id: str) -> Case:
    """1 to 40 events: with gaps, numbers used twice, meter resets, or without begin or end."""
    count = random.randint(1, 40)
    begins, ends = random.random() < 0.85, random.random() < 0.8
    register, energy, last = random.randint(0, 100_000), 0, None
    seq_no, tag = random.randint(0, 3), None
    events: list[TransactionEvent] = []
    for place in range(count):
        kind = EventKind.UPDATED
        if begins and place == 0:
            kind = EventKind.STARTED
        elif ends and place == count - 1:
            kind = EventKind.ENDED
        seen = random.random() < 0.7
        if seen:
            register = random.randint(0, max(0, register - 1)) if random.random() < 0.05 else register + random.randint(0, 900)
            if last is not None and register > last:
                energy += register - last
            last = register
        shows_tag = random.random() < 0.3
        if shows_tag and tag is None:
            tag = f"TAG{place}"
        at = BEGAN + timedelta(seconds=10 * place)
        events.append(
            TransactionEvent(
                charger_id=charger_id,
                transaction_id=transaction_id,
                seq_no=seq_no,
                digest=f"{place:03}-{random.getrandbits(64):x}",
                kind=kind,
                at=at,
                received_at=at + timedelta(seconds=random.randint(0, 3600)),
                trigger_reason="MeterValuePeriodic",
                protocol=random.choice(("ocpp2.0.1", "ocpp2.1")) if not events else events[0].protocol,
                offline=random.random() < 0.2,
                evse_id=random.choice((None, 1)),
                id_tag=f"TAG{place}" if shows_tag else None,
                stopped_reason="Local" if kind is EventKind.ENDED else None,
                figures=Figures(register if seen else None, None, random.choice((None, 7000)), random.choice((None, 55))),
                samples=(Sample(at, str(register)),) if seen else (),
            )
        )
        seq_no += random.choices((0, 1, 2), (5, 90, 5))[0]
    over = events[-1].kind is EventKind.ENDED
    state = SessionState.ENDED if over else SessionState.ACTIVE
    return Case(events, Wanted(state, events[0].at, events[-1].at if over else None, energy, tag, count))


def again(random: Random, things: Sequence[T]) -> list[T]:
    """Each at least once, some again, in any order."""
    order = [*things, *random.choices(things, k=random.randint(0, len(things)))]
    random.shuffle(order)
    return order


def batches(random: Random, things: Sequence[T]) -> list[list[T]]:
    """The same in the same order, cut anywhere."""
    cut: list[list[T]] = [[]]
    for thing in things:
        if cut[-1] and random.random() < 0.2:
            cut.append([])
        cut[-1].append(thing)
    return [batch for batch in cut if batch]


async def folded(random: Random, cases: int) -> int:
    """How many of so many permutations the fold makes something else of."""
    wrong = 0
    for number in range(cases):
        case = transaction(random, "CP", f"tx-{number}")
        inorder = fold(1, case.events)
        different = {(event.seq_no, event.digest): event for event in again(random, case.events)}
        wrong += fold(1, different.values()) != inorder or Wanted.of(inorder) != case.wanted
        if number % 100 == 0:
            await asyncio.sleep(0)
    return wrong


async def written(random: Random, store: PostgresStore, cases: int, run: str) -> int:
    """How many of so many transactions, delivered in any order with repeats and in any batches, are stored as something else."""
    wrong = 0
    for first in range(0, cases, TOGETHER):
        together = [transaction(random, f"CP-{run}-{number % 3}", f"tx-{number}") for number in range(first, min(first + TOGETHER, cases))]
        facts = [TransactionReported(event, "Accepted" if event.id_tag else None) for case in together for event in case.events]
        for batch in batches(random, again(random, facts)):
            await store.write(batch)
        for case in together:
            stored = await store.session_by_transaction(case.events[0].charger_id, case.events[0].transaction_id)
            if stored is None or Wanted.of(stored) != case.wanted:
                wrong += 1
                continue
            wrong += replace(stored, authorization=None) != fold(stored.id, case.events)
            values = await store.meter_values(stored.id, limit=100)
            wrong += len(values.items) != sum(bool(event.samples) for event in case.events)
    return wrong


# --- 1.6: the order is the charger's queue, and everything may come again later ----------------------------------------


@dataclass
class Charging:
    """A 1.6 session as its charger knows it."""

    start: StartSession
    readings: list[Sample]
    stop: EndSession
    wanted: Wanted
    session: Session | None = None
    ids: set[int] = field(default_factory=set)


def charging(random: Random, charger_id: str) -> Charging:
    """A session of up to 30 readings, some with a meter that begins anew: once, as one that falls again may be two meters (Q-62)."""
    anew = random.randint(1, 60)
    register = before = random.randint(0, 100_000)
    start = StartSession(charger_id, 1, 1, "TAG", register, BEGAN, BEGAN, "ocpp1.6")
    readings, energy = [], 0
    for place in range(random.randint(0, 30)):
        register = random.randint(0, max(0, register - 1)) if place == anew else register + random.randint(0, 900)
        energy += max(0, register - before)
        before = register
        readings.append(Sample(BEGAN + timedelta(seconds=10 * (place + 1)), str(register)))
    register += random.randint(0, 900)
    ended_at = BEGAN + timedelta(hours=1)
    stop = EndSession(charger_id, "", register, ended_at, ended_at, "ocpp1.6")
    return Charging(start, readings, stop, Wanted(SessionState.ENDED, BEGAN, ended_at, energy + register - before, "TAG", 0))


def queue(random: Random, case: Charging) -> list[StartSession | Sample | EndSession]:
    """What the charger sends: in order, and each thing any number of times again behind its first."""
    sent: list[StartSession | Sample | EndSession] = [case.start, *case.readings, case.stop]
    for thing in random.choices(sent, k=random.randint(0, len(sent))):
        sent.insert(random.randint(sent.index(thing) + 1, len(sent)), thing)
    return sent


class Desk:
    """What a charger's actor does with what comes: it gathers figures, shows them, and crashes now and then."""

    def __init__(self, random: Random, store: PostgresStore) -> None:
        self._random = random
        self._store = store
        self._now = BEGAN
        self._running: Running | None = None

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=10)
        return self._now

    def monotonic(self) -> float:
        return (self._now - BEGAN).total_seconds()

    async def take(self, case: Charging, thing: StartSession | Sample | EndSession) -> None:
        match thing:
            case StartSession():
                self._recorded(case, await self._write(SessionStartReported(replace(thing, received_at=self.now()), "Accepted")))
            case EndSession():
                assert case.session is not None
                known = replace(thing, transaction_id=case.session.transaction_id, received_at=self.now())
                self._recorded(case, await self._write(SessionEndReported(known)))
            case _:
                await self._read(case, thing)
        if self._running is not None and self._random.random() < 0.3:
            await self._write(self._running.fact(self))
        if self._random.random() < 0.05:
            facts = (await self._store.charger_facts([case.start.charger_id]))[case.start.charger_id]
            self._running = Running(facts.open_sessions[0]) if facts.open_sessions else None

    async def _read(self, case: Charging, sample: Sample) -> None:
        assert case.session is not None
        running = self._running
        session_id = None if running is None else running.id
        fact = MeterReported(case.start.charger_id, 1, session_id, case.session.transaction_id, self.now(), (sample,))
        await self._write(fact)
        if running is not None:
            running.meter(figures(fact.samples), sample.at)

    def _recorded(self, case: Charging, result: object) -> None:
        assert isinstance(result, Recorded)
        case.session = result.session
        case.ids.add(result.session.id)
        if not result.new and self._running is not None and result.session.state is SessionState.ACTIVE:
            return
        self._running = Running(result.session) if result.session.state is SessionState.ACTIVE else None

    async def _write(self, fact: Fact) -> object:
        return (await self._store.write([fact]))[0]


async def charged(random: Random, store: PostgresStore, cases: int, run: str) -> int:
    """How many of so many 1.6 sessions, with everything sent again at any later time, are stored as something else."""
    wrong = 0
    for number in range(cases):
        case = charging(random, f"CP16-{run}-{number}")
        await store.add_charger(NewCharger(case.start.charger_id), by="test")
        desk = Desk(random, store)
        for thing in queue(random, case):
            await desk.take(case, thing)
        assert case.session is not None
        stored = await store.session(case.session.id)
        values = await store.meter_values(case.session.id, limit=100)
        ok = stored is not None and Wanted.of(stored) == case.wanted and len(case.ids) == 1 and len(values.items) == len(case.readings)
        wrong += not ok
    return wrong


# --- the scenario ------------------------------------------------------------------------------------------------------


async def permutations(random: Random, long: bool) -> list[Row]:
    """Every permutation gives the same session: 5,000 in the long form, some hundred in the short one."""
    folds, stored, sessions = (5000, 1000, 500) if long else (400, 100, 40)
    async with a_store() as store:
        return [
            Row(f"other sessions of {folds:,} permutations of a transaction's events", await folded(random, folds), 0, "sessions"),
            Row(f"other sessions of {stored:,} such, written in any batches", await written(random, store, stored, "p"), 0, "sessions"),
            Row(f"other sessions of {sessions:,} of 1.6 with repeats", await charged(random, store, sessions, "p"), 0, "sessions"),
        ]


@asynccontextmanager
async def a_store() -> AsyncIterator[PostgresStore]:
    """The real store on a PostgreSQL of its own."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-orders-"))
    folder.chmod(0o755)
    cluster = await asyncio.to_thread(embedded.start, folder, durable=False)
    try:
        await asyncio.to_thread(migrations.upgrade, cluster.url)
        store = PostgresStore(cluster.url)
        try:
            yield store
        finally:
            await store.close()
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(folder)
        if not cluster.home.is_relative_to(folder):
            shutil.rmtree(cluster.home)


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"permutations": permutations}


if __name__ == "__main__":
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else Random().getrandbits(32)
    print(f"seed {seed}")
    for row in asyncio.run(permutations(Random(seed), "long" in sys.argv)):
        print(f"{row.what}: {row.measured:g} {row.unit} (wanted: {row.wanted:g})")

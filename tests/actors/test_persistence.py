"""The persistence actor: who is answered when, and what is held for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from actors.persistence import LARGEST_BATCH, Pace, PersistenceActor, Work, WriteQueue
from actors.system import System
from tests.actors.clocks import NOON
from tests.actors.house import HouseClock, Listener
from voltaro.domain.fact import ChargerSeen, EventHappened, Fact, MeterReported, SecurityEventReported, SessionMetered
from voltaro.ports import Poison, StoreUnavailable


class Ledger:
    """A writer that keeps what it is given; it waits at its gate, and is away when told to."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[list[Fact]] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False
        self.poison: set[str] = set()
        self.fails_as: str | None = None

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        await self.gate.wait()
        fails_as, self.fails_as = self.fails_as, None
        if fails_as == "crash":
            raise ValueError("bad")
        if fails_as == "base_exception":
            raise asyncio.CancelledError
        if fails_as == "hang":
            await asyncio.Event().wait()
        if self.away:
            raise StoreUnavailable("away")
        self.batches.put_nowait(list(facts))
        return [Poison("no") if getattr(fact, "type", "") in self.poison else None for fact in facts]

    async def batch(self) -> list[Fact]:
        async with asyncio.timeout(30):
            return await self.batches.get()


class Desk:
    """A persistence actor alone in its system."""

    def __init__(self) -> None:
        self.clock = HouseClock()
        self.ledger = Ledger()
        self.system = System(self.clock, self.clock.later)
        self.system.on_failed = lambda cell, error: self.system.loop.call_soon(self.system.start, cell)
        self.queue = WriteQueue(self.system.loop, lambda: self.system.tell("persistence", Work()))
        pace = Pace(gather_s=0.001, lossy_s=0.001, retry_s=0.001, retry_most_s=0.001)
        cell = self.system.add(
            "persistence", "persistence", None, lambda: PersistenceActor(self.ledger, self.queue, self.clock, Listener(), pace)
        )
        self.system.start(cell)

    async def idle(self) -> None:
        """Wait until the writer has nothing in hand."""
        actor = self.system.cells["persistence"].occupant
        assert isinstance(actor, PersistenceActor)
        await self.until(lambda: not actor.is_writing)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(30):
            while not holds():
                await asyncio.sleep(0.001)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


def security(type: str = "Boom") -> Fact:
    return SecurityEventReported("CP1", type, NOON, NOON)


def metered(charger_id: str) -> Fact:
    return MeterReported(charger_id, 1, 7, "7", NOON, ())


def happened(type: str = "charger.anomaly") -> Fact:
    return EventHappened(type, NOON, "CP1", {})


async def test_what_has_gathered_while_a_batch_was_written_goes_in_one(desk: Desk) -> None:
    desk.ledger.gate.clear()
    first = desk.queue.record(security("first"))
    await asyncio.sleep(0)
    rest = [desk.queue.record(security(f"{number}")) for number in range(50)]
    desk.ledger.gate.set()
    await first
    await asyncio.gather(*rest)
    sizes = [len(desk.ledger.batches.get_nowait()) for _ in range(desk.ledger.batches.qsize())]
    assert sum(sizes) == 51
    assert len(sizes) <= 3


async def test_nobody_is_answered_before_the_writer_has_returned(desk: Desk) -> None:
    desk.ledger.gate.clear()
    waiting = desk.queue.record(security())
    for _ in range(5):
        await asyncio.sleep(0.001)
    assert not waiting.done()
    desk.ledger.gate.set()
    await waiting


async def test_facts_nobody_waits_for_are_written_without_others_to_wake_the_writer(desk: Desk) -> None:
    for number in range(3):
        desk.queue.jot(happened(f"event.{number}"))
        assert [fact.type for fact in await desk.ledger.batch()] == [f"event.{number}"]  # type: ignore[union-attr]
        await desk.idle()


async def test_a_jot_behind_an_answered_record_is_written_too(desk: Desk) -> None:
    await desk.queue.record(security())
    await desk.ledger.batch()
    await desk.idle()
    desk.queue.jot(happened())
    assert await desk.ledger.batch() == [happened()]


async def test_the_newest_of_what_is_coalesced_is_written_once(desk: Desk) -> None:
    desk.ledger.gate.clear()
    waiting = desk.queue.record(security())
    await desk.until(lambda: bool(desk.queue.in_hand))
    for energy in (1, 2, 3):
        desk.queue.jot(SessionMetered(7, energy, 0, 0, energy, None, None, NOON))
        desk.queue.jot(ChargerSeen("CP1", NOON))
    desk.ledger.gate.set()
    await waiting
    await desk.ledger.batch()
    assert await desk.ledger.batch() == [SessionMetered(7, 3, 0, 0, 3, None, None, NOON), ChargerSeen("CP1", NOON)]


async def test_poison_is_told_to_who_gave_it_and_to_nobody_else(desk: Desk) -> None:
    desk.ledger.poison = {"bad"}
    good, bad = desk.queue.record(security("good")), desk.queue.record(security("bad"))
    with pytest.raises(Poison):
        await bad
    await good


async def test_who_waits_is_told_once_the_grace_is_over_and_facts_of_class_b_are_kept(desk: Desk) -> None:
    desk.ledger.away = True
    waiting = desk.queue.record(security())
    desk.queue.jot(happened())
    await desk.until(lambda: desk.queue.away_since is not None)
    assert not waiting.done()
    desk.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await waiting
    desk.ledger.away = False
    assert await desk.ledger.batch() == [happened()]


async def test_who_hears_that_nothing_can_be_written_may_record_in_that_very_turn(desk: Desk) -> None:
    desk.ledger.away = True
    first, second = desk.queue.record(security("first")), desk.queue.record(security("second"))
    first.then(lambda _: desk.queue.jot(happened()))
    await desk.until(lambda: desk.queue.away_since is not None)
    desk.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(second, 30)
    assert desk.system.cells["persistence"].last_failure is None
    desk.ledger.away = False
    assert await desk.ledger.batch() == [happened()]


async def test_what_somebody_waits_for_is_not_pushed_out_by_what_an_outage_has_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.persistence.LOSSY_HELD", 3)
    desk.ledger.away = True
    given_up = desk.queue.record(security())
    for number in range(5):
        desk.queue.jot(happened(f"{number}"))
    await desk.until(lambda: desk.queue.away_since is not None)
    desk.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(given_up, 30)
    desk.ledger.gate.clear()
    await desk.until(lambda: len(desk.queue.in_hand) == 3)
    desk.ledger.away = False
    waiting = [desk.queue.record(security(f"{number}")) for number in range(5)]
    desk.queue.put_back()
    assert [fact.type for fact, _ in desk.queue.waiting] == ["2", "3", "4", "0", "1", "2", "3", "4"]  # type: ignore[union-attr]
    desk.ledger.gate.set()
    await asyncio.wait_for(asyncio.gather(*waiting), 30)


async def test_a_stop_writes_what_is_left(desk: Desk) -> None:
    desk.queue.jot(happened())
    waiting = desk.queue.record(security())
    await desk.system.stop("persistence")
    await waiting
    assert len(desk.queue) == 0


async def test_meter_values_are_written_alone_until_the_rest_is_due(desk: Desk) -> None:
    await desk.queue.record(security())
    await desk.ledger.batch()
    await desk.idle()
    desk.ledger.gate.clear()
    waiting = [desk.queue.record(metered("CP1"))]
    desk.queue.jot(happened())
    waiting.append(desk.queue.record(metered("CP2")))
    desk.ledger.gate.set()
    await asyncio.gather(*waiting)
    assert await desk.ledger.batch() == [metered("CP1"), metered("CP2")]
    assert await desk.ledger.batch() == [happened()], "and what nobody waits for comes by itself"


async def test_another_fact_of_class_a_takes_along_all_that_came_before_it(desk: Desk) -> None:
    await desk.queue.record(security("first"))
    await desk.ledger.batch()
    await desk.idle()
    desk.queue.jot(happened())
    await asyncio.gather(desk.queue.record(security("second")), desk.queue.record(metered("CP1")))
    assert await desk.ledger.batch() == [metered("CP1"), happened(), security("second")]


async def test_meter_values_in_hand_when_the_writer_crashes_are_written_by_the_next(desk: Desk) -> None:
    desk.ledger.gate.clear()
    waiting = desk.queue.record(metered("CP1"))
    actor = desk.system.cells["persistence"].occupant
    assert isinstance(actor, PersistenceActor)
    await desk.until(lambda: bool(desk.queue.in_hand))
    actor.crash(RuntimeError("provoked"))
    desk.ledger.gate.set()
    await waiting
    assert await desk.ledger.batch() == [metered("CP1")]


async def test_who_waits_for_meter_values_is_told_when_the_database_stays_away(desk: Desk) -> None:
    desk.ledger.away = True
    waiting = desk.queue.record(metered("CP1"))
    await desk.until(lambda: desk.queue.away_since is not None)
    desk.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await waiting
    assert len(desk.queue) == 0


@pytest.mark.parametrize("kind", ["crash", "base_exception", "hang"])
async def test_a_writer_that_fails_in_any_way_hands_its_batch_to_the_next(desk: Desk, kind: str) -> None:
    desk.ledger.fails_as = kind
    waiting = desk.queue.record(security())
    await desk.until(lambda: desk.ledger.fails_as is None)
    actor = desk.system.cells["persistence"].occupant
    assert isinstance(actor, PersistenceActor)
    if kind == "hang":
        assert [own for _, own in actor.at_work()] == [True], "the batch in hand is what it is at"
        actor.crash(TimeoutError("hung"))
    await waiting
    assert desk.ledger.batches.qsize() == 1


async def test_who_is_held_up_by_the_database_or_by_a_backlog_is_known(desk: Desk) -> None:
    desk.ledger.gate.clear()
    first = desk.queue.record(security())
    assert not desk.queue.is_held_up
    rest = [desk.queue.record(security(f"{number}")) for number in range(2 * LARGEST_BATCH + 1)]
    assert desk.queue.is_held_up
    desk.ledger.gate.set()
    await asyncio.gather(first, *rest)
    assert not desk.queue.is_held_up
    desk.ledger.away = True
    waiting = desk.queue.record(security("away"))
    await desk.until(lambda: desk.queue.is_held_up)
    desk.ledger.away = False
    await waiting


async def test_a_crash_just_after_everybody_was_told_that_the_database_is_away_leaves_nobody_waiting(desk: Desk) -> None:
    desk.ledger.away = True
    told = desk.queue.record(security("told"))
    await desk.until(lambda: desk.queue.away_since is not None)
    desk.ledger.gate.clear()
    await desk.until(lambda: not desk.queue.in_hand)
    await desk.until(lambda: bool(desk.queue.in_hand))
    also = desk.queue.record(security("while a batch is in hand"))
    desk.clock.advance(11)
    desk.ledger.gate.set()
    for waiting in (told, also):
        with pytest.raises(StoreUnavailable):
            await waiting
    actor = desk.system.cells["persistence"].occupant
    assert isinstance(actor, PersistenceActor)
    actor.crash(ValueError("bad"))
    desk.ledger.away = False
    async with asyncio.timeout(30):
        while desk.system.cells["persistence"].occupant in (None, actor):
            await asyncio.sleep(0)
        await desk.queue.record(security("later"))

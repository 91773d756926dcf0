"""When PostgreSQL has been away for too long, and when it is back."""

from __future__ import annotations

import asyncio

from actors.outage import PATIENCE_S, STUCK_S, Outage
from actors.persistence import LOSSY_HELD, WriteQueue
from tests.actors.clocks import NOON, HandClock
from voltaro.domain.fact import ChargerSeen, EventHappened
from voltaro.ports import StoreUnavailable

GRACE_S = 10.0


class Case:
    """A queue, a PostgreSQL that answers or not, and what has been told."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.queue = WriteQueue(asyncio.get_running_loop(), lambda: None)
        self.here = True
        self.told: list[str] = []
        self.outage = Outage(
            self.queue, self._ping, self.clock, GRACE_S, away=lambda: self.told.append("away"), back=lambda: self.told.append("back")
        )

    async def _ping(self) -> None:
        if not self.here:
            raise StoreUnavailable("away")

    async def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.advance(1)
            await self.outage.look()


async def test_the_grace_is_waited_for_and_told_once() -> None:
    case = Case()
    case.here = False
    case.queue.jot(ChargerSeen("CP1", NOON))
    case.queue.away_since = case.clock.monotonic()
    await case.pass_time(GRACE_S - 1)
    assert case.told == []
    await case.pass_time(60)
    assert case.told == ["away"]


async def test_it_is_back_when_the_writer_has_written() -> None:
    case = Case()
    case.here = False
    case.queue.jot(ChargerSeen("CP1", NOON))
    case.queue.away_since = case.clock.monotonic()
    await case.pass_time(GRACE_S)
    case.here = True
    await case.pass_time(5)
    assert case.told == ["away"], "it answers, but does not take facts: a full disk does that"
    case.queue.take(10, everything=True)
    case.queue.done()
    case.queue.away_since = None
    await case.pass_time(1)
    assert case.told == ["away", "back"]


async def test_it_is_back_when_nothing_is_left_to_write_and_it_answers() -> None:
    case = Case()
    case.here = False
    case.queue.away_since = case.clock.monotonic()
    await case.pass_time(GRACE_S + 5)
    case.here = True
    await case.pass_time(1)
    assert case.told == ["away", "back"]
    assert case.queue.away_since is None


async def test_a_write_that_never_ends_is_an_outage_when_postgresql_does_not_answer() -> None:
    case = Case()
    case.queue.jot(ChargerSeen("CP1", NOON))
    case.queue.take(10, everything=True)
    case.here = False
    await case.pass_time(STUCK_S + GRACE_S + 1)
    assert case.told == ["away"]


async def test_a_write_that_takes_long_is_none_when_postgresql_answers() -> None:
    case = Case()
    case.queue.jot(ChargerSeen("CP1", NOON))
    case.queue.take(10, everything=True)
    await case.pass_time(120)
    assert case.told == []


async def test_batches_that_end_in_time_are_no_outage() -> None:
    case = Case()
    case.here = False
    for _ in range(60):
        case.queue.jot(ChargerSeen("CP1", NOON))
        case.queue.take(10, everything=True)
        await case.pass_time(2)
        case.queue.done()
    assert case.told == []


def test_slow_is_not_away() -> None:
    assert PATIENCE_S >= 10


async def test_of_what_may_be_lost_the_oldest_goes_when_too_much_waits() -> None:
    case = Case()
    answers = [case.queue.record(EventHappened(f"asked {number}", NOON, None, {})) for number in range(3)]
    for number in range(LOSSY_HELD + 10):
        case.queue.jot(EventHappened(f"{number}", NOON, None, {}))
    assert case.queue.is_high
    await case.outage.look()
    kept = [fact for fact, _ in case.queue.waiting if isinstance(fact, EventHappened)]
    assert [fact.type for fact in kept[:4]] == ["asked 0", "asked 1", "asked 2", "10"]
    assert len(kept) == LOSSY_HELD + 3
    assert not any(answer.done() for answer in answers)
    assert case.queue.shed() == 0

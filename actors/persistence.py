"""The persistence actor: gathers facts and writes all that lie there in one transaction (group commit).

Owns: the writer loop. Hears: Work. Tells: nobody. Facts and their askers lie in a ``WriteQueue``, which outlives a crash: the
next incarnation takes it over, and writing a batch again whose COMMIT is in doubt is safe, because facts are idempotent by
content. Facts go into the queue without a message each; the actor is told once that there is work.

Meter values of sessions are by far the most, and nothing waits for them but their charger: they are batches of their own, one
statement each, while facts of class B wait for ``lossy_s``. Any other fact of class A takes all that has come with it.

While PostgreSQL is away, facts are held for ``grace_s`` from the moment it went; then every asker of class A hears
StoreUnavailable, so that lines are closed and chargers queue, as OCPP obliges them to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from actors.reply import Reply
from actors.runtime import LoopActor, hears
from voltaro import faults, metrics
from voltaro.domain.fact import ChargerSeen, Fact, MeterReported, SessionMetered
from voltaro.ports import Announcer, Clock, FactWriter, Poison, StoreUnavailable

log = structlog.get_logger()

LARGEST_BATCH = 1000
CLOSED_S = 10.0
"""How long after a failed attempt to write nobody new is let in; longer than the pause between two attempts."""
LOSSY_HELD = 20_000
"""Class B facts kept while nothing can be written, or too slowly; older ones give way to newer."""
HIGH_WATER = 5_000
"""With more facts than that waiting, chargers are read more slowly."""


Waiting = tuple[Fact, Reply | None]
"""A fact in the queue with who waits for it, if anyone does."""


class WriteQueue:
    """What is still to be written, and the way to have something written. It outlives the incarnations of the actor."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[], object]) -> None:
        """``tell`` lets the actor know that there is work."""
        self.metered: deque[Waiting] = deque()
        """Meter values of sessions."""
        self.waiting: deque[Waiting] = deque()
        """All other facts, in the order they came."""
        self.in_hand: list[Waiting] = []
        self.latest: dict[tuple[type, object], Fact] = {}
        self.pressing = False
        """Whether somebody waits for a fact that is no meter value."""
        self.told = False
        """Whether the actor knows that there is work."""
        self.away_since: float | None = None
        """Monotonic seconds since when PostgreSQL is away."""
        self.closed_until = 0.0
        """Monotonic seconds until when nobody new should be let in, because what it says could not be written. It passes when
        nothing is tried any more: then whoever comes is the one that tries."""
        self._loop = loop
        self._tell = tell

    def __len__(self) -> int:
        return len(self.metered) + len(self.waiting) + len(self.in_hand) + len(self.latest)

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for an answer."""
        return self.pressing or bool(self.metered)

    def record(self, fact: Fact) -> Reply:
        """Record a fact. Answered after its COMMIT with the writer's result; raises Poison, StoreUnavailable."""
        reply = Reply(loop=self._loop)
        was_urgent = self.pressing or bool(self.metered)
        if type(fact) is MeterReported:
            self.metered.append((fact, reply))
        else:
            self.waiting.append((fact, reply))
            self.pressing = True
        if not was_urgent:
            self.told = True
            self._tell()
        return reply

    def jot(self, fact: Fact) -> None:
        """Record a fact of class B some time soon; nobody waits for it."""
        if type(fact) is SessionMetered:
            self.latest[SessionMetered, fact.session_id] = fact
        elif type(fact) is ChargerSeen:
            self.latest[ChargerSeen, fact.charger_id] = fact
        else:
            self.waiting.append((fact, None))
        if not self.told:
            self.told = True
            self._tell()

    @property
    def is_high(self) -> bool:
        """Whether facts gather faster than they are written."""
        return len(self.waiting) + len(self.metered) > HIGH_WATER

    def shed(self) -> int:
        """Let the oldest facts of class B go where there are too many; how many went. Looks at all of them: not for every message."""
        excess = sum(reply is None for _, reply in self.waiting) - LOSSY_HELD
        if excess <= 0:
            return 0
        left = excess
        kept: deque[Waiting] = deque()
        for waiting in self.waiting:
            if waiting[1] is None and left:
                left -= 1
            else:
                kept.append(waiting)
        self.waiting = kept
        return excess

    def take(self, most: int, *, everything: bool) -> list[Waiting]:
        """The next batch; it stays in hand until it is ``done`` or ``put_back``. Without ``everything``, meter values alone,
        unless something else is pressing; otherwise they are at most half of it, so that neither holds up the other."""
        batch = self.in_hand
        everything = everything or self.pressing
        metered = most // 2 if everything else most
        while self.metered and len(batch) < metered:
            batch.append(self.metered.popleft())
        if everything:
            while self.waiting and len(batch) < most:
                batch.append(self.waiting.popleft())
            self.pressing = self.pressing and bool(self.waiting)
            if self.latest and len(batch) < most:
                batch.extend((fact, None) for fact in self.latest.values())
                self.latest = {}
        self.told = bool(batch)
        return batch

    def done(self) -> None:
        """The batch in hand is written."""
        self.in_hand = []
        self.told = len(self) > 0

    @property
    def is_held_up(self) -> bool:
        """Whether who waits for an answer waits for the database: it is away, or more has come than goes into a batch."""
        return self.away_since is not None or len(self.waiting) + len(self.metered) > LARGEST_BATCH

    def put_back(self) -> None:
        """The batch in hand is not known to be written: it comes first again."""
        for waiting in reversed(self.in_hand):
            if type(waiting[0]) is MeterReported and waiting[1] is not None:
                self.metered.appendleft(waiting)
            else:
                self.waiting.appendleft(waiting)
                self.pressing = self.pressing or waiting[1] is not None
        self.in_hand = []

    def let_down(self, error: Callable[[], Exception], kept: int) -> None:
        """Who waits for an answer gets the error; of the rest the newest ``kept`` facts stay."""
        held, self.waiting = (*self.waiting, *self.metered), deque()  # who is told may record anew in this very turn
        self.metered = deque()
        self.pressing = False
        self.waiting.extend(deque((waiting for waiting in held if waiting[1] is None), kept))
        for _, reply in held:
            if reply is not None:
                reply.fail(error())


class Work:
    """There is something in the queue."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When a batch is written; times in seconds.

    A class A fact waits ``gather_s`` for company when the last batch had some; class B facts alone wait ``lossy_s``.
    """

    gather_s: float = 0.002
    lossy_s: float = 0.25
    grace_s: float = 10.0
    retry_s: float = 0.1
    retry_most_s: float = 2.0


class PersistenceActor(LoopActor):
    """Writes facts in batches and answers all that are down."""

    def __init__(self, writer: FactWriter, queue: WriteQueue, clock: Clock, announcer: Announcer, pace: Pace = Pace()) -> None:
        super().__init__()
        self.writer = writer
        self.queue = queue
        self.clock = clock
        self.announcer = announcer
        self.pace = pace
        self._last_batch = 0
        self._lossy_at = 0.0
        """Monotonic seconds from which on class B is written with whatever batch comes."""
        self._began = 0.0
        self._work: asyncio.Task[None] | None = None
        self._alarm: Any = None
        self._stopping = False

    async def on_start(self) -> None:  # type: ignore[override]
        """Take over what the predecessor had in hand: it may or may not be committed, writing it again settles it."""
        self.queue.put_back()
        self._wake(0.0)

    async def on_stop(self) -> None:  # type: ignore[override]
        """Write what is left; who waits for what cannot be written now is told so."""
        self._stopping = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._work is not None:
            await self._work
        if len(self.queue):
            await self.spawn(self._write_all())

    @property
    def is_writing(self) -> bool:
        return self._work is not None

    def _own_work(self) -> Iterable[object]:
        """The batch in hand: the writer's task itself lasts as long as somebody waits."""
        return (self.queue.in_hand,) if self.queue.in_hand else ()

    @hears(Work)
    def on_work(self, _: Work) -> None:
        if self.queue.urgent:
            self._wake(self.pace.gather_s if self._last_batch > 1 else 0.0)
        elif self._alarm is None:
            self._wake(self.pace.lossy_s)

    # --- the writer loop ---

    def _wake(self, delay_s: float) -> None:
        """Write after ``delay_s``, or sooner when that is due already. Nothing to do while a batch is being written."""
        if self._work is not None:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.system.later(delay_s, self._begin)

    def _begin(self) -> None:
        self._alarm = None
        if self._work is None and self.cell.occupant is self:
            self._work = self.spawn(self._write_all())
            self._work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._work = None
        error = asyncio.CancelledError("its writer was cancelled") if work.cancelled() else work.exception()
        if error is not None:
            self.crash(error)
        elif len(self.queue):
            self._wake(0.0 if self.queue.urgent else max(0.0, self._lossy_at - self.clock.monotonic()))

    async def _write_all(self) -> None:
        """Write batch after batch while somebody waits; class B that comes meanwhile waits for its own time."""
        pause = self.pace.retry_s
        while batch := self.queue.take(LARGEST_BATCH, everything=self._lossy_is_due()):
            try:
                await self._write(batch)
            except StoreUnavailable as error:
                self.queue.put_back()
                self._hold_or_give_up(error)
                if self._stopping:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.pace.retry_most_s)
                continue
            pause = self.pace.retry_s
            if self._stopping:
                continue
            if not self.queue.urgent:
                return
            if self._last_batch > 1:
                await asyncio.sleep(self.pace.gather_s)

    def _lossy_is_due(self) -> bool:
        """Whether the next batch takes class B along; once all of it is taken, it waits anew."""
        now = self.clock.monotonic()
        if now < self._lossy_at and self.queue.urgent and not self._stopping:
            return False
        if len(self.queue.waiting) <= LARGEST_BATCH:
            self._lossy_at = now + self.pace.lossy_s
        return True

    async def _write(self, batch: list[Waiting]) -> None:
        if faults.armed:
            await faults.meet("before_write", self.name)
        began = self._began = self.clock.monotonic()
        results = await self.writer.write([fact for fact, _ in batch])
        if self.queue.away_since is not None:
            log.info("database.back", away_s=round(self.clock.monotonic() - self.queue.away_since, 1))
            self.queue.away_since = None
        self.queue.closed_until = 0.0
        metrics.BATCH_SECONDS.observe(self.clock.monotonic() - began)
        metrics.BATCH_FACTS.observe(len(batch))
        metrics.BATCHES.labels("committed").inc()
        if faults.armed:
            await faults.meet("after_write", self.name)
        if self.cell.occupant is not self:  # it was replaced and would not be cancelled: the batch is its successor's
            return
        self.queue.done()
        self._last_batch = len(batch)
        for (fact, reply), result in zip(batch, results, strict=True):
            if isinstance(result, Poison):
                metrics.POISON.inc()
                log.warning("fact.poison", fact=type(fact).__name__, reason=str(result))
                if reply is not None:
                    reply.fail(result)
            elif reply is not None:
                reply.set(result)
        self.announcer.ring()

    def _hold_or_give_up(self, error: StoreUnavailable) -> None:
        """Once the grace is over, who waits is told, and class B is kept as far as it fits."""
        now = self.clock.monotonic()
        queue = self.queue
        if queue.away_since is None:
            queue.away_since = self._began  # a hung PostgreSQL has been away for as long as it was waited for
            log.error("database.away", reason=str(error))
        metrics.BATCHES.labels("unavailable").inc()
        if not self._stopping and now - queue.away_since < self.pace.grace_s:
            return
        queue.closed_until = now + CLOSED_S
        queue.let_down(lambda: StoreUnavailable(str(error)), LOSSY_HELD)

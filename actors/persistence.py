"""The persistence actor: gathers facts and writes all that lie there in one transaction (group commit).

Owns: the writer loop. Hears: Record. Tells: nobody. The queue of facts and their askers lies in a ``WriteQueue`` that
outlives a crash: the next incarnation takes it over, and writing a batch again whose COMMIT is in doubt is safe, because
facts are idempotent by content.

While PostgreSQL is away, facts are held for ``grace_s`` from the moment it went; then every asker of class A hears
StoreUnavailable, so that lines are closed and chargers queue, as OCPP obliges them to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog

from actors.runtime import LoopActor, Reply, hears
from voltaro import faults, metrics
from voltaro.domain.fact import ChargerSeen, Fact, SessionMetered
from voltaro.ports import Announcer, Clock, FactWriter, Poison, StoreUnavailable

log = structlog.get_logger()

LARGEST_BATCH = 1000
LOSSY_HELD = 20_000
"""Class B facts kept while nothing can be written; older ones give way to newer."""


class Record(NamedTuple):
    """Record a fact. Answered after its COMMIT with the writer's result; raises Poison, StoreUnavailable."""

    fact: Fact


class Jot(NamedTuple):
    """Record a fact of class B some time soon; nobody waits for it."""

    fact: Fact


class Waiting(NamedTuple):
    """A fact in the queue with who waits for it, if anyone does."""

    fact: Fact
    reply: Reply | None


@dataclass(slots=True)
class WriteQueue:
    """What is still to be written. It outlives the incarnations of the actor."""

    waiting: deque[Waiting] = field(default_factory=deque)
    in_hand: list[Waiting] = field(default_factory=list)
    latest: dict[tuple[type, object], Fact] = field(default_factory=dict)
    away_since: float | None = None

    def __len__(self) -> int:
        return len(self.waiting) + len(self.in_hand) + len(self.latest)


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
        self._work: asyncio.Task[None] | None = None
        self._alarm: Any = None
        self._urgent = False
        self._stopping = False

    async def on_start(self) -> None:  # type: ignore[override]
        """Take over what the predecessor had in hand: it may or may not be committed, writing it again settles it."""
        if self.queue.in_hand:
            self.queue.waiting.extendleft(reversed(self.queue.in_hand))
            self.queue.in_hand = []
        if len(self.queue):
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

    @hears(Record)
    def on_record(self, message: Record) -> None:
        self.queue.waiting.append(Waiting(message.fact, self.defer(outlives=True)))
        if not self._urgent:
            self._urgent = True
            self._wake(self.pace.gather_s if self._last_batch > 1 else 0.0)

    @hears(Jot)
    def on_jot(self, message: Jot) -> None:
        fact = message.fact
        if type(fact) is SessionMetered:
            self.queue.latest[SessionMetered, fact.session_id] = fact
        elif type(fact) is ChargerSeen:
            self.queue.latest[ChargerSeen, fact.charger_id] = fact
        else:
            self.queue.waiting.append(Waiting(fact, None))
        if not self._urgent and self._alarm is None:
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
        if work.cancelled():
            return
        error = work.exception()
        if error is not None:
            self.crash(error)
        elif len(self.queue):
            self._wake(self.pace.lossy_s if not self._urgent else 0.0)

    async def _write_all(self) -> None:
        """Write batch after batch while somebody waits; class B that comes meanwhile waits for its own time."""
        pause = self.pace.retry_s
        while batch := self._take():
            try:
                await self._write(batch)
            except StoreUnavailable as error:
                self._put_back()
                self._hold_or_give_up(error)
                if self._stopping:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.pace.retry_most_s)
                continue
            pause = self.pace.retry_s
            if self._stopping:
                continue
            if not self._urgent:
                return
            if self._last_batch > 1:
                await asyncio.sleep(self.pace.gather_s)

    def _take(self) -> list[Waiting]:
        queue = self.queue
        batch = queue.in_hand
        while queue.waiting and len(batch) < LARGEST_BATCH:
            batch.append(queue.waiting.popleft())
        self._urgent = bool(queue.waiting)
        if queue.latest and len(batch) < LARGEST_BATCH:
            batch.extend(Waiting(fact, None) for fact in queue.latest.values())
            queue.latest = {}
        return batch

    async def _write(self, batch: list[Waiting]) -> None:
        faults.point("before_write", self.name)
        began = self.clock.monotonic()
        results = await self.writer.write([waiting.fact for waiting in batch])
        if self.queue.away_since is not None:
            log.info("database.back", away_s=round(self.clock.monotonic() - self.queue.away_since, 1))
            self.queue.away_since = None
        metrics.BATCH_SECONDS.observe(self.clock.monotonic() - began)
        metrics.BATCH_FACTS.observe(len(batch))
        metrics.BATCHES.labels("committed").inc()
        faults.point("after_write", self.name)
        self.queue.in_hand = []
        self._last_batch = len(batch)
        for waiting, result in zip(batch, results, strict=True):
            if isinstance(result, Poison):
                metrics.POISON.inc()
                log.warning("fact.poison", fact=type(waiting.fact).__name__, reason=str(result))
                if waiting.reply is not None:
                    waiting.reply.fail(result)
            elif waiting.reply is not None:
                waiting.reply.set(result)
        self.announcer.ring()

    def _put_back(self) -> None:
        queue = self.queue
        queue.waiting.extendleft(reversed(queue.in_hand))
        queue.in_hand = []

    def _hold_or_give_up(self, error: StoreUnavailable) -> None:
        """Once the grace is over, who waits is told, and class B is kept as far as it fits."""
        now = self.clock.monotonic()
        queue = self.queue
        if queue.away_since is None:
            queue.away_since = now
            log.error("database.away", reason=str(error))
        metrics.BATCHES.labels("unavailable").inc()
        if not self._stopping and now - queue.away_since < self.pace.grace_s:
            return
        kept: deque[Waiting] = deque(maxlen=LOSSY_HELD)
        for waiting in queue.waiting:
            if waiting.reply is not None:
                waiting.reply.fail(StoreUnavailable(str(error)))
            else:
                kept.append(waiting)
        queue.waiting = kept

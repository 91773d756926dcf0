"""The persistence actor: gathers facts and writes all that lie there in one transaction (group commit).

Owns: the writer loop. Hears: Work. Tells: nobody. Facts and their askers lie in a ``WriteQueue``, which outlives a crash: the
next incarnation takes it over, and writing a batch again whose COMMIT is in doubt is safe, because facts are idempotent by
content. Facts go into the queue without a message each; the actor is told once that there is work.

While PostgreSQL is away, facts are held for ``grace_s`` from the moment it went; then every asker of class A hears
StoreUnavailable, so that lines are closed and chargers queue, as OCPP obliges them to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog

from actors.runtime import LoopActor, Reply, hears
from voltaro import faults, metrics
from voltaro.domain.fact import ChargerSeen, Fact, SessionMetered
from voltaro.ports import Announcer, Clock, FactWriter, Poison, StoreUnavailable

log = structlog.get_logger()

LARGEST_BATCH = 1000
LOSSY_HELD = 20_000
"""Class B facts kept while nothing can be written, or too slowly; older ones give way to newer."""
HIGH_WATER = 5_000
"""With more facts than that waiting, chargers are read more slowly."""


class Waiting(NamedTuple):
    """A fact in the queue with who waits for it, if anyone does."""

    fact: Fact
    reply: Reply | None


class WriteQueue:
    """What is still to be written, and the way to have something written. It outlives the incarnations of the actor."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[], object]) -> None:
        """``tell`` lets the actor know that there is work."""
        self.waiting: deque[Waiting] = deque()
        self.in_hand: list[Waiting] = []
        self.latest: dict[tuple[type, object], Fact] = {}
        self.urgent = False
        """Whether somebody waits for an answer."""
        self.told = False
        """Whether the actor knows that there is work."""
        self.away_since: float | None = None
        """Monotonic seconds since when PostgreSQL is away."""
        self._loop = loop
        self._tell = tell

    def __len__(self) -> int:
        return len(self.waiting) + len(self.in_hand) + len(self.latest)

    def record(self, fact: Fact) -> Reply:
        """Record a fact. Answered after its COMMIT with the writer's result; raises Poison, StoreUnavailable."""
        reply = Reply(loop=self._loop)
        self.waiting.append(Waiting(fact, reply))
        if not self.urgent:
            self.urgent = self.told = True
            self._tell()
        return reply

    def jot(self, fact: Fact) -> None:
        """Record a fact of class B some time soon; nobody waits for it."""
        if type(fact) is SessionMetered:
            self.latest[SessionMetered, fact.session_id] = fact
        elif type(fact) is ChargerSeen:
            self.latest[ChargerSeen, fact.charger_id] = fact
        else:
            self.waiting.append(Waiting(fact, None))
        if not self.told:
            self.told = True
            self._tell()

    @property
    def is_high(self) -> bool:
        """Whether facts gather faster than they are written."""
        return len(self.waiting) > HIGH_WATER

    def shed(self) -> int:
        """Let the oldest facts of class B go where there are too many; how many went. Looks at all of them: not for every message."""
        excess = sum(waiting.reply is None for waiting in self.waiting) - LOSSY_HELD
        if excess <= 0:
            return 0
        left = excess
        kept: deque[Waiting] = deque()
        for waiting in self.waiting:
            if waiting.reply is None and left:
                left -= 1
            else:
                kept.append(waiting)
        self.waiting = kept
        return excess

    def take(self, most: int) -> list[Waiting]:
        """The next batch; it stays in hand until it is ``done`` or ``put_back``."""
        batch = self.in_hand
        while self.waiting and len(batch) < most:
            batch.append(self.waiting.popleft())
        self.urgent = bool(self.waiting)
        if self.latest and len(batch) < most:
            batch.extend(Waiting(fact, None) for fact in self.latest.values())
            self.latest = {}
        self.told = bool(batch)
        return batch

    def done(self) -> None:
        """The batch in hand is written."""
        self.in_hand = []
        self.told = bool(self.waiting or self.latest)

    def put_back(self) -> None:
        """The batch in hand is not known to be written: it comes first again."""
        self.waiting.extendleft(reversed(self.in_hand))
        self.in_hand = []


class Work:
    """There is something in the queue."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When a batch is written; times in seconds.

    A class A fact waits ``gather_s`` for company when the last batch had some; class B facts alone wait ``lossy_s``.
    """

    gather_s: float = 0.005
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
        self._stopping = False

    async def on_start(self) -> None:  # type: ignore[override]
        """Take over what the predecessor had in hand: it may or may not be committed, writing it again settles it."""
        self.queue.put_back()
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

    @property
    def is_writing(self) -> bool:
        return self._work is not None

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
        if work.cancelled():
            return
        error = work.exception()
        if error is not None:
            self.crash(error)
        elif len(self.queue):
            self._wake(0.0 if self.queue.urgent else self.pace.lossy_s)

    async def _write_all(self) -> None:
        """Write batch after batch while somebody waits; class B that comes meanwhile waits for its own time."""
        pause = self.pace.retry_s
        while batch := self.queue.take(LARGEST_BATCH):
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
        self.queue.done()
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

"""Whether PostgreSQL has been away for too long to hold lines open, and when it is back.

The persistence actor says in its queue since when writing has failed. What it cannot say is looked at here, once a second: a
write that never ends (the network swallows it), and whether PostgreSQL is back when nothing is left to be written. Where facts
gather faster than a slow PostgreSQL takes them, those that may be lost are let go here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from actors.persistence import Waiting, WriteQueue
from voltaro import metrics
from voltaro.ports import Clock, StoreUnavailable

log = structlog.get_logger()

EVERY_S = 1.0
STUCK_S = 5.0
"""A batch that is being written for so long is suspicious: PostgreSQL is asked whether it is there."""
PATIENCE_S = 10.0
"""How long PostgreSQL may take to say so: slow is not away."""


class Outage:
    """Calls ``away`` once the grace is over, and ``back`` as soon as PostgreSQL answers again."""

    def __init__(
        self,
        queue: WriteQueue,
        ping: Callable[[], Awaitable[None]],
        clock: Clock,
        grace_s: float,
        *,
        away: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._ping = ping
        self._clock = clock
        self._grace_s = grace_s
        self._away = away
        self._back = back
        self._batch: list[Waiting] | None = None
        self._batch_since = 0.0
        self.is_over_grace = False

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once."""
        if self._queue.is_high and (shed := self._queue.shed()):
            metrics.FACTS_SHED.inc(shed)
            log.warning("facts.shed", count=shed)
        since = self._failing_since()
        if since is not None and not self._writer_knows() and await self._answers():
            since = self._queue.away_since = None
        if since is None:
            self._end()
        elif not self.is_over_grace and self._clock.monotonic() - since >= self._grace_s:
            self.is_over_grace = True
            log.error("database.given_up", away_s=round(self._clock.monotonic() - since, 1))
            self._away()

    def _failing_since(self) -> float | None:
        """Since when PostgreSQL seems to be away."""
        now, queue = self._clock.monotonic(), self._queue
        if not queue.in_hand or queue.in_hand is not self._batch:
            self._batch, self._batch_since = queue.in_hand, now
        if queue.away_since is not None:
            return queue.away_since
        return self._batch_since if queue.in_hand and now - self._batch_since >= STUCK_S else None

    def _writer_knows(self) -> bool:
        """Whether the writer tries again and again, and so will see when PostgreSQL takes facts again."""
        return self._queue.away_since is not None and len(self._queue) > 0

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._ping()
        except (StoreUnavailable, TimeoutError):
            return False
        return True

    def _end(self) -> None:
        if self.is_over_grace:
            self.is_over_grace = False
            self._back()

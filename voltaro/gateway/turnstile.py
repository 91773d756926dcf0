"""The pace at which upgrade requests are let in: a burst at once, then so many a second, the others wait their turn for a moment.

It stands before everything that costs something: no task, no look at the store, no actor before a request's turn has come. Who
would have to wait too long is told to come later, at a time drawn for it alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from voltaro.ports import Clock

T = TypeVar("T")

_EVERY_S = 0.02


class Turnstile(Generic[T]):
    """Calls ``enter`` with each one whose turn has come; ``wait_s`` is the longest anybody waits."""

    def __init__(self, clock: Clock, enter: Callable[[T], None], *, burst: int, per_second: float, wait_s: float) -> None:
        self._clock = clock
        self._enter = enter
        self._burst = float(burst)
        self._per_second = per_second
        self._longest = int(per_second * wait_s)
        self._tokens = float(burst)
        self._filled = clock.monotonic()
        self._waiting: deque[T] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def come(self, who: T) -> bool:
        """Let somebody in now or in a moment. False: the queue is too long, nothing follows."""
        if not self._waiting and self._take():
            self._enter(who)
            return True
        if len(self._waiting) >= self._longest:
            return False
        self._waiting.append(who)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._tick)
        return True

    def clear(self) -> list[T]:
        """Everybody who waits, who will not be let in any more."""
        waiting = list(self._waiting)
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return waiting

    def let_in(self) -> None:
        """Let in whose turn has come. A timer does it; tests do it after they have advanced the clock."""
        while self._waiting and self._take():
            self._enter(self._waiting.popleft())

    def _tick(self) -> None:
        self._timer = None
        self.let_in()
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._tick)

    def _take(self) -> bool:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._per_second)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

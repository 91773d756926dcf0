"""Time that stands still until a test moves it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock and its timers, moved by hand."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def later(self, delay_s: float, call: Callable[[], object]) -> Timer:
        number = next(self._numbers)
        heapq.heappush(self._timers, (self._elapsed + delay_s, number, call))
        return Timer(self, number)

    def waits(self) -> list[float]:
        """Seconds until each timer that is set."""
        return sorted(due - self._elapsed for due, _, _ in self._timers)

    def advance(self, seconds: float) -> None:
        """Let time pass; timers that fall due are called in order."""
        until = self._elapsed + seconds
        while self._timers and self._timers[0][0] <= until:
            self._elapsed, _, call = heapq.heappop(self._timers)
            call()
        self._elapsed = until

    def block(self, seconds: float) -> None:
        """Let time pass as for a loop that is blocked: timers that fall due meanwhile are called late."""
        self._elapsed += seconds
        self._timers = [(max(due, self._elapsed), number, call) for due, number, call in self._timers]
        heapq.heapify(self._timers)

    def drop(self, number: int) -> None:
        self._timers = [timer for timer in self._timers if timer[1] != number]
        heapq.heapify(self._timers)


class Timer:
    """A timer that can be taken back."""

    def __init__(self, clock: HandClock, number: int) -> None:
        self._clock = clock
        self._number = number

    def cancel(self) -> None:
        self._clock.drop(self._number)

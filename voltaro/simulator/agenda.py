"""What a charger means to do later: a handful of appointments, made only when there is something to wait for."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable


class Appointment:
    """Something to be done at a time, in monotonic seconds."""

    __slots__ = ("act", "at")

    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at = at
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        """It is not done; harmless when it has been done already."""
        self.act = None


class Agenda:
    """Appointments in order of time, and of their making where the time is the same."""

    __slots__ = ("_entries", "_made")

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Appointment]] = []
        self._made = 0

    def add(self, at: float, act: Callable[[], None]) -> Appointment:
        appointment = Appointment(at, act)
        self._made += 1
        heapq.heappush(self._entries, (at, self._made, appointment))
        return appointment

    def due(self) -> float:
        """When the next one is; infinite when there is none."""
        while self._entries and self._entries[0][2].act is None:
            heapq.heappop(self._entries)
        return self._entries[0][0] if self._entries else math.inf

    def keep(self, now: float) -> None:
        """Do everything whose time has come."""
        while self.due() <= now:
            appointment = heapq.heappop(self._entries)[2]
            act, appointment.act = appointment.act, None
            assert act is not None
            act()

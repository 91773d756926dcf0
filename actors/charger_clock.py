"""The clock of a charger, as its live messages show it: the median of the time of receipt minus the charger's own (quirk Q-33).

Only messages that come after the charger has settled are looked at: what it sends before may come from its queue. Nothing is
corrected: whoever is shown a time sees the charger's own, and how far its clock is off.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from statistics import median

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import LARGEST_OFFSET_S, ClockOffset
from voltaro.domain.fact import EventHappened
from voltaro.ports import Line

_MOST, _LEAST = 15, 3
_EVERY_S = 10.0


class ChargerClock(Topic):
    """The last few differences, and what they say."""

    __slots__ = ("_differences", "_is_live", "_next_at", "offset")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._differences: deque[float] | None = None
        self._is_live = False
        self._next_at = 0.0
        self.offset: ClockOffset | None = None

    def came_back(self) -> None:
        self._is_live = False

    def settled(self, line: Line) -> None:
        self._is_live = True

    def heard(self, at: datetime | None, received_at: datetime) -> None:
        """A message of the charger's time ``at`` has come; one every few seconds is enough."""
        now = self.station.wiring.clock.monotonic()
        if at is None or not self._is_live or now < self._next_at:
            return
        if self._differences is None:
            self._differences = deque(maxlen=_MOST)
        self._differences.append((received_at - at).total_seconds())
        if len(self._differences) < _LEAST:
            return
        self._next_at = now + _EVERY_S
        was_off = self.offset is not None and self.offset.is_off
        self.offset = ClockOffset(round(median(self._differences), 1), received_at)
        if self.offset.is_off and not was_off:
            told = {"offset_s": self.offset.offset_s, "limit_s": LARGEST_OFFSET_S}
            self.station.anomaly("clock_offset")
            self.station.jot(EventHappened("charger.clock_off", received_at, self.station.charger_id, told))

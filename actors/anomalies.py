"""What a charger does that OCPP does not say, counted by code and field.

The first of a kind is recorded at once. A charger that errs in every message would cost a row of the database for each, so
what follows is counted here and recorded together, once a minute and when the charger leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.fact import AnomalySeen, EventHappened

log = structlog.get_logger()

TELL_S = 60.0
MOST_KINDS = 200
"""Different (code, field) of one charger; the rest are counted together."""
SURPLUS = Anomaly("too_many_anomalies")


class Noticed(NamedTuple):
    """The charger's line has seen something odd, each so many times."""

    anomalies: Mapping[Anomaly, int]
    message_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TellAnomalies:
    """It is time to record what was counted."""


_TELL = TellAnomalies()


@dataclass(slots=True)
class _Count:
    """How often since it was last told; 0: told."""

    newest: Anomaly
    count: int
    first: datetime
    last: datetime
    message_id: str | None


class Anomalies(Topic):
    """Counts. What was not told when its actor crashes is lost: it is not money, and a charger that errs errs again."""

    __slots__ = ("_counts", "_due")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._counts: dict[tuple[str, str], _Count] | None = None
        self._due = False

    def note(self, anomaly: Anomaly, at: datetime, message_id: str | None = None, count: int = 1) -> None:
        """Count something odd."""
        if self._counts is None:
            self._counts = {}
        seen = self._counts.get(anomaly[:2])
        if seen is None and len(self._counts) >= MOST_KINDS:
            anomaly = SURPLUS
            seen = self._counts.get(anomaly[:2])
        if seen is None:
            if not any(code == anomaly.code for code, _ in self._counts):
                self._announce(anomaly.code)
            self._counts[anomaly[:2]] = _Count(anomaly, 0, at, at, message_id)
            self.station.wiring.queue.jot(AnomalySeen(self.station.charger_id, anomaly, count, at, at, message_id))
            return
        if not seen.count:
            seen.first = at
        seen.newest, seen.last = anomaly, at
        seen.message_id = message_id or seen.message_id
        seen.count += count
        if not self._due:
            self._due = True
            self.station.system.remind(TELL_S, self.station.name, _TELL)

    def tell(self) -> None:
        """Record what was counted."""
        self._due = False
        for seen in (self._counts or {}).values():
            if seen.count:
                fact = AnomalySeen(self.station.charger_id, seen.newest, seen.count, seen.first, seen.last, seen.message_id)
                self.station.wiring.queue.jot(fact)
                seen.count = 0

    def _announce(self, code: str) -> None:
        """The first of its code: others may want to know."""
        charger_id = self.station.charger_id
        log.info("charger.anomaly", charger_id=charger_id, code=code)
        self.station.wiring.queue.jot(EventHappened("charger.anomaly", self.station.now(), charger_id, {"code": code}))

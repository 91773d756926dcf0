"""Whether a charger's power and energy fit each other: where they are a thousand apart, one of them is labelled wrong (quirk Q-61).

It is a hint for an operator and no more. It is taken from the figures that are shown and stored anyhow, so it costs a message nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.fact import SessionMetered
from voltaro.domain.session import Session

LEAST_S = 60.0
"""A session must have been seen so long that the two can be compared."""
MOST_SESSIONS = 16
_THOUSANDFOLD = (300.0, 3000.0)


class _Weight(NamedTuple):
    """The energy that a session's power came to since ``since``, in Wh, beside its register then."""

    since: datetime
    at: datetime
    power_w: int
    power_wh: float
    energy_wh: int


class Weights(Topic):
    """Running sums of the sessions here."""

    __slots__ = ("_sums",)

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._sums: dict[int, _Weight] | None = None

    def weigh(self, figures: SessionMetered) -> None:
        """Take the figures of a running session."""
        if figures.power_w is None:
            return
        if self._sums is None:
            self._sums = {}
        before = self._sums.get(figures.session_id)
        if before is None:
            if len(self._sums) >= MOST_SESSIONS:
                del self._sums[next(iter(self._sums))]
            self._sums[figures.session_id] = _Weight(figures.at, figures.at, figures.power_w, 0.0, figures.energy_wh)
            return
        hours = (figures.at - before.at).total_seconds() / 3600
        power_wh = before.power_wh + (before.power_w + figures.power_w) / 2 * hours
        self._sums[figures.session_id] = before._replace(at=figures.at, power_w=figures.power_w, power_wh=power_wh)

    def suspicion(self, session: Session) -> str | None:
        """What to tell of a session that is over, where its power and its energy are about a thousand apart."""
        seen = None if self._sums is None else self._sums.pop(session.id, None)
        if seen is None or (seen.at - seen.since).total_seconds() < LEAST_S:
            return None
        energy_wh = session.energy_wh - seen.energy_wh
        if energy_wh <= 0 or seen.power_wh <= 0:
            return None
        ratio = seen.power_wh / energy_wh
        least, most = _THOUSANDFOLD
        if not (least <= ratio <= most or least <= 1 / ratio <= most):
            return None
        return f"session {session.id}: its power came to {seen.power_wh:.0f} Wh, its register to {energy_wh} Wh"

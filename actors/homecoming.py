"""Homecoming: a charger has a new line, or has booted. What it does not say of itself then is asked for.

Rule 1: nothing is asked before the charger has settled: some seconds after its line came up, or after its boot (quirk Q-22).
Rule 2: a charger that boots again and again is asked nothing by us until it is calm: it may be what we ask (quirk Q-21).
Rule 3: statuses are asked for one at a time, each once. Who does not let itself be asked is left alone.
"""

from __future__ import annotations

from collections import deque

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import RESTLESS_BOOTS, RESTLESS_S, Boot
from voltaro.domain.command import Trigger
from voltaro.ports import InvalidPayload, Line

MOST_ASKED = 64
"""More connectors than that are not asked one by one."""


class Homecoming(Topic):
    """What is still to be asked of a charger, and its last boots."""

    __slots__ = ("_boots", "_line", "_unasked")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._boots: deque[float] | None = None
        self._line: Line | None = None
        self._unasked: list[tuple[int, int]] | None = None

    def booted(self, boot: Boot) -> None:
        """The charger has booted."""
        if self._boots is None:
            self._boots = deque(maxlen=RESTLESS_BOOTS + 1)
        was_restless = self.calm_in_s() > 0
        self._boots.append(self._now())
        if not was_restless and self.calm_in_s() > 0:
            self.station.anomaly("boots_again_and_again")

    def calm_in_s(self) -> float:
        """In how many seconds a charger that boots again and again will have been calm; 0 for every other."""
        boots = self._boots
        if boots is None or len(boots) <= RESTLESS_BOOTS:
            return 0.0
        return max(0.0, boots[0] + RESTLESS_S - self._now())

    def settled(self, line: Line) -> None:
        """Ask for the status of all connectors that have not reported it."""
        stale = sorted(self.station.standing.stale, key=lambda key: (key[0] == 0, key))
        self._line = line
        self._unasked = stale[:MOST_ASKED][::-1]
        self._ask_next()
        if not self.station.standing.known():
            self.station.look_again_later()

    def ask_what_there_is(self) -> None:
        """A charger that has never told of any connector, and has had time for it, is asked for all."""
        if not self.station.standing.known():
            self._line = self.station.line
            self._unasked = [(0, 0)]
            self._ask_next()

    def triggered(self, message: str, *, accepted: bool) -> None:
        """See ``ports.upkeep``."""
        if message != "StatusNotification" or self._unasked is None:
            return
        if not accepted:
            self._unasked = None
        self._ask_next()

    def _ask_next(self) -> None:
        while self._unasked:
            evse_id, connector_id = self._unasked.pop()
            if self._line is None or self._line is not self.station.line:
                break
            if self.station.standing.known() and (evse_id, connector_id) not in self.station.standing.stale:
                continue
            try:
                self.station.send_quietly(self._line, Trigger("StatusNotification", evse_id or None, connector_id or None))
            except InvalidPayload:  # 2.x asks for connectors alone
                continue
            return
        self._unasked = self._line = None

    def _now(self) -> float:
        return self.station.wiring.clock.monotonic()

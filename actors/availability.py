"""Availability: what is to be in service and what not, as an operator has had the charger told.

Rule 1: what a charger has agreed to (Accepted, Scheduled) is kept, whoever asked it, over whichever way.
Rule 2: after a boot, where a connector shows otherwise, the charger is asked for it again: once a boot.
Rule 3: what it shows without having booted is its own affair; a key switch may have been turned.
"""

from __future__ import annotations

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot, Connector, ServiceWish
from voltaro.domain.command import ChangeAvailability
from voltaro.domain.fact import AvailabilitySet, EventHappened
from voltaro.ports import ChargerFacts, InvalidPayload, Line


class Availability(Topic):
    """The wishes by (evse, connector), and which of them are still to be looked at since the last boot."""

    __slots__ = ("_due", "_is_settled", "_wishes")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._wishes: tuple[ServiceWish, ...] = ()
        self._due: set[tuple[int, int]] | None = None
        self._is_settled = False

    @property
    def wishes(self) -> tuple[ServiceWish, ...]:
        return self._wishes

    def rebuild(self, facts: ChargerFacts) -> None:
        self._wishes = facts.service_wishes

    def booted(self, boot: Boot) -> None:
        """The charger has booted: what is wished for has to be looked at again."""
        self._is_settled = False
        self._due = {(wish.evse_id, wish.connector_id) for wish in self._wishes} or None

    def settled(self, line: Line) -> None:
        self._is_settled = True
        self.look()

    async def set(self, evse_id: int, connector_id: int, *, operative: bool) -> None:
        """See ``ports.upkeep``."""
        wish = ServiceWish(evse_id, connector_id, operative, self.station.now())
        await self.station.record(AvailabilitySet(self.station.charger_id, wish))
        self._wishes = (*(other for other in self._wishes if not _is_of(other, evse_id, connector_id)), wish)
        self.station.show_anew()

    def look(self) -> None:
        """Look at what has reported itself since the boot."""
        if not self._is_settled or self._due is None:
            return
        standing = self.station.standing
        for wish in self._wishes:
            key = (wish.evse_id, wish.connector_id)
            if key not in self._due:
                continue
            shown = [connector for connector in standing.connectors() if _is_of(connector, *key)]
            whole = [connector for connector in shown if connector.evse_id == 0]
            if not shown or any((connector.evse_id, connector.connector_id) in standing.stale for connector in whole or shown):
                continue
            self._due.discard(key)
            if any(_shows_otherwise(connector, wish) for connector in whole or shown):
                self._ask_again(wish)
        self._due = self._due or None

    def _ask_again(self, wish: ServiceWish) -> None:
        line = self.station.line
        if line is None:
            return
        try:
            self.station.send_quietly(line, ChangeAvailability(wish.operative, wish.evse_id or None, wish.connector_id or None))
        except InvalidPayload:  # it was said in another version of OCPP
            return
        told = {"evse_id": wish.evse_id, "connector_id": wish.connector_id, "operative": wish.operative}
        self.station.jot(EventHappened("charger.availability_restored", self.station.now(), self.station.charger_id, told))


def _is_of(part: ServiceWish | Connector, evse_id: int, connector_id: int) -> bool:
    """Whether this is a part of, or is, what is named so."""
    return evse_id in (0, part.evse_id) and connector_id in (0, part.connector_id)


def _shows_otherwise(connector: Connector, wish: ServiceWish) -> bool:
    is_out = connector.status == "Unavailable"
    return is_out if wish.operative else not is_out and connector.status != "Faulted"

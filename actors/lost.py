"""Lost sessions: those whose charger has booted since, and whose connector stands free (quirk Q-45, conformance X-12).

Rule 1: their stop may still come: a charger that lost its power sends it after its boot and its statuses (16-03). So they are closed
only a while after, at their last reading, as an estimate which the stop replaces.
Rule 2: a new start does not wait for that: what is lost is closed before its tag is judged, so that nobody is refused for a session
that is none.
"""

from __future__ import annotations

from collections.abc import Iterable

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot, ConnectorState
from voltaro.domain.fact import SessionsLost
from voltaro.domain.session import Session
from voltaro.ports import ChargerFacts, Line


class LostSessions(Topic):
    """The 1.6 sessions that were running when the charger booted, by transaction id."""

    __slots__ = ("_suspects",)

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._suspects: frozenset[str] = frozenset()

    def rebuild(self, facts: ChargerFacts) -> None:
        booted_at = facts.charger.boot_accepted_at
        if booted_at is not None:
            self._suspect(session for session in facts.open_sessions if session.received_at < booted_at)

    def booted(self, boot: Boot) -> None:
        self._suspect(self.station.standing.open_sessions())

    def settled(self, line: Line) -> None:
        if self._suspects:
            self.station.look_again_later()

    async def close(self) -> None:
        """Close what is lost. Returns after its COMMIT."""
        if not self._suspects:
            return
        standing = self.station.standing
        free = {
            connector.evse_id
            for connector in standing.connectors()
            if connector.state is ConnectorState.AVAILABLE and connector[:2] not in standing.stale
        }
        running = [session for session in standing.open_sessions() if session.transaction_id in self._suspects]
        gone = tuple(session.id for session in running if session.evse_id in free)
        unheard = {evse_id for evse_id, _ in standing.stale}
        self._suspects = frozenset(session.transaction_id for session in running if session.evse_id in unheard)
        if gone:
            for session in await self.station.record(SessionsLost(self.station.charger_id, gone, self.station.now())):
                self.station.take(session)

    def _suspect(self, sessions: Iterable[Session]) -> None:
        self._suspects = frozenset(session.transaction_id for session in sessions if session.protocol == "ocpp1.6")

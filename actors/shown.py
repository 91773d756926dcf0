"""How a charger is shown: to the registry as it now stands, to who is watching as it moves."""

from __future__ import annotations

from datetime import datetime

from actors.charger_messages import ShowFigures, ShowStanding
from actors.registry import ChargerStands, StandUp
from actors.runtime import hears
from actors.standing import moving
from actors.station import ChargerStation
from actors.wiring import Wiring
from voltaro.domain.charger import Connection
from voltaro.domain.event import Flash
from voltaro.ports import ActorNode, ChargerLive

NO_ACTOR = ActorNode("", "charger", "stopped", 0, 0)


class ShownCharger(ChargerStation):
    """The part of the charger's actor that shows it; ``actors/charger.py`` is the whole."""

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__(charger_id, wiring)
        self._connected_since: datetime | None = None
        self._suspect = False

    @hears(StandUp)
    def on_stand_up(self, _: StandUp) -> None:
        self._show()

    @hears(ShowStanding)
    def on_show_standing(self, _: ShowStanding) -> None:
        self._standing_due = False
        self._show()
        announcer = self.wiring.announcer
        # Who has just come may have read the fleet before this was shown, and heard nothing of the event that told it.
        if self._telling_due or announcer.has_newcomers():
            self._telling_due = False
            if announcer.is_watched():
                told = {"charger_id": self.charger_id}
                announcer.flash(Flash("charger.live", told, self.charger_id, key=f"live/{self.charger_id}"))

    @hears(ShowFigures)
    def on_show_figures(self, _: ShowFigures) -> None:
        self._figures_due = False
        for running in self._standing.moved():
            fact = running.fact(self.wiring.clock)
            self.jot(fact)
            self.topics.weights.weigh(fact)
            self.topics.clock.heard(running.read_at, self.now())
        if self.wiring.announcer.is_watched():
            for session in self._standing.unshown():
                self.wiring.announcer.flash(moving(session, self.now()))
        self._show()

    def _show(self) -> None:
        line = self._line
        connection = Connection.OFFLINE if line is None else Connection.SUSPECT if self._suspect else Connection.ONLINE
        live = ChargerLive(
            connection=connection,
            protocol=line.dialect.protocol if line is not None else self._charger.protocol,
            connected_since=self._connected_since,
            last_seen=None,
            remote=line.remote if line is not None else None,
            connectors=self._standing.connectors(),
            sessions=self._standing.sessions(),
            actor=NO_ACTOR,
            stale=frozenset(self._standing.stale),
            restless=self.is_restless,
            service_wishes=self.topics.availability.wishes,
            clock=self.topics.clock.offset,
            link=line.link if line is not None else None,
        )
        self.system.tell("registry", ChargerStands(self.charger_id, live))

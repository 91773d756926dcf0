"""How many chargers are here, and what they are at now: of a fleet, of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from voltaro.domain.charger import Connection, Connector, ConnectorState
from voltaro.domain.session import Session


class Present(Protocol):
    """What is counted of a charger; ``sessions`` maps evse id to its open session."""

    @property
    def connection(self) -> Connection: ...
    @property
    def connectors(self) -> tuple[Connector, ...]: ...
    @property
    def sessions(self) -> Mapping[int, Session]: ...


@dataclass(slots=True)
class Headcount:
    """Chargers by what they do; ``power_w`` is what those that are here draw. One that is offline has its ``sessions`` still."""

    online: int = 0
    charging: int = 0
    faulted: int = 0
    sessions: int = 0
    power_w: int = 0

    def add(self, charger: Present) -> None:
        """Count a charger; one that is offline draws nothing that we know of, and is at nothing."""
        sessions = charger.sessions
        self.sessions += len(sessions)
        if charger.connection is _OFFLINE:
            return
        self.online += 1
        charging = faulted = False
        for connector in charger.connectors:
            state = connector.state
            if state is _CHARGING:
                charging = True
            elif state is _FAULTED:
                faulted = True
        self.charging += charging
        self.faulted += faulted
        for session in sessions.values():
            self.power_w += session.power_w or 0


# Looking members up on the enum costs more than the counting.
_OFFLINE, _CHARGING, _FAULTED = Connection.OFFLINE, ConnectorState.CHARGING, ConnectorState.FAULTED

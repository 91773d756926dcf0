"""The registry actor: who is here, and how each charger stands; it answers the web.

Owns: the live view of every charger that has an actor. Hears: ChargerStands, ChargerGone, WhoIsHere, HowMany, Everyone.
Tells: the chargers (StandUp). The views lie on a board that outlives a crash, so that operators never see an empty depot;
the next incarnation asks every living charger to stand up again, in case it missed something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actors.runtime import LoopActor, hears
from voltaro.domain.charger import Connection, ConnectorState
from voltaro.domain.session import Session
from voltaro.ports import ChargerLive

CHARGER_PREFIX = "charger/"


@dataclass(frozen=True, slots=True)
class ChargerStands:
    """How a charger now stands."""

    charger_id: str
    live: ChargerLive


@dataclass(frozen=True, slots=True)
class ChargerGone:
    """A charger's actor has stopped in peace."""

    charger_id: str


@dataclass(frozen=True, slots=True)
class StandUp:
    """Asks a charger to tell the registry how it stands."""


@dataclass(frozen=True, slots=True)
class WhoIsHere:
    """Answered with the live views of those of ``charger_ids`` that are known, by id."""

    charger_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HowMany:
    """Answered with the counts of ``Fleet.online``."""


@dataclass(frozen=True, slots=True)
class Everyone:
    """Answered with the live views of all, by id, as they are at this moment."""


class RegistryActor(LoopActor):
    """Knows how every charger stands, as the chargers last told it."""

    def __init__(self, board: dict[str, ChargerLive]) -> None:
        super().__init__()
        self._live = board

    async def on_start(self) -> None:  # type: ignore[override]
        living = {name.removeprefix(CHARGER_PREFIX) for name in self.system.cells if name.startswith(CHARGER_PREFIX)}
        for charger_id in self._live.keys() - living:
            del self._live[charger_id]
        for charger_id in living:
            self.system.tell(CHARGER_PREFIX + charger_id, StandUp())

    @hears(ChargerStands)
    def on_charger_stands(self, message: ChargerStands) -> None:
        self._live[message.charger_id] = message.live

    @hears(ChargerGone)
    def on_charger_gone(self, message: ChargerGone) -> None:
        self._live.pop(message.charger_id, None)

    @hears(WhoIsHere)
    def on_who_is_here(self, message: WhoIsHere) -> Mapping[str, ChargerLive]:
        return {charger_id: self._live[charger_id] for charger_id in message.charger_ids if charger_id in self._live}

    @hears(Everyone)
    def on_everyone(self, _: Everyone) -> Mapping[str, ChargerLive]:
        return dict(self._live)

    @hears(HowMany)
    def on_how_many(self, _: HowMany) -> Mapping[str, int]:
        online = suspect = charging = power_w = sessions = 0
        for live in self._live.values():
            online += live.connection is Connection.ONLINE
            suspect += live.connection is Connection.SUSPECT
            sessions += len(live.sessions)
            charging += any(connector.state is ConnectorState.CHARGING for connector in live.connectors)
            power_w += sum(_power(session) for session in live.sessions.values())
        return {"online": online, "suspect": suspect, "charging": charging, "sessions": sessions, "power_w": power_w}


def _power(session: Session) -> int:
    return session.power_w or 0

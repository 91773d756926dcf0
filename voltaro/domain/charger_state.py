"""The one state that stands for a whole charger, on a tile or in a filter."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from voltaro.domain.charger import Connection, ConnectorState, Registration


class ChargerState(StrEnum):
    """The loudest of its connectors' states, or what goes before all of them: that it is offline, quarantined or not accepted."""

    FAULTED = "faulted"
    QUARANTINED = "quarantined"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    PREPARING = "preparing"
    FINISHING = "finishing"
    RESERVED = "reserved"
    PENDING = "pending"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    OFFLINE = "offline"


class LiveState(NamedTuple):
    """What is live about a charger's state; ``loudest`` is that of its connectors."""

    connection: Connection
    loudest: ConnectorState
    quarantined: bool = False


_LOUDEST = (
    ConnectorState.FAULTED,
    ConnectorState.CHARGING,
    ConnectorState.SUSPENDED_EV,
    ConnectorState.SUSPENDED_EVSE,
    ConnectorState.PREPARING,
    ConnectorState.FINISHING,
    ConnectorState.RESERVED,
    ConnectorState.AVAILABLE,
    ConnectorState.UNAVAILABLE,
    ConnectorState.UNKNOWN,
)
_RANK = {state: rank for rank, state in enumerate(_LOUDEST)}


def loudest(states: Iterable[ConnectorState]) -> ConnectorState:
    """The connector state that an operator must see first; UNKNOWN where there is none."""
    return min(states, key=_RANK.__getitem__, default=ConnectorState.UNKNOWN)


def charger_state(live: LiveState | None, registration: Registration) -> ChargerState:
    """The state of a charger; ``live`` None is one that nobody has heard of."""
    if live is None:
        return ChargerState.OFFLINE
    if live.quarantined:
        return ChargerState.QUARANTINED
    if live.connection is Connection.OFFLINE:
        return ChargerState.OFFLINE
    return ChargerState.PENDING if registration is Registration.PENDING else ChargerState(live.loudest.value)

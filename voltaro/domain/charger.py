"""A charger: its registration, boot, connectors and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from voltaro.domain.quirks import AS_THEY_COME, Quirks


class Registration(StrEnum):
    """Whether the central system takes this charger (OCPP ``RegistrationStatus``)."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


class Connection(StrEnum):
    """How sure we are that the charger is there."""

    ONLINE = "online"
    SUSPECT = "suspect"
    OFFLINE = "offline"


class ConnectorState(StrEnum):
    """The state of a connector in one vocabulary for all versions."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"
    UNKNOWN = "unknown"


_STATE_OF_STATUS = {
    "Available": ConnectorState.AVAILABLE,
    "Preparing": ConnectorState.PREPARING,
    "Charging": ConnectorState.CHARGING,
    "SuspendedEV": ConnectorState.SUSPENDED_EV,
    "SuspendedEVSE": ConnectorState.SUSPENDED_EVSE,
    "Finishing": ConnectorState.FINISHING,
    "Reserved": ConnectorState.RESERVED,
    "Unavailable": ConnectorState.UNAVAILABLE,
    "Faulted": ConnectorState.FAULTED,
    "Occupied": ConnectorState.PREPARING,
}
_STATE_OF_CHARGING = {
    "Charging": ConnectorState.CHARGING,
    "SuspendedEV": ConnectorState.SUSPENDED_EV,
    "SuspendedEVSE": ConnectorState.SUSPENDED_EVSE,
    "EVConnected": ConnectorState.PREPARING,
    "Idle": ConnectorState.FINISHING,
}


def connector_state(status: str, charging_state: str | None = None) -> ConnectorState:
    """Our word for a connector's OCPP status; a 2.x ``Occupied`` is told apart by its transaction's charging state."""
    if status == "Occupied" and charging_state is not None:
        return _STATE_OF_CHARGING.get(charging_state, ConnectorState.PREPARING)
    return _STATE_OF_STATUS.get(status, ConnectorState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Boot:
    """What a charger says of itself in BootNotification (1.6 section 4.2; 2.x B01)."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    reason: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """What we answer to a boot; ``interval_s`` is the heartbeat interval, or the wait before the next boot."""

    registration: Registration
    now: datetime
    interval_s: int


class ConnectorReport(NamedTuple):
    """A connector's status as the charger reported it; ``evse_id`` 0 is the whole charger (1.6 connector 0).

    A NamedTuple, as is ``Connector``: a frozen dataclass takes four times as long to make, and a fleet reports all day.
    """

    evse_id: int
    connector_id: int
    status: str
    at: datetime
    error_code: str | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


class Connector(NamedTuple):
    """A connector as it was last reported; ``status`` is the OCPP word, ``state`` ours."""

    evse_id: int
    connector_id: int
    status: str
    state: ConnectorState
    error_code: str | None
    updated_at: datetime


class ServiceWish(NamedTuple):
    """What an operator has had the charger told is to be in service; evse 0 is the whole charger, connector 0 the whole evse."""

    evse_id: int
    connector_id: int
    operative: bool
    at: datetime


LARGEST_OFFSET_S = 120.0


class ClockOffset(NamedTuple):
    """How far a charger's clock is behind ours, in seconds; less than 0: ahead."""

    offset_s: float
    measured_at: datetime

    @property
    def is_off(self) -> bool:
        """Whether times of this charger are not to be believed."""
        return abs(self.offset_s) > LARGEST_OFFSET_S


RESTLESS_BOOTS = 5
RESTLESS_S = 600.0
"""A charger that boots more than ``RESTLESS_BOOTS`` times within ``RESTLESS_S`` seconds is restless (quirk Q-21)."""


@dataclass(frozen=True, slots=True)
class Charger:
    """A charger as it is stored; what is live about it is in ``ports.ChargerLive``."""

    id: str
    registration: Registration
    created_at: datetime
    version: int = 1
    name: str | None = None
    site_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    security_profile: int = 1
    protocol: str | None = None
    protocol_override: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    boot_accepted_at: datetime | None = None
    last_seen: datetime | None = None
    quirks: Quirks = AS_THEY_COME
    simulated: bool = False
    """No metal: a virtual charger of ours. It is never billed, and goes with the demonstration."""
    connectors: tuple[Connector, ...] = field(default=())

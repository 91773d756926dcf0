"""Facts of chargers themselves: their lines, connectors, and what they report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from voltaro.domain.charger import Boot, ConnectorReport, ConnectorState, Registration, ServiceWish


@dataclass(frozen=True, slots=True)
class ChargerConnected:
    """A charger's line came up. Class B, with the event ``charger.connected``."""

    charger_id: str
    protocol: str
    remote: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargerDisconnected:
    """A charger's line went down. Class B, with the event ``charger.disconnected``."""

    charger_id: str
    code: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargerBooted:
    """A BootNotification and our verdict. Class A, with the event ``charger.booted``."""

    charger_id: str
    boot: Boot
    registration: Registration
    protocol: str
    at: datetime


class ConnectorReported(NamedTuple):
    """A connector's status changed. Class B, with the event ``connector.status``."""

    charger_id: str
    report: ConnectorReport
    state: ConnectorState
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AvailabilitySet:
    """A charger has agreed to be in or out of service, wholly or in part. Class A."""

    charger_id: str
    wish: ServiceWish


@dataclass(frozen=True, slots=True)
class ChargerSeen:
    """When a charger was last heard. Class B; coalesced."""

    charger_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecurityEventReported:
    """A SecurityEventNotification. Class A, with the event ``charger.security_event``."""

    charger_id: str
    type: str
    at: datetime
    received_at: datetime
    tech_info: str | None = None


@dataclass(frozen=True, slots=True)
class VariablesReported:
    """A page of NotifyReport (2.x B07), kept as reported: a list of ``reportData`` objects. Class A."""

    charger_id: str
    request_id: int
    seq_no: int
    last: bool
    received_at: datetime
    report: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DeviceEventReported:
    """One ``eventData`` of NotifyEvent (2.x N07), kept as reported. Class A."""

    charger_id: str
    at: datetime
    received_at: datetime
    data: Mapping[str, Any]

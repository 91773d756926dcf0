"""Chargers by the thousand: filters over what is stored of them, and what is done to many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voltaro.domain.charger import Charger, Registration

if TYPE_CHECKING:
    from voltaro.ports.storing import Page


@dataclass(frozen=True, slots=True)
class ChargerFilter:
    """Filters of chargers; None does not filter. ``search`` finds a part of the id, name, vendor, model, serial number or firmware
    version, without case. ``among`` and ``without`` are ids."""

    search: str | None = None
    registration: Registration | None = None
    protocol: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    site_id: str | None = None
    security_profile: int | None = None
    among: Collection[str] | None = None
    without: Collection[str] = ()


class FleetStore(Protocol):
    """The part of ``Store`` that looks at many chargers. Every method may raise StoreUnavailable."""

    async def find_chargers(self, chosen: ChargerFilter, *, limit: int, cursor: str | None = None) -> Page[Charger]:
        """By id, ascending. Raises BadCursor."""
        ...

    async def charger_ids(self, chosen: ChargerFilter, *, limit: int) -> Sequence[str]:
        """The ids alone, ascending, at most ``limit``."""
        ...

    async def chargers_registered(self, registration: Registration) -> Sequence[str]:
        """The ids of those that stand so."""
        ...

    async def running_sessions(self, charger_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        """The ids of open sessions, by charger and evse."""
        ...

    async def similar_chargers(self, identities: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Known chargers whose identity differs from one of these in case or punctuation alone, by that identity."""
        ...

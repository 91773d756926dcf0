"""Chargers by the thousand: filters over what is stored of them, and what is done to many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from voltaro.domain.charger import Charger, Registration
from voltaro.ports.ordering import ChargerOrder
from voltaro.ports.rows import Page


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


class KnownCharger(NamedTuple):
    """What is stored of a charger that an import may change: its members by name, and whether it has a password."""

    values: Mapping[str, Any]
    has_password: bool


@dataclass(frozen=True, slots=True)
class ChargerUpsert:
    """A charger to be made known with these members, or to have them set where it is known.

    ``credential`` is a salt and a hash (None: open); None leaves the credential as it is."""

    id: str
    values: Mapping[str, Any]
    credential: tuple[bytes, bytes | None] | None = field(default=None, repr=False)


class FleetStore(Protocol):
    """The part of ``Store`` that looks at many chargers. Every method may raise StoreUnavailable."""

    async def find_chargers(
        self, chosen: ChargerFilter, *, limit: int, cursor: str | None = None, order: ChargerOrder = ChargerOrder.BY_ID
    ) -> Page[Charger]:
        """Raises BadCursor."""
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

    async def known_chargers(self, charger_ids: Sequence[str]) -> Mapping[str, KnownCharger]:
        """By id; unknown ones are missing."""
        ...

    async def upsert_chargers(self, upserts: Sequence[ChargerUpsert], by: str) -> None:
        """Make known and change, all in one transaction with one audit entry."""
        ...

    async def similar_chargers(self, identities: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Known chargers whose identity differs from one of these in case or punctuation alone, by that identity."""
        ...

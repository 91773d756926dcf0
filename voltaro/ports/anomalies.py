"""The anomalies of chargers as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voltaro.ports.rows import Page


@dataclass(frozen=True, slots=True)
class AnomalyRow:
    """What one charger does, at one field; ``message_id`` and ``example`` are those of the newest time."""

    charger_id: str
    code: str
    field: str
    count: int
    first_seen: datetime
    last_seen: datetime
    message_id: str | None
    example: str | None


@dataclass(frozen=True, slots=True)
class HygieneRow:
    """What all chargers of one vendor, model and firmware do, at one field; each may be unknown."""

    vendor: str | None
    model: str | None
    firmware_version: str | None
    code: str
    field: str
    chargers: int
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class HygieneQuery:
    """Filters; None does not filter."""

    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    code: str | None = None


class AnomalyStore(Protocol):
    """Every method may raise StoreUnavailable and BadCursor."""

    async def anomalies(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[AnomalyRow]: ...  # by code and field
    async def hygiene(self, query: HygieneQuery, *, limit: int, cursor: str | None = None) -> Page[HygieneRow]: ...  # by vendor, model ...

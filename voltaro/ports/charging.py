"""What charging profiles and reservations need of others: what dialects tell of them, and what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voltaro.domain.charging import ChargingProfile, CompositeSchedule, HeldProfile, ProfileCriteria
from voltaro.domain.charging_rules import ProfileLimits, Variant
from voltaro.domain.reservation import Reservation, ReservationState, ReservationWish
from voltaro.ports.rows import Page


class Profiles(Protocol):
    """What a charger's answers say of the profiles it holds. ``actors/profiles.py`` implements it."""

    async def held(self, evse_id: int, profile: ChargingProfile) -> None:
        """It has accepted a profile."""
        ...

    async def held_for_start(self, evse_id: int | None, id_tag: str, profile: ChargingProfile) -> None:
        """It has accepted a start with a profile for the session that is to come; ``evse_id`` None: it chooses."""
        ...

    async def refused(self, evse_id: int, profile: ChargingProfile, status: str) -> None:
        """It has refused a profile: what it held before in its place, it holds on to."""
        ...

    async def gone(self, criteria: ProfileCriteria) -> None:
        """It has cleared all that fit, or says that there are none."""
        ...

    async def composite(self, evse_id: int, reported: CompositeSchedule | None) -> None:
        """It has told a composite schedule; None: it would not."""
        ...


class Reservations(Protocol):
    """What a charger says of reservations. ``actors/reservations.py`` implements it."""

    async def answered(self, number: int, wish: ReservationWish, answer: str | None) -> None:
        """Its word on a reservation; None: no valid answer came."""
        ...

    async def cancelled(self, number: int, answer: str | None) -> None:
        """Its word on cancelling one. One it does not know is gone."""
        ...

    async def updated(self, number: int, word: str) -> None:
        """It tells by itself that one has ended (2.x H04): ``Expired``, ``Removed``, ``NoTransaction``."""
        ...


_NOTHING_KNOWN = ProfileLimits()


@dataclass(frozen=True, slots=True)
class ChargingSettings:
    """How one charger is to be told of profiles and reservations, as operators say it; None is not known.

    ``try_variants``: a profile that it rejects may be said otherwise (quirk Q-72); ``variant`` is how it last worked.
    """

    try_variants: bool = False
    variant: Variant | None = None
    limits: ProfileLimits = _NOTHING_KNOWN
    reserve_evse_zero: bool | None = None


@dataclass(frozen=True, slots=True)
class ReservationQuery:
    """Filters of the reservations; None does not filter. Newest first."""

    charger_id: str | None = None
    state: ReservationState | None = None


class ChargingStore(Protocol):
    """Profiles and reservations as they are stored; a part of ``Store``."""

    async def held_profiles(self, charger_id: str) -> Sequence[HeldProfile]: ...
    async def charging_settings(self, charger_id: str) -> ChargingSettings: ...
    async def change_charging_settings(self, charger_id: str, settings: ChargingSettings, by: str) -> None: ...
    async def learn_variant(self, charger_id: str, variant: Variant) -> None: ...
    async def variant_of_model(self, charger_id: str) -> Variant | None: ...  # what has worked for most others of its model
    async def reservations(self, query: ReservationQuery, *, limit: int, cursor: str | None = None) -> Page[Reservation]: ...
    async def reservation(self, reservation_id: int) -> Reservation | None: ...
    async def ask_reservation(self, wish: ReservationWish, by: str, now: datetime) -> Reservation: ...
    async def withdraw_reservation(self, reservation: Reservation, reason: str, now: datetime) -> None: ...  # it was never sent
    async def expire_reservations(self, now: datetime) -> int: ...  # how many were due

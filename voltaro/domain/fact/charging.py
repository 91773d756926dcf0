"""Charging profiles and reservations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.charging import HeldProfile
from voltaro.domain.reservation import ReservationState, ReservationWish


@dataclass(frozen=True, slots=True)
class ProfileHeld:
    """A charger has accepted a charging profile; it replaces that of its id and that of its place. Class A, with the event
    ``charging_profile.set``."""

    charger_id: str
    held: HeldProfile


@dataclass(frozen=True, slots=True)
class ProfilesGone:
    """A charger holds these charging profiles no more. Class A, with the event ``charging_profile.gone``."""

    charger_id: str
    profile_ids: tuple[int, ...]
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationAsked:
    """An operator wants a reservation. Class A, with its audit entry and the event ``reservation.requested``; result: it, numbered."""

    wish: ReservationWish
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationAnswered:
    """What the charger answered to a reservation, None: nothing valid. Class A, with an event; result: the reservation."""

    number: int
    wish: ReservationWish
    answer: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationMoved:
    """A reservation has come to another state. Class A, with an event; result: it, or None where it could not come to that."""

    charger_id: str
    number: int
    state: ReservationState
    reason: str
    at: datetime
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReservationsDue:
    """The time is ``at``: open reservations that are over expire. Class A, each with an event; result: how many."""

    at: datetime

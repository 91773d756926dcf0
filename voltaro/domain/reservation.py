"""Reservations: an evse (0: any of a charger) kept for a tag or its group until a moment (1.6 section 5.13, 2.x block H).

Rule 1: the charger enforces a reservation; here it is judged, shown, and ended by our own clock (201-H-01).
Rule 2: what ends a reservation may be told late. One that is lost or expired can still turn out to have been used or cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from voltaro.domain.charger import ConnectorReport
from voltaro.domain.tag import fold_tag


class ReservationState(StrEnum):
    """REQUESTED: the charger has not answered. UNKNOWN: no valid answer came, or it has rebooted since: it may be held.

    REFUSED is final (16-13). LOST: the charger gave it up by itself (a fault, out of service, a reboot).
    """

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    LOST = "lost"


OPEN = (ReservationState.REQUESTED, ReservationState.ACCEPTED, ReservationState.UNKNOWN)
_LATE = (*OPEN, ReservationState.LOST, ReservationState.EXPIRED)
BEFORE: dict[ReservationState, tuple[ReservationState, ...]] = {
    ReservationState.ACCEPTED: (ReservationState.UNKNOWN,),
    ReservationState.UNKNOWN: (ReservationState.ACCEPTED,),
    ReservationState.REFUSED: (ReservationState.REQUESTED,),
    ReservationState.USED: _LATE,
    ReservationState.CANCELLED: _LATE,
    ReservationState.EXPIRED: (*OPEN, ReservationState.LOST),
    ReservationState.LOST: OPEN,
}
"""From which states a reservation may come to another. What the charger answers to the request is not among them; refused here is
one that could not be sent."""

ENDS_EARLY = timedelta(minutes=1)
"""A charger that lets go so shortly before the end has a clock that is ahead of ours."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as it is stored. ``number`` is OCPP's reservationId, ``answer`` the charger's word on it."""

    id: int
    charger_id: str
    number: int
    evse_id: int
    id_tag: str
    parent: str | None
    expires_at: datetime
    state: ReservationState
    requested_at: datetime
    requested_by: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    transaction_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_for(self, id_tag: str, parent: str | None) -> bool:
        """Whether a tag may use it: itself, or another of the group for which it was made."""
        if fold_tag(id_tag) == fold_tag(self.id_tag):
            return True
        return self.parent is not None and fold_tag(self.parent) in (fold_tag(id_tag), fold_tag(parent or ""))


@dataclass(frozen=True, slots=True)
class ReservationWish:
    """A reservation that is asked for."""

    charger_id: str
    evse_id: int
    id_tag: str
    expires_at: datetime
    parent: str | None = None


def after_status(reservation: Reservation, report: ConnectorReport, was: str | None, now: datetime) -> tuple[ReservationState, str] | None:
    """What a connector's status says of an open reservation: its new state and why; None when nothing.

    ``was`` is the connector's status before. A start tells itself (Preparing, Charging say nothing).
    """
    if reservation.evse_id != report.evse_id and report.evse_id != 0:
        return None
    if report.status in ("Faulted", "Unavailable"):
        return ReservationState.LOST, report.status.lower()
    if report.evse_id == 0 or reservation.evse_id == 0:
        return None
    if report.status == "Reserved" and reservation.state is ReservationState.UNKNOWN:
        return ReservationState.ACCEPTED, "reserved"
    if report.status == "Available" and (was == "Reserved" or reservation.state is ReservationState.UNKNOWN):
        if now >= reservation.expires_at - ENDS_EARLY:
            return ReservationState.EXPIRED, "released"
        return ReservationState.LOST, "released"
    return None


def use_of(
    held: dict[int, Reservation], *, evse_id: int | None, id_tag: str | None, parent: str | None, number: int | None, at: datetime
) -> tuple[Reservation | None, bool]:
    """Which of a charger's open reservations a start at ``at`` uses, and whether it is a stranger's at an evse kept for another.

    A start says which by its number, by the tag, or by its group; where several fit, that of the evse goes before that of the
    whole charger.
    """
    named = held.get(number) if number is not None else None
    if named is not None:
        return named, id_tag is not None and not named.is_for(id_tag, parent)
    if id_tag is None:
        return None, False
    here = sorted((one for one in held.values() if one.evse_id in (0, evse_id)), key=lambda one: (one.evse_id == 0, one.id))
    for one in here:
        if one.is_for(id_tag, parent) and one.requested_at - ENDS_EARLY <= at < one.expires_at:
            return one, False
    kept = any(
        one.evse_id and one.state is ReservationState.ACCEPTED and (one.answered_at or one.requested_at) <= at < one.expires_at
        for one in here
    )
    return None, kept

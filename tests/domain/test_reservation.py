"""Reservations: who may use one, and what a charger's statuses say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from voltaro.domain.charger import ConnectorReport
from voltaro.domain.reservation import Reservation, ReservationState, after_status, use_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ONE = timedelta(hours=1)
HERE = Reservation(5, "CP1", 5, 1, "Ada", "family", NOON + ONE, ReservationState.ACCEPTED, NOON, answered_at=NOON)
ANYWHERE = replace(HERE, id=6, number=6, evse_id=0, id_tag="Bob", parent=None)
HELD = {5: HERE, 6: ANYWHERE}


@pytest.mark.parametrize(
    ("evse_id", "id_tag", "parent", "number", "used", "foreign"),
    [
        (1, "ADA", None, None, HERE, False),
        (1, "Eve", "Family", None, HERE, False),
        (1, "family", None, None, HERE, False),
        (1, "Bob", None, None, ANYWHERE, False),
        (2, "bob", None, None, ANYWHERE, False),
        (2, "Ada", None, None, None, False),
        (1, "Eve", "others", None, None, True),
        (2, "Eve", None, None, None, False),
        (1, "Ada", None, 5, HERE, False),
        (1, "Eve", None, 5, HERE, True),
        (1, "Ada", None, 99, HERE, False),
        (1, None, None, None, None, False),
        (1, None, None, 5, HERE, False),
    ],
)
def test_who_starts_uses_a_reservation_or_is_a_stranger(
    evse_id: int, id_tag: str | None, parent: str | None, number: int | None, used: Reservation | None, foreign: bool
) -> None:
    assert use_of(HELD, evse_id=evse_id, id_tag=id_tag, parent=parent, number=number, at=NOON) == (used, foreign)


def test_a_start_from_before_or_after_a_reservation_is_no_strangers() -> None:
    for at in (NOON - ONE, NOON + ONE):
        assert use_of(HELD, evse_id=1, id_tag="Eve", parent=None, number=None, at=at) == (None, False)


@pytest.mark.parametrize("state", [ReservationState.REQUESTED, ReservationState.UNKNOWN])
def test_what_the_charger_has_not_accepted_keeps_nobody_out(state: ReservationState) -> None:
    held = {5: replace(HERE, state=state)}
    assert use_of(held, evse_id=1, id_tag="Eve", parent=None, number=None, at=NOON) == (None, False)


@pytest.mark.parametrize(
    ("status", "evse_id", "was", "state", "minutes", "becomes"),
    [
        ("Faulted", 1, "Reserved", ReservationState.ACCEPTED, 0, ReservationState.LOST),
        ("Unavailable", 0, None, ReservationState.ACCEPTED, 0, ReservationState.LOST),
        ("Unavailable", 2, None, ReservationState.ACCEPTED, 0, None),
        ("Available", 1, "Reserved", ReservationState.ACCEPTED, 0, ReservationState.LOST),
        ("Available", 1, "Reserved", ReservationState.ACCEPTED, 59, ReservationState.EXPIRED),
        ("Available", 1, "Preparing", ReservationState.ACCEPTED, 0, None),
        ("Available", 1, None, ReservationState.UNKNOWN, 0, ReservationState.LOST),
        ("Reserved", 1, "Available", ReservationState.UNKNOWN, 0, ReservationState.ACCEPTED),
        ("Reserved", 1, "Available", ReservationState.ACCEPTED, 0, None),
        ("Preparing", 1, "Reserved", ReservationState.ACCEPTED, 0, None),
    ],
)
def test_a_status_says_what_has_become_of_a_reservation(
    status: str, evse_id: int, was: str | None, state: ReservationState, minutes: int, becomes: ReservationState | None
) -> None:
    now = NOON + timedelta(minutes=minutes)
    told = after_status(replace(HERE, state=state), ConnectorReport(evse_id, 1, status, now), was, now)
    assert (told and told[0]) == becomes
    if evse_id:
        elsewhere = after_status(ANYWHERE, ConnectorReport(evse_id, 1, status, now), was, now)
        assert elsewhere is None, "one connector says nothing of a reservation of the whole charger"

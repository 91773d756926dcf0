"""Charging profiles and reservations on the wire of each version: what is written is what is read back from the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ocpp.asking import ask
from tests.ocpp.examples import dialect, example
from tests.ocpp.stations import NOW, FakeStation, at_once
from voltaro.domain.charging import (
    ChargingProfile,
    CompositeSchedule,
    Period,
    ProfileCriteria,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    Slice,
)
from voltaro.domain.command import AskCompositeSchedule, CancelReservation, ClearProfiles, Order, Reserve, SetProfile, StartCharging
from voltaro.domain.reservation import ReservationWish
from voltaro.ports import InvalidPayload, Outcome, OutcomeKind, Request

PROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
MIDNIGHT = datetime(2026, 2, 5, tzinfo=UTC)


def learned(protocol: str, action: str, payload: dict[str, Any], answered: dict[str, Any] | None) -> list[tuple[Any, ...]]:
    """What a station hears of an answer to our CALL."""
    station = FakeStation()
    outcome = Outcome(OutcomeKind.TIMEOUT) if answered is None else Outcome(OutcomeKind.RESULT, answered)
    learning = dialect(protocol).learn(station, Request("m", action, payload, b""), outcome)
    if learning is not None:
        at_once(learning)
    return station.heard


def said(protocol: str, order: Order, answered: dict[str, Any] | None) -> list[tuple[Any, ...]]:
    action, payload = dialect(protocol).compose(order)
    assert dialect(protocol).request(action, payload).payload == payload
    return learned(protocol, action, payload, answered)


_moments = st.none() | st.integers(0, 10**6).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes))
_limits = st.integers(0, 10**5).map(lambda tenths: tenths / 10)
_schedules = st.builds(
    Schedule,
    st.sampled_from(RateUnit),
    st.lists(st.builds(Period, st.integers(0, 10**6), _limits, st.none() | st.integers(1, 3), st.none()), min_size=1, max_size=5).map(
        tuple
    ),
    st.none() | st.integers(1, 10**6),
    _moments,
    st.none() | _limits,
)
_profiles = st.builds(
    ChargingProfile,
    st.integers(1, 2**31 - 5),
    st.sampled_from((Purpose.STATION_MAX, Purpose.TX_DEFAULT, Purpose.TX)),
    st.sampled_from(ProfileKind),
    st.tuples(_schedules),
    st.integers(0, 100),
    st.none() | st.sampled_from(Recurrency),
    _moments,
    _moments,
    st.none() | st.integers(1, 2**31 - 1).map(str),
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(profile=_profiles, evse_id=st.integers(0, 9))
def test_a_profile_that_is_accepted_is_the_one_that_was_sent(protocol: str, profile: ChargingProfile, evse_id: int) -> None:
    assert said(protocol, SetProfile(evse_id, profile), {"status": "Accepted"}) == [("held", evse_id, profile)]
    assert said(protocol, SetProfile(evse_id, profile), {"status": "Rejected"}) == [("refused", evse_id, profile, "Rejected")]
    assert said(protocol, SetProfile(evse_id, profile), None) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(profile=_profiles.filter(lambda profile: profile.transaction_id is None))
def test_the_profile_of_a_start_is_held_once_the_start_is_accepted(protocol: str, profile: ChargingProfile) -> None:
    start = StartCharging("TAG1", 2, remote_start_id=5, profile=profile)
    assert said(protocol, start, {"status": "Accepted"}) == [("held_for_start", 2, "TAG1", profile)]
    assert said(protocol, start, {"status": "Rejected"}) == []
    assert said(protocol, StartCharging("TAG1", 2, remote_start_id=5), {"status": "Accepted"}) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "criteria",
    [
        ProfileCriteria(7),
        ProfileCriteria(),
        ProfileCriteria(None, 1, Purpose.TX, 3),
        ProfileCriteria(None, 0),
        ProfileCriteria(None, None, Purpose.STATION_MAX),
    ],
)
def test_what_is_cleared_is_what_was_meant(protocol: str, criteria: ProfileCriteria) -> None:
    for status in ("Accepted", "Unknown"):
        assert said(protocol, ClearProfiles(criteria), {"status": status}) == [("gone", criteria)]
    assert said(protocol, ClearProfiles(criteria), None) == []


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
def test_a_told_schedule_is_of_the_evse_that_was_asked_for(protocol: str) -> None:
    answered = example(protocol, "GetCompositeSchedule", "to_charger").answer[2]
    if protocol == "ocpp1.6":
        answered = answered | {"connectorId": 0}
    told = CompositeSchedule(1, MIDNIGHT + timedelta(hours=12), 3600, RateUnit.A, (Slice(0, 16.0, None),))
    assert said(protocol, AskCompositeSchedule(1, 3600, RateUnit.A), answered) == [("composite", 1, told)]
    for nothing in ({"status": "Rejected"}, {"status": "Accepted"}, None):
        assert said(protocol, AskCompositeSchedule(1, 3600), nothing) == [("composite", 1, None)]


def test_a_told_schedule_without_a_start_begins_now() -> None:
    answered = {
        "status": "Accepted",
        "chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 5}]},
    }
    ((_, _, told),) = said("ocpp1.6", AskCompositeSchedule(2, 60), answered)
    assert told == CompositeSchedule(2, NOW, 60, RateUnit.W, (Slice(0, 5.0, None),))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("answer", ["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable", None])
def test_the_word_on_a_reservation_is_told_with_what_was_wished(protocol: str, answer: str | None) -> None:
    wish = ReservationWish("CP1", 1, "TAG1", MIDNIGHT, "FAMILY")
    order = Reserve(7, 1, "TAG1", MIDNIGHT, "FAMILY")
    assert said(protocol, order, None if answer is None else {"status": answer}) == [("answered", 7, wish, answer)]
    assert said(protocol, CancelReservation(7), None if answer is None else {"status": answer}) == [("cancelled", 7, answer)]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_reservation_of_no_evse_is_one_of_the_whole_charger(protocol: str) -> None:
    ((_, number, wish, _),) = said(protocol, Reserve(8, 0, "TAG1", MIDNIGHT), {"status": "Accepted"})
    assert (number, wish) == (8, ReservationWish("CP1", 0, "TAG1", MIDNIGHT, None))


def test_a_reservation_that_a_charger_ends_is_told() -> None:
    station = FakeStation()
    assert ask("ocpp2.0.1", "ReservationStatusUpdate", {"reservationId": 7, "reservationUpdateStatus": "Removed"}, station)[0] == 3
    assert station.heard == [("updated", 7, "Removed")]


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
def test_numbers_that_no_charger_can_hold_are_not_learned(protocol: str) -> None:
    huge = 2**40
    for action in ("SetChargingProfile", "ReserveNow", "CancelReservation"):
        payload = dict(example(protocol, action, "to_charger").payload)
        for name in ("connectorId", "evseId", "reservationId", "id"):
            if name in payload:
                payload[name] = huge
        assert learned(protocol, action, payload, {"status": "Accepted"}) == []


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 1e300}, {"limit": -1}, {"numberPhases": 2**70}, {"startPeriod": 2**70}, {"startPeriod": -(2**70)}, {"duration": 2**70}],
)
def test_schedules_with_figures_of_no_charger_are_not_learned_and_not_shown(wrong: dict[str, Any]) -> None:
    duration = {"duration": wrong["duration"]} if "duration" in wrong else {}
    period = {"startPeriod": 0, "limit": 6} | {name: value for name, value in wrong.items() if name != "duration"}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]} | duration
    payload = example("ocpp1.6", "SetChargingProfile", "to_charger").payload
    profile = payload["csChargingProfiles"] | {"chargingSchedule": schedule}
    assert learned("ocpp1.6", "SetChargingProfile", payload | {"csChargingProfiles": profile}, {"status": "Accepted"}) == []
    answered = {"status": "Accepted", "chargingSchedule": schedule}
    assert said("ocpp1.6", AskCompositeSchedule(1, 60), answered) == [("composite", 1, None)]


def of_session(*periods: Period, schedules: int = 1, **more: Any) -> SetProfile:
    return SetProfile(
        1, ChargingProfile(1, more.pop("purpose", Purpose.TX), ProfileKind.RELATIVE, (Schedule(RateUnit.A, periods),) * schedules, **more)
    )


SIX = Period(0, 6.0)


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        (of_session(SIX, purpose=Purpose.EXTERNAL), "/purpose"),
        (of_session(SIX, transaction_id="x"), "/transaction_id"),
        (of_session(SIX, schedules=2), "/schedule"),
        (of_session(Period(0, 6.0, 1, 2)), "/schedule/periods/0/phase_to_use"),
        (ClearProfiles(ProfileCriteria(purpose=Purpose.EXTERNAL)), "/purpose"),
        (Reserve(1, 1, "x" * 21, MIDNIGHT), "/id_tag"),
        (Reserve(1, 1, "x", MIDNIGHT, "x" * 21), "/parent"),
    ],
)
def test_what_16_cannot_say_is_refused_with_the_member(order: Order, pointer: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        dialect("ocpp1.6").compose(order)
    assert refused.value.pointer == pointer

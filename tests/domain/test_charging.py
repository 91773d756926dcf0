"""Charging profiles: the stack, computed; the rules, checked before sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.charging import (
    ChargingProfile,
    HeldProfile,
    Period,
    ProfileCriteria,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    TooManyChanges,
    composite,
    in_unit,
    pauses,
    replaced,
)
from voltaro.domain.charging_rules import BadProfile, ProfileLimits, Variant, allowed_units, check, variants

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = 3600


def profile(id: int = 1, purpose: Purpose = Purpose.TX_DEFAULT, *periods: tuple[int, float], **more: Any) -> ChargingProfile:
    """An absolute one from midnight on, in A, unless said otherwise."""
    kind = more.pop("kind", ProfileKind.ABSOLUTE)
    starts_at = more.pop("starts_at", None if kind is ProfileKind.RELATIVE else MIDNIGHT)
    unit, duration_s = more.pop("unit", RateUnit.A), more.pop("duration_s", None)
    phases = more.pop("phases", None)
    schedule = Schedule(unit, tuple(Period(start, limit, phases) for start, limit in periods or ((0, 16.0),)), duration_s, starts_at)
    return ChargingProfile(id, purpose, kind, (schedule,), **more)


def held(one: ChargingProfile, evse_id: int = 1) -> HeldProfile:
    return HeldProfile(evse_id, one, MIDNIGHT)


def told(*profiles: HeldProfile, evse_id: int = 1, at: datetime = MIDNIGHT, hours: int = 24, **more: Any) -> list[tuple[int, float | None]]:
    computed = composite(profiles, evse_id=evse_id, starts_at=at, duration_s=hours * HOUR, **more)
    return [(piece.start_s, piece.limit) for piece in computed.slices]


@pytest.mark.conformance("VT-K01")
def test_the_highest_level_of_each_purpose_and_then_the_least_of_the_purposes() -> None:
    most = held(profile(1, Purpose.STATION_MAX, (0, 32.0)), evse_id=0)
    eight = MIDNIGHT + timedelta(hours=8)
    daily = held(
        profile(
            2, Purpose.TX_DEFAULT, (0, 16.0), kind=ProfileKind.RECURRING, recurrency=Recurrency.DAILY, starts_at=eight, duration_s=12 * HOUR
        )
    )
    noon = MIDNIGHT + timedelta(hours=12)
    day = profile(3, Purpose.TX_DEFAULT, (0, 6.0), stack_level=1, starts_at=noon, duration_s=2 * HOUR)
    assert told(most, daily, held(day), hours=48) == [
        (0, 32.0), (8 * HOUR, 16.0), (12 * HOUR, 6.0), (14 * HOUR, 16.0), (20 * HOUR, 32.0), (32 * HOUR, 16.0), (44 * HOUR, 32.0),
    ]  # fmt: skip


def test_a_profile_of_the_session_goes_before_the_default_and_only_for_its_session() -> None:
    default, own = held(profile(1)), held(profile(2, Purpose.TX, (0, 10.0), transaction_id="7"))
    assert told(default, own) == [(0, 16.0)]
    assert told(default, own, transaction_id="7") == [(0, 10.0)]
    assert told(default, own, transaction_id="8") == [(0, 16.0)]


def test_a_default_of_the_evse_goes_before_that_of_all() -> None:
    every, one = held(profile(1, stack_level=9), evse_id=0), held(profile(2, Purpose.TX_DEFAULT, (0, 8.0)))
    assert told(every, one) == [(0, 8.0)]
    assert told(every, one, evse_id=2) == [(0, 16.0)]
    assert told(every, one, evse_id=0) == [(0, None)]


def test_a_relative_schedule_begins_with_the_session() -> None:
    relative = held(profile(1, Purpose.TX, (0, 16.0), (HOUR, 8.0), kind=ProfileKind.RELATIVE, transaction_id="7"))
    started = MIDNIGHT - timedelta(minutes=30)
    assert told(relative, transaction_id="7", session_started_at=started) == [(0, 16.0), (1800, 8.0)]


@pytest.mark.conformance("16-11")
def test_without_a_duration_the_last_period_goes_on_and_without_phases_there_are_three() -> None:
    assert told(held(profile(1)), hours=24 * 30) == [(0, 16.0)]
    assert told(held(profile(1, duration_s=HOUR))) == [(0, 16.0), (HOUR, None)]
    assert told(held(profile(1)), unit=RateUnit.W) == [(0, 16.0 * 230 * 3)]
    assert told(held(profile(1, phases=1)), unit=RateUnit.W) == [(0, 16.0 * 230)]


def test_a_weekly_schedule_comes_again_each_week_and_not_before_its_first() -> None:
    weekly = profile(1, kind=ProfileKind.RECURRING, recurrency=Recurrency.WEEKLY, starts_at=MIDNIGHT + timedelta(days=1), duration_s=HOUR)
    day = 24 * HOUR
    starts = [start for start, limit in told(held(weekly), hours=24 * 16) if limit is not None]
    assert starts == [day, 8 * day, 15 * day]


def test_periods_out_of_order_and_a_schedule_without_any_do_no_harm() -> None:
    assert told(held(profile(1, Purpose.TX_DEFAULT, (HOUR, 8.0), (0, 16.0)))) == [(0, 16.0), (HOUR, 8.0)]
    none = replace(GOOD, schedules=(replace(GOOD.schedule, periods=()),))
    assert told(held(none)) == [(0, None)]


def test_validity_cuts_a_profile() -> None:
    short = profile(1, valid_from=MIDNIGHT + timedelta(hours=1), valid_to=MIDNIGHT + timedelta(hours=2))
    assert told(held(short)) == [(0, None), (HOUR, 16.0), (2 * HOUR, None)]


def test_profiles_that_change_without_end_are_not_computed() -> None:
    restless = profile(1, Purpose.TX_DEFAULT, *((second, 6.0 + second % 2) for second in range(86_400)), kind=ProfileKind.RECURRING,
                       recurrency=Recurrency.DAILY)  # fmt: skip
    with pytest.raises(TooManyChanges):
        told(held(restless), hours=48)


_periods = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 640)), max_size=4).map(
    lambda steps: ((0, 16.0), *((sum(step for step, _ in steps[: n + 1]) * HOUR, steps[n][1] / 10) for n in range(len(steps))))
)
_moments = st.integers(-40, 40).map(lambda hours: MIDNIGHT + timedelta(hours=hours))


@st.composite
def _profiles(draw: st.DrawFn) -> list[HeldProfile]:
    found = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(ProfileKind))
        purpose = draw(st.sampled_from(Purpose))
        one = profile(
            number + 1,
            purpose,
            *draw(_periods),
            kind=kind,
            starts_at=None if kind is ProfileKind.RELATIVE else draw(_moments),
            duration_s=draw(st.none() | st.integers(1, 60).map(lambda hours: hours * HOUR)),
            recurrency=draw(st.sampled_from(Recurrency)) if kind is ProfileKind.RECURRING else None,
            valid_from=draw(st.none() | _moments),
            valid_to=draw(st.none() | _moments),
            stack_level=draw(st.integers(0, 3)),
            transaction_id="7" if purpose is Purpose.TX else None,
        )
        found.append(HeldProfile(draw(st.sampled_from((0, 1))), one, draw(_moments)))
    return found


def _plainly(profiles: list[HeldProfile], at: datetime, session: datetime) -> float | None:
    """The limit at one moment, read out of the standard word by word."""

    def says(one: HeldProfile) -> float | None:
        what = one.profile
        if (what.valid_from and at < what.valid_from) or (what.valid_to and at >= what.valid_to):
            return None
        begin = what.schedule.starts_at or one.set_at
        if what.kind is ProfileKind.RELATIVE and what.purpose in (Purpose.TX, Purpose.TX_DEFAULT):
            begin = session
        if at < begin:
            return None
        into = (at - begin).total_seconds()
        if what.recurrency is not None:
            into %= what.recurrency.length_s
        if what.schedule.duration_s is not None and into >= what.schedule.duration_s:
            return None
        return [period.limit for period in what.schedule.periods if period.start_s <= into][-1]

    def first(purpose: Purpose, evses: tuple[int, ...]) -> float | None:
        for evse_id in evses:
            of_level = sorted((one for one in profiles if one.profile.purpose is purpose and one.evse_id == evse_id),
                              key=lambda one: (-one.profile.stack_level, one.profile.id))  # fmt: skip
            for one in of_level:
                limit = says(one)
                if limit is not None:
                    return limit
        return None

    base = first(Purpose.TX, (1,))
    base = first(Purpose.TX_DEFAULT, (1, 0)) if base is None else base
    said = (base, first(Purpose.STATION_MAX, (1, 0)), first(Purpose.EXTERNAL, (1, 0)))
    return min((limit for limit in said if limit is not None), default=None)


@given(_profiles(), _moments, _moments)
def test_the_slices_say_at_every_moment_what_the_standard_says(profiles: list[HeldProfile], at: datetime, session: datetime) -> None:
    computed = composite(
        profiles, evse_id=1, starts_at=at, duration_s=50 * HOUR, unit=RateUnit.A, transaction_id="7", session_started_at=session
    )
    assert computed.slices[0].start_s == 0
    assert all(a.start_s < b.start_s and a[1:] != b[1:] for a, b in zip(computed.slices, computed.slices[1:], strict=False))
    for half_hours in range(100):
        into = half_hours * 1800
        limit = [piece.limit for piece in computed.slices if piece.start_s <= into][-1]
        assert limit == _plainly(profiles, at + timedelta(seconds=into), session)


@given(st.integers(0, 10**6), st.sampled_from((None, 1, 2, 3)), st.sampled_from(RateUnit))
def test_a_limit_told_in_the_other_unit_is_never_more(tenths: int, phases: int | None, unit: RateUnit) -> None:
    other = RateUnit.W if unit is RateUnit.A else RateUnit.A
    limit = tenths / 10
    assert in_unit(in_unit(limit, phases, unit, other), phases, other, unit) <= limit


def test_a_profile_gives_way_to_one_of_its_id_or_of_its_place() -> None:
    old = [held(profile(1)), held(profile(2, stack_level=1)), held(profile(3), evse_id=2)]
    assert replaced(old, held(profile(9))) == [old[0]]
    assert replaced(old, held(profile(3, stack_level=5))) == [old[2]]


def test_profiles_are_meant_by_id_or_by_all_that_is_said_of_them() -> None:
    one, two = held(profile(1)), held(profile(2, Purpose.STATION_MAX), evse_id=0)
    assert ProfileCriteria().fit(one)
    assert ProfileCriteria(profile_id=2, evse_id=1).fit(two)
    assert not ProfileCriteria(evse_id=1, purpose=Purpose.STATION_MAX).fit(one)


GOOD = profile(1)
WRONG: list[tuple[str, ChargingProfile, int]] = [
    ("/id", replace(GOOD, id=0), 1),
    ("/stack_level", replace(GOOD, stack_level=-1), 1),
    ("/evse_id", profile(1, Purpose.STATION_MAX), 1),
    ("/evse_id", profile(1, Purpose.TX, transaction_id="7"), 0),
    ("/transaction_id", profile(1, Purpose.TX), 1),
    ("/transaction_id", replace(GOOD, transaction_id="7"), 1),
    ("/purpose", profile(1, Purpose.EXTERNAL), 1),
    ("/schedule/starts_at", profile(1, starts_at=None), 1),
    ("/schedule/starts_at", profile(1, kind=ProfileKind.RELATIVE, starts_at=MIDNIGHT), 1),
    ("/schedule/starts_at", profile(1, kind=ProfileKind.RECURRING, recurrency=Recurrency.DAILY, starts_at=None), 1),
    ("/recurrency", profile(1, kind=ProfileKind.RECURRING), 1),
    ("/recurrency", replace(GOOD, recurrency=Recurrency.DAILY), 1),
    ("/kind", profile(1, Purpose.STATION_MAX, kind=ProfileKind.RELATIVE), 0),
    ("/valid_to", replace(GOOD, valid_from=MIDNIGHT, valid_to=MIDNIGHT), 1),
    ("/schedule/periods/0/start_s", profile(1, Purpose.TX_DEFAULT, (1, 16.0)), 1),
    ("/schedule/periods/1/start_s", profile(1, Purpose.TX_DEFAULT, (0, 16.0), (0, 8.0)), 1),
    ("/schedule/periods/0/limit", profile(1, Purpose.TX_DEFAULT, (0, 16.05)), 1),
    ("/schedule/periods/0/limit", profile(1, Purpose.TX_DEFAULT, (0, 5.9)), 1),
    ("/schedule/periods/0/limit", profile(1, Purpose.TX_DEFAULT, (0, 1000.0), unit=RateUnit.W), 1),
    ("/schedule/periods/0/phases", profile(1, phases=4), 1),
    ("/schedule/periods", replace(GOOD, schedules=(replace(GOOD.schedule, periods=()),)), 1),
    ("/schedule/duration_s", profile(1, duration_s=0), 1),
]


@pytest.mark.parametrize(("pointer", "wrong", "evse_id"), WRONG)
def test_what_no_charger_could_take_is_refused_with_the_member(pointer: str, wrong: ChargingProfile, evse_id: int) -> None:
    with pytest.raises(BadProfile) as refused:
        check(wrong, evse_id)
    assert refused.value.pointer == pointer


def test_what_the_charger_takes_is_refused_for_only_where_it_is_known() -> None:
    high = profile(1, Purpose.TX_DEFAULT, (0, 16.0), (60, 8.0), stack_level=9)
    check(high, 1)
    for pointer, limits in (
        ("/stack_level", ProfileLimits(max_stack_level=8)),
        ("/schedule/periods", ProfileLimits(max_periods=1)),
        ("/schedule/unit", ProfileLimits(units=frozenset({RateUnit.W}))),
    ):
        with pytest.raises(BadProfile) as refused:
            check(high, 1, limits)
        assert refused.value.pointer == pointer


def test_a_profile_for_a_start_is_of_a_session_without_an_id() -> None:
    check(profile(1, Purpose.TX), 1, for_start=True)
    for wrong in (profile(1), profile(1, Purpose.TX, transaction_id="7")):
        with pytest.raises(BadProfile):
            check(wrong, 1, for_start=True)


@pytest.mark.parametrize(
    ("text", "units"),
    [("Current", {RateUnit.A}), ("Current,Power", {RateUnit.A, RateUnit.W}), (' "W" ', {RateUnit.W}), ("a, W", {RateUnit.A, RateUnit.W}),
     ("", None), ("Volt", None), (None, None)],
)  # fmt: skip
def test_units_are_read_in_both_readings(text: str | None, units: set[RateUnit] | None) -> None:
    assert allowed_units(text) == units


def test_limits_are_read_from_configuration_keys() -> None:
    keys = {"ChargeProfileMaxStackLevel": "3", "ChargingScheduleMaxPeriods": " 24 ", "ChargingScheduleAllowedChargingRateUnit": "Power"}
    assert ProfileLimits.of_keys(keys.get) == ProfileLimits(3, 24, frozenset({RateUnit.W}))
    assert ProfileLimits.of_keys({"ChargeProfileMaxStackLevel": "many"}.get) == ProfileLimits()


def test_what_is_said_goes_before_what_was_read() -> None:
    said, read = ProfileLimits(max_periods=0, units=frozenset({RateUnit.A})), ProfileLimits(3, 24, frozenset(RateUnit))
    assert said.or_else(read) == ProfileLimits(3, 0, frozenset({RateUnit.A}))
    assert ProfileLimits().or_else(read) == read


def test_below_six_amperes_a_car_pauses() -> None:
    assert [pauses(limit, RateUnit.A) for limit in (None, 0.0, 5.9, 6.0)] == [False, True, True, False]
    assert pauses(1379.0, RateUnit.W)
    assert not pauses(1380.0, RateUnit.W)


def test_variants_are_few_and_the_one_that_worked_comes_first() -> None:
    wanted = profile(1, Purpose.TX, (0, 7000.5), kind=ProfileKind.RELATIVE, unit=RateUnit.W, transaction_id="7")
    tried = dict(variants(wanted, MIDNIGHT))
    assert list(tried) == list(Variant)
    assert tried[Variant.WHOLE_LIMITS].schedule.periods[0].limit == 7000
    assert tried[Variant.AMPERES].schedule.periods[0].limit == 10
    assert tried[Variant.WITH_START].schedule.starts_at == MIDNIGHT - timedelta(minutes=1)
    assert tried[Variant.TX_DEFAULT].valid_to == MIDNIGHT + timedelta(days=1)
    for variant, said in tried.items():
        check(said, 1)
        assert next(variants(wanted, MIDNIGHT, first=variant))[0] is variant
    assert [variant for variant, _ in variants(profile(1), MIDNIGHT)] == [Variant.OTHER_LEVEL]

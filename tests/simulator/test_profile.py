"""Charging profiles as such: what several come to, and when that changes."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from voltaro.simulator.profile import DAY_S, Profile, combined_limit_w, next_change
from voltaro.simulator.v16_profiles import forecast

NOW = 1_900_000_000.0
whole = st.integers(0, 2 * int(DAY_S)).map(float)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    kind = draw(st.sampled_from(["Absolute", "Relative", "Recurring"]))
    later = sorted(draw(st.sets(st.integers(1, int(DAY_S)), max_size=3)))
    return Profile(
        id=1,
        purpose=draw(st.sampled_from(["TxDefaultProfile", "TxProfile", "ChargePointMaxProfile"])),
        kind=kind,
        stack_level=draw(st.integers(0, 2)),
        unit="W",
        periods=tuple((float(at), float(draw(st.integers(0, 11_000))), 3) for at in (0, *later)),
        starts=None if kind == "Relative" else NOW - DAY_S + draw(whole),
        duration_s=draw(st.one_of(st.just(math.inf), st.integers(1, int(DAY_S)).map(float))),
        valid_from=draw(st.one_of(st.just(-math.inf), whole.map(lambda seconds: NOW - DAY_S + seconds))),
        valid_to=draw(st.one_of(st.just(math.inf), whole.map(lambda seconds: NOW - DAY_S + seconds))),
        cycle_s=DAY_S if kind == "Recurring" else None,
    )


@given(st.lists(profiles(), max_size=4), st.lists(profiles(), max_size=4), whole)
def test_between_two_changes_the_limit_stands_still(station: list[Profile], own: list[Profile], after: float) -> None:
    since = NOW - 1000.0

    def limit(unix: float) -> float:
        return combined_limit_w(station, own, unix, since)

    change = next_change([*station, *own], NOW, since)
    assert change > NOW
    for part in (0.0, 0.25, 0.5, 0.999):
        at = NOW + part * (min(change, NOW + after + 1.0) - NOW)
        if at < change:
            assert limit(at) == limit(NOW)


@given(st.lists(profiles(), max_size=3), whole)
def test_a_forecast_says_what_the_limit_will_be(own: list[Profile], after: float) -> None:
    since, edges, at = NOW - 1000.0, [], NOW
    while (at := next_change(own, at, since)) <= NOW + after:
        edges.append(at)
    periods = forecast(lambda unix: combined_limit_w([], own, unix, since), edges, NOW)
    assert periods[0][0] == 0
    assert all(one[1] != two[1] for one, two in pairwise(periods))
    told = [limit for begin, limit in periods if begin <= after][-1]
    assert told == combined_limit_w([], own, NOW + after, since)


def test_sessions_share_what_is_for_the_station_and_not_what_is_for_each() -> None:
    def made(purpose: str, limit: float) -> Profile:
        return Profile(1, purpose, "Relative", 0, "W", ((0.0, limit, 3),))

    both = [made("ChargePointMaxProfile", 12_000), made("TxDefaultProfile", 7000)]
    assert combined_limit_w(both, [], NOW, NOW) == 7000
    assert combined_limit_w(both, [], NOW, NOW, sharers=2) == 6000
    assert combined_limit_w(both, [made("TxDefaultProfile", 4000)], NOW, NOW) == 4000
    assert combined_limit_w(both, [made("TxProfile", 9000)], NOW, NOW) == 9000
    assert combined_limit_w([], [], NOW, NOW) == math.inf

"""The battery model: energy is the integral of power, however it is cut into steps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.simulator import Battery

batteries = st.builds(
    Battery,
    capacity_wh=st.floats(5_000, 150_000),
    max_power_w=st.floats(1_000, 350_000),
    soc=st.floats(0, 1),
    knee=st.floats(0.3, 0.95),
    floor=st.floats(0.02, 0.9),
)
limits = st.one_of(st.just(math.inf), st.just(0.0), st.floats(100, 400_000))
spans = st.floats(0, 20_000)


@given(batteries, limits, spans)
def test_energy_is_what_the_battery_gained(battery: Battery, limit: float, seconds: float) -> None:
    after, energy = battery.charge(seconds, limit)
    assert energy >= 0
    assert battery.soc <= after.soc <= 1
    assert energy == pytest.approx((after.soc - battery.soc) * battery.capacity_wh, abs=1e-3)


@given(batteries, limits, spans, spans)
def test_two_steps_are_one_long_step(battery: Battery, limit: float, first: float, second: float) -> None:
    middle, energy_first = battery.charge(first, limit)
    end, energy_second = middle.charge(second, limit)
    whole, energy = battery.charge(first + second, limit)
    assert energy_first + energy_second == pytest.approx(energy, abs=1e-3)
    assert end.soc == pytest.approx(whole.soc, abs=1e-7)


@given(batteries, limits, st.floats(1, 3_600))
def test_the_integral_of_power_is_the_energy_to_the_wh(battery: Battery, limit: float, seconds: float) -> None:
    steps = 1_000
    width, summed, now = seconds / steps, 0.0, battery
    for _ in range(steps):
        before = now.power_w(limit)
        now, _ = now.charge(width, limit)
        after = now.power_w(limit)
        summed += (before + after) / 2 * width / 3600
    _, energy = battery.charge(seconds, limit)
    # The trapezium rule errs at one place only: the step in which the battery becomes full.
    slack = 1 + battery.power_w(limit) * width / 3600
    assert summed == pytest.approx(energy, abs=slack, rel=1e-3)


@given(batteries, limits)
def test_power_never_exceeds_the_car_or_the_limit(battery: Battery, limit: float) -> None:
    assert 0 <= battery.power_w(limit) <= min(limit, battery.max_power_w)


@given(batteries, st.floats(1_000, 400_000), st.floats(0, 1))
def test_the_time_until_a_state_of_charge_is_the_time_it_takes(battery: Battery, limit: float, target: float) -> None:
    seconds = battery.seconds_until(target, limit)
    after, _ = battery.charge(seconds, limit)
    assert after.soc == pytest.approx(max(target, battery.soc), abs=1e-6)


def test_power_falls_above_the_knee() -> None:
    powers = [Battery(50_000, 100_000, soc / 100, knee=0.8, floor=0.1).power_w() for soc in (10, 80, 90, 99)]
    assert powers == pytest.approx([100_000, 100_000, 55_000, 14_500])


def test_a_full_battery_takes_nothing() -> None:
    assert Battery(50_000, 11_000, 1.0).charge(3600) == (Battery(50_000, 11_000, 1.0), 0.0)

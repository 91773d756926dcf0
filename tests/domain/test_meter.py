"""Figures read from samples."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.meter import INTERVAL, POWER, REGISTER, SOC, Figures, Sample, figures, to_base_unit

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def sample(value: str, measurand: str = REGISTER, unit: str = "Wh", **more: object) -> Sample:
    return Sample(NOON, value, measurand, unit, **more)  # type: ignore[arg-type]


def test_the_total_register_power_and_charge_are_read() -> None:
    read = figures([sample("12345"), sample("7.4", POWER, "kW"), sample("55", SOC, "Percent")])
    assert read == Figures(12345, None, 7400, 55)


def test_kilowatt_hours_become_whole_watt_hours() -> None:
    assert figures([sample("1.2345", unit="kWh")]).register_wh == 1234  # half to even, as bankers round


def test_phases_are_summed_where_no_total_is_given() -> None:
    read = figures([sample("2300", POWER, "W", phase=phase) for phase in ("L1", "L2", "L3")])
    assert read.power_w == 6900


def test_a_total_wins_over_its_phases() -> None:
    assert figures([sample("5000", POWER, "W"), sample("2300", POWER, "W", phase="L1")]).power_w == 5000


def test_a_phase_to_neutral_is_the_same_phase_and_a_phase_to_phase_is_none() -> None:
    read = figures([sample("10", POWER, "W", phase=phase) for phase in ("L1", "L1-N", "L2", "L1-L2")])
    assert read.power_w == 20


def test_intervals_are_summed() -> None:
    assert figures([sample("100", INTERVAL), sample("50", INTERVAL)]).interval_wh == 150


def test_signed_values_and_other_places_are_not_counted() -> None:
    assert figures([sample("OCMF|{}", signed=True), sample("9", location="Inlet")]) == Figures()


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "1e400", "1E9999999", "-1E9999999", "9" * 4301, "12,5"])
def test_what_is_no_number_of_any_meter_is_no_figure(value: str) -> None:
    assert to_base_unit(value, "Wh") is None


@given(st.text())
def test_any_text_is_read_without_an_exception(value: str) -> None:
    to_base_unit(value, "kWh")
    figures([sample(value), sample(value, SOC), sample(value, POWER, phase=value)])


@given(st.integers(0, 10**12))
def test_a_whole_number_of_watt_hours_is_kept_exactly(number: int) -> None:
    assert to_base_unit(str(number), "Wh") == number


def test_a_charge_beyond_a_hundred_percent_is_no_figure() -> None:
    assert figures([sample("140", SOC, "Percent")]).soc_percent is None

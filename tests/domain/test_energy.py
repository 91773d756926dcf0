"""The energy of a session, counted anew from all that its meter has shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.energy import is_doubtful, recounted
from voltaro.domain.meter import INTERVAL, POWER, Figures, Reading, Sample, readings
from voltaro.domain.session import EndSession, Session, SessionFlag, SessionState, end, lost, metered

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
END = NOON + timedelta(hours=1)


def running(start: int = 1000) -> Session:
    return Session(
        1, "CP1", 1, 1, "7", "ocpp1.6", SessionState.ACTIVE, NOON, NOON, "TAG", meter_start_wh=start, base_wh=start, register_wh=start
    )


def ended(start: int, stop: int) -> Session:
    return end(running(start), EndSession("CP1", "7", stop, END, END, "ocpp1.6"))


def shown(*registers: int) -> list[Reading]:
    return [Reading(NOON + timedelta(minutes=number), Figures(register)) for number, register in enumerate(registers, 1)]


def samples(measurand: str, unit: str, *values: str, phase: str | None = None) -> list[Sample]:
    return [Sample(NOON + timedelta(minutes=10 * number), value, measurand, unit, phase=phase) for number, value in enumerate(values)]


def test_an_old_reading_is_no_reset_once_all_lie_in_order() -> None:
    misled = end(metered(metered(running(100), Figures(600)), Figures(500)), EndSession("CP1", "7", 5100, END, END, "ocpp1.6"))
    assert SessionFlag.METER_RESET in misled.flags
    session = recounted(misled, shown(500, 600, 700))
    assert (session.energy_wh, session.meter_stop_wh, session.flags) == (5000, 5100, ())


@pytest.mark.parametrize(
    ("start", "registers", "stop", "energy_wh", "flags"),
    [
        (1000, (1500, 2000), 2500, 1500, set()),
        (1000, (1500, 20, 70), 90, 570, {"meter_reset"}),
        (1000, (1500, 20), 1200, 1680, {"meter_reset"}),
        (500_000, (0, 400, 900), 501_000, 1000, {"registers_mixed"}),
        (500_000, (500_100, 100, 500_400, 400), 500_500, 500, {"registers_mixed"}),
        (1000, (1500, 1800), 0, 800, {"meter_reset", "negative_energy"}),
        (1000, (1500, 1800), -1, 800, {"meter_reset", "negative_energy"}),
        (1000, (), 400, 0, {"meter_reset", "negative_energy"}),
        (0, (5_000_000, 5_000_700), 5_001_000, 1000, {"start_implausible"}),
        (0, (500, 900), 1200, 1200, set()),
        (1000, (1000, 1000), 1000, 0, set()),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_registers_of_every_kind(start: int, registers: tuple[int, ...], stop: int, energy_wh: int, flags: set[str]) -> None:
    session = recounted(ended(start, stop), shown(*registers))
    assert (session.energy_wh, set(session.flags), session.meter_stop_wh) == (energy_wh, flags, stop)


def test_what_is_said_after_the_stop_is_no_energy_of_the_session() -> None:
    after = Reading(END + timedelta(minutes=5), Figures(1500))
    assert recounted(ended(1000, 1000), [*shown(1000), after]).energy_wh == 0
    suspect = replace(ended(1000, 1000), flags=(SessionFlag.CLOCK_SUSPECT,))
    assert recounted(suspect, [*shown(1000), after]).energy_wh == 500, "a clock that is wrong says nothing of before and after"


def test_intervals_are_summed_where_no_register_moves() -> None:
    session = recounted(ended(0, 0), readings(samples(INTERVAL, "Wh", "200", "300", "100")))
    assert (session.energy_wh, session.flags) == (600, ())


def test_a_register_that_moves_says_more_than_intervals() -> None:
    assert recounted(ended(1000, 1900), readings(samples(INTERVAL, "Wh", "200", "300"))).energy_wh == 900


def test_without_a_register_power_makes_an_estimate_that_is_flagged() -> None:
    session = recounted(ended(0, 0), readings(samples(POWER, "kW", "6", "6", "12")))
    assert (session.energy_wh, session.flags) == (2500, (SessionFlag.ENERGY_ESTIMATED,))


def test_current_and_voltage_make_power_where_it_is_not_told() -> None:
    told = samples("Current.Import", "A", "10", "10", phase="L1") + samples("Current.Import", "A", "10", "10", phase="L2-N")
    told += samples("Voltage", "V", "230", "230", phase="L1-N") + samples("Voltage", "V", "240", "240", phase="L2")
    assert recounted(ended(0, 0), readings(told)).energy_wh == round(4700 / 6)
    assert recounted(ended(0, 0), readings(samples("Current.Import", "A", "10", "10"))).energy_wh == 0, "no voltage is made up"


def test_a_meter_that_stands_is_believed_and_not_its_power() -> None:
    assert recounted(ended(5000, 5000), readings(samples(POWER, "W", "7000", "7000"))).energy_wh == 0


def test_a_lost_session_is_counted_to_its_last_reading() -> None:
    over = lost(running(), NOON + timedelta(minutes=30), END, SessionFlag.ENDED_BY_BOOT)
    session = recounted(over, shown(1200, 1700))
    assert (session.energy_wh, session.meter_stop_wh, session.ended_at) == (700, 1700, NOON + timedelta(minutes=30))
    assert {SessionFlag.ESTIMATED, SessionFlag.ENDED_BY_BOOT} <= set(session.flags)


def test_totals_that_are_sums_of_phases_are_flagged() -> None:
    told = [Sample(NOON, value, phase=phase) for value, phase in (("100", "L1"), ("200", "L2"), ("300", "L3-N"))]
    session = metered(running(0), readings(told)[0].figures)
    assert (session.energy_wh, session.flags) == (600, (SessionFlag.PHASES_SUMMED,))


@given(
    st.integers(-5, 10**7), st.lists(st.integers(-5, 10**7), max_size=8), st.integers(-5, 10**7), st.lists(st.integers(0, 9000), max_size=4)
)
def test_energy_is_never_negative(start: int, registers: list[int], stop: int, powers: list[int]) -> None:
    told = [*shown(*registers), *readings(samples(POWER, "W", *map(str, powers)))]
    session = recounted(ended(start, stop), told)
    assert session.energy_wh >= 0
    assert recounted(session, told) == session
    if not is_doubtful(ended(start, stop)) and sorted(registers) == registers and start <= min(registers, default=start):
        assert session.energy_wh in (stop - start, *(range(1) if registers and registers[-1] > stop else ())) or registers[-1] > stop


def test_power_that_was_flagged_is_an_estimate_no_more_once_the_register_has_moved() -> None:
    session = replace(ended(0, 500), flags=(SessionFlag.ENERGY_ESTIMATED,))
    assert recounted(session, shown(100, 500)).flags == ()

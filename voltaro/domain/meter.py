"""Meter samples: what a charger measured, kept as sent, and the figures read from it.

Energy is an int in Wh, power an int in W, state of charge an int in percent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

REGISTER = "Energy.Active.Import.Register"
INTERVAL = "Energy.Active.Import.Interval"
POWER = "Power.Active.Import"
SOC = "SoC"
VOLTAGE = "Voltage"
CURRENT = "Current.Import"
PHASES_SUMMED = "phases_summed"
"""A total that the charger did not give is the sum of its phases (quirk Q-63)."""
_COUNTED = frozenset({REGISTER, INTERVAL, POWER, SOC})
_KILO = frozenset({"kWh", "kW", "kvarh", "kvar", "kVA"})
LARGEST_FIGURE = 2**62
"""Larger registers are a charger's nonsense (integers beyond 64 bits): kept as text, not counted."""


class Sample(NamedTuple):
    """One measured value. A NamedTuple, not a dataclass: several are made for every MeterValues message.

    ``value`` is the text or number as sent; ``unit`` as sent with 2.x multipliers already applied to ``value``.
    Absent members take the defaults of OCPP (conformance X-18).
    """

    at: datetime
    value: str
    measurand: str = REGISTER
    unit: str = "Wh"
    context: str = "Sample.Periodic"
    phase: str | None = None
    location: str = "Outlet"
    signed: bool = False


class Figures(NamedTuple):
    """What one reading says of a session: the total import register, power and state of charge, where present; ``flags`` of how it
    was found; ``odd`` names what is odd about a number in it (quirk Q-64), as a code of ``domain.anomaly``."""

    register_wh: int | None = None
    interval_wh: int | None = None
    power_w: int | None = None
    soc_percent: int | None = None
    flags: tuple[str, ...] = ()
    odd: str | None = None


class Reading(NamedTuple):
    """All that was measured in one moment."""

    at: datetime
    figures: Figures
    samples: tuple[Sample, ...] = ()


def figures(samples: Iterable[Sample]) -> Figures:
    """The figures of one reading; the last total of each measurand wins, phases are summed where no total is given.

    Of several registers the highest counts: the boundary of a transaction may be told again beside it (quirk Q-65).
    """
    register = power = soc = interval = odd = None
    by_phase: dict[tuple[str, str], int] | None = None
    for _, value, measurand, unit, _, phase, location, signed in samples:
        if measurand not in _COUNTED or signed or (location != "Outlet" and location != "EV"):
            continue
        if measurand == SOC:
            soc = _percent(value)
            continue
        number = to_base_unit(value, unit)
        if number is None:
            number, odd = _odd_number(value, unit)
            if number is None:
                continue
        if phase is not None:
            by_phase = by_phase or {}
            by_phase[measurand, phase] = number
        elif measurand == REGISTER:
            register = number if register is None or number > register else register
        elif measurand == POWER:
            power = number
        else:
            interval = number if interval is None else interval + number
    if by_phase:
        return _with_phases(Figures(register, interval, power, soc, (), odd), by_phase)
    return Figures(register, interval, power, soc, (), odd)


def readings(samples: Iterable[Sample]) -> list[Reading]:
    """Samples by the moment they were taken, oldest first."""
    ordered = sorted(samples, key=_moment)
    grouped = [tuple(group) for _, group in groupby(ordered, key=_moment)]
    return [Reading(group[0].at, figures(group), group) for group in grouped]


def electrical_power(samples: Iterable[Sample]) -> int | None:
    """The power in W that current and voltage make together, phase by phase; None where one of them is missing."""
    volts: dict[str, Decimal] = {}
    amperes: dict[str, Decimal] = {}
    for sample in samples:
        if sample.signed or sample.measurand not in (VOLTAGE, CURRENT) or len(sample.phase or "") not in (0, 2, 4):
            continue
        number = to_number(sample.value)
        if number is not None:
            (volts if sample.measurand == VOLTAGE else amperes)[(sample.phase or "")[:2]] = number
    phases = [phase for phase in amperes if phase] or list(amperes)
    made = [amperes[phase] * voltage for phase in phases if (voltage := volts.get(phase, volts.get(""))) is not None]
    return round(sum(made)) if made and len(made) == len(phases) else None


def to_number(value: str) -> Decimal | None:
    """A finite number no larger than any meter's; None for anything else."""
    try:
        number = Decimal(value)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return number if number.is_finite() and abs(number) <= LARGEST_FIGURE else None


def to_base_unit(value: str, unit: str) -> int | None:
    """A value in Wh or W, rounded to the whole; None when it is no finite number or beyond any meter."""
    try:
        if len(value) < 16 and unit not in _KILO:
            return round(float(value))  # exact below 2**53, and a third of the way through Decimal
        number = Decimal(value)
        if unit in _KILO:
            number *= 1000
        if not number.is_finite() or abs(number) > LARGEST_FIGURE:
            return None
        return round(number)
    except (ArithmeticError, ValueError, TypeError):
        return None


def lenient_decimal(value: str) -> Decimal | None:
    """The number that a text means: in quotes, with spaces or a decimal comma, or in hex (quirk Q-64); None when it is none."""
    text = str(value).strip(" \t\r\n\"'\u00a0")
    if _HEX.fullmatch(text):
        return Decimal(int(text, 16))
    return Decimal(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else None


def _odd_number(value: str, unit: str) -> tuple[int | None, str | None]:
    """What could not be read as a number, read leniently, and what is odd about it."""
    number = lenient_decimal(value)
    read = None if number is None else to_base_unit(format(number, "f"), unit)
    return read, "no_number" if read is None else "odd_number"


_HEX = re.compile("0[xX][0-9a-fA-F]{1,16}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")


def _percent(value: str) -> int | None:
    number = to_base_unit(value, "Percent")
    return number if number is not None and 0 <= number <= 100 else None


def _with_phases(total: Figures, by_phase: dict[tuple[str, str], int]) -> Figures:
    register, interval, power = (_phase_sum(by_phase, measurand) for measurand in (REGISTER, INTERVAL, POWER))
    is_summed = (total.register_wh is None and register is not None) or (total.interval_wh is None and interval is not None)
    return Figures(
        register if total.register_wh is None else total.register_wh,
        interval if total.interval_wh is None else total.interval_wh,
        power if total.power_w is None else total.power_w,
        total.soc_percent,
        (PHASES_SUMMED,) if is_summed or (total.power_w is None and power is not None) else (),
        total.odd,
    )


def _phase_sum(by_phase: dict[tuple[str, str], int], measurand: str) -> int | None:
    """The total over the phases; ``L1`` and ``L1-N`` are the same phase, ``L1-L2`` is none."""
    of_phase = {phase[:2]: number for (name, phase), number in by_phase.items() if name == measurand and len(phase) in (2, 4)}
    return sum(of_phase.values()) if of_phase else None


_moment = itemgetter(0)

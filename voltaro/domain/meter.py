"""Meter samples: what a charger measured, kept as sent, and the figures read from it.

Energy is an int in Wh, power an int in W, state of charge an int in percent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

REGISTER = "Energy.Active.Import.Register"
INTERVAL = "Energy.Active.Import.Interval"
POWER = "Power.Active.Import"
SOC = "SoC"
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
    """What one reading says of a session: the total import register, power and state of charge, where present.

    ``odd`` names what is odd about a number in it (quirk Q-64), as a code of ``domain.anomaly``.
    """

    register_wh: int | None = None
    interval_wh: int | None = None
    power_w: int | None = None
    soc_percent: int | None = None
    odd: str | None = None


def figures(samples: Iterable[Sample]) -> Figures:
    """The figures of one reading; the last total of each measurand wins, phases are summed where no total is given."""
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
            register = number
        elif measurand == POWER:
            power = number
        else:
            interval = number if interval is None else interval + number
    if by_phase:
        register = _phase_sum(by_phase, REGISTER) if register is None else register
        power = _phase_sum(by_phase, POWER) if power is None else power
    return Figures(register, interval, power, soc, odd)


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


def _phase_sum(by_phase: dict[tuple[str, str], int], measurand: str) -> int | None:
    """The total over the phases; ``L1`` and ``L1-N`` are the same phase, ``L1-L2`` is none."""
    of_phase = {phase[:2]: number for (name, phase), number in by_phase.items() if name == measurand and len(phase) in (2, 4)}
    return sum(of_phase.values()) if of_phase else None

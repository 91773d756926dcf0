"""One reading of an EVSE's meter: the measurands that are asked for, in the words both versions share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from voltaro.simulator.evse import Evse
from voltaro.simulator.profile import VOLTAGE_AC, VOLTAGE_DC


class Measured(NamedTuple):
    measurand: str
    value: float
    unit: str
    location: str


def measure(evse: Evse, measurands: Iterable[str]) -> list[Measured]:
    """What the meter shows now, for the measurands it has; without a car there is no state of charge."""
    power_w = evse.draw_w
    voltage = VOLTAGE_DC if evse.direct_current else VOLTAGE_AC
    phases = 1 if evse.direct_current or evse.power_w < 8_000 else 3
    found = []
    for measurand in measurands:
        match measurand:
            case "Energy.Active.Import.Register":
                found.append(Measured(measurand, evse.reading_wh, "Wh", "Outlet"))
            case "Power.Active.Import":
                found.append(Measured(measurand, round(power_w), "W", "Outlet"))
            case "Current.Import":
                found.append(Measured(measurand, round(power_w / voltage / phases, 1), "A", "Outlet"))
            case "Voltage":
                found.append(Measured(measurand, voltage, "V", "Outlet"))
            case "SoC" if evse.battery is not None:
                found.append(Measured(measurand, round(evse.battery.soc * 100, 1), "Percent", "EV"))
    return found

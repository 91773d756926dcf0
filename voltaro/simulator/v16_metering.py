"""The meter of a virtual OCPP 1.6 charger: what it samples, in 1.6's words, and when the clock tells it to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from voltaro.simulator.evse import Evse
from voltaro.simulator.meter import Measured, measure
from voltaro.simulator.profile import VOLTAGE_AC
from voltaro.simulator.settings import MEASURANDS as CORE
from voltaro.simulator.v16_station import Station16

PHASES = ("L1", "L2", "L3")


def sampled(station: Station16, evse: Evse, measurands: Iterable[str], context: str) -> list[dict[str, Any]]:
    """The ``sampledValue`` list of one reading."""
    asked = tuple(measurands)
    whole = measure(evse, asked)
    if station.meter_phases and not evse.direct_current:
        found = [value for each in whole for value in _by_phase(each, context)]
    else:
        found = [_value(value, context, measurand, unit, location) for measurand, value, unit, location in whole]
    if len(whole) < len(asked):
        found += [_rare(evse, measurand, context) for measurand in asked if measurand and measurand not in CORE]
    if station.meter_signs and "Energy.Active.Import.Register" in asked:
        found.append(_signed(station, evse, context))
    return found


def register(at: str, register_wh: int, context: str) -> dict[str, Any]:
    """A ``meterValue`` with nothing but the register."""
    return {"timestamp": at, "sampledValue": [_value(register_wh, context, "Energy.Active.Import.Register", "Wh", "Outlet")]}


def _by_phase(each: Measured, context: str) -> list[dict[str, Any]]:
    measurand, value, unit, location = each
    if measurand not in ("Voltage", "Current.Import", "Power.Active.Import"):
        return [_value(value, context, measurand, unit, location)]
    share = value / 3 if measurand == "Power.Active.Import" else value
    suffix = "-N" if measurand == "Voltage" else ""
    return [_value(round(share, 1), context, measurand, unit, location) | {"phase": phase + suffix} for phase in PHASES]


def _rare(evse: Evse, measurand: str, context: str) -> dict[str, Any]:
    """What is there for completeness: a resistive load at 50 Hz that gives nothing back."""
    offered = min(evse.power_w, evse.limit_w) if evse.energised else 0.0
    value, unit, location = 0.0, "W", "Outlet"
    match measurand.split("."):
        case ["Frequency"]:
            return {"value": "50", "context": context, "measurand": measurand, "location": "Inlet"}  # 1.6 has no unit for it
        case ["RPM"]:
            return {"value": "1200", "context": context, "measurand": measurand, "location": "Body"}
        case ["Temperature"]:
            value, unit, location = 31.5, "Celsius", "Body"
        case ["Power", "Factor"]:
            return {"value": "1", "context": context, "measurand": measurand, "location": location}
        case ["Power", "Offered"]:
            value = round(offered)
        case ["Current", "Offered"]:
            value, unit = round(offered / VOLTAGE_AC / 3, 1), "A"
        case ["Current", *_]:
            unit = "A"
        case ["Power", "Reactive", _]:
            unit = "var"
        case ["Energy", "Active", "Import", "Interval"]:
            value, unit = evse.session.energy_wh if evse.session is not None else 0, "Wh"
        case ["Energy", "Active", *_]:
            unit = "Wh"
        case ["Energy", *_]:
            unit = "varh"
    return _value(value, context, measurand, unit, location)


def _value(value: float, context: str, measurand: str, unit: str, location: str) -> dict[str, Any]:
    text = f"{value:g}" if value % 1 else str(int(value))
    return {"value": text, "context": context, "measurand": measurand, "location": location, "unit": unit}


def _signed(station: Station16, evse: Evse, context: str) -> dict[str, Any]:
    """A signed register in the shape of OCMF. The signature is random: a central system keeps it, and cannot find it right."""
    word = {"Transaction.Begin": "B", "Transaction.End": "E"}.get(context, "C")
    reading = {"TM": station.stamp() + " S", "TX": word, "RV": evse.reading_wh / 1000, "RI": "1-b:1.8.0", "RU": "kWh", "ST": "G"}
    head = {"FV": "1.0", "GI": "voltaro simulator", "GS": station.serial, "PG": f"T{station.dice.whole(1, 9999)}", "RD": [reading]}
    signature = {"SA": "ECDSA-secp256r1-SHA256", "SD": base64.b64encode(station.dice.bits().to_bytes(8, "big") * 8).decode()}
    text = f"OCMF|{json.dumps(head, separators=(',', ':'))}|{json.dumps(signature, separators=(',', ':'))}"
    return {"value": text, "context": context, "format": "SignedData", "measurand": "Energy.Active.Import.Register", "location": "Outlet"}


class AlignedReadings:
    """Readings at whole multiples of the interval since midnight, UTC, of connectors with and without a session (section 3.16.1)."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self._kept: dict[int, list[dict[str, Any]]] = {}
        self._appointment = station.later(0, lambda: None)
        self._appointment.cancel()
        self.set_timer()

    def set_timer(self) -> None:
        """The interval has changed, or a reading was taken."""
        self._appointment.cancel()
        interval = int(self._station.configured("ClockAlignedDataInterval"))
        if interval > 0:
            now = self._station.clock.now().timestamp()
            self._appointment = self._station.later(interval - now % interval, self._read)

    def of_session(self, evse: Evse) -> list[dict[str, Any]]:
        """The readings kept for the session that ends here; they are forgotten."""
        return self._kept.pop(evse.id, [])

    def _read(self) -> None:
        station = self._station
        measurands = _list(station.configured("MeterValuesAlignedData"))
        kept = _list(station.configured("StopTxnAlignedData"))
        for evse in station.evses:
            evse.settle(station.clock.monotonic())
            if measurands:
                values = [{"timestamp": station.stamp(), "sampledValue": sampled(station, evse, measurands, "Sample.Clock")}]
                station.send_reading(evse, values)
            if kept and evse.session is not None:
                entry = {"timestamp": station.stamp(), "sampledValue": sampled(station, evse, kept, "Sample.Clock")}
                self._kept.setdefault(evse.id, []).append(entry)
        self.set_timer()
        station.flush()


def _list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())

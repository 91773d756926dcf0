"""Meter values on the wire as the samples of the domain, with OCPP's defaults (conformance X-18). They come in OCPP's own spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from voltaro.domain.instant import ClockFlag
from voltaro.domain.meter import REGISTER, Sample
from voltaro.ocpp.moments import UnsetClock, instant
from voltaro.ports import Station

_sample: Callable[[tuple[Any, ...]], Sample] = partial(tuple.__new__, Sample)
"""``Sample._make`` without its way through Python: three or more are made for every message."""


def samples_of_16(station: Station, meter_value: Sequence[Mapping[str, Any]], received_at: datetime) -> tuple[Sample, ...]:
    """The samples of 1.6 meter values; a ``SignedData`` value is a blob that is kept and never counted (X-21)."""
    samples = []
    unset: UnsetClock | None = None
    for reading in meter_value:
        at, flag = instant(station, reading["timestamp"], received_at)
        if flag is not None and flag is ClockFlag.UNSET:
            unset = unset or UnsetClock(meter_value, received_at)
            at = unset.at(reading["timestamp"])
        for sampled in reading["sampledValue"]:
            get = sampled.get
            measurand = get("measurand", REGISTER)
            samples.append(
                _sample(
                    (
                        at,
                        sampled["value"],
                        measurand,
                        get("unit") or unit_of(measurand),
                        get("context", "Sample.Periodic"),
                        get("phase"),
                        get("location", "Outlet"),
                        get("format") == "SignedData",
                    )
                )
            )
    return tuple(samples)


def samples_of_2(station: Station, meter_value: Sequence[Mapping[str, Any]], received_at: datetime) -> tuple[Sample, ...]:
    """The samples of 2.x meter values, multipliers applied; a signed value gives a second sample that holds its blob."""
    samples = []
    unset: UnsetClock | None = None
    for reading in meter_value:
        at, flag = instant(station, reading["timestamp"], received_at)
        if flag is not None and flag is ClockFlag.UNSET:
            unset = unset or UnsetClock(meter_value, received_at)
            at = unset.at(reading["timestamp"])
        for sampled in reading["sampledValue"]:
            get = sampled.get
            measurand = get("measurand", REGISTER)
            measure = get("unitOfMeasure")
            unit, multiplier = (None, 0) if measure is None else (measure.get("unit"), measure.get("multiplier", 0))
            context, phase, location = get("context", "Sample.Periodic"), get("phase"), get("location", "Outlet")
            value = _scaled(sampled["value"], multiplier)
            samples.append(Sample(at, value, measurand, unit or unit_of(measurand), context, phase, location))
            signed = get("signedMeterValue")
            if signed is not None:
                samples.append(Sample(at, _signed_text(signed), measurand, "", context, phase, location, True))
    return tuple(samples)


def unit_of(measurand: str) -> str:
    """The unit of a measurand when the charger names none: Wh for energy by the standard, the usual one for the rest."""
    unit = _UNITS.get(measurand)
    if unit is not None:
        return unit
    for beginning, unit in _UNITS_BY_BEGINNING:
        if measurand.startswith(beginning):
            return unit
    return ""


def _scaled(value: float, multiplier: int) -> str:
    """A JSON number times ten to the multiplier, without rounding."""
    text = repr(value)
    if not multiplier:
        return text
    sign, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)  # JSON has no NaN and no infinity
    return format(Decimal((sign, digits, exponent + multiplier)), "f")


def _signed_text(signed: Mapping[str, Any]) -> str:
    """The signed value with its method, encoding and key, as the JSON object it came in."""
    return msgspec.json.encode(signed).decode()


_UNITS = {REGISTER: "Wh", "SoC": "Percent", "Voltage": "V", "Frequency": "Hertz", "Temperature": "Celsius", "RPM": "RPM"}
_UNITS_BY_BEGINNING = (
    ("Energy.Reactive", "varh"),
    ("Energy.", "Wh"),
    ("Power.Factor", ""),
    ("Power.Reactive", "var"),
    ("Power.", "W"),
    ("Current.", "A"),
    ("Voltage", "V"),
    ("Frequency", "Hertz"),
)

"""What an operator has switched on for one charger, because it does not speak OCPP as it is written (conformance section 4).

Repairs that hide nothing are made for every charger in mode TOLERANT. What could hide an error, or cost somebody money, is a
switch here, and off until an operator turns it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo


class Mode(StrEnum):
    """STRICT: nothing is repaired, and what does not fit its schema is refused. It is meant for certification."""

    TOLERANT = "tolerant"
    STRICT = "strict"


_SCALES = frozenset(Decimal(10) ** exponent for exponent in range(-3, 4))


@dataclass(frozen=True, slots=True)
class Quirks:
    """The switches of one charger. Raises ValueError for what cannot be, the name of the switch first."""

    mode: Mode = Mode.TOLERANT
    time_zone: str | None = None
    """The IANA zone of a clock that names none (Q-31); without it, UTC."""
    other_version: bool = False
    """Take a message that fits another OCPP version and not the one that was agreed on (Q-02)."""
    anonymous_charging: bool = False
    """An empty tag may charge here: the charger vends without tags (Q-48, X-22)."""
    begin_at_first_reading: bool = False
    """A session that begins at 0 begins at its first reading that is not 0 (Q-52)."""
    energy_scale: Decimal = Decimal(1)
    """Energy figures are this many times what the charger says (Q-61): 1000 where it writes kWh and calls them Wh."""
    power_scale: Decimal = Decimal(1)
    """The same for power."""

    def __post_init__(self) -> None:
        if self.time_zone is not None:
            zone_named(self.time_zone)
        for name in ("energy_scale", "power_scale"):
            if getattr(self, name) not in _SCALES:
                raise ValueError(f"{name} is a power of ten from 0.001 to 1000")

    @property
    def zone(self) -> ZoneInfo | None:
        return None if self.time_zone is None else zone_named(self.time_zone)

    @property
    def scales(self) -> bool:
        """Whether any figure is to be scaled."""
        return self.energy_scale != 1 or self.power_scale != 1

    def told(self) -> dict[str, Any]:
        """The switches that are not as they come, as plain values."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in plain.items() if value != _DEFAULTS[name]}


_DEFAULTS = {field.name: field.default for field in fields(Quirks)}
AS_THEY_COME = Quirks()


def quirks_of(told: Mapping[str, Any]) -> Quirks:
    """The switches from plain values; names that are not known are left out, so that an older release reads a newer one's.

    Raises ValueError.
    """
    known = {name: value for name, value in told.items() if name in _DEFAULTS}
    if not known:
        return AS_THEY_COME
    try:
        for name in ("energy_scale", "power_scale"):
            if name in known:
                known[name] = Decimal(known[name])
    except InvalidOperation:
        raise ValueError(f"{name} is a power of ten from 0.001 to 1000") from None
    return Quirks(**{**known, "mode": Mode(known.get("mode", Mode.TOLERANT))})


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"time_zone {name!r} is no IANA zone that this machine knows, such as Europe/Berlin") from None

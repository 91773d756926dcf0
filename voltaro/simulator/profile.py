"""Charging profiles: the limit that one sets at a moment, and the limit that several set together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voltaro.simulator.clock import moment

VOLTAGE_AC = 230.0
VOLTAGE_DC = 400.0
DAY_S = 86_400.0

STATION = ("ChargePointMaxProfile", "ChargingStationMaxProfile")
"""Purposes that hold for the whole station (1.6, 2.x)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile in one shape for all versions. Times are Unix seconds; ``periods`` are (start in seconds, limit, phases)."""

    id: int
    purpose: str
    kind: str
    stack_level: int
    unit: str
    periods: tuple[tuple[float, float, int], ...]
    starts: float | None = None
    duration_s: float = math.inf
    valid_from: float = -math.inf
    valid_to: float = math.inf
    cycle_s: float | None = None
    transaction_id: str | None = None

    def edges(self, unix: float, session_since: float) -> Iterator[float]:
        """The moments after ``unix`` at which the limit may change, up to the end of the present round of a recurring one."""
        yield from (edge for edge in (self.valid_from, self.valid_to) if unix < edge < math.inf)
        start = session_since if self.kind == "Relative" or self.starts is None else self.starts
        if self.cycle_s is not None and unix >= start:
            start += (unix - start) // self.cycle_s * self.cycle_s
            yield start + self.cycle_s
        for begins in (*(period[0] for period in self.periods), self.duration_s):
            if unix < start + begins < math.inf:
                yield start + begins

    def limit_w(self, unix: float, session_since: float, *, direct_current: bool = False) -> float | None:
        """The limit at a moment, None where this profile says nothing."""
        if not self.valid_from <= unix < self.valid_to:
            return None
        start = session_since if self.kind == "Relative" or self.starts is None else self.starts
        at = unix - start
        if self.cycle_s is not None and at >= 0:
            at %= self.cycle_s
        if at < 0 or at >= self.duration_s:
            return None
        found = None
        for begins, limit, phases in self.periods:
            if begins <= at:
                found = limit if self.unit == "W" else limit * (VOLTAGE_DC if direct_current else VOLTAGE_AC * phases)
        return found


def combined_limit_w(
    station: Sequence[Profile],
    own: Sequence[Profile],
    unix: float,
    session_since: float,
    *,
    sharers: int = 1,
    direct_current: bool = False,
) -> float:
    """The limit of one EVSE: its share of the station's, and below it the session's own profile, or else the default.

    Per purpose the highest stack level that says something counts. A default of the EVSE's own goes before one for all
    EVSEs, whatever their levels; ``sharers`` draw on the station's limit together (OCPP 1.6 section 3.13).
    """
    for_all = _by_purpose(station, unix, session_since, direct_current=direct_current)
    mine = _by_purpose(own, unix, session_since, direct_current=direct_current)
    limit = min((for_all.pop(purpose) / sharers for purpose in STATION if purpose in for_all), default=math.inf)
    here = for_all | mine
    if "TxProfile" in here:
        here.pop("TxDefaultProfile", None)
    return min(limit, *here.values(), math.inf)


def _by_purpose(profiles: Sequence[Profile], unix: float, session_since: float, *, direct_current: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for profile in sorted(profiles, key=lambda each: each.stack_level):
        limit = profile.limit_w(unix, session_since, direct_current=direct_current)
        if limit is not None:
            found[profile.purpose] = limit
    return found


def next_change(profiles: Iterable[Profile], unix: float, session_since: float) -> float:
    """When any of these profiles may set another limit than now, in Unix seconds; infinite when none ever will."""
    return min((edge for profile in profiles for edge in profile.edges(unix, session_since)), default=math.inf)


def read_profile(payload: Mapping[str, Any]) -> Profile:
    """Read 1.6's ``csChargingProfiles`` or 2.x's ``chargingProfile``; raises KeyError, TypeError or ValueError on nonsense."""
    schedule = payload["chargingSchedule"]
    if isinstance(schedule, list):
        schedule = schedule[0]
    cycle = (
        {"Daily": DAY_S, "Weekly": 7 * DAY_S}.get(payload.get("recurrencyKind", ""))
        if payload["chargingProfileKind"] == "Recurring"
        else None
    )
    transaction = payload.get("transactionId")
    return Profile(
        id=int(payload["chargingProfileId"] if "chargingProfileId" in payload else payload["id"]),
        purpose=str(payload["chargingProfilePurpose"]),
        kind=str(payload["chargingProfileKind"]),
        stack_level=int(payload["stackLevel"]),
        unit=str(schedule["chargingRateUnit"]),
        periods=tuple(
            (float(each["startPeriod"]), float(each["limit"]), int(each.get("numberPhases", 3)))
            for each in schedule["chargingSchedulePeriod"]
        ),
        starts=_unix(schedule.get("startSchedule")),
        duration_s=float(schedule.get("duration", math.inf)),
        valid_from=_unix(payload.get("validFrom"), -math.inf) or -math.inf,
        valid_to=_unix(payload.get("validTo"), math.inf) or math.inf,
        cycle_s=cycle,
        transaction_id=None if transaction is None else str(transaction),
    )


def without(profiles: Iterable[Profile], **criteria: object) -> list[Profile]:
    """The profiles that do not match every given criterion; criteria that are None match all."""
    wanted = {name: value for name, value in criteria.items() if value is not None}
    return [profile for profile in profiles if not all(getattr(profile, name) == value for name, value in wanted.items())]


def replacing(profiles: Iterable[Profile], new: Profile) -> list[Profile]:
    """With ``new`` in the place of the one with its id, or with its purpose and stack level."""
    kept = [each for each in profiles if each.id != new.id and (each.purpose, each.stack_level) != (new.purpose, new.stack_level)]
    return [*kept, new]


def _unix(text: str | None, absent: float | None = None) -> float | None:
    return absent if text is None else moment(text).timestamp()

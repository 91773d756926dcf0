"""Charging profiles: the limit that one sets at a moment, and the limit that several set together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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


def combined_limit_w(profiles: Sequence[Profile], unix: float, session_since: float, *, direct_current: bool = False) -> float:
    """Per purpose the highest stack level that says something; a session's own profile before the default; then the lowest."""
    by_purpose: dict[str, float] = {}
    for profile in sorted(profiles, key=lambda each: each.stack_level):
        limit = profile.limit_w(unix, session_since, direct_current=direct_current)
        if limit is not None:
            by_purpose[profile.purpose] = limit
    if "TxProfile" in by_purpose:
        by_purpose.pop("TxDefaultProfile", None)
    return min(by_purpose.values(), default=math.inf)


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
    if text is None:
        return absent
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()

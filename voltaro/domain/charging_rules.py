"""What a charging profile must be before it is sent (1.6 sections 3.13, 5.16 and 7.8; 2.x K01), and how a fussy charger may be
asked again (quirk Q-72)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voltaro.domain.charging import (
    ChargingProfile,
    Period,
    ProfileKind,
    Purpose,
    RateUnit,
    Schedule,
    in_unit,
    pauses,
    refreshed_start,
)

STAND_IN_LASTS = timedelta(days=1)
"""How long a default profile lasts that stands in for one of a session."""


class BadProfile(Exception):
    """The profile cannot be sent as it is: the operator's fault. ``pointer`` names the member, in our own vocabulary."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


@dataclass(frozen=True, slots=True)
class ProfileLimits:
    """What a charger takes (1.6 section 9.4), as far as it is known; None is unknown, and then nothing is refused for it."""

    max_stack_level: int | None = None
    max_periods: int | None = None
    units: frozenset[RateUnit] | None = None

    @classmethod
    def of_keys(cls, value: Callable[[str], str | None]) -> ProfileLimits:
        """From the charger's configuration; ``value`` gives that of a key, or None where it is not known."""
        return cls(
            _whole(value("ChargeProfileMaxStackLevel")),
            _whole(value("ChargingScheduleMaxPeriods")),
            allowed_units(value("ChargingScheduleAllowedChargingRateUnit")),
        )

    def or_else(self, others: ProfileLimits) -> ProfileLimits:
        """These, and where one of them is not known that of ``others``."""
        return ProfileLimits(
            others.max_stack_level if self.max_stack_level is None else self.max_stack_level,
            others.max_periods if self.max_periods is None else self.max_periods,
            self.units or others.units,
        )


def allowed_units(text: str | None) -> frozenset[RateUnit] | None:
    """``Current,Power`` as defined, ``A``/``W`` as it occurs, with whatever case, blanks and quotes (16-10, Q-70); None when it says
    neither."""
    words = {word.strip(" \t\"'").casefold() for word in (text or "").split(",")}
    units = {unit for unit, names in _UNIT_WORDS.items() if words & names}
    return frozenset(units) or None


def check(profile: ChargingProfile, evse_id: int, limits: ProfileLimits = ProfileLimits(), *, for_start: bool = False) -> None:
    """Raises BadProfile. ``for_start``: it goes along with a remote start, so it is of a session that has no id yet."""
    if profile.id < 1:
        raise BadProfile("/id", "a profile's id is a positive whole number")
    if profile.stack_level < 0:
        raise BadProfile("/stack_level", "a stack level is 0 or more")
    if limits.max_stack_level is not None and profile.stack_level > limits.max_stack_level:
        raise BadProfile("/stack_level", f"this charger takes stack levels up to {limits.max_stack_level}")
    _check_purpose(profile, evse_id, for_start)
    _check_times(profile)
    for schedule in profile.schedules:
        _check_schedule(schedule, limits)


def _check_purpose(profile: ChargingProfile, evse_id: int, for_start: bool) -> None:
    purpose = profile.purpose
    if purpose is Purpose.EXTERNAL:
        raise BadProfile("/purpose", "an external constraint is set by others, never by a central system")
    if for_start:
        if purpose is not Purpose.TX:
            raise BadProfile("/purpose", "only a profile of purpose tx goes along with a start")
        if profile.transaction_id is not None:
            raise BadProfile("/transaction_id", "the session has no id before it has started: leave it out")
        return
    if purpose is Purpose.STATION_MAX and evse_id != 0:
        raise BadProfile("/evse_id", "a station_max profile is of the whole charger: evse_id is 0")
    if purpose is not Purpose.TX:
        if profile.transaction_id is not None:
            raise BadProfile("/transaction_id", "only a profile of purpose tx belongs to a transaction")
        return
    if evse_id < 1:
        raise BadProfile("/evse_id", "a tx profile is of the evse on which its session runs, 1 or more")
    if profile.transaction_id is None:
        raise BadProfile("/transaction_id", "a tx profile names the transaction that runs on its evse")


def _check_times(profile: ChargingProfile) -> None:
    kind, starts_at = profile.kind, profile.schedule.starts_at
    if kind is ProfileKind.RELATIVE:
        if profile.purpose is Purpose.STATION_MAX:
            raise BadProfile("/kind", "a station_max profile is relative to nothing: it is absolute or recurring")
        if starts_at is not None:
            raise BadProfile("/schedule/starts_at", "a relative schedule begins with the session: leave it out")
    elif starts_at is None:
        raise BadProfile("/schedule/starts_at", f"is required for a schedule that is {kind}")
    if kind is ProfileKind.RECURRING and profile.recurrency is None:
        raise BadProfile("/recurrency", "is required for a recurring schedule: daily or weekly")
    if kind is not ProfileKind.RECURRING and profile.recurrency is not None:
        raise BadProfile("/recurrency", "belongs to a recurring schedule")
    if profile.valid_from is not None and profile.valid_to is not None and profile.valid_to <= profile.valid_from:
        raise BadProfile("/valid_to", "lies after valid_from")


def _check_schedule(schedule: Schedule, limits: ProfileLimits) -> None:
    if limits.units is not None and schedule.unit not in limits.units:
        raise BadProfile("/schedule/unit", f"this charger takes {' and '.join(sorted(limits.units))}")
    if not schedule.periods:
        raise BadProfile("/schedule/periods", "a schedule has at least one period")
    if limits.max_periods is not None and len(schedule.periods) > limits.max_periods:
        raise BadProfile("/schedule/periods", f"this charger takes at most {limits.max_periods} periods a schedule")
    if schedule.duration_s is not None and schedule.duration_s < 1:
        raise BadProfile("/schedule/duration_s", "is at least a second; left out, the last period goes on")
    before = -1
    for place, period in enumerate(schedule.periods):
        where = f"/schedule/periods/{place}"
        if place == 0 and period.start_s != 0:
            raise BadProfile(f"{where}/start_s", "the first period starts at 0")
        if period.start_s <= before:
            raise BadProfile(f"{where}/start_s", "periods follow one another")
        before = period.start_s
        _check_rate(f"{where}/limit", period.limit)
        if period.limit and pauses(period.limit, schedule.unit):
            raise BadProfile(f"{where}/limit", "a car draws nothing below 6 A (IEC 61851): say 0 to pause, or 6 A (1380 W) and more")
        if period.phases is not None and not 1 <= period.phases <= 3:
            raise BadProfile(f"{where}/phases", "is 1, 2 or 3")
        if period.phase_to_use is not None and period.phases != 1:
            raise BadProfile(f"{where}/phase_to_use", "is given together with phases 1")
    if schedule.min_rate is not None:
        _check_rate("/schedule/min_rate", schedule.min_rate)


def _check_rate(pointer: str, rate: float) -> None:
    if not 0 <= rate <= 10_000_000 or abs(rate * 10 - round(rate * 10)) > 1e-6:
        raise BadProfile(pointer, "is 0 or more, with at most one decimal")


def _whole(text: str | None) -> int | None:
    digits = (text or "").strip(" \t\"'")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


class Variant(StrEnum):
    """How a profile is said otherwise for a charger that refuses it, in the order in which it is tried."""

    WHOLE_LIMITS = "whole_limits"
    AMPERES = "amperes"
    WITH_START = "with_start"
    OTHER_LEVEL = "other_level"
    TX_DEFAULT = "tx_default"


def variants(
    profile: ChargingProfile, now: datetime, limits: ProfileLimits = ProfileLimits(), first: Variant | None = None
) -> Iterator[tuple[Variant, ChargingProfile]]:
    """Each way to say the same otherwise, ``first`` the one that has worked before. Each is tried once: the list is short."""
    for variant in sorted(Variant, key=lambda one: one is not first):
        said = _VARIANTS[variant](profile, now, limits)
        if said is not None and said != profile:
            yield variant, said


def _whole_limits(profile: ChargingProfile, now: datetime, limits: ProfileLimits) -> ChargingProfile | None:
    return _each(
        profile, lambda schedule: replace(schedule, periods=tuple(p._replace(limit=float(int(p.limit))) for p in schedule.periods))
    )


def _amperes(profile: ChargingProfile, now: datetime, limits: ProfileLimits) -> ChargingProfile | None:
    if profile.schedule.unit is RateUnit.A or (limits.units is not None and RateUnit.A not in limits.units):
        return None

    def in_amperes(schedule: Schedule) -> Schedule:
        periods = tuple(_in_amperes(period) for period in schedule.periods)
        return replace(schedule, unit=RateUnit.A, periods=periods, min_rate=None)

    return _each(profile, in_amperes)


def _in_amperes(period: Period) -> Period:
    current = in_unit(period.limit, period.phases, RateUnit.W, RateUnit.A)
    return period._replace(limit=0.0 if pauses(current, RateUnit.A) else float(int(current)))


def _with_start(profile: ChargingProfile, now: datetime, limits: ProfileLimits) -> ChargingProfile | None:
    if profile.kind is not ProfileKind.RELATIVE or len(profile.schedule.periods) > 1:
        return None  # its periods count from a start that is not now
    start = refreshed_start(now)
    return _each(replace(profile, kind=ProfileKind.ABSOLUTE), lambda schedule: replace(schedule, starts_at=start))


def _other_level(profile: ChargingProfile, now: datetime, limits: ProfileLimits) -> ChargingProfile | None:
    return replace(profile, stack_level=1 if profile.stack_level == 0 and limits.max_stack_level != 0 else 0)


def _tx_default(profile: ChargingProfile, now: datetime, limits: ProfileLimits) -> ChargingProfile | None:
    if profile.purpose is not Purpose.TX:
        return None
    until = min(profile.valid_to or now + STAND_IN_LASTS, now + STAND_IN_LASTS).replace(microsecond=0)
    return replace(profile, purpose=Purpose.TX_DEFAULT, transaction_id=None, valid_to=until)


def _each(profile: ChargingProfile, change: Callable[[Schedule], Schedule]) -> ChargingProfile:
    return replace(profile, schedules=tuple(change(schedule) for schedule in profile.schedules))


_UNIT_WORDS = {
    RateUnit.A: frozenset({"a", "current", "amp", "ampere", "amperes"}),
    RateUnit.W: frozenset({"w", "power", "watt", "watts"}),
}
_VARIANTS: dict[Variant, Callable[[ChargingProfile, datetime, ProfileLimits], ChargingProfile | None]] = {
    Variant.WHOLE_LIMITS: _whole_limits,
    Variant.AMPERES: _amperes,
    Variant.WITH_START: _with_start,
    Variant.OTHER_LEVEL: _other_level,
    Variant.TX_DEFAULT: _tx_default,
}

"""Charging profiles and schedules as the API spells them, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from voltaro.domain.charging import (
    DEFAULT_PHASES,
    PHASE_VOLTAGE_V,
    ChargingProfile,
    CompositeSchedule,
    HeldProfile,
    Period,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    pauses,
    refreshed_start,
)
from voltaro.domain.charging_rules import BadProfile, ProfileLimits, check
from voltaro.ports import ChargingSettings
from web.house import House
from web.problem import invalid
from web.route import Body

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=10_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class PeriodBody(Body, frozen=True, kw_only=True):
    """From ``start_s`` seconds into the schedule on: at most ``limit`` A per phase, or W in all. Without ``phases`` there are three."""

    start_s: Number
    limit: Rate
    phases: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None
    phase_to_use: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None


class ScheduleBody(Body, frozen=True, kw_only=True):
    """Without ``duration_s`` the last period goes on. An absolute schedule without ``starts_at`` begins now."""

    unit: RateUnit
    periods: Annotated[list[PeriodBody], msgspec.Meta(min_length=1, max_length=1024)]
    duration_s: Positive | None = None
    starts_at: Instant | None = None
    min_rate: Rate | None = None


class ChargingProfileBody(Body, frozen=True, kw_only=True):
    """A charging profile. Without ``id`` it takes that of the profile it replaces, or a free one."""

    schedule: ScheduleBody
    purpose: Purpose = Purpose.TX
    kind: ProfileKind = ProfileKind.ABSOLUTE
    id: Positive | None = None
    stack_level: Number = 0
    recurrency: Recurrency | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    transaction_id: Annotated[str, msgspec.Meta(min_length=1, max_length=36)] | None = None


class PeriodView(msgspec.Struct, frozen=True):
    """A period of a schedule; ``limit`` null is no limit, ``pauses`` says that a car draws nothing under it."""

    start_s: int
    limit: float | None
    phases: int | None
    pauses: bool
    phase_to_use: int | None = None


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule of a profile."""

    unit: RateUnit
    periods: list[PeriodView]
    duration_s: int | None
    starts_at: datetime | None
    min_rate: float | None


class HeldProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """A profile that the charger has accepted. ``waits_for`` is the tag of the remote start whose session it waits for."""

    id: int
    evse_id: int
    purpose: Purpose
    kind: ProfileKind
    stack_level: int
    recurrency: Recurrency | None
    valid_from: datetime | None
    valid_to: datetime | None
    transaction_id: str | None
    schedule: ScheduleView
    set_at: datetime
    set_by: str | None
    waits_for: str | None


class Assumed(msgspec.Struct, frozen=True):
    """What is assumed where a current is told as a power, or the other way round."""

    phase_voltage_v: int = PHASE_VOLTAGE_V
    phases: int = DEFAULT_PHASES


class CompositeView(msgspec.Struct, frozen=True, kw_only=True):
    """The limit of an evse over time; evse 0 is the charger as a whole."""

    evse_id: int
    starts_at: datetime
    duration_s: int
    unit: RateUnit
    periods: list[PeriodView]


def profile_of(body: ChargingProfileBody, profile_id: int, now: datetime) -> ChargingProfile:
    """The profile that is asked for. Raises Problem 422 for a moment that cannot be."""
    told = body.schedule
    starts_at = _moment("/schedule/starts_at", told.starts_at)
    if starts_at is None and body.kind is ProfileKind.ABSOLUTE:
        starts_at = refreshed_start(now)
    periods = tuple(Period(one.start_s, one.limit, one.phases, one.phase_to_use) for one in told.periods)
    return ChargingProfile(
        profile_id,
        body.purpose,
        body.kind,
        (Schedule(told.unit, periods, told.duration_s, starts_at, told.min_rate),),
        body.stack_level,
        body.recurrency,
        _moment("/valid_from", body.valid_from),
        _moment("/valid_to", body.valid_to),
        body.transaction_id,
    )


def profile_id_for(body: ChargingProfileBody, evse_id: int, held: Sequence[HeldProfile]) -> int:
    """The id it is given, that of the profile it replaces, or a free one."""
    if body.id is not None:
        return body.id
    place = (evse_id, body.purpose, body.stack_level)
    same = [one.profile.id for one in held if (one.evse_id, one.profile.purpose, one.profile.stack_level) == place]
    return same[0] if same else max([0, *(one.profile.id for one in held)]) + 1


def checked(
    profile: ChargingProfile, evse_id: int, limits: ProfileLimits, *, for_start: bool = False, pointer: str = ""
) -> ChargingProfile:
    """The profile, where it may be sent. Raises Problem 422 with the member, below ``pointer``."""
    try:
        check(profile, evse_id, limits, for_start=for_start)
    except BadProfile as error:
        raise invalid(pointer + error.pointer, error.message) from error
    return profile


async def told_to(house: House, charger_id: str) -> ChargingSettings:
    """How a charger is to be told: as an operator has said, and where nobody has, as its configuration says that was read."""
    said, configuration = await house.store.charging_settings(charger_id), await house.store.configuration(charger_id)

    def value(name: str) -> str | None:
        key = configuration.find(name)
        return None if key is None else key.value

    reserves = said.reserve_evse_zero
    if reserves is None and (told := value("ReserveConnectorZeroSupported")) is not None:
        reserves = told.strip(" \t\"'").casefold() == "true"
    return replace(said, limits=said.limits.or_else(ProfileLimits.of_keys(value)), reserve_evse_zero=reserves)


async def start_profile(house: House, charger_id: str, body: ChargingProfileBody, evse_id: int | None) -> ChargingProfile:
    """The profile that goes along with a remote start. Raises Problem 422 with the member, below ``/charging_profile``."""
    held = await house.store.held_profiles(charger_id)
    settings = await told_to(house, charger_id)
    profile = profile_of(body, profile_id_for(body, evse_id or 0, held), house.clock.now())
    return checked(profile, evse_id or 0, settings.limits, for_start=True, pointer="/charging_profile")


def held_view(held: HeldProfile) -> HeldProfileView:
    profile, schedule = held.profile, held.profile.schedule
    return HeldProfileView(
        id=profile.id,
        evse_id=held.evse_id,
        purpose=profile.purpose,
        kind=profile.kind,
        stack_level=profile.stack_level,
        recurrency=profile.recurrency,
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
        schedule=ScheduleView(
            unit=schedule.unit,
            periods=[
                PeriodView(one.start_s, one.limit, one.phases, pauses(one.limit, schedule.unit), one.phase_to_use)
                for one in schedule.periods
            ],
            duration_s=schedule.duration_s,
            starts_at=schedule.starts_at,
            min_rate=schedule.min_rate,
        ),
        set_at=held.set_at,
        set_by=held.set_by,
        waits_for=held.waits_for,
    )


def composite_view(schedule: CompositeSchedule) -> CompositeView:
    return CompositeView(
        evse_id=schedule.evse_id,
        starts_at=schedule.starts_at,
        duration_s=schedule.duration_s,
        unit=schedule.unit,
        periods=[PeriodView(one.start_s, one.limit, one.phases, pauses(one.limit, schedule.unit)) for one in schedule.slices],
    )


def _moment(pointer: str, moment: datetime | None) -> datetime | None:
    if moment is not None and not EARLIEST <= moment <= LATEST:
        raise invalid(pointer, "lies between the years 2000 and 2200")
    return None if moment is None else moment.astimezone(UTC)

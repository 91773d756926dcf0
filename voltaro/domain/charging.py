"""Charging profiles: what a charger is told of how much it may draw, and what their stack comes to.

All versions of OCPP mean the same (1.6 section 3.13, 2.x block K): at every moment the highest valid stack level of each purpose
holds, and the smallest of what the purposes say is the limit. A lower level holds again where the higher one has no period.

A limit is a current per phase in A, or the power of all phases in W. Where both meet, power = current x ``PHASE_VOLTAGE_V`` x phases,
with ``DEFAULT_PHASES`` where a period does not say (16-11): an assumption, not a measurement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

PHASE_VOLTAGE_V = 230
"""Between a phase and neutral, wherever a current must be told as a power or the other way round."""
DEFAULT_PHASES = 3
SMALLEST_CURRENT_A = 6.0
"""IEC 61851 knows no smaller charging current: below it a car draws nothing (quirk Q-73)."""
START_WITHIN = timedelta(minutes=10)
"""A profile that went along with a remote start waits so long for the session."""
MOST_CHANGES = 20_000
"""Moments at which a computed schedule may change; more than that are not computed in one go."""


class RateUnit(StrEnum):
    """Current per phase, or power of all phases."""

    A = "A"
    W = "W"


class Purpose(StrEnum):
    """What a profile limits. STATION_MAX: the whole charger. EXTERNAL: set by others, only read (2.x K12)."""

    STATION_MAX = "station_max"
    TX_DEFAULT = "tx_default"
    TX = "tx"
    EXTERNAL = "external"


class ProfileKind(StrEnum):
    """Where the times of a schedule begin: at a moment, every day or week, or with the session."""

    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    RELATIVE = "relative"


class Recurrency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def length_s(self) -> int:
        return 86_400 if self is Recurrency.DAILY else 7 * 86_400


class Period(NamedTuple):
    """From ``start_s`` seconds into the schedule on, until the next period: the limit, with one decimal."""

    start_s: int
    limit: float
    phases: int | None = None
    phase_to_use: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """``duration_s`` None: the last period goes on (16-11). ``min_rate`` is the least rate worth charging at."""

    unit: RateUnit
    periods: tuple[Period, ...]
    duration_s: int | None = None
    starts_at: datetime | None = None
    min_rate: float | None = None


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """A charging profile as a value. ``schedules`` has one; 2.x may give a car up to three to choose from (ISO 15118)."""

    id: int
    purpose: Purpose
    kind: ProfileKind
    schedules: tuple[Schedule, ...]
    stack_level: int = 0
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str | None = None

    @property
    def schedule(self) -> Schedule:
        return self.schedules[0]


@dataclass(frozen=True, slots=True)
class HeldProfile:
    """A profile that a charger has accepted, at ``evse_id`` (0: the whole charger).

    One of a remote start waits for the session of ``waits_for`` (a tag), and has no transaction until then.
    """

    evse_id: int
    profile: ChargingProfile
    set_at: datetime
    set_by: str | None = None
    waits_for: str | None = None

    def has_missed_its_start(self, now: datetime) -> bool:
        """Whether the session that it waited for has not come in time."""
        return self.waits_for is not None and now - self.set_at >= START_WITHIN


@dataclass(frozen=True, slots=True)
class ProfileCriteria:
    """Which profiles are meant: the one with this id, or all that fit every other member that is given (16E 3.25)."""

    profile_id: int | None = None
    evse_id: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None

    def fit(self, held: HeldProfile) -> bool:
        if self.profile_id is not None:
            return held.profile.id == self.profile_id
        return (
            (self.evse_id is None or held.evse_id == self.evse_id)
            and (self.purpose is None or held.profile.purpose is self.purpose)
            and (self.stack_level is None or held.profile.stack_level == self.stack_level)
        )


class Slice(NamedTuple):
    """From ``start_s`` seconds into a composite schedule on; ``limit`` None is no limit."""

    start_s: int
    limit: float | None
    phases: int | None


@dataclass(frozen=True, slots=True)
class CompositeSchedule:
    """The limit over time: computed by us, or as a charger answered."""

    evse_id: int
    starts_at: datetime
    duration_s: int
    unit: RateUnit
    slices: tuple[Slice, ...]


class TooManyChanges(Exception):
    """The profiles change more often in the time asked for than is computed in one go: ask for less time."""


def replaced(held: Iterable[HeldProfile], new: HeldProfile) -> list[HeldProfile]:
    """What gives way to an accepted profile: one with its id, and one of its purpose and stack level at its evse."""
    return [
        old
        for old in held
        if old.profile.id == new.profile.id
        or (old.evse_id, old.profile.purpose, old.profile.stack_level) == (new.evse_id, new.profile.purpose, new.profile.stack_level)
    ]


def composite(
    held: Sequence[HeldProfile],
    *,
    evse_id: int,
    starts_at: datetime,
    duration_s: int,
    unit: RateUnit | None = None,
    transaction_id: str | None = None,
    session_started_at: datetime | None = None,
) -> CompositeSchedule:
    """What the held profiles come to at an evse; at evse 0, what holds for the charger as a whole.

    Without a running session it is what a session would get that starts now. ``unit`` None is A where all that holds is in A,
    else W. Raises TooManyChanges.
    """
    begin = _seconds(starts_at)
    session_start = begin if session_started_at is None else _seconds(session_started_at)
    stacks = [_stack(held, purpose, evse_id, transaction_id) for purpose in (Purpose.STATION_MAX, Purpose.EXTERNAL)]
    if evse_id:
        stacks.append(_stack(held, Purpose.TX, evse_id, transaction_id) + _stack(held, Purpose.TX_DEFAULT, evse_id, transaction_id))
    courses = [[_Course(one, session_start) for one in stack] for stack in stacks]
    if unit is None:
        units = {one.profile.schedule.unit for stack in stacks for one in stack}
        unit = RateUnit.A if units == {RateUnit.A} else RateUnit.W
    changes = {begin}
    for stack_courses in courses:
        for course in stack_courses:
            for moment in course.changes(begin, begin + duration_s):
                changes.add(moment)
                if len(changes) > MOST_CHANGES:
                    raise TooManyChanges
    slices: list[Slice] = []
    for moment in sorted(changes):
        limit, phases = _limit(courses, moment, unit)
        if not slices or slices[-1][1:] != (limit, phases):
            slices.append(Slice(moment - begin, limit, phases))
    return CompositeSchedule(evse_id, starts_at, duration_s, unit, tuple(slices))


def allows_more(reported: CompositeSchedule, wanted: CompositeSchedule) -> bool:
    """Whether a charger's own word shows that it does not hold to ours: it allows more at the beginning than we do.

    Both are of one unit and begin at nearly the same time. Less than we allow is the charger's own affair: a cable, a fuse. One
    that tells no limit tells nothing.
    """
    theirs = reported.slices[0].limit if reported.slices else None
    ours = wanted.slices[0].limit
    return theirs is not None and ours is not None and reported.unit is wanted.unit and theirs > ours + 0.1


def pauses(limit: float | None, unit: RateUnit) -> bool:
    """Whether a car draws nothing under this limit: 0, or less than the smallest current there is (quirk Q-73)."""
    return limit is not None and limit < (SMALLEST_CURRENT_A if unit is RateUnit.A else SMALLEST_CURRENT_A * PHASE_VOLTAGE_V)


def in_unit(limit: float, phases: int | None, unit: RateUnit, wanted: RateUnit) -> float:
    """A limit in another unit, rounded down to one decimal so that it is never more than what was meant."""
    if unit is wanted:
        return limit
    factor = PHASE_VOLTAGE_V * (phases or DEFAULT_PHASES)
    exact = limit * factor if wanted is RateUnit.W else limit / factor
    return int(exact * 10 + 1e-6) / 10


def _stack(held: Sequence[HeldProfile], purpose: Purpose, evse_id: int, transaction_id: str | None) -> list[HeldProfile]:
    """The profiles of a purpose that are meant at an evse, what holds first in front."""
    found = [one for one in held if one.profile.purpose is purpose and (one.evse_id == evse_id or _is_for_all(one))]
    if purpose is Purpose.TX:
        found = [one for one in found if transaction_id is not None and one.profile.transaction_id == transaction_id]
    return sorted(found, key=lambda one: (one.evse_id == 0, -one.profile.stack_level, one.profile.id))


def _is_for_all(held: HeldProfile) -> bool:
    return held.evse_id == 0 and held.profile.purpose is not Purpose.TX


def _limit(courses: Sequence[Sequence[_Course]], moment: int, unit: RateUnit) -> tuple[float | None, int | None]:
    """The smallest of what each purpose says at a moment."""
    limit: float | None = None
    fewest: int | None = None
    for stack in courses:
        for course in stack:
            period = course.at(moment)
            if period is None:
                continue
            said = in_unit(period.limit, period.phases, course.unit, unit)
            limit = said if limit is None else min(limit, said)
            phases = period.phases or DEFAULT_PHASES
            fewest = phases if fewest is None else min(fewest, phases)
            break
    return limit, fewest


class _Course:
    """A held profile on the line of time, in whole seconds since 1970."""

    __slots__ = ("_begin", "_length_s", "_periods", "_repeat_s", "_since", "_starts", "_until", "unit")

    def __init__(self, held: HeldProfile, session_start: int) -> None:
        profile, schedule = held.profile, held.profile.schedule
        self.unit = schedule.unit
        self._periods = sorted(schedule.periods, key=lambda period: period.start_s)
        self._starts = [period.start_s for period in self._periods]
        self._repeat_s = profile.recurrency.length_s if profile.kind is ProfileKind.RECURRING and profile.recurrency is not None else None
        self._length_s = schedule.duration_s
        if self._repeat_s is not None:
            self._length_s = self._repeat_s if schedule.duration_s is None else min(schedule.duration_s, self._repeat_s)
        if profile.kind is ProfileKind.RELATIVE and profile.purpose in (Purpose.TX, Purpose.TX_DEFAULT):
            self._begin = session_start
        else:  # one that does not say when begins when it was set
            self._begin = _seconds(schedule.starts_at or held.set_at)
        self._until = None if profile.valid_to is None else _seconds(profile.valid_to)
        self._since = None if profile.valid_from is None else _seconds(profile.valid_from)

    def at(self, moment: int) -> Period | None:
        """The period that holds at a moment, if any does."""
        if (self._since is not None and moment < self._since) or (self._until is not None and moment >= self._until):
            return None
        into = moment - self._begin
        if into < 0:
            return None
        if self._repeat_s is not None:
            into %= self._repeat_s
        if self._length_s is not None and into >= self._length_s:
            return None
        place = bisect_right(self._starts, into)
        return self._periods[place - 1] if place else None

    def changes(self, begin: int, end: int) -> Iterator[int]:
        """The moments after ``begin`` and before ``end`` at which it may begin to say something else."""
        edges = [*self._starts, *(() if self._length_s is None else (self._length_s,))]
        rounds = [self._begin]
        if self._repeat_s is not None:
            first = self._begin + max(0, (begin - self._begin) // self._repeat_s) * self._repeat_s
            rounds = list(range(first, end, self._repeat_s))
        for start in rounds:
            for edge in edges:
                if begin < start + edge < end:
                    yield start + edge
        for moment in (self._since, self._until):
            if moment is not None and begin < moment < end:
                yield moment


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp() // 1)


def refreshed_start(now: datetime) -> datetime:
    """When a schedule that holds from now on begins: a little ago, so that there is no gap (16-12)."""
    return (now - timedelta(minutes=1)).replace(microsecond=0)

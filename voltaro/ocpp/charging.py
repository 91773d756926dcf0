"""Charging schedules on the wire: the members that OCPP 1.6 and 2.x spell alike, read and written, and what their answers say alike."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from voltaro.domain.charging import ChargingProfile, CompositeSchedule, Period, ProfileKind, RateUnit, Recurrency, Schedule, Slice
from voltaro.domain.instant import read_moment
from voltaro.ocpp.moments import wire_time
from voltaro.ports import Station

LARGEST_NUMBER = 2**31 - 1
"""OCPP's integers have 32 bits."""

KINDS = {kind: kind.value.capitalize() for kind in ProfileKind}
KIND_WORDS = {word: kind for kind, word in KINDS.items()}
RECURRENCIES = {recurrency: recurrency.value.capitalize() for recurrency in Recurrency}
RECURRENCY_WORDS = {word: recurrency for recurrency, word in RECURRENCIES.items()}

Told = Mapping[str, Any]
Learning = Coroutine[Any, Any, None] | None


def learn_set(station: Station, evse_id: int, profile: ChargingProfile | None, answered: Told | None) -> Learning:
    """What the answer to SetChargingProfile says; ``profile`` None was none that could be read."""
    if answered is None or profile is None or not fits(evse_id):
        return None
    if answered["status"] == "Accepted":
        return station.profiles.held(evse_id, profile)
    return station.profiles.refused(evse_id, profile, answered["status"])


def learn_start(station: Station, evse_id: int | None, id_tag: str, profile: ChargingProfile | None, answered: Told | None) -> Learning:
    """What the answer to a remote start says of the profile that came with it, if one did."""
    if answered is None or answered["status"] != "Accepted" or profile is None or not fits(evse_id):
        return None
    return station.profiles.held_for_start(evse_id, id_tag, profile)


def schedule_payload(schedule: Schedule) -> dict[str, Any]:
    """A schedule in OCPP's spelling; whole limits are written as whole numbers, which some chargers need."""
    payload: dict[str, Any] = {
        "chargingRateUnit": schedule.unit.value,
        "chargingSchedulePeriod": [_period(one) for one in schedule.periods],
    }
    if schedule.duration_s is not None:
        payload["duration"] = schedule.duration_s
    if schedule.starts_at is not None:
        payload["startSchedule"] = wire_time(schedule.starts_at)
    if schedule.min_rate is not None:
        payload["minChargingRate"] = _number(schedule.min_rate)
    return payload


def schedule_of(payload: Mapping[str, Any]) -> Schedule | None:
    """A schedule as it was sent; None for one whose limits are not told in periods (2.1 has such), or are none that could be."""
    periods = periods_of(payload["chargingSchedulePeriod"])
    if periods is None or not fits(payload.get("duration")):
        return None
    return Schedule(
        RateUnit(payload["chargingRateUnit"]),
        periods,
        payload.get("duration"),
        moment_of(payload.get("startSchedule")),
        payload.get("minChargingRate"),
    )


def periods_of(told: Sequence[Mapping[str, Any]]) -> tuple[Period, ...] | None:
    """The periods of a schedule; None where one has no limit, or figures that are none of a charger."""
    for one in told:
        if not fits(one["startPeriod"], one.get("numberPhases"), one.get("phaseToUse")) or not 0 <= one.get("limit", -1) <= LARGEST_NUMBER:
            return None
    return tuple(Period(one["startPeriod"], float(one["limit"]), one.get("numberPhases"), one.get("phaseToUse")) for one in told)


def reported(evse_id: int, told: Mapping[str, Any], starts_at: datetime, duration_s: int) -> CompositeSchedule | None:
    """A composite schedule as a charger told it; ``told`` holds its unit and periods."""
    periods = periods_of(told["chargingSchedulePeriod"])
    if periods is None or not fits(told.get("duration")):
        return None
    slices = tuple(Slice(one.start_s, one.limit, one.phases) for one in sorted(periods, key=lambda one: one.start_s))
    return CompositeSchedule(evse_id, starts_at, told.get("duration", duration_s), RateUnit(told["chargingRateUnit"]), slices)


def moment_of(text: object) -> datetime | None:
    """A moment of a schedule, which may well lie far ahead; None where nothing is said, or nothing that can be read."""
    try:
        at = None if text is None else read_moment(str(text))
    except (ValueError, OverflowError):
        return None
    return at if at is None else at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def fits(*numbers: object) -> bool:
    """Whether each is a number that OCPP can say, or None."""
    return all(number is None or (isinstance(number, int) and -LARGEST_NUMBER <= number <= LARGEST_NUMBER) for number in numbers)


def _period(period: Period) -> dict[str, Any]:
    payload: dict[str, Any] = {"startPeriod": period.start_s, "limit": _number(period.limit)}
    if period.phases is not None:
        payload["numberPhases"] = period.phases
    if period.phase_to_use is not None:
        payload["phaseToUse"] = period.phase_to_use
    return payload


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 1)

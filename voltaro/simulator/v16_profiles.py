"""Smart charging of a virtual OCPP 1.6 charger: which profiles it takes, which it drops, and what they come to (section 3.13)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from voltaro.simulator.evse import Evse
from voltaro.simulator.profile import STATION, VOLTAGE_AC, VOLTAGE_DC, Profile, combined_limit_w, read_profile, replacing, without
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_configuration import HIGHEST_STACK_LEVEL, MOST_PERIODS, MOST_PROFILES
from voltaro.simulator.v16_station import Station16

LONGEST_FORECAST_S = 7 * 86_400
_UNITS = ("A", "W")


def flaw(payload: Mapping[str, Any], profile: Profile) -> str | None:
    """What is wrong with a profile by itself; None when nothing is."""
    starts = [period[0] for period in profile.periods]
    recurring = profile.kind == "Recurring"
    flaws = {
        "The stack level is out of range.": not 0 <= profile.stack_level <= HIGHEST_STACK_LEVEL,
        "There are no periods, or too many.": not 1 <= len(starts) <= MOST_PERIODS,
        "The first period does not start at 0.": bool(starts) and starts[0] != 0,
        "The periods are not in order.": any(later <= earlier for earlier, later in pairwise(starts)),
        "A limit is below 0.": any(limit < 0 for _, limit, _ in profile.periods),
        "The unit is not known.": profile.unit not in _UNITS,
        "A recurring profile says how often, any other does not.": recurring != ("recurrencyKind" in payload),
        "A recurring profile says from when.": recurring and profile.starts is None,
        "A relative profile has no start of its own.": profile.kind == "Relative" and profile.starts is not None,
        "It is over before it begins.": profile.valid_to <= profile.valid_from,
    }
    return next((words for words, found in flaws.items() if found), None)


def for_remote_start(payload: Mapping[str, Any] | None) -> Profile | None:
    """The profile that comes with a RemoteStartTransaction. Raises ValueError for one that must not come so (section 5.11)."""
    if payload is None:
        return None
    profile = read_profile(payload)
    if profile.purpose != "TxProfile" or profile.transaction_id is not None or flaw(payload, profile):
        raise ValueError(flaw(payload, profile) or "Only a TxProfile without a transaction can come with a start.")
    return profile


def set_profile(station: Station16, payload: dict[str, Any]) -> Reply:
    connector, told = int(payload["connectorId"]), payload["csChargingProfiles"]
    profile = read_profile(told)
    found = station.connectors(connector)
    if not found or flaw(told, profile) or not _fits(station, connector, profile):
        return Reply({"status": "Rejected"})
    # The same id is the same profile wherever it was; the same purpose and level is another one's place.
    station_profiles = without(station.station_profiles, id=profile.id)
    own = {evse.id: without(evse.profiles, id=profile.id) for evse in station.evses}
    if connector == 0:
        station_profiles = replacing(station_profiles, profile)
    else:
        own[connector] = replacing(own[connector], profile)
    if len(station_profiles) + sum(map(len, own.values())) > MOST_PROFILES:
        return Reply({"status": "Rejected"})
    station.station_profiles = station_profiles
    for evse in station.evses:
        evse.profiles = own[evse.id]
    return Reply({"status": "Accepted"}, station.obey_profiles)


def _fits(station: Station16, connector: int, profile: Profile) -> bool:
    """Whether the purpose goes with the connector, and a session's profile with its session."""
    match profile.purpose:
        case "ChargePointMaxProfile":
            return connector == 0
        case "TxDefaultProfile":
            return profile.transaction_id is None
        case "TxProfile" if connector > 0:
            session = station.evse(connector).session
            return session is not None and profile.transaction_id in (None, session.transaction_id)
        case _:
            return False


def clear(station: Station16, payload: dict[str, Any]) -> Reply:
    """By id alone, or by any of the other criteria together; all without any (errata 3.25)."""
    if "id" in payload:
        connector, criteria = None, {"id": payload["id"]}
    else:
        connector = payload.get("connectorId")
        criteria = {"purpose": payload.get("chargingProfilePurpose"), "stack_level": payload.get("stackLevel")}
    cleared = 0
    if connector in (None, 0):
        kept = without(station.station_profiles, **criteria)
        cleared, station.station_profiles = len(station.station_profiles) - len(kept), kept
    for evse in station.evses:
        if connector in (None, evse.id):
            kept = without(evse.profiles, **criteria)
            cleared += len(evse.profiles) - len(kept)
            evse.profiles = kept
    return Reply({"status": "Accepted" if cleared else "Unknown"}, station.obey_profiles)


def composite(station: Station16, payload: dict[str, Any]) -> Reply:
    """The limits to come, from now on for the duration, as far as they are known now (section 5.7)."""
    connector, duration = int(payload["connectorId"]), int(payload["duration"])
    unit = payload.get("chargingRateUnit", "W")
    if not station.connectors(connector) or not 0 < duration <= LONGEST_FORECAST_S or unit not in _UNITS:
        return Reply({"status": "Rejected"})
    now = station.clock.now().timestamp()
    periods = [
        {"startPeriod": at, "limit": round(_in_unit(station, limit, unit, connector), 1)}
        for at, limit in forecast(lambda unix: limit_at(station, connector, unix), _edges(station, connector, now, duration), now)
    ]
    schedule = {"duration": duration, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    return Reply({"status": "Accepted", "connectorId": connector, "scheduleStart": station.stamp(), "chargingSchedule": schedule})


def forecast(limit: Callable[[float], float], edges: list[float], now: float) -> list[tuple[int, float]]:
    """(start in seconds, limit) for each stretch between the edges; neighbours with the same limit are one."""
    found: list[tuple[int, float]] = []
    for edge in [now, *edges]:
        value = limit(edge)
        if not found or found[-1][1] != value:
            found.append((round(edge - now), value))
    return found


def limit_at(station: Station16, connector: int, unix: float) -> float:
    """In W, of one connector or, for 0, of the whole station: never more than its parts can give."""
    if connector == 0:
        parts = sum(_limit_of(station, evse, unix, []) for evse in station.evses)
        return min(parts, combined_limit_w([each for each in station.station_profiles if each.purpose in STATION], [], unix, unix))
    return _limit_of(station, station.evse(connector), unix, station.station_profiles)


def _limit_of(station: Station16, evse: Evse, unix: float, station_profiles: list[Profile]) -> float:
    since = evse.session_since(station.clock.monotonic(), station.clock.now().timestamp())
    shared = station_profiles or [each for each in station.station_profiles if each.purpose not in STATION]
    return min(evse.power_w, combined_limit_w(shared, evse.profiles, unix, since, direct_current=evse.direct_current))


def _edges(station: Station16, connector: int, now: float, duration: float) -> list[float]:
    """Every moment within the duration at which some profile may change its limit."""
    found: set[float] = set()
    for evse in station.connectors(connector):
        since = evse.session_since(station.clock.monotonic(), now)
        for profile in (*station.station_profiles, *evse.profiles):
            at = now
            while at < now + duration:
                edges = sorted(edge for edge in profile.edges(at, since) if edge < now + duration)
                found.update(edges)
                at = edges[-1] if edges and profile.cycle_s is not None else math.inf
    return sorted(found)


def _in_unit(station: Station16, limit_w: float, unit: str, connector: int) -> float:
    if unit == "W":
        return limit_w
    evse = station.connectors(connector)[0]
    return limit_w / (VOLTAGE_DC if evse.direct_current else VOLTAGE_AC * 3)

"""Moments on the wire: read with the charger's oddities counted, written as OCPP wants them."""

from __future__ import annotations

from datetime import UTC, datetime

from voltaro.domain.instant import ClockFlag, Instant, read_instant
from voltaro.ports import Station


def instant(station: Station, text: object, received_at: datetime) -> Instant:
    """Read a charger's timestamp; what is odd about it is counted as an anomaly of its station."""
    read = read_instant(text, received_at)
    if read.flag is not None:
        station.anomaly(read.flag.value)
    return read


def status_time(station: Station, text: object, received_at: datetime) -> datetime:
    """When a status was taken; without a timestamp, now."""
    return received_at if text is None else settled(instant(station, text, received_at), received_at)


def settled(read: Instant, received_at: datetime) -> datetime:
    """The time by which statuses are ordered (X-15): when the clock that stamped it cannot be right, the time it came in."""
    return received_at if read.flag is ClockFlag.IMPLAUSIBLE else read.at


def wire_time(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC with milliseconds and ``Z`` (conformance TR-70)."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.isoformat()
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"

"""Moments on the wire: read with the charger's oddities counted, written as OCPP wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from voltaro.domain.anomaly import LONGEST_EXAMPLE
from voltaro.domain.instant import ClockFlag, Instant, read_instant, read_moment
from voltaro.ports import Station

_TOLD_BEFORE = frozenset({ClockFlag.WITHOUT_ZONE, ClockFlag.MISSING})
"""What no schema lets pass: whoever has mended the message has told of it, with its field (``repair.py``)."""


def instant(station: Station, text: object, received_at: datetime) -> Instant:
    """Read a charger's timestamp; what is odd about it is counted as an anomaly of its station."""
    read = read_instant(text, received_at)
    if read.flag is not None:
        if read.flag is ClockFlag.WITHOUT_ZONE:
            read = read_instant(text, received_at, station.quirks.zone)
        if read.flag is not None and read.flag not in _TOLD_BEFORE:
            station.anomaly(read.flag.value, "/timestamp", str(text)[:LONGEST_EXAMPLE])
    return read


class UnsetClock:
    """The moments of readings that came in one message from a charger whose clock was never set.

    The newest of them is taken to be as old as the message, and the others lie before it as the charger has them (quirk Q-30):
    so they keep their order, and none hides another.
    """

    __slots__ = ("_newest", "_received_at")

    def __init__(self, readings: Iterable[Mapping[str, Any]], received_at: datetime) -> None:
        written = (reading["timestamp"] for reading in readings)
        self._newest = max(_moment(text) for text in written if read_instant(text, received_at).flag is ClockFlag.UNSET)
        self._received_at = received_at

    def at(self, text: object) -> datetime:
        """The moment of one of the readings."""
        return self._received_at - min(self._newest - _moment(text), _LONGEST)


_LONGEST = timedelta(days=30)


def _moment(text: object) -> datetime:
    moment = read_moment(str(text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def status_time(station: Station, text: object, received_at: datetime) -> datetime:
    """When a status was taken, by which statuses are ordered (X-15); without a timestamp, now."""
    return received_at if text is None else instant(station, text, received_at).at


def wire_time(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC with milliseconds and ``Z`` (conformance TR-70)."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.isoformat()
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"

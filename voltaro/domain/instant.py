"""Instants as chargers write them: read leniently, always aware and UTC, oddities named (conformance TR-70, Q-30 to Q-34).

Rule 1: the charger's own words are never thrown away: whoever stores an instant that carries a flag
stores the text beside it.
Rule 2: where the charger's clock cannot be believed, what counts is when the message came.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

EARLIEST_PLAUSIBLE = datetime(2017, 1, 1, tzinfo=UTC)
"""Clocks that were never set begin in 1970, 2000 or 2016."""
LATEST_AHEAD = timedelta(days=2)


class ClockFlag(StrEnum):
    """What was odd about a timestamp (OCPP 1.6 section 3.15; 2.x part 2, DateTime)."""

    WITHOUT_ZONE = "timestamp_without_zone"
    MISSING = "timestamp_missing"
    UNREADABLE = "timestamp_unreadable"
    UNSET = "clock_unset"
    IN_FUTURE = "timestamp_in_future"


class Instant(NamedTuple):
    """A moment in UTC and what was odd about the text it came from. A NamedTuple: every message has one."""

    at: datetime
    flag: ClockFlag | None = None


def read_instant(text: object, received_at: datetime, zone: tzinfo | None = None) -> Instant:
    """Read a timestamp as chargers write it; never raises.

    Without a zone it is read in UTC, or in the charger's own where that is nearer to ``received_at``. What cannot be read
    at all, a date before 2017 and one more than two days ahead become ``received_at``: a charger's clock may be wrong, its
    message is still money.
    """
    flag = None
    try:
        at = read_moment(str(text))
        if at.tzinfo is not UTC:
            if at.tzinfo is None:
                flag, at = ClockFlag.WITHOUT_ZONE, _nearest(at, received_at, zone)
            else:
                at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return Instant(received_at, ClockFlag.UNREADABLE if str(text).strip() else ClockFlag.MISSING)
    if at < EARLIEST_PLAUSIBLE:
        return Instant(received_at, ClockFlag.UNSET)
    if at > received_at + LATEST_AHEAD:
        return Instant(received_at, ClockFlag.IN_FUTURE)
    return Instant(at, flag)


def read_moment(text: str) -> datetime:
    """The moment of a timestamp in any form of ISO 8601, or nearly so; naive where it names no zone. Raises ValueError, OverflowError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _read_leniently(text)


def has_zone(text: str) -> bool:
    """Whether a timestamp can be read and names its zone, as RFC 3339 requires."""
    try:
        return read_moment(text).tzinfo is not None
    except (ValueError, OverflowError):
        return False


def _nearest(naive: datetime, received_at: datetime, zone: tzinfo | None) -> datetime:
    at = naive.replace(tzinfo=UTC)
    if zone is None:
        return at
    local = naive.replace(tzinfo=zone).astimezone(UTC)
    return min(at, local, key=lambda moment: abs(moment - received_at))


_ODD = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T _]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9})\d*)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?"
)


def _read_leniently(text: str) -> datetime:
    """What Python's reader refuses: lower case, slashes, single digits, spaces before the zone, a leap second."""
    odd = _ODD.fullmatch(text.strip().upper()) if len(text) <= 64 else None
    if odd is None:
        raise ValueError("this is no time")
    year, month, day, hour, minute, second, fraction, zone = odd.groups()
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    if int(second or 0) > 60:
        raise ValueError("a minute has no such second")
    written = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59), microsecond, UTC)
    if zone is None:
        return written.replace(tzinfo=None)
    if zone[0] not in "+-":
        return written
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    ahead = timedelta(hours=hours, minutes=minutes)
    return written - ahead if zone[0] == "+" else written + ahead

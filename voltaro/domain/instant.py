"""Instants as chargers write them: read leniently, always aware and UTC, oddities named.

Rule 1: the charger's own words are never thrown away: whoever stores an instant that carries a flag
stores the text beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

EARLIEST_PLAUSIBLE = datetime(2015, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=2)


class ClockFlag(StrEnum):
    """What was odd about a timestamp (OCPP 1.6 section 3.15; 2.x part 2, DateTime)."""

    WITHOUT_ZONE = "timestamp_without_zone"
    UNREADABLE = "timestamp_unreadable"
    IMPLAUSIBLE = "timestamp_implausible"


class Instant(NamedTuple):
    """A moment in UTC and what was odd about the text it came from. A NamedTuple: every message has one."""

    at: datetime
    flag: ClockFlag | None = None


def read_instant(text: object, received_at: datetime) -> Instant:
    """Read an RFC 3339 timestamp as chargers write it; never raises.

    A missing zone is read as UTC. What cannot be read at all becomes ``received_at``. A date before
    2015 or more than two days ahead is kept and flagged: a charger's clock may be wrong, its message
    is still money.
    """
    flag = None
    try:
        at = _read(str(text))
        if at.tzinfo is not UTC:
            flag = ClockFlag.WITHOUT_ZONE if at.tzinfo is None else None
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return Instant(received_at, ClockFlag.UNREADABLE)
    if flag is None and not EARLIEST_PLAUSIBLE <= at <= received_at + LATEST_AHEAD:
        flag = ClockFlag.IMPLAUSIBLE
    return Instant(at, flag)


def has_zone(text: str) -> bool:
    """Whether a timestamp names its zone, as RFC 3339 requires."""
    try:
        return _read(text).tzinfo is not None
    except ValueError:
        return False


def _read(text: str) -> datetime:
    """RFC 3339 allows ``t`` and ``z``, Python's reader does not."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text.upper())

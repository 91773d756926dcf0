"""A site: the place where chargers stand, with its time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from functools import cache

from voltaro.domain.quirks import zone_named

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")
_NOT_PLACES = re.compile(r"(?:localtime|posixrules|Factory)\Z|(?:posix|right)/")
"""Names under which a machine keeps files beside its zones: other machines, and browsers, do not know them."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place with chargers. ``time_zone`` is an IANA name; latitude and longitude are both known or neither."""

    id: str
    name: str
    created_at: datetime
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "UTC"
    note: str | None = None
    version: int = 1


def check_zone(name: str) -> str:
    """The name of a zone. Raises ValueError for one that this machine does not know; on a machine that knows no zones at all,
    any name that could be one is taken."""
    if not _NAME.fullmatch(name) or _NOT_PLACES.match(name):
        raise ValueError(f"{name[:60]!r} is no IANA time zone such as Europe/Berlin")
    if name != "UTC" and _knows_zones():
        zone_named(name)
    return name


def zone_of(name: str) -> tzinfo:
    """The zone of a checked name; UTC where this machine does not know it."""
    try:
        return UTC if name == "UTC" else zone_named(name)
    except ValueError:
        return UTC


def midnight(now: datetime, time_zone: str) -> datetime:
    """When the day that it is in this zone began, in UTC."""
    zone = zone_of(time_zone)
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


@cache
def _knows_zones() -> bool:
    """Whether there is a database of time zones: some slim machines have none."""
    try:
        zone_named("Europe/London")
    except ValueError:
        return False
    return True

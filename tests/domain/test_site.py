"""Time zones of sites, also on a machine that knows none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from voltaro.domain import site
from voltaro.domain.quirks import zone_named
from voltaro.domain.site import check_zone, midnight


@pytest.fixture
def without_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without a database of time zones, and without the package that brings one."""
    monkeypatch.setattr("voltaro.domain.quirks.ZoneInfo", _no_zone)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    zone_named.cache_clear()
    site._knows_zones.cache_clear()


def _no_zone(name: str) -> None:
    raise LookupError(name)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_a_zone_of_the_world_is_known(name: str) -> None:
    assert check_zone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe/Nowhere", "../etc/passwd", "localtime", "posixrules", "posix/Europe/Berlin", "CET\0"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time"):
        check_zone(name)


def test_the_day_begins_at_the_zones_own_midnight() -> None:
    evening = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert midnight(evening, "UTC") == datetime(2026, 7, 1, tzinfo=UTC)
    assert midnight(evening, "Europe/Berlin") == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert midnight(evening, "America/New_York") == datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.mark.usefixtures("without_zones")
def test_a_machine_without_zones_takes_any_name_and_reckons_in_utc() -> None:
    assert check_zone("Europe/Berlin") == "Europe/Berlin"
    assert midnight(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "Europe/Berlin") == datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="IANA"):
        check_zone("not a zone")

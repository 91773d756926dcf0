"""Instants, identities, tags and connector states as chargers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.charger import ConnectorState, connector_state
from voltaro.domain.command import CommandState, verdict_of
from voltaro.domain.event import Event, Flash, topics_of
from voltaro.domain.identity import BadIdentity, check_identity, readings_of_path
from voltaro.domain.instant import ClockFlag, has_zone, read_instant
from voltaro.domain.tag import Tag, TagStatus, Verdict, authorize, fold_tag

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-06-01T12:00:00Z", "2026-06-01T14:00:00+02:00", "2026-06-01T12:00:00.000000Z"])
def test_an_instant_with_a_zone_is_read_as_utc(text: str) -> None:
    instant = read_instant(text, NOON)
    assert (instant.at, instant.flag) == (NOON, None)
    assert instant.at.utcoffset() == timedelta(0)


def test_a_missing_zone_is_read_as_utc_and_flagged() -> None:
    assert read_instant("2026-06-01T12:00:00", NOON).flag is ClockFlag.WITHOUT_ZONE
    assert read_instant("2026-06-01T12:00:00", NOON).at == NOON


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("1970-01-01T00:00:00Z", ClockFlag.UNSET),
        ("2000-01-01T05:00:00", ClockFlag.UNSET),
        ("2016-01-01T00:00:00Z", ClockFlag.UNSET),
        ("0001-01-01T00:00:00Z", ClockFlag.UNSET),
        ("2099-01-01T00:00:00Z", ClockFlag.IN_FUTURE),
        ("", ClockFlag.MISSING),
        ("  ", ClockFlag.MISSING),
    ],
)
def test_a_clock_that_cannot_be_believed_gives_way_to_the_time_of_arrival(text: str, flag: ClockFlag) -> None:
    assert read_instant(text, NOON) == (NOON, flag)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-06-01T14:00:00+02", NOON),
        ("2026-06-01T14:00:00+0200", NOON),
        ("2026-06-01 12:00:00Z", NOON),
        ("2026-06-01T12:00:00,5Z", NOON + timedelta(seconds=0.5)),
        ("2026-06-01T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2026-06-01T12:00Z", NOON),
        ("2026-06-01t12:00:00z", NOON),
        (" 2026-06-01T12:00:00Z ", NOON),
        ("2026-06-01 14:00:00 +0200", NOON),
        ("2026-06-01 12:00:00 UTC", NOON),
        ("2026/6/1 12:00:00Z", NOON),
        ("2026-06-01 9:30:00-02:30", NOON),
        ("2026-06-01T11:59:60Z", NOON - timedelta(seconds=1)),
    ],
)
def test_a_time_with_a_zone_is_read_however_it_is_written(text: str, at: datetime) -> None:
    assert read_instant(text, NOON) == (at, None)


@pytest.mark.parametrize(
    ("text", "received_at", "at"),
    [
        ("2026-06-01T14:00:00", NOON, NOON),  # Berlin's
        ("2026-06-01T12:00:00", NOON, NOON),  # UTC
        ("2026-06-01T13:30:00", NOON, NOON - timedelta(minutes=30)),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_in_which_it_is_nearer(text: str, received_at: datetime, at: datetime) -> None:
    assert read_instant(text, received_at, ZoneInfo("Europe/Berlin")) == (at, ClockFlag.WITHOUT_ZONE)


@pytest.mark.parametrize("text", ["yesterday", "222222017-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", None, 7, {}])
def test_what_cannot_be_read_becomes_the_time_of_arrival(text: object) -> None:
    assert read_instant(text, NOON) == read_instant("x", NOON)
    assert read_instant(text, NOON).at == NOON


@given(st.one_of(st.text(), st.none(), st.floats(), st.datetimes().map(str)))
def test_any_timestamp_is_read_without_an_exception(text: object) -> None:
    assert read_instant(text, NOON).at.tzinfo is UTC


def test_a_zone_is_recognised() -> None:
    assert has_zone("2026-06-01T12:00:00Z")
    assert not has_zone("2026-06-01T12:00:00")
    assert not has_zone("soon")


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/CP1/", "CP1"),
        ("//a//CP1", "CP1"),
        ("/ocpp/CP1?token=x", "CP1"),
        ("/ocpp/RDAM%7C123", "RDAM|123"),
        ("/ocpp/A%2FB", "A/B"),
        ("/ocpp/%C3%A4", "ä"),
        ("/ocpp/a%2520b", "a%20b"),
    ],
)
def test_the_identity_is_the_last_segment_decoded_once(path: str, identity: str) -> None:
    assert readings_of_path(path)[0] == identity


@pytest.mark.parametrize("path", ["/", "", "/ocpp/%00", "/%ff", "/" + "x" * 49, "/a%3Ab", "/%20", "/..", "/%0a", "/a%20"])
def test_what_cannot_be_an_identity_is_refused(path: str) -> None:
    with pytest.raises(BadIdentity):
        readings_of_path(path)


def test_a_lone_surrogate_is_no_identity() -> None:
    with pytest.raises(BadIdentity):
        check_identity("CP\ud800")


@pytest.mark.parametrize(
    ("tag", "verdict"),
    [
        (None, Verdict.UNKNOWN),
        (Tag("T"), Verdict.ACCEPTED),
        (Tag("T", TagStatus.BLOCKED), Verdict.BLOCKED),
        (Tag("T", TagStatus.INVALID), Verdict.INVALID),
        (Tag("T", TagStatus.EXPIRED), Verdict.EXPIRED),
        (Tag("T", expires_at=NOON), Verdict.EXPIRED),
        (Tag("T", expires_at=NOON + timedelta(seconds=1)), Verdict.ACCEPTED),
        (Tag("T", max_active_sessions=1), Verdict.CONCURRENT),
        (Tag("T", max_active_sessions=2), Verdict.ACCEPTED),
    ],
)
def test_a_tag_is_judged_by_its_status_its_time_and_its_open_sessions(tag: Tag | None, verdict: Verdict) -> None:
    assert authorize(tag, NOON, open_sessions=1).verdict is verdict


def test_the_group_of_a_tag_goes_with_every_verdict() -> None:
    assert authorize(Tag("T", TagStatus.BLOCKED, parent="GROUP"), NOON).parent == "GROUP"


def test_tags_are_compared_without_case() -> None:
    assert fold_tag("AbC") == fold_tag("aBc")


def test_an_occupied_connector_is_told_apart_by_its_charging_state() -> None:
    assert connector_state("Occupied") is ConnectorState.PREPARING
    assert connector_state("Occupied", "Charging") is ConnectorState.CHARGING
    assert connector_state("SuspendedEV") is ConnectorState.SUSPENDED_EV
    assert connector_state("Nonsense") is ConnectorState.UNKNOWN


@pytest.mark.parametrize(
    ("response", "state"),
    [
        ({"status": "Accepted"}, CommandState.ACCEPTED),
        ({"status": "Scheduled"}, CommandState.ACCEPTED),
        ({"status": "Unlocked"}, CommandState.ACCEPTED),
        ({}, CommandState.ACCEPTED),
        ({"status": "Rejected"}, CommandState.REJECTED),
        ({"status": "NotSupported"}, CommandState.REJECTED),
        ({"status": "UnlockFailed"}, CommandState.REJECTED),
    ],
)
def test_a_commands_verdict_is_what_the_charger_answered(response: dict[str, str], state: CommandState) -> None:
    assert verdict_of(response) is state


def test_an_event_is_found_under_its_kind_and_its_charger() -> None:
    assert topics_of(Event(1, "connector.status", NOON, "CP1", None, {})) == ("chargers", "charger:CP1")
    assert topics_of(Event(1, "actor.crashed", NOON, None, None, {})) == ("actors",)
    assert topics_of(Flash("message", {}, "CP1")) == ("messages:CP1",)

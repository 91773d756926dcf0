"""The life of a charger, folded from what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voltaro.domain.charger import ConnectorState
from voltaro.domain.timeline import (
    UNRECORDED,
    ConnectionChange,
    ConnectionSpan,
    ConnectorChange,
    connection_spans,
    connector_spans,
    reliability,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def up(minutes: float) -> ConnectionChange:
    return ConnectionChange(at(minutes), True, "ocpp1.6", "10.0.0.7")


def down(minutes: float, code: int = 1006) -> ConnectionChange:
    return ConnectionChange(at(minutes), False, code=code, reason="gone")


def shape(spans: list[ConnectionSpan]) -> list[tuple[bool, float, float | None]]:
    return [
        (
            span.is_online,
            (span.since - NOON) / timedelta(minutes=1),
            None if span.until is None else (span.until - NOON) / timedelta(minutes=1),
        )
        for span in spans
    ]


def test_lines_that_come_and_go_are_spans_that_touch() -> None:
    spans = connection_spans(up(-90), [down(10), up(12), down(30), up(31)], last_seen=at(60), is_online=True)
    assert shape(spans) == [(True, -90, 10), (False, 10, 12), (True, 12, 30), (False, 30, 31), (True, 31, None)]
    assert (spans[1].code, spans[1].reason) == (1006, "gone")


def test_a_line_that_takes_anothers_place_leaves_no_gap() -> None:
    assert shape(connection_spans(None, [up(0), up(5)], last_seen=at(5), is_online=True)) == [(True, 0, 5), (True, 5, None)]


def test_a_line_whose_end_nobody_recorded_ended_when_the_charger_was_last_seen() -> None:
    spans = connection_spans(None, [up(0)], last_seen=at(7), is_online=False)
    assert shape(spans) == [(True, 0, 7), (False, 7, None)]
    assert spans[1].reason == UNRECORDED
    assert reliability(spans, NOON, at(60)).disconnections == 0


def test_nothing_is_known_of_a_charger_that_never_came() -> None:
    told = reliability(connection_spans(None, [], last_seen=None, is_online=False), NOON, at(60))
    assert (told.known_s, told.online_percent, told.disconnections) == (0, None, 0)


def test_reliability_counts_what_is_known_of_the_window() -> None:
    spans = connection_spans(None, [up(0), down(30), up(45)], last_seen=at(60), is_online=True)
    told = reliability(spans, at(-600), at(60))
    assert (told.known_s, told.online_s, told.online_percent, told.disconnections) == (3600, 2700, 75.0, 1)
    later = reliability(spans, at(40), at(50))
    assert (later.known_s, later.online_s, later.disconnections) == (600, 300, 0)


def test_a_restart_of_this_server_is_no_disconnection_and_a_short_gap_is_never_a_whole_hundred() -> None:
    spans = connection_spans(up(-60), [down(0, 1012), up(0.001)], last_seen=at(1), is_online=True)
    told = reliability(spans, at(-60), at(600))
    assert told.disconnections == 0
    month = reliability(connection_spans(up(-60), [down(0), up(0.05)], last_seen=at(1), is_online=True), at(-60), at(43_000))
    assert (month.online_percent, month.disconnections) == (99.99, 1)


def change(minutes: float, state: str, connector_id: int = 1, **more: str) -> ConnectorChange:
    return ConnectorChange(1, connector_id, at(minutes), ConnectorState(state), state.title(), **more)


def test_connectors_stand_until_they_change_and_a_late_report_takes_its_own_place() -> None:
    changes = [change(20, "charging"), change(-5, "available"), change(40, "available"), change(10, "preparing"), change(0, "reserved", 2)]
    spans = connector_spans(changes, NOON, at(30))
    shown = [(span.connector_id, span.state.value, span.since, span.until) for span in spans]
    assert shown == [
        (1, "available", at(-5), at(10)),
        (1, "preparing", at(10), at(20)),
        (1, "charging", at(20), at(40)),
        (2, "reserved", NOON, None),
    ]


def test_a_report_that_says_nothing_new_makes_no_span_and_another_error_does() -> None:
    changes = [change(0, "faulted", error_code="GroundFailure"), change(5, "faulted", error_code="GroundFailure")]
    assert len(connector_spans(changes, NOON, at(9))) == 1
    assert len(connector_spans([*changes, change(6, "faulted", error_code="OverVoltage")], NOON, at(9))) == 2


def test_what_lies_outside_the_window_is_left_out() -> None:
    changes = [change(0, "available"), change(10, "charging"), change(20, "available")]
    assert [span.state.value for span in connector_spans(changes, at(10), at(20))] == ["charging"]

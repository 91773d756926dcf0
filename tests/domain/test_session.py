"""The fold that makes a session, whatever order its events come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.meter import Figures
from voltaro.domain.session import (
    EndSession,
    EventKind,
    Session,
    SessionFlag,
    SessionState,
    StartSession,
    TransactionEvent,
    advance,
    content_key,
    end,
    fold,
    follows,
    metered,
    opened,
)

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def event(seq_no: int, kind: EventKind = EventKind.UPDATED, register_wh: int | None = None, **more: object) -> TransactionEvent:
    known: dict[str, object] = {
        "charger_id": "CP1",
        "transaction_id": "T1",
        "seq_no": seq_no,
        "digest": f"{seq_no}-{kind}-{register_wh}",
        "kind": kind,
        "at": NOON + timedelta(minutes=seq_no),
        "received_at": NOON + timedelta(minutes=seq_no, seconds=1),
        "trigger_reason": "MeterValuePeriodic",
        "protocol": "ocpp2.0.1",
        "figures": Figures(register_wh),
    }
    return TransactionEvent(**{**known, **more})  # type: ignore[arg-type]


def whole(updates: int = 3) -> list[TransactionEvent]:
    first = event(0, EventKind.STARTED, 1000, id_tag="TAG", evse_id=1, connector_id=1)
    between = [event(number, register_wh=1000 + 500 * number) for number in range(1, updates + 1)]
    return [first, *between, event(updates + 1, EventKind.ENDED, 1000 + 500 * (updates + 1), stopped_reason="EVDisconnected")]


def running(**more: object) -> Session:
    session = Session(1, "CP1", 1, 1, "7", "ocpp1.6", SessionState.ACTIVE, NOON, NOON, "TAG", meter_start_wh=100, base_wh=100)
    return replace(session, **more)  # type: ignore[arg-type]


def stop(**more: object) -> EndSession:
    ended = EndSession("CP1", "7", 5100, NOON + timedelta(hours=1), NOON + timedelta(hours=1), "ocpp1.6", reason="Local")
    return replace(ended, **more)  # type: ignore[arg-type]


def test_a_whole_transaction_has_its_energy_times_tag_and_reason() -> None:
    session = fold(1, whole())
    assert session.state is SessionState.ENDED
    assert (session.energy_wh, session.meter_start_wh, session.meter_stop_wh) == (2000, 1000, 3000)
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(minutes=4))
    assert (session.id_tag, session.evse_id, session.connector_id, session.stop_reason) == ("TAG", 1, 1, "EVDisconnected")
    assert session.complete


@given(st.permutations(whole(6)), st.lists(st.integers(0, 7), max_size=4))
def test_order_of_arrival_changes_nothing(events: list[TransactionEvent], dropped: list[int]) -> None:
    kept = [found for found in events if found.seq_no not in dropped]
    if kept:
        assert fold(1, kept) == fold(1, sorted(kept, key=lambda found: found.seq_no))


@given(st.integers(1, 12), st.data())
def test_advancing_over_events_in_order_equals_the_fold_over_all(updates: int, data: st.DataObject) -> None:
    events = whole(updates)
    cut = data.draw(st.integers(1, len(events)))
    session = fold(1, events[:cut])
    for later in events[cut:]:
        assert follows(session, later)
        session = advance(session, later)
    assert session == fold(1, events)


def test_an_end_before_its_updates_is_ended_once_and_counts_their_energy() -> None:
    events = whole()
    assert fold(1, [events[-1], *events[:-1]]) == fold(1, events)


def test_an_event_without_a_start_makes_an_incomplete_session() -> None:
    session = fold(1, whole()[1:])
    assert SessionFlag.STARTED_MISSING in session.flags
    assert not session.complete


def test_a_gap_is_flagged_and_healed_by_the_missing_event() -> None:
    events = whole()
    assert SessionFlag.SEQUENCE_GAP in fold(1, [events[0], *events[2:]]).flags
    assert SessionFlag.SEQUENCE_GAP not in fold(1, events).flags


def test_a_charger_that_never_moves_its_number_keeps_all_its_events() -> None:
    events = [replace(found, seq_no=0) for found in whole()]
    session = fold(1, events)
    assert (session.events_count, session.energy_wh, session.state) == (5, 2000, SessionState.ENDED)
    assert SessionFlag.SEQUENCE_REPEATED in session.flags


def test_late_events_after_the_end_never_reopen() -> None:
    session = advance(fold(1, whole()), event(9, register_wh=3500))
    assert (session.state, session.energy_wh) == (SessionState.ENDED, 2500)


def test_the_evse_and_the_tag_may_come_in_any_event() -> None:
    bare = [replace(found, evse_id=None, connector_id=None, id_tag=None) for found in whole()]
    bare[2] = replace(bare[2], evse_id=2, connector_id=1, id_tag="LATE")
    session = fold(1, bare)
    assert (session.evse_id, session.connector_id, session.id_tag) == (2, 1, "LATE")


def test_a_fold_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        fold(1, [])


def test_an_opened_session_is_not_started_until_its_event_is_applied() -> None:
    assert SessionFlag.STARTED_MISSING in opened(1, whole()[0]).flags


def test_a_stop_sets_energy_reason_and_time() -> None:
    session = end(running(), stop(reason="Remote"))
    assert (session.energy_wh, session.meter_stop_wh, session.stop_reason) == (5000, 5100, "Remote")
    assert session.ended_at == NOON + timedelta(hours=1)


def test_the_same_stop_again_changes_nothing() -> None:
    session = end(running(), stop())
    assert end(session, stop()) == session


def test_a_second_stop_that_differs_keeps_the_first_and_is_flagged() -> None:
    session = end(end(running(), stop()), stop(meter_stop_wh=9999))
    assert session.meter_stop_wh == 5100
    assert SessionFlag.STOP_CONFLICT in session.flags


def test_a_falling_register_is_split_summed_and_flagged() -> None:
    session = metered(metered(running(), Figures(600)), Figures(50))
    assert (session.energy_wh, session.flags) == (500, (SessionFlag.METER_RESET,))
    assert end(session, stop(meter_stop_wh=250)).energy_wh == 700


def test_intervals_are_summed_where_there_is_no_register() -> None:
    session = metered(metered(running(base_wh=None, meter_start_wh=None), Figures(interval_wh=300)), Figures(interval_wh=200))
    assert session.energy_wh == 500


def test_power_and_charge_are_kept_until_something_newer_comes_and_power_ends_with_the_session() -> None:
    session = metered(metered(running(), Figures(power_w=7000, soc_percent=40)), Figures(200))
    assert (session.power_w, session.soc_percent) == (7000, 40)
    ended = end(session, stop())
    assert (ended.power_w, ended.soc_percent) == (None, 40)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_energy_never_falls_whatever_the_register_does(registers: list[int]) -> None:
    session, last = running(), 0
    for register in registers:
        session = metered(session, Figures(register))
        assert session.energy_wh >= last
        last = session.energy_wh


def test_the_same_start_has_the_same_key_and_another_has_another() -> None:
    start = StartSession("CP1", 1, 1, "TAG", 100, NOON, NOON, "ocpp1.6")
    assert start.key == replace(start, received_at=NOON + timedelta(days=1)).key
    others = [replace(start, charger_id="CP2"), replace(start, evse_id=2), replace(start, id_tag="X"), replace(start, meter_start_wh=1)]
    assert len({start.key, *(other.key for other in others)}) == 5


def test_a_start_keeps_its_key_when_its_time_has_become_plausible_meanwhile() -> None:
    early = StartSession(
        "CP1", 1, 1, "TAG", 100, NOON, NOON, "ocpp1.6", clock_flag="timestamp_in_future", raw_timestamp="2026-06-01T12:00:00Z"
    )
    later = replace(early, clock_flag=None, raw_timestamp=None, received_at=NOON + timedelta(days=3))
    assert early.key == later.key


def test_starts_whose_time_cannot_be_read_are_told_apart_by_its_text() -> None:
    start = StartSession("CP1", 1, 1, "TAG", 100, NOON, NOON, "ocpp1.6", clock_flag="timestamp_unreadable", raw_timestamp="noon")
    assert start.key == replace(start, at=NOON + timedelta(hours=1)).key
    assert start.key != replace(start, raw_timestamp="one").key


def test_a_stop_that_gives_another_reason_is_another_stop() -> None:
    session = end(running(), stop(reason="Remote"))
    other = stop(reason="PowerLoss")
    assert other.key != stop(reason="Remote").key
    assert SessionFlag.STOP_CONFLICT in end(session, other).flags
    assert end(session, other).stop_reason == "Remote"


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_a_content_key_tells_its_parts_apart(parts: list[str]) -> None:
    joined = ["".join(parts[:2]), *parts[2:]]
    assert content_key(*parts) != content_key(*joined)

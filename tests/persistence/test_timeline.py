"""The life of a charger as the store tells it, and notes."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, recorded, start, stop
from voltaro.domain.charger import ConnectorReport, ConnectorState
from voltaro.domain.fact import ChargerConnected, ChargerDisconnected, ConnectorReported, EventHappened, Fact, SecurityEventReported
from voltaro.ports import NewCharger, VersionConflict

DAY_S = 86_400


def reported(at_s: float, word: str, connector_id: int = 1, received_s: float | None = None, error: str = "NoError") -> ConnectorReported:
    report = ConnectorReport(connector_id, 1, word, after(at_s), error)
    return ConnectorReported("CP1", report, ConnectorState(word.lower()), after(at_s if received_s is None else received_s))


def connected(at_s: float, charger_id: str = "CP1") -> ChargerConnected:
    return ChargerConnected(charger_id, "ocpp1.6", "10.0.0.7", after(at_s))


async def test_connector_states_begin_before_the_window_and_end_in_it(store: PostgresStore) -> None:
    for fact in (reported(-7200, "Available"), reported(600, "Charging"), reported(1200, "Faulted", error="GroundFailure")):
        await store.write([fact])
    spans = await store.connector_states("CP1", NOON, after(900))
    assert [(span.state, span.since, span.until) for span in spans] == [
        ("available", after(-7200), after(600)),
        ("charging", after(600), after(1200)),
    ]
    (last,) = await store.connector_states("CP1", after(1300), after(1400))
    assert (last.state, last.error_code, last.until) == ("faulted", "GroundFailure", None)
    assert await store.connector_states("CP2", NOON, after(900)) == []


async def test_one_evse_can_be_asked_for(store: PostgresStore) -> None:
    for connector_id in (1, 2):
        await store.write([reported(0, "Available", connector_id)])
    assert [span.evse_id for span in await store.connector_states("CP1", NOON, after(1), evse_id=2)] == [2]


async def test_a_report_that_came_late_takes_its_own_place(store: PostgresStore) -> None:
    await store.write([reported(0, "Available")])
    await store.write([reported(600, "Available", error="OtherError")])
    await store.write([reported(300, "Charging", received_s=650)])  # sent when the charger was back
    spans = await store.connector_states("CP1", NOON, after(500))
    assert [(span.state, span.since) for span in spans] == [("available", NOON), ("charging", after(300))]


async def test_a_connector_that_has_stood_longer_than_events_are_kept_stands_as_its_row_says(store: PostgresStore) -> None:
    await store.write([reported(0, "Available")])
    await store.retire(events_before=after(DAY_S))
    (span,) = await store.connector_states("CP1", after(DAY_S), after(2 * DAY_S))
    assert (span.state, span.since, span.until) == ("available", NOON, None)


async def test_the_line_is_told_from_the_last_change_before_the_window(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "test")
    for fact in (connected(-DAY_S), ChargerDisconnected("CP1", 1006, "gone", after(60)), connected(90), connected(70, "CP2")):
        await store.write([fact])
    spans = await store.connection_history("CP1", NOON, is_online=True)
    assert [(span.is_online, span.since, span.until) for span in spans] == [
        (True, after(-DAY_S), after(60)),
        (False, after(60), after(90)),
        (True, after(90), None),
    ]
    assert (spans[1].code, spans[1].reason, spans[2].remote) == (1006, "gone", "10.0.0.7")


async def test_a_timeline_has_a_lane_for_each_kind_and_says_what_was_cut(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "test")
    long, _ = await recorded(store, start("CP1", after(-3600)))
    over, _ = await recorded(store, start("CP1", after(-9000), evse_id=2))
    await store.write([stop(over, after(-8000))])
    facts: list[Fact] = [connected(-60), reported(0, "Available"), reported(30, "Charging")]
    facts += [EventHappened("charger.anomaly", after(number), "CP1", {"code": str(number)}) for number in range(5)]
    facts += [EventHappened("actor.crashed", after(100), "CP1", {"failure": "boom"}), EventHappened("charger.anomaly", after(1), "CP2", {})]
    for fact in facts:
        await store.write([fact])
    note = await store.add_note("CP1", "Look at the plug.", "ada")
    told = await store.timeline("CP1", NOON, note.at + timedelta(seconds=1), is_online=True, limit=3)
    assert [mark.id for mark in told.sessions.items] == [long.id]
    assert [span.is_online for span in told.connection.items] == [True]
    assert [span.state for span in told.connectors.items] == ["available", "charging"]
    assert [(event.type, event.data.get("code")) for event in told.happenings.items] == [
        ("charger.anomaly", "3"),
        ("charger.anomaly", "4"),
        ("actor.crashed", None),
    ]
    assert (told.happenings.is_cut, told.connectors.is_cut, told.sessions.is_cut) == (True, False, False)
    assert [kept.text for kept in told.notes.items] == ["Look at the plug."]


FILL = """
INSERT INTO events (type, at, charger_id, data)
SELECT CASE number % 50 WHEN 0 THEN 'charger.connected' ELSE 'connector.status' END, now() - number * interval '1 second',
    'CP' || number % 500, '{}'
FROM generate_series(1, 50000) AS number"""
OF_CP1 = "EXPLAIN SELECT * FROM events WHERE charger_id = 'CP1' AND at >= now() - interval '1 day'"
NEWEST = "ORDER BY at DESC, id DESC LIMIT 1000"


async def test_what_a_timeline_reads_is_found_by_indexes(store: PostgresStore, database_url: str) -> None:
    """Among many chargers, so that reading all rows is not the cheaper way."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(FILL)
        await connection.execute("ANALYZE events")
        for query, index in (
            (f"{OF_CP1} {NEWEST}", "ix_events_charger_at"),
            (f"{OF_CP1} AND type IN ('charger.connected', 'charger.disconnected') {NEWEST}", "ix_events_lines"),
        ):
            plan = await connection.execute(query)
            assert index in "\n".join(row[0] for row in await plan.fetchall())


async def test_security_events_are_listed_newest_first_a_page_at_a_time(store: PostgresStore) -> None:
    await store.write([SecurityEventReported("CP1", f"Kind{number}", after(number), after(number), None) for number in range(3)])
    first = await store.security_events("CP1", limit=2)
    rest = await store.security_events("CP1", limit=2, cursor=first.next)
    assert [event.type for event in (*first.items, *rest.items)] == ["Kind2", "Kind1", "Kind0"]
    assert rest.next is None


async def test_a_note_has_versions_and_an_audit_entry_for_each_change(store: PostgresStore) -> None:
    note = await store.add_note("CP1", "one\ntwo", "ada")
    assert (note.text, note.edited_at, note.version) == ("one\ntwo", None, 1)
    changed = await store.change_note("CP1", note.id, "three", 1, "ada")
    assert changed is not None
    assert (changed.text, changed.version, changed.at) == ("three", 2, note.at)
    with pytest.raises(VersionConflict):
        await store.change_note("CP1", note.id, "four", 1, "ada")
    assert await store.change_note("CP2", note.id, "four", None, "ada") is None
    assert not await store.remove_note("CP2", note.id, "ada")
    assert await store.remove_note("CP1", note.id, "ada")
    assert (await store.notes("CP1", limit=5)).items == []
    entries = (await store.audit(limit=5)).items
    assert [(entry.action, entry.before, entry.after) for entry in entries] == [
        ("note.removed", {"text": "three"}, None),
        ("note.changed", {"text": "one\ntwo"}, {"text": "three"}),
        ("note.added", None, {"text": "one\ntwo"}),
    ]


async def test_notes_go_with_their_charger(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "test")
    await store.add_note("CP1", "gone", "ada")
    await store.remove_charger("CP1", "test")
    assert (await store.notes("CP1", limit=5)).items == []

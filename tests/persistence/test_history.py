"""Lists of sessions, messages and frames."""

from __future__ import annotations

import json
from dataclasses import replace

import psycopg
import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, ids, recorded, start, stop
from voltaro.domain.fact import DeviceEventReported, ExchangeLogged, FrameKept
from voltaro.domain.session import SessionState
from voltaro.ports import BadCursor, FrameQuery, MessageQuery, SessionQuery


async def test_sessions_are_listed_newest_first_a_page_at_a_time(store: PostgresStore) -> None:
    made = [(await recorded(store, start(f"CP{number % 3}", after(number // 2), evse_id=number))).session for number in range(7)]
    expected = [session.id for session in sorted(made, key=lambda session: (session.started_at, session.id), reverse=True)]
    seen: list[int] = []
    cursor = None
    while True:
        page = await store.sessions(SessionQuery(), limit=2, cursor=cursor)
        seen += ids(page.items)
        cursor = page.next
        if cursor is None:
            break
    assert seen == expected
    assert [session.id async for session in store.stream_sessions(SessionQuery())] == expected
    with pytest.raises(BadCursor):
        await store.sessions(SessionQuery(), limit=2, cursor="x")


async def test_sessions_are_filtered(store: PostgresStore) -> None:
    one, _ = await recorded(store, start("CP1"))
    two, _ = await recorded(store, start("CP2", after(60)))
    await recorded(store, stop(one))
    for query, found in (
        (SessionQuery(charger_id="CP1"), [one.id]),
        (SessionQuery(state=SessionState.ACTIVE), [two.id]),
        (SessionQuery(started_after=after(60)), [two.id]),
        (SessionQuery(started_before=after(60)), [one.id]),
        (SessionQuery(id_tag="tag1"), [two.id, one.id]),
    ):
        assert ids((await store.sessions(query, limit=9)).items) == found, query


def exchange(seconds: float, **changes: object) -> ExchangeLogged:
    frame = '[2,"id","Heartbeat",{"a":"\\u0000","b":"tab\\tand\\\\"}]'
    return ExchangeLogged("CP1", "in", f"m{seconds}", "Heartbeat", frame, '[3,"id",{}]', "result", after(seconds), after(seconds))._replace(
        **changes
    )


async def test_messages_are_listed_newest_first_and_filtered(store: PostgresStore) -> None:
    await store.write([exchange(number) for number in range(5)])
    await store.write(
        [exchange(9, charger_id="CP2"), exchange(10, direction="out", action="Reset", answer=None, answered_at=None, outcome="timeout")]
    )
    first = await store.messages(MessageQuery("CP1"), limit=4)
    rest = await store.messages(MessageQuery("CP1"), limit=4, cursor=first.next)
    assert [row.at for row in (*first.items, *rest.items)] == [after(seconds) for seconds in (10, 4, 3, 2, 1, 0)]
    assert rest.next is None
    assert rest.items[0].request == exchange(1).request
    for query, found in (
        (MessageQuery("CP1", actions=("Reset", "Authorize")), [after(10)]),
        (MessageQuery("CP1", trouble=True), [after(10)]),
        (MessageQuery("CP1", text="TAB\\TAND", until=after(1)), [after(0)]),
        (MessageQuery("CP1", message_id="m3"), [after(3)]),
        (MessageQuery(since=after(9)), [after(10), after(9)]),
        (MessageQuery("CP1", direction="out"), [after(10)]),
        (MessageQuery("CP1", outcome="timeout"), [after(10)]),
        (MessageQuery("CP1", since=after(4)), [after(10), after(4)]),
        (MessageQuery("CP1", until=after(1)), [after(0)]),
    ):
        assert [row.at for row in (await store.messages(query, limit=9)).items] == found, query


async def test_a_frame_that_was_put_aside_is_kept_byte_for_byte_and_once(store: PostgresStore) -> None:
    fact = FrameKept("CP1", "invalid", "StopTransaction", "m1", b'[2,"\xff\x00"]', "not UTF-8", NOON, "ocpp1.6")
    await store.write([fact])
    await store.write([fact, replace(fact, raw=b"other", stack="Traceback", charger_id="CP2")])
    frames = (await store.kept_frames(FrameQuery(), limit=5)).items
    assert [(frame.charger_id, frame.raw, frame.stack) for frame in frames] == [("CP2", b"other", "Traceback"), ("CP1", fact.raw, None)]
    assert [frame.raw for frame in (await store.kept_frames(FrameQuery(charger_id="CP1"), limit=5)).items] == [fact.raw]


async def test_a_frame_that_comes_again_under_another_message_id_is_kept_once(store: PostgresStore) -> None:
    for message_id in ("m1", 'm"2', "m3"):
        raw = json.dumps([2, message_id, "StartTransaction", {"meterStart": 2**63}]).encode()
        await store.write([FrameKept("CP1", "poison", "StartTransaction", message_id, raw, "too large", NOON, "ocpp1.6")])
    other = b'[2, "m1", "StartTransaction", {"meterStart": 1}]'
    await store.write([FrameKept("CP1", "poison", "StartTransaction", "m1", other, "too large", NOON, "ocpp1.6")])
    assert [frame.message_id for frame in (await store.kept_frames(FrameQuery(), limit=5)).items] == ["m1", "m3"]


async def test_events_of_devices_are_kept_as_reported_and_once(store: PostgresStore, database_url: str) -> None:
    fact = DeviceEventReported("CP1", NOON, NOON, {"eventId": 1, "actualValue": "\0"})
    await store.write([fact])
    await store.write([fact, replace(fact, data={"eventId": 2})])
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        rows = await (await connection.execute("SELECT data FROM device_events ORDER BY id")).fetchall()
    assert rows == [({"eventId": 1, "actualValue": "\0"},), ({"eventId": 2},)]


async def test_an_empty_batch_is_written(store: PostgresStore) -> None:
    assert await store.write([]) == []

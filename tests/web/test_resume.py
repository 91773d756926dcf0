"""Resuming on the real PostgreSQL, with several writers at once whose commits overtake each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON
from tests.web.pages import Page
from voltaro.domain.fact import EventHappened
from voltaro.domain.person import Scope
from web import sse
from web.auth import Principal, Proof
from web.reader import Reader
from web.sse import LiveStream

OWNER = Principal("token:t", "token:1", frozenset(Scope), Proof.TOKEN, b"hash")
RECORD = """SELECT record_events('[{"type": "charger.booted", "at": "2026-05-04T12:00:00Z", "charger_id": "SLOW", "data": "{}"}]')"""
WITHOUT_LOCK = """
CREATE OR REPLACE FUNCTION record_events(rows json) RETURNS void LANGUAGE sql AS $$
    INSERT INTO events (type, at, charger_id, session_id, data)
    SELECT type, at, charger_id, session_id, data::json
    FROM json_to_recordset(rows) AS new (type text, at timestamptz, charger_id text, session_id bigint, data text)
$$"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def event(charger_id: str, number: int = 0) -> EventHappened:
    return EventHappened("charger.booted", NOON, charger_id, {"n": number})


@pytest.mark.parametrize("locked", [True, False], ids=["as it is", "without the lock"])
async def test_a_commit_that_is_overtaken_is_not_missed_and_would_be_without_the_lock(
    store: PostgresStore, database_url: str, locked: bool
) -> None:
    """One writer has been given its id and does not commit; another comes, and a reader looks before the first one commits."""
    async with (
        await psycopg.AsyncConnection.connect(database_url) as slow,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as watch,
    ):
        if not locked:
            await watch.execute(WITHOUT_LOCK)
        await slow.execute(RECORD)
        overtaking = asyncio.create_task(store.write([event("QUICK")]))
        async with asyncio.timeout(30):
            while not overtaking.done() and (await (await watch.execute(WAITING)).fetchone()) != (1,):
                await asyncio.sleep(0)
        heard = list(await store.events_after(0, limit=10))
        await slow.commit()
        await overtaking
        heard += await store.events_after(heard[-1].id if heard else 0, limit=10)
    assert [each.charger_id for each in heard] == (["SLOW", "QUICK"] if locked else ["QUICK"])


@pytest.fixture
async def writers(database_url: str) -> AsyncIterator[list[PostgresStore]]:
    opened = [PostgresStore(database_url) for _ in range(4)]
    yield opened
    for writer in opened:
        await writer.close()


async def test_resuming_at_every_id_while_four_write_leaves_no_gap_and_no_double(
    store: PostgresStore, writers: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "_PUMP_PAUSE_S", 0.0)
    stream = LiveStream(store)
    stream.start(_holds)
    batches, size = 25, 3
    total = len(writers) * batches * size
    heard: dict[int, list[int]] = {}
    ids: list[int] = []

    async def write(writer: PostgresStore) -> None:
        for batch in range(batches):
            await writer.write([event(f"CP{batch}", number) for number in range(size)])
            stream.ring()

    async def resume(after: int) -> None:
        """From the moment this id is there, read from it to the end."""
        page, reader = Page(), Reader(OWNER, frozenset(), frozenset(), lambda: False)
        serving = asyncio.create_task(stream.serve(reader, page, after))
        expected = total - (ids.index(after) + 1 if after else 0)
        await page.until(lambda: page.received.count(b"\nevent: ") >= expected)
        heard[after] = page.ids
        reader.close()
        await serving

    async def resume_everywhere(group: asyncio.TaskGroup) -> None:
        group.create_task(resume(0))
        while len(ids) < total:
            for each in await store.events_after(ids[-1] if ids else 0, limit=50):
                ids.append(each.id)
                group.create_task(resume(each.id))

    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(resume_everywhere(group))
            for writer in writers:
                group.create_task(write(writer))
    finally:
        await stream.stop()
    assert heard[0] == ids
    wrong = [after for number, after in enumerate(ids, start=1) if heard[after] != ids[number:]]
    assert not wrong


async def _holds(_: Principal) -> bool:
    return True

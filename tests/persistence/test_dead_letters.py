"""Frames that were put aside: once for each content, counted, and settled once."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from persistence import migrations
from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event_types
from voltaro.domain.dead_letter import FrameState
from voltaro.domain.fact import FrameKept
from voltaro.domain.resolution import NotNow
from voltaro.ports import FrameQuery, KeptFrame, Redriven

FACT = FrameKept("CP1", "crash", "StopTransaction", "m1", b'[2,"m1","StopTransaction",{"a":1,"b":2}]', "why", NOON, "ocpp1.6", "a stack")


EVERYTHING = FrameQuery()


async def kept(store: PostgresStore, query: FrameQuery = EVERYTHING) -> list[KeptFrame]:
    return list((await store.kept_frames(query, limit=50)).items)


async def test_the_same_content_is_kept_once_with_a_count(store: PostgresStore) -> None:
    again = replace(FACT, message_id="m2", raw=b'[2, "m2", "StopTransaction", {"b": 2, "a": 1}]', received_at=after(60), stack=None)
    await store.write([FACT])
    await store.write([again, replace(again, message_id="m3")])
    (frame,) = await kept(store)
    assert (frame.count, frame.received_at, frame.last_received_at, frame.message_id) == (3, NOON, after(60), "m3")
    assert (frame.stack, frame.state) == ("a stack", FrameState.WAITING)
    await store.write([replace(FACT, raw=FACT.raw.replace(b"2}", b"3}")), replace(FACT, charger_id="CP2"), replace(FACT, action="Other")])
    assert [frame.count for frame in await kept(store)] == [1, 1, 1, 3]
    assert await event_types(store) == ["dead_letter.kept"] * 4


async def test_a_frame_that_is_written_again_because_its_commit_was_in_doubt_counts_once(store: PostgresStore) -> None:
    for _ in range(2):
        await store.write([FACT])
    assert [frame.count for frame in await kept(store)] == [1]


async def test_what_is_put_aside_is_never_poison_itself(store: PostgresStore) -> None:
    await store.write([replace(FACT, raw=b'[2,"\xff\x00"', reason="a \0 in \ud800 it", stack="\0")])
    (frame,) = await kept(store)
    assert (frame.raw, frame.reason) == (b'[2,"\xff\x00"', "a \ufffd in ? it")


async def test_frames_are_filtered_and_paged(store: PostgresStore) -> None:
    frames = [replace(FACT, charger_id=f"CP{number % 2}", kind=("crash", "poison")[number // 3], raw=b"%d" % number) for number in range(6)]
    for fact in frames:
        await store.write([fact])
    everything = await kept(store)
    await store.discard_frame(everything[0].id, "no", "ada")
    assert len(await kept(store, FrameQuery(charger_id="CP1"))) == 3
    assert len(await kept(store, FrameQuery(kind="poison"))) == 3
    assert len(await kept(store, FrameQuery(state=FrameState.WAITING))) == 5
    first = await store.kept_frames(FrameQuery(), limit=4)
    rest = await store.kept_frames(FrameQuery(), limit=4, cursor=first.next)
    assert [frame.id for frame in (*first.items, *rest.items)] == [frame.id for frame in everything]


async def test_a_frame_that_was_handed_over_again_is_settled_once(store: PostgresStore) -> None:
    await store.write([FACT])
    (frame,) = await kept(store)
    failed = await store.settle_frame(frame.id, Redriven(False, "crashed again"), "ada")
    assert failed is not None
    assert (failed.state, failed.attempts, failed.outcome) == (FrameState.WAITING, 1, "crashed again")
    done = await store.settle_frame(frame.id, Redriven(True, "[3]"), "ada")
    assert done is not None
    assert (done.state, done.attempts, done.outcome, done.resolved_by) == (FrameState.REDRIVEN, 2, "[3]", "ada")
    for settle in (store.settle_frame(frame.id, Redriven(True, "[3]"), "ada"), store.discard_frame(frame.id, "no", "ada")):
        with pytest.raises(NotNow, match="redriven already"):
            await settle
    assert await event_types(store) == ["dead_letter.kept", "dead_letter.redriven", "dead_letter.redriven"]
    entries = [entry for entry in (await store.audit(limit=9)).items if entry.action == "dead_letter.redriven"]
    assert [entry.after for entry in entries] == [{"state": "redriven", "attempts": 2, "outcome": "[3]"}, entries[1].after]
    assert (entries[1].after or {})["attempts"] == 1
    assert await store.settle_frame(4711, Redriven(True, ""), "ada") is None


async def test_a_frame_that_comes_again_waits_again_unless_it_was_discarded(store: PostgresStore) -> None:
    await store.write([FACT])
    (frame,) = await kept(store)
    await store.settle_frame(frame.id, Redriven(True, "[3]"), "ada")
    await store.write([replace(FACT, message_id="m2", received_at=after(9))])
    assert [found.state for found in await kept(store)] == [FrameState.WAITING]
    discarded = await store.discard_frame(frame.id, "a test", "ada")
    assert await store.discard_frame(frame.id, "a test", "bob") == discarded
    with pytest.raises(NotNow):
        await store.discard_frame(frame.id, "another reason", "ada")
    await store.write([replace(FACT, message_id="m3", received_at=after(19))])
    assert [(found.state, found.count) for found in await kept(store)] == [(FrameState.DISCARDED, 3)]


def test_frames_of_an_older_schema_are_kept_whatever_their_kind(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url, "0001")
    insert = (
        "INSERT INTO kept_frames (charger_id, kind, action, message_id, protocol, raw, reason, received_at, digest) "
        "VALUES ('CP1', %s, 'A', 'm', 'ocpp1.6', '', 'r', now(), 'same') ON CONFLICT DO NOTHING"
    )
    with psycopg.connect(empty_database_url) as connection:
        for kind in ("crash", "invalid"):
            connection.execute(insert, (kind,))
    migrations.upgrade(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert len(connection.execute("SELECT FROM kept_frames").fetchall()) == 2
        connection.execute(insert, ("crash",))  # the release before goes on working

"""The live stream: resume without gap or double, topics, slow readers, passing events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.fakes import EventList
from tests.web.pages import Page
from voltaro.domain.event import Event, Flash
from voltaro.domain.person import Scope
from voltaro.ports import StoreUnavailable
from web import reader as bounds
from web import sse
from web.auth import Principal, Proof
from web.reader import DEEPEST, DEEPEST_BYTES, RESYNC, Reader
from web.sse import LiveStream

STRAY = Event(0, "charger.booted", datetime(2026, 3, 1, tzinfo=UTC), "CP1", None, {})
OWNER = Principal("token:t", "token:1", frozenset(Scope), Proof.TOKEN, b"hash")


@pytest.fixture
def log() -> EventList:
    return EventList()


@pytest.fixture
async def stream(log: EventList, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveStream]:
    monkeypatch.setattr(sse, "FLUSH_S", 0.01)
    monkeypatch.setattr(sse, "_PUMP_PAUSE_S", 0.0)
    running = LiveStream(log)

    async def holds(_: Principal) -> bool:
        return True

    running.start(holds)
    yield running
    await running.stop()


@asynccontextmanager
async def reading(
    stream: LiveStream, *topics: str, after: int | None = None, denied: frozenset[str] = frozenset(), attached: bool = True
) -> AsyncIterator[tuple[Page, Reader, asyncio.Task[None]]]:
    page, reader = Page(), Reader(OWNER, frozenset(topics), denied, lambda: False)
    task = asyncio.create_task(stream.serve(reader, page, after))
    try:
        if attached:
            async with asyncio.timeout(30):
                while reader not in stream._attached and not task.done():
                    await asyncio.sleep(0)
        yield page, reader, task
    finally:
        reader.close()
        page.reads.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_reader_is_told_at_once_from_which_id_on_it_hears_everything(log: EventList, stream: LiveStream) -> None:
    log.append()
    last = log.append()
    async with reading(stream) as (page, _, _):
        assert page.received == b"retry: 2000\nid: %d\n\n" % last.id


async def test_a_committed_event_reaches_the_reader_after_a_ring(log: EventList, stream: LiveStream) -> None:
    async with reading(stream) as (page, _, _):
        event = log.append("session.started", "CP1", 7, energy_wh=0)
        stream.ring()
        await page.until(lambda: page.ids == [event.id])
        [data] = page.data("session.started")
        assert (data["charger_id"], data["session_id"], data["energy_wh"]) == ("CP1", 7, 0)


async def test_a_reader_that_resumes_gets_what_it_missed_and_nothing_twice(log: EventList, stream: LiveStream) -> None:
    events = [log.append() for _ in range(600)]
    async with reading(stream, after=events[99].id) as (page, _, _):
        await page.until(lambda: page.ids == [event.id for event in events[100:]])


async def test_resuming_while_events_are_written_leaves_no_gap_and_no_double(log: EventList, stream: LiveStream) -> None:
    for _ in range(300):
        log.append()
    readers = 6

    async def write() -> None:
        for _ in range(1500):
            log.append()
            stream.ring()
            await asyncio.sleep(0)

    async def read(resume_after: int) -> None:
        async with reading(stream, after=resume_after, attached=False) as (page, _, _):
            await page.until(lambda: page.received.count(b"\nevent: ") >= 1800 - resume_after)
            assert page.ids == list(range(resume_after + 1, 1801))

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        for number in range(readers):
            group.create_task(read(number * 40))


async def test_an_id_that_is_no_longer_kept_means_resync(log: EventList, stream: LiveStream) -> None:
    for _ in range(20):
        log.append()
    log.retire(10)
    async with reading(stream, after=5) as (page, _, _):
        assert page.data("resync") == [{}]
        event = log.append()
        stream.ring()
        await page.until(lambda: page.ids[-1:] == [event.id])


async def test_the_oldest_kept_event_can_still_be_resumed_from(log: EventList, stream: LiveStream) -> None:
    for _ in range(20):
        log.append()
    log.retire(10)
    async with reading(stream, after=10) as (page, _, _):
        await page.until(lambda: page.ids == list(range(11, 21)))
        assert page.data("resync") == []


async def test_an_id_from_the_future_means_resync(log: EventList, stream: LiveStream) -> None:
    log.append()
    async with reading(stream, after=50) as (page, _, _):
        assert page.data("resync") == [{}]


async def test_topics_choose_what_is_heard(log: EventList, stream: LiveStream) -> None:
    async with reading(stream, "sessions") as (sessions, _, _), reading(stream, "charger:CP2") as (charger, _, _):
        first = log.append("charger.booted", "CP1")
        second = log.append("session.started", "CP1", 1)
        third = log.append("session.started", "CP2", 2)
        fourth = log.append("charger.booted", "CP2")
        stream.ring()
        await sessions.until(lambda: sessions.ids == [second.id, third.id])
        await charger.until(lambda: charger.ids == [third.id, fourth.id])
        assert first.id not in sessions.ids + charger.ids


async def test_messages_are_only_heard_by_who_asks_for_that_charger(stream: LiveStream) -> None:
    async with reading(stream) as (everything, _, _), reading(stream, "messages:CP1") as (tail, _, _):
        for number in range(3):
            stream.flash(Flash("message", {"n": number}, "CP1"))
        stream.flash(Flash("message", {"n": 9}, "CP2"))
        stream.flash(Flash("charger.live", {"n": 1}, "CP1", key="live"))
        await tail.until(lambda: [data["n"] for data in tail.data("message")] == [0, 1, 2])
        await everything.until(lambda: bool(everything.data("charger.live")))
        assert everything.data("message") == []


async def test_of_flashes_with_one_key_only_the_newest_is_shown(stream: LiveStream) -> None:
    async with reading(stream) as (page, _, _):
        for power in range(100):
            stream.flash(Flash("session.updated", {"power_w": power}, "CP1", 1, key="session/1"))
        stream.flash(Flash("session.updated", {"power_w": 5}, "CP2", 2, key="session/2"))
        await page.until(lambda: len(page.data("session.updated")) == 2)
        assert [data["power_w"] for data in page.data("session.updated")] == [99, 5]
        assert all("id" not in block for block in page.blocks if block.get("event") == "session.updated")


async def test_figures_of_a_session_are_not_shown_after_its_end(log: EventList, stream: LiveStream) -> None:
    async with reading(stream) as (page, _, _):
        log.append("session.ended", "CP1", 1)
        stream.ring()
        await page.until(lambda: bool(page.data("session.ended")))
        stream.flash(Flash("session.updated", {}, "CP1", 1, key="session/1"))
        stream.flash(Flash("session.updated", {}, "CP1", 2, key="session/2"))
        await page.until(lambda: bool(page.data("session.updated")))
        assert [data["session_id"] for data in page.data("session.updated")] == [2]


async def test_a_family_that_is_denied_is_never_shown(log: EventList, stream: LiveStream) -> None:
    async with reading(stream, denied=frozenset({"session"})) as (page, _, _):
        log.append("session.started", "CP1", 1)
        event = log.append("charger.booted", "CP1")
        stream.ring()
        await page.until(lambda: page.ids == [event.id])


async def test_a_slow_reader_is_told_to_resync_and_hung_up_on_while_others_go_on(log: EventList, stream: LiveStream) -> None:
    async with reading(stream) as (slow, reader, task), reading(stream) as (quick, _, _):
        slow.reads.clear()
        count = 2 * DEEPEST + 10
        for _ in range(count):
            log.append()
            stream.ring()
        await quick.until(lambda: quick.ids == list(range(1, count + 1)))
        slow.reads.set()
        async with asyncio.timeout(30):
            await task
        assert slow.blocks[-2] == {"event": "resync", "data": "{}"}
        assert reader not in stream.readers
        assert len(slow.ids) < count


async def test_a_reader_that_does_not_read_at_all_is_given_up(log: EventList, stream: LiveStream, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading(stream) as (stalled, reader, task):
        monkeypatch.setattr(bounds, "WRITE_S", 0.05)
        stalled.reads.clear()
        log.append()
        stream.ring()
        async with asyncio.timeout(30):
            with pytest.raises(TimeoutError):
                await task
        assert reader not in stream.readers


async def test_flashes_never_overflow_a_slow_reader(stream: LiveStream) -> None:
    async with reading(stream, "messages:CP1", "sessions") as (page, reader, _), reading(stream, "sessions") as (quick, _, _):
        page.reads.clear()
        for round_ in range(5):
            for number in range(400):
                stream.flash(Flash("message", {"n": number}, "CP1"))
            stream.flash(Flash("session.updated", {"power_w": round_}, "CP1", 1, key="session/1"))
            await quick.until(lambda: quick.data("session.updated")[-1:] != [] and quick.data("session.updated")[-1]["power_w"] == round_)  # noqa: B023
        assert len(reader._loose) <= DEEPEST
        page.reads.set()
        await page.until(lambda: bool(page.data("session.updated")) and page.data("session.updated")[-1]["power_w"] == 4)
        assert page.data("resync") == []


async def test_what_waits_for_a_reader_is_bounded_in_bytes_too(log: EventList, stream: LiveStream) -> None:
    async with reading(stream) as (slow, reader, task):
        slow.reads.clear()
        log.append()
        stream.ring()
        item = b"x" * 4096
        given = 0
        while not reader._overflown:
            given += 1
            reader.give(given + 1, item)
            assert reader.waiting_bytes <= DEEPEST_BYTES
        assert given < DEEPEST
        assert reader.waiting_bytes == 0
        slow.reads.set()
        async with asyncio.timeout(30):
            await task
        assert slow.received.endswith(RESYNC)


async def test_flashes_that_wait_for_the_next_round_are_bounded_in_bytes(log: EventList) -> None:
    stream = LiveStream(log)
    stream._attached.add(Reader(OWNER, frozenset({"messages:CP1"}), frozenset(), lambda: False))
    for _ in range(100):
        stream.flash(Flash("message", {"request": "x" * 200_000}, "CP1"))
    assert sum(len(passing.item or b"") for passing in stream._loose) <= sse.LOOSE_BYTES


async def test_what_the_pump_gave_to_others_while_a_reader_caught_up_is_not_missed(log: EventList, stream: LiveStream) -> None:
    """The reader's page was read before the newest events, and whoever had been given those has left since."""
    there = log.events_after
    held = {0: asyncio.Event(), 8: asyncio.Event()}
    asked = {0: asyncio.Event(), 8: asyncio.Event()}

    async def slowly(event_id: int, *, limit: int) -> Any:
        page = await there(event_id, limit=limit)
        if event_id in held and (event_id == 0 or page):
            asked[event_id].set()
            await held[event_id].wait()
        return page

    for _ in range(5):
        log.append()
    async with reading(stream) as (other, first, _):
        log.events_after = slowly  # type: ignore[method-assign]
        async with reading(stream, after=0, attached=False) as (page, _, _), asyncio.timeout(30):
            await asked[0].wait()
            for _ in range(3):
                log.append()
            stream.ring()
            await other.until(lambda: other.ids == [6, 7, 8])
            log.append()
            stream.ring()
            await asked[8].wait()  # the pump is reading on
            stream._attached.discard(first)
            held[0].set()
            await page.until(lambda: 5 in page.ids)
            held[8].set()
            await page.until(lambda: 9 in page.ids)
            assert page.ids == list(range(1, 10))


async def test_a_reader_comes_in_also_when_all_events_have_been_retired(log: EventList, stream: LiveStream) -> None:
    async with reading(stream) as (old, _, _):
        for _ in range(5):
            log.append()
        stream.ring()
        await old.until(lambda: old.ids == [1, 2, 3, 4, 5])
        log.retire(5)
        async with reading(stream) as (new, _, _):
            assert new.ids == []
            log.events.append(replace(STRAY, id=6))
            stream.ring()
            await new.until(lambda: new.ids == [6])


async def test_a_reader_that_waits_for_the_database_hears_comments_and_is_let_go_when_it_leaves(
    log: EventList, stream: LiveStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "_AWAY_S", 0.01)

    async def away(event_id: int, *, limit: int) -> list[Any]:
        raise StoreUnavailable

    monkeypatch.setattr(log, "events_after", away)
    async with reading(stream, attached=False) as (page, reader, task):
        await page.until(lambda: page.received.count(sse.COMMENT) > 1)
        reader.close()
        async with asyncio.timeout(30):
            await task
    assert not stream.readers


async def test_a_stalled_reader_whose_owner_has_lost_the_right_is_not_waited_for(log: EventList, stream: LiveStream) -> None:
    rights = {"token:t"}

    async def holds(principal: Principal) -> bool:
        return principal.name in rights

    stream._still_holds = holds
    async with reading(stream) as (stalled, reader, task):
        stalled.reads.clear()
        log.append()
        stream.ring()
        async with asyncio.timeout(30):
            while reader._writing is None:
                await asyncio.sleep(0)
        rights.clear()
        stream.doubt()
        async with asyncio.timeout(30):
            with pytest.raises(TimeoutError):
                await task


async def test_a_lost_right_is_found_without_a_notice(log: EventList, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sse.RECHECK_S <= 5, "revocation ends a stream within five seconds"
    monkeypatch.setattr(sse, "RECHECK_S", 0.01)
    stream = LiveStream(log)
    asked = asyncio.Event()
    rights = {"token:t"}

    async def holds(principal: Principal) -> bool:
        asked.set()
        return principal.name in rights

    stream.start(holds)
    async with reading(stream) as (_, _, task):
        await asked.wait()
        rights.clear()
        async with asyncio.timeout(30):
            await task
    await stream.stop()


async def test_streams_are_counted_before_anything_is_waited_for(stream: LiveStream) -> None:
    readers = [Reader(OWNER, frozenset(), frozenset(), lambda: False) for _ in range(3)]
    assert [stream.admit(reader, 2) for reader in readers] == [True, True, False]
    stream.dismiss(readers[0])
    assert stream.admit(readers[2], 2)


async def test_a_comment_is_sent_when_nothing_happens(stream: LiveStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "COMMENT_S", 0.01)
    async with reading(stream) as (page, _, _):
        await page.until(lambda: sse.COMMENT in page.received)


async def test_a_comment_is_sent_also_while_much_happens(log: EventList, stream: LiveStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "COMMENT_S", 0.01)
    async with reading(stream) as (page, _, _), asyncio.timeout(30):
        while sse.COMMENT not in page.received:
            log.append()
            stream.ring()
            await asyncio.sleep(0)


async def test_the_stream_goes_on_after_the_database_was_away(log: EventList, stream: LiveStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_AWAY_S", 0.01)
    async with reading(stream) as (page, _, _):
        there, tried = log.events_after, asyncio.Event()

        async def away(event_id: int, *, limit: int) -> list[Any]:
            tried.set()
            raise StoreUnavailable

        monkeypatch.setattr(log, "events_after", away)
        event = log.append()
        stream.ring()
        async with asyncio.timeout(30):
            await tried.wait()
        monkeypatch.setattr(log, "events_after", there)
        await page.until(lambda: page.ids == [event.id])


async def test_a_pump_that_fails_is_started_again_and_its_readers_read_anew(
    log: EventList, stream: LiveStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(stream) as (page, _, task):
        there = log.events_after

        async def broken(event_id: int, *, limit: int) -> list[Any]:
            raise ZeroDivisionError

        monkeypatch.setattr(log, "events_after", broken)
        stream.ring()
        async with asyncio.timeout(30):
            await task
        assert page.data("resync") == [{}]
        monkeypatch.setattr(log, "events_after", there)
    async with reading(stream) as (page, _, _):
        event = log.append()
        stream.ring()
        await page.until(lambda: page.ids == [event.id])


async def test_readers_whose_owner_has_lost_the_right_are_hung_up_on(log: EventList) -> None:
    stream = LiveStream(log)
    rights = {"token:t"}

    async def holds(principal: Principal) -> bool:
        return principal.name in rights

    stream.start(holds)
    async with reading(stream) as (_, _, task):
        rights.clear()
        stream.doubt()
        async with asyncio.timeout(30):
            await task
    await stream.stop()
    assert not stream.readers

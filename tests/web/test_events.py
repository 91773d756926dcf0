"""The live stream over HTTP, on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.web import stored
from tests.web.site import ADMIN_TOKEN, Site, open_site
from voltaro.domain.event import Flash
from voltaro.domain.person import SCOPES_OF_ROLE, Role, Scope
from voltaro.ports import Notice, Store
from web import reader as bounds
from web.routes import events


class Stream:
    """An open stream: its blocks, one after the other."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> dict[str, str]:
        """The next block that has a field."""
        block: dict[str, str] = {}
        async with asyncio.timeout(30):
            while True:
                line = (await self.response.content.readuntil(b"\n")).decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(":")
                    if name:
                        block[name] = value.strip()
                elif block:
                    return block

    async def event(self) -> tuple[str, Any, int | None]:
        """The next event: type, data and id."""
        while True:
            block = await self.block()
            if "event" in block:
                return block["event"], msgspec.json.decode(block["data"]), int(block["id"]) if "id" in block else None

    async def end(self) -> None:
        """Wait until the server hangs up."""
        async with asyncio.timeout(30):
            await self.response.content.read()


@asynccontextmanager
async def listening(
    site: Site, query: str = "", *, token: str = ADMIN_TOKEN, headers: dict[str, str] | None = None
) -> AsyncIterator[Stream]:
    sent = {"Authorization": f"Bearer {token}", **(headers or {})}
    async with site.client.get(site.url(f"/api/v1/events{query}"), headers=sent) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        stream = Stream(response)
        assert (await stream.block())["retry"] == "2000"
        yield stream


async def test_what_happens_is_heard(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    async with listening(site) as stream:
        running = await stored.session(site.store)
        site.stream.ring()
        kind, data, event_id = await stream.event()
        assert (kind, data["charger_id"], data["session_id"]) == ("session.started", "CP1", running.id)
        assert event_id is not None


async def test_what_somebody_changed_of_chargers_is_heard(site: Site) -> None:
    """One that was changed, many of which nobody says which, one that was removed: as the store's notices tell it."""
    async with listening(site, "?topics=chargers") as stream:
        while not site.stream.is_watched():
            await asyncio.sleep(0)
        for notice, told in (
            (Notice("charger", "CP1"), ("charger.changed", {"charger_id": "CP1"})),
            (Notice("charger", ""), ("charger.changed", {})),
            (Notice("charger_removed", "CP1"), ("charger.removed", {"ids": ["CP1"]})),
        ):
            site.house.forget(notice)
            assert (await stream.event())[:2] == told


async def test_what_somebody_changed_of_tags_drivers_and_users_is_heard(site: Site) -> None:
    async with listening(site, "?topics=tags,drivers,users") as stream:
        while not site.stream.is_watched():
            await asyncio.sleep(0)
        for notice, told in (
            (Notice("tag", "card1"), ("tag.changed", {"id_tag": "card1"})),
            (Notice("tag", ""), ("tag.changed", {})),
            (Notice("driver", "7"), ("driver.changed", {"driver_id": 7})),
            (Notice("user", "3"), ("user.changed", {"user_id": 3})),
        ):
            site.house.forget(notice)
            assert (await stream.event())[:2] == told


@pytest.mark.parametrize(
    ("scopes", "heard"),
    [
        ({Scope.CHARGERS_READ}, []),
        ({Scope.CHARGERS_READ, Scope.TAGS_READ}, ["tag.changed"]),
        ({Scope.CHARGERS_READ, Scope.DRIVERS_READ}, ["driver.changed"]),
        (SCOPES_OF_ROLE[Role.VIEWER], ["tag.changed", "driver.changed"]),
        (SCOPES_OF_ROLE[Role.OPERATOR], ["tag.changed", "driver.changed"]),
        (SCOPES_OF_ROLE[Role.ADMIN], ["tag.changed", "driver.changed", "user.changed"]),
    ],
    ids=["chargers", "tags", "drivers", "viewer", "operator", "admin"],
)
@pytest.mark.parametrize("query", ["", "?topics=chargers,tags,drivers,users"])
async def test_who_may_not_read_a_list_is_not_told_of_it(site: Site, scopes: Set[Scope], heard: list[str], query: str) -> None:
    async with listening(site, query, token=await site.add_token(*scopes)) as stream:
        while not site.stream.is_watched():
            await asyncio.sleep(0)
        for kind in ("tag", "driver", "user", "charger"):
            site.house.forget(Notice(kind, "1"))
        told = []
        while not told or told[-1] != "charger.changed":
            told.append((await stream.event())[0])
        assert told == [*heard, "charger.changed"]


async def test_a_reader_that_comes_back_has_missed_nothing(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    await stored.happened(site.store, 30)
    first = await site.store.first_event_id()
    last = await site.store.last_event_id()
    for query, headers in (("", {"Last-Event-ID": str(last - 20)}), (f"?last_event_id={last - 20}", {})):
        async with listening(site, query, headers=headers) as stream:
            assert [(await stream.event())[2] for _ in range(20)] == list(range(last - 19, last + 1))
    assert first > 0


async def test_events_of_concurrent_writers_are_heard_once_each_across_reconnects(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    begin = await site.store.last_event_id()
    writers, events = 4, 40
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(events):
            await stored.happened(site.store)
            site.stream.ring()

    async def read() -> list[int]:
        heard: list[int] = []
        at = begin
        while len(heard) < writers * events:
            async with listening(site, headers={"Last-Event-ID": str(at)}) as stream:
                for _ in range(min(17, writers * events - len(heard))):
                    _, _, event_id = await stream.event()
                    assert event_id is not None
                    heard.append(event_id)
                    at = event_id
        done.set()
        return heard

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(read()) for _ in range(2)]
        for _ in range(writers):
            group.create_task(write())
    stored_ids = [event.id for event in await site.store.events_after(begin, limit=1000)]
    assert [reader.result() for reader in readers] == [stored_ids, stored_ids]


async def test_topics_are_chosen_and_a_wrong_one_is_400(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    async with listening(site, "?topics=charger:CP2") as stream:
        await stored.happened(site.store, charger_id="CP1")
        await stored.happened(site.store, charger_id="CP2")
        site.stream.ring()
        assert (await stream.event())[1]["charger_id"] == "CP2"
    for wrong in ("?topics=", "?topics=Charger", "?topics=charger:", "?last_event_id=x", "?last_event_id=-1", "?what=1"):
        assert (await site.get(f"/events{wrong}")).status == 400, wrong


async def test_who_watches_messages_is_counted_in_and_out(site: Site) -> None:
    async with listening(site, "?topics=messages:CP1,chargers") as stream:
        assert site.fleet.watching == {"CP1": 1}
        while not site.stream._attached:
            await asyncio.sleep(0)
        site.stream.flash(Flash("message", {"action": "Heartbeat"}, "CP1"))
        assert (await stream.event())[:2] == ("message", {"action": "Heartbeat", "charger_id": "CP1"})
    async with asyncio.timeout(30):
        while site.fleet.watching["CP1"]:
            await asyncio.sleep(0.01)


async def test_a_narrow_token_hears_only_what_it_may_read(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    token = await site.add_token(Scope.SESSIONS_READ)
    async with listening(site, "?topics=charger:CP1,messages:CP1", token=token) as stream:
        assert site.fleet.watching == {}
        await stored.happened(site.store)
        await stored.session(site.store)
        site.stream.ring()
        assert (await stream.event())[0] == "session.started"
    useless = await site.add_token(Scope.TAGS_WRITE)
    assert (await site.get("/events", token=useless)).status == 403


async def test_a_card_shown_at_a_charger_is_told_to_who_may_read_tags_alone(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    cards, sessions = await site.add_token(Scope.TAGS_READ), await site.add_token(Scope.SESSIONS_READ)
    async with listening(site, token=cards) as reader, listening(site, token=sessions) as other:
        while len(site.stream._attached) < 2:
            await asyncio.sleep(0)
        site.stream.flash(Flash("tag.presented", {"id_tag": "CARD"}, "CP1"))
        assert (await reader.event())[0] == "tag.presented"
        for kind in ("dead_letter.kept", "reservation.used", "charging_profile.set", "security.refused"):
            await stored.happened(site.store, type=kind)
        await stored.session(site.store)
        site.stream.ring()
        assert (await other.event())[0] == "session.started"


async def test_a_revoked_tokens_stream_is_hung_up_on(site: Site) -> None:
    made = (await site.post("/tokens", {"name": "t", "scopes": ["chargers:read"]})).json
    async with listening(site, token=made["token"]) as stream:
        await site.delete(f"/tokens/{made['id']}")
        await stream.end()


async def test_a_demoted_persons_stream_is_hung_up_on(site: Site) -> None:
    await site.add_person("alice", Role.OPERATOR)
    [alice] = (await site.store.users(limit=9)).items
    async with site.signed_in("alice") as (browser, _), browser.get(site.url("/api/v1/events")) as response:
        await response.content.readuntil(b"\n\n")
        await site.patch(f"/users/{alice.id}", {"role": "viewer"})
        await Stream(response).end()


async def test_a_person_has_so_many_streams_and_no_more(store: Store) -> None:
    async with open_site(store, streams_per_user=2) as site, listening(site), listening(site):
        refused = await site.get("/events")
        assert refused.status == 429
        other = await site.add_token(Scope.CHARGERS_READ)
        async with listening(site, token=other):
            pass


async def test_the_server_ends_while_streams_are_open(store: Store) -> None:
    async with open_site(store) as site, listening(site) as stream:
        async with asyncio.timeout(30):
            await site.served.stop()
        await stream.end()


async def test_a_browser_that_stops_reading_is_hung_up_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "WRITE_S", 0.2)
    reader, writer = await asyncio.open_connection(site.served.host, site.served.port, limit=1024)
    head = f"GET /api/v1/events?topics=messages:CP1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n\r\n"
    writer.write(head.encode())
    assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(30):
        while not site.stream.readers:
            await asyncio.sleep(0)
        while site.stream.readers:
            site.stream.flash(Flash("message", {"text": "x" * 65536}, "CP1"))
            await asyncio.sleep(0.01)
    writer.close()
    assert site.fleet.watching == {"CP1": 0}


@pytest.mark.parametrize("told", ["resync", "close"])
async def test_a_stream_that_ends_does_not_wait_for_a_browser_that_stopped_reading(
    site: Site, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setattr(events, "END_S", 0.2)
    reader, writer = await asyncio.open_connection(site.served.host, site.served.port, limit=1024)
    head = f"GET /api/v1/events?topics=messages:CP1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n\r\n"
    writer.write(head.encode())
    assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(30):
        while not site.stream._attached:
            await asyncio.sleep(0)
        [stalled] = site.stream.readers
        while stalled._writing is None:
            site.stream.flash(Flash("message", {"text": "x" * 65536}, "CP1"))
            await asyncio.sleep(0.01)
        if told == "resync":
            monkeypatch.setattr(bounds, "WRITE_S", 0.2)
            stalled.resync()
        stalled.close()
        while site.stream.readers or site.fleet.watching["CP1"]:
            await asyncio.sleep(0.01)
    writer.close()


async def test_streams_opened_in_one_moment_are_counted(store: Store) -> None:
    async with open_site(store, streams_per_user=3) as site:
        opened = []
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        try:
            for asked in await asyncio.gather(*(site.client.get(site.url("/api/v1/events"), headers=headers) for _ in range(12))):
                opened.append(asked)
            assert sorted(response.status for response in opened) == [200] * 3 + [429] * 9
        finally:
            for response in opened:
                response.close()

"""The message log: every frame both ways, searched and exported; what chargers sent came over a real socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from tests.conformance.asking import SETTLED, add_tag, by_hand, now
from tests.e2e.talking import answer, ask, dial
from tests.looking import refusal, until
from tests.running import ADMIN_TOKEN, RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
FLAGS = ("--unknown-chargers", "accept", "--settle-s", "86400")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server that does not ask by itself while a test lasts, and knows a tag."""
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *FLAGS) as running:
        await add_tag(running, "TAG")
        yield running


async def logged(server: RunningServer, path: str, holds: Callable[[list[Any]], bool]) -> list[Any]:
    """The entries of a list of messages, as soon as something holds of them: they are written a moment after they came."""

    async def items() -> list[Any]:
        return list((await server.api("GET", f"/api/v1/{path}"))["items"])

    return await until(items, holds)


async def exported(server: RunningServer, path: str, media: str) -> str:
    """A whole list, as it is had in this form."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Accept": media}
    async with aiohttp.ClientSession(headers=headers) as client, client.get(f"{server.http_url}/api/v1/{path}") as response:
        assert (response.status, response.content_type) == (200, media)
        return await response.text()


async def test_calls_both_ways_have_their_answer_latency_and_error(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.say("Heartbeat", {})
        refused = await ask(charger.socket, "Authorize", {}, "bad")
        assert refused[0] == 4
        await charger.done("clear-cache", None, "Accepted", SETTLED)
        asked = await charger.asked("clear-cache", prefer=SETTLED)
        await charger.socket.send(json.dumps([4, asked.call[1], "NotSupported", "no cache here", {}]))
        await asked.command()
        wrong = await charger.asked("clear-cache", prefer=SETTLED)
        await charger.reply(wrong, "Perhaps")
        await wrong.command()
        items = await logged(server, f"chargers/{charger.identity}/messages", lambda items: len(items) == 6)
        told = [(item["direction"], item["action"], item["outcome"], item["error_code"], item["error"] is None) for item in items]
        assert told == [
            ("out", "ClearCache", "result", None, False),
            ("out", "ClearCache", "error", "NotSupported", False),
            ("out", "ClearCache", "result", None, True),
            ("in", "Authorize", "error", refused[2], False),
            ("in", "Heartbeat", "result", None, True),
            ("in", "BootNotification", "result", None, True),
        ]
        assert items[1]["error"] == "no cache here"
        assert "status" in items[0]["error"], "what the charger answered does not fit its schema"
        assert all(item["kind"] == "call" and item["latency_ms"] >= 0 for item in items)
        permalink = await server.api("GET", f"/api/v1/messages/{items[3]['id']}")
        assert permalink == items[3]
        assert (await refusal(server.api("GET", "/api/v1/messages/999999999999")))[0] == 404


async def test_what_is_no_call_with_its_answer_is_an_entry_of_its_own(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        start = json.dumps([2, "s1", "StartTransaction", {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": now()}])
        for _ in range(2):
            await charger.socket.send(start)
            assert (await answer(charger.socket))[:2] == [3, "s1"]
        await charger.socket.send('[2,"short","Heartbeat"]')
        assert (await answer(charger.socket))[:2] == [4, "short"]
        for nonsense in ('{"not": closed', '[9,"x",{}]', '[3,"nobody asked",{}]', '[2,"x","Authorize",{"password":"hush"', "\x00" * 9):
            await charger.socket.send(nonsense)
        await charger.say("Heartbeat", {})
        items = await logged(server, f"chargers/{charger.identity}/messages", lambda items: len(items) == 10)
        odd = [(item["kind"], item["outcome"], item["error"]) for item in items if item["kind"] != "call"]
        assert odd == [
            ("ignored", "ignored", "not json"),
            ("ignored", "ignored", "not json"),
            ("ignored", "ignored", "unknown answer"),
            ("ignored", "ignored", "unknown message type"),
            ("ignored", "ignored", "not json"),
            ("refused", "error", "a CALL has four elements"),
            ("replay", "result", "it came again after it was answered"),
        ]
        assert "hush" not in json.dumps(items)
        by_kind = await server.api("GET", f"/api/v1/chargers/{charger.identity}/messages?kind=replay")
        assert [item["message_id"] for item in by_kind["items"]] == ["s1"]


async def test_nonsense_without_end_fills_no_log(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        for _ in range(100):
            await charger.socket.send("x" * 20_000)
        await charger.say("Heartbeat", {})
        path = f"chargers/{charger.identity}/messages?limit=500"
        items = await logged(server, path, lambda items: any(item["action"] == "Heartbeat" for item in items))
        odd = [item for item in items if item["kind"] == "ignored"]
        assert len(odd) == 60
        assert max(len(item["request"]) for item in odd) < 8300
        assert odd[0]["request"].endswith("... (20000 bytes in all)")


async def test_a_call_that_was_lost_with_its_line_is_in_the_log(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("clear-cache", prefer=SETTLED)
    await asked.command()
    items = await logged(server, f"chargers/{charger.identity}/messages?trouble=true", lambda items: len(items) == 1)
    assert (items[0]["outcome"], items[0]["answer"], items[0]["latency_ms"]) == ("lost", None, None)


async def test_a_send_of_2_1_is_logged_as_what_needs_no_answer(server: RunningServer) -> None:
    async with dial(server, "HAND21", "ocpp2.1") as socket:
        await ask(socket, "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
        stream = {"id": 1, "pending": 0, "basetime": now(), "data": [{"t": 0, "v": "1"}]}
        await socket.send(json.dumps([6, "p1", "NotifyPeriodicEventStream", stream]))
        await ask(socket, "Heartbeat", {})
        (sent,) = await logged(server, "chargers/HAND21/messages?kind=send", lambda items: len(items) == 1)
        assert (sent["action"], sent["outcome"], sent["answer"]) == ("NotifyPeriodicEventStream", "sent", None)


async def test_the_log_is_searched_across_chargers_and_exported_with_the_same_filters(server: RunningServer) -> None:
    word = "NeedleInTheHay"
    names = []
    for _ in range(2):
        async with by_hand(server) as charger:
            await charger.say("DataTransfer", {"vendorId": word, "data": "=1+1"})
            await charger.say("Heartbeat", {})
            names.append(charger.identity)
    search = f"messages?text={word.lower()}&action=DataTransfer,Authorize&direction=in"
    found = await logged(server, search, lambda items: len(items) == 2)
    assert [item["charger_id"] for item in found] == names[::-1]
    assert [item["charger_id"] for item in await logged(server, f"{search}&charger_id={names[0]}", bool)] == names[:1]
    one = await server.api("GET", f"/api/v1/{search}&limit=1")
    two = await server.api("GET", f"/api/v1/{search}&limit=1&cursor={one['next']}")
    assert [*one["items"], *two["items"]] == found
    since = quote(found[0]["at"])
    assert await logged(server, f"{search}&since={since}", bool) == found[:1]
    assert await logged(server, f"{search}&until={since}", bool) == found[1:]
    lines = (await exported(server, search, "application/x-ndjson")).splitlines()
    assert [json.loads(line) for line in lines] == found
    table = await exported(server, search, "text/csv")
    assert table.count(word) == 2
    assert table.startswith("id,charger_id,direction,message_id,action")
    for wrong in ("text=x", "outcome=perhaps", "colour=red", "since=yesterday"):
        assert (await refusal(server.api("GET", f"/api/v1/messages?{wrong}")))[0] == 400

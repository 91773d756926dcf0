"""Lines: pings, takeovers, storms of reconnects, answers that come late, and the gate of the boot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.charger import asked, booted, charger, connectors, frame, meter, plugged, reading, say, sessions, start, status
from tests.gateway.fakes import House, call, credential
from tests.looking import until
from tests.running import RunningServer, running_server
from tests.websocket import masked

AT = "2026-06-01T10:00:00Z"
STATION = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
CHARGERS = 1000


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as running:
        yield running


@pytest.mark.conformance("VT-T13", "TR-64")
async def test_a_charger_whose_pings_stay_unanswered_is_hung_up_on_and_its_own_are_answered() -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.ask("/CP1")
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        await house.line()
        client.send(masked(9, b"here?"))
        assert await client.frame() == (10, b"here?")
        client.send(masked(1, call("1").encode()))
        assert (await client.frame())[0] == 1, "any frame is life"
        house.pass_time(20)
        assert await client.frame() == (9, b"")
        house.pass_time(20)
        await house.calls.until(lambda: house.calls.down)
        assert house.calls.down[0][1] == 1001


@pytest.mark.conformance("VT-T15", "VT-T16", "TR-62")
async def test_a_second_line_is_served_and_the_end_of_the_first_changes_nothing(server: RunningServer) -> None:
    async with plugged(server, "CP1") as old:
        await booted(old)
        transaction_id = await start(old, AT)
        async with plugged(server, "CP1") as new:
            await meter(new, transaction_id, reading(AT, "1500"))
            assert (await charger(server, "CP1"))["connection"] == "online"
            await old.socket.wait_closed()
            assert old.socket.close_code == 4001
            await meter(new, transaction_id, reading("2026-06-01T10:10:00Z", "1600"))
            assert (await charger(server, "CP1"))["connection"] == "online"
            [session] = await sessions(server, "CP1")
            assert session["state"] == "active"


@pytest.mark.conformance("TR-60")
async def test_the_same_message_id_with_another_content_is_another_message(server: RunningServer) -> None:
    async with plugged(server, "CP1") as cp:
        await booted(cp)
        payload = {"connectorId": 1, "idTag": "TAG", "meterStart": 5, "timestamp": AT}
        first = await say(cp, "StartTransaction", payload, "1")
        other = await say(cp, "StartTransaction", payload | {"connectorId": 2}, "1")
        assert other["transactionId"] != first["transactionId"]
        assert await say(cp, "StartTransaction", payload, "1") == first


@pytest.mark.conformance("TR-63", "TR-67")
async def test_nothing_that_was_asked_of_a_lost_line_is_asked_again(server: RunningServer) -> None:
    async with plugged(server, "CP1") as cp:
        await booted(cp)
        await status(cp, 1, "Charging")
        transaction_id = await start(cp, AT)
        await server.api("POST", "/api/v1/chargers/CP1/stop", {"transaction_id": str(transaction_id)})
        assert (await asked(cp))[0] == "RemoteStopTransaction"
    gone = await until(lambda: charger(server, "CP1"), lambda seen: seen["connection"] == "offline")
    assert gone["evses"][0]["connectors"][0] | {"status": "Charging", "stale": True} == gone["evses"][0]["connectors"][0]
    assert gone["last_seen"] is not None
    async with plugged(server, "CP1") as cp:
        await status(cp, 1, "Charging")
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ClearCache", "payload": {}})
        assert (await asked(cp))[0] == "ClearCache"
        [session] = await sessions(server, "CP1")
        assert session["state"] == "active"


@pytest.mark.conformance("Q-24", "TR-63")
async def test_what_crosses_on_the_way_is_answered_on_both_sides(server: RunningServer) -> None:
    async with plugged(server, "CP1") as cp:
        await booted(cp)
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ClearCache", "payload": {}})
        await say(cp, "Heartbeat", {})
        await status(cp, 1, "Available")
        assert (await asked(cp, {"status": "Accepted"}))[0] == "ClearCache"
        await say(cp, "Heartbeat", {})
        await until(lambda: connectors(server, "CP1"), lambda seen: 1 in seen)


@pytest.mark.conformance("VT-B04", "TR-57")
async def test_a_report_that_was_asked_for_is_taken_while_the_charger_is_pending(server: RunningServer) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": "CP1", "security_profile": 0})
    await server.api("PATCH", "/api/v1/chargers/CP1", {"registration": "pending"})
    report = {"component": {"name": "EVSE"}, "variable": {"name": "Power"}, "variableAttribute": [{"value": "1"}]}
    async with plugged(server, "CP1", "ocpp2.0.1") as cp:
        assert (await say(cp, "BootNotification", STATION))["status"] == "Pending"
        base = {"action": "GetBaseReport", "payload": {"requestId": 7, "reportBase": "FullInventory"}}
        await server.api("POST", "/api/v1/chargers/CP1/commands", base)
        assert (await asked(cp, {"status": "Accepted"}))[0] == "GetBaseReport"
        assert (await frame(cp, "Heartbeat", {}))[2] == "SecurityError"
        assert await say(cp, "NotifyReport", {"requestId": 7, "generatedAt": AT, "seqNo": 0, "reportData": [report]}) == {}


@pytest.mark.conformance("VT-T29", "TR-69", "Q-22")
async def test_a_thousand_chargers_that_come_back_together_are_all_served_and_asked_in_turn(server: RunningServer) -> None:
    slots = asyncio.Semaphore(100)

    async def come(number: int) -> int:
        async with slots, plugged(server, f"CP{number}") as cp:
            await booted(cp)
            await status(cp, 1, "Available")
            await status(cp, 2, "Available")
            return await start(cp, AT, meter=number)

    async def return_(number: int, transaction_id: int) -> tuple[str, int]:
        async with slots, plugged(server, f"CP{number}") as cp:
            assert await start(cp, AT, meter=number) == transaction_id
            await meter(cp, transaction_id, reading("2026-06-01T10:10:00Z", str(number + 10)))
            return f"CP{number}", transaction_id

    ids = await asyncio.gather(*map(come, range(CHARGERS)))
    assert len(set(ids)) == CHARGERS
    back = await asyncio.gather(*(return_(number, transaction_id) for number, transaction_id in enumerate(ids)))
    assert len(back) == CHARGERS
    walked, cursor = 0, ""
    while cursor is not None:
        page = await server.api("GET", f"/api/v1/sessions?state=active&limit=200{cursor and '&cursor=' + cursor}")
        walked, cursor = walked + len(page["items"]), page["next"]
    assert walked == CHARGERS


@pytest.mark.conformance("TR-59", "VT-B03", "TR-57")
async def test_the_gate_comes_before_the_schema(server: RunningServer) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": "CP1", "security_profile": 0})
    await server.api("PATCH", "/api/v1/chargers/CP1", {"registration": "pending"})
    async with plugged(server, "CP1") as cp:
        cp.closed = frozenset()
        assert (await booted(cp))["status"] == "Pending"
        assert (await frame(cp, "StatusNotification", {"connectorId": "one"}))[2] == "SecurityError"
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "GetConfiguration", "payload": {}})
        assert (await asked(cp, {"configurationKey": []}))[0] == "GetConfiguration", "a pending charger may be asked"
        await server.api("PATCH", "/api/v1/chargers/CP1", {"registration": "accepted"})
    async with plugged(server, "CP1") as cp:
        await until(lambda: booted(cp), lambda seen: seen["status"] == "Accepted")
        assert (await frame(cp, "StatusNotification", {"connectorId": "one"}))[2] != "SecurityError"


@pytest.mark.conformance("VT-T14", "TR-64")
async def test_a_charger_that_answers_no_ping_and_speaks_stays() -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.ask("/CP1")
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        await house.line()
        for _ in range(6):
            house.pass_time(30)
            client.send(masked(1, call("1").encode()))
            while (await client.frame())[0] != 1:
                pass
        assert house.calls.down == []


@pytest.mark.conformance("TR-68", "VT-T28")
async def test_a_frame_of_900_kib_is_taken_and_one_beyond_the_limit_closes_the_line(server: RunningServer) -> None:
    async with plugged(server, "CP1") as cp:
        await booted(cp)
        assert (await frame(cp, "DataTransfer", {"vendorId": "v", "data": "x" * 900 * 1024}))[0] == 3
        await cp.socket.send("x" * (1024 * 1024 + 1))
        await cp.socket.wait_closed()
        assert cp.socket.close_code == 1009

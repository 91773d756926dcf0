"""Who gets in, who takes over, and how a real server goes down."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import urllib.error
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.talking import ask, asked, boot, closing, dial
from tests.running import ADMIN_TOKEN, running_server


async def test_a_stranger_waits_until_an_operator_accepts_it(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        async with dial(server, "NEW") as socket:
            assert await boot(socket) == "Pending"
            assert (await ask(socket, "Heartbeat", {}))[2] == "SecurityError"
            (waiting,) = (await server.api("GET", "/api/v1/strangers"))["items"]
            assert (waiting["charger_id"], waiting["boot"]["vendor"]) == ("NEW", "V")
            assert (await server.api("GET", "/api/v1/chargers"))["items"] == [], "a stranger has no row"
            await server.api("POST", "/api/v1/strangers/NEW/accept", {})
            await closing(socket)
        async with dial(server, "NEW") as socket:
            assert await boot(socket) == "Accepted"


async def test_a_password_is_asked_for_and_a_new_one_holds_at_once(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        made = await server.api("POST", "/api/v1/chargers", {"id": "CP1"})
        async with dial(server, "CP1", password=made["password"]) as socket:
            assert await boot(socket) == "Accepted"
            changed = await server.api("POST", "/api/v1/chargers/CP1/password", {})
            await closing(socket)
        async with dial(server, "CP1", password=changed["password"]) as socket:
            assert await boot(socket) == "Accepted"


@pytest.mark.conformance("VT-T15", "TR-62", "Q-09")
async def test_the_newest_line_of_a_charger_wins(database_url: str, tmp_path: Path) -> None:
    async with (
        running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server,
        dial(server, "CP1") as old,
        dial(server, "CP1") as new,
    ):
        assert await closing(old) == 4001
        assert await boot(new) == "Accepted"
        assert (await server.api("GET", "/api/v1/chargers/CP1"))["connection"] == "online"


@pytest.mark.conformance("TR-62", "TR-63", "VT-T16")
async def test_a_command_that_was_sent_over_a_line_that_is_taken_over_ends_as_unknown(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as old:
        assert await boot(old) == "Accepted"
        resetting = asyncio.create_task(server.api("POST", "/api/v1/chargers/CP1/reset", {}, {"Prefer": "wait=10"}))
        await asked(old, "Reset")
        async with dial(server, "CP1") as new:
            assert await closing(old) == 4001
            assert (await resetting)["state"] == "unknown"
            assert (await ask(new, "Heartbeat", {}))[0] == 3


async def test_a_server_that_is_told_to_stop_says_so_to_its_chargers_and_exits_well(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        stopping = asyncio.create_task(server.stop())
        assert await closing(socket) == 1012
        assert await stopping == 0


async def test_a_server_that_is_told_to_stop_is_not_ready_takes_no_commands_and_finishes_what_is_in_hand(
    database_url: str, tmp_path: Path
) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        command = asyncio.create_task(server.api("POST", "/api/v1/chargers/CP1/reset", {}, {"Prefer": "wait=10"}))
        call = await asked(socket, "Reset")
        stopping = asyncio.create_task(server.stop())
        async with asyncio.timeout(30):
            while not any("server.draining" in line for line in server.log):
                await asyncio.sleep(0.01)
        for method, path, body in (("GET", "/readyz", None), ("POST", "/api/v1/chargers/CP1/reset", {})):
            with pytest.raises(urllib.error.HTTPError) as refused:
                await server.api(method, path, body)
            with refused.value as error:
                assert error.code == 503
        with pytest.raises(InvalidStatus) as turned_away:
            async with dial(server, "CP2"):
                pass
        assert turned_away.value.response.status_code == 503
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        assert (await command)["state"] in ("accepted", "effective")
        assert await closing(socket) == 1012
        assert await stopping == 0


async def test_the_api_is_shown_no_charger_of_a_dead_server_as_online(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await server.kill()
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        charger = await server.api("GET", "/api/v1/chargers/CP1")
        assert (charger["connection"], charger["vendor"]) == ("offline", "V")
        assert charger["last_seen"] is not None


@pytest.mark.conformance("VT-X21", "X-01", "TR-58")
async def test_a_session_acknowledged_before_a_kill_is_there_after_it_and_goes_on(database_url: str, tmp_path: Path) -> None:
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        first = await ask(socket, "StartTransaction", start, "a")
        await server.kill()
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        again = await ask(socket, "StartTransaction", start, "b")
        assert again[2] == first[2], "the same start, sent again because the answer may be lost, is the same session"
        stop = {"transactionId": first[2]["transactionId"], "meterStop": 900, "timestamp": "2026-06-01T11:00:00Z"}
        assert (await ask(socket, "StopTransaction", stop))[0] == 3
        (session,) = (await server.api("GET", "/api/v1/sessions"))["items"]
        assert (session["state"], session["energy_wh"]) == ("ended", 900)


async def test_an_actor_is_crashed_from_the_command_line_and_its_recovery_is_told(database_url: str, tmp_path: Path) -> None:
    async with (
        running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--fault-injection") as server,
        dial(server, "CP1") as socket,
    ):
        assert await boot(socket) == "Accepted"
        command = (sys.executable, "-m", "voltaro", "fault", "charger/CP1", "--url", server.http_url, "--json")
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env={**os.environ, "VOLTARO_ADMIN_TOKEN": ADMIN_TOKEN})
        told, _ = await process.communicate()
        process._transport.close()  # type: ignore[attr-defined]
        fault = json.loads(told)
        assert (fault["target"], fault["crashes"]) == ("charger/CP1", 1)
        assert fault["recovery_ms"] >= 0
        assert (await ask(socket, "Heartbeat", {}))[0] == 3, "its socket is open"
        actor = (await server.api("GET", "/api/v1/chargers/CP1"))["actor"]
        assert (actor["state"], actor["restarts"]) == ("running", 1)


async def test_a_quarantined_chargers_session_messages_are_answered_and_its_line_stays_open(database_url: str, tmp_path: Path) -> None:
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}
    async with (
        running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--fault-injection") as server,
        dial(server, "CP1") as socket,
        dial(server, "CP2") as neighbour,
    ):
        assert await boot(socket) == "Accepted"
        assert await boot(neighbour) == "Accepted"
        await server.api("POST", "/api/v1/faults", {"target": "charger/CP1", "kind": "crash", "times": 6})
        async with asyncio.timeout(30):
            while (await server.api("GET", "/api/v1/chargers/CP1"))["actor"]["state"] != "quarantined":
                assert (await ask(neighbour, "Heartbeat", {}))[0] == 3
        kept = await ask(socket, "StartTransaction", start)
        assert (kept[0], kept[2]["idTagInfo"]["status"]) == (3, "Invalid")
        assert (await ask(socket, "Heartbeat", {}))[:1] == [4]
        assert (await server.api("GET", "/livez"))["status"] == "ok"
        assert (await server.api("GET", "/api/v1/chargers/CP1"))["connection"] == "online"


async def test_an_order_in_our_own_words_is_sent_in_the_chargers(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        resetting = asyncio.create_task(server.api("POST", "/api/v1/chargers/CP1/reset", {"immediately": True}, {"Prefer": "wait=10"}))
        call = await asked(socket, "Reset")
        assert call[3] == {"type": "Hard"}
        await socket.send(json.dumps([3, call[1], {"status": "Rejected"}]))
        command = await resetting
        assert (command["state"], command["response"]) == ("rejected", {"status": "Rejected"})

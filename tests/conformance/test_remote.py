"""Remote starts and stops, and whether their effect was seen (rules X-24, 16-06); over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance.asking import add_tag, by_hand
from tests.e2e.talking import answer
from tests.looking import refusal
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAG = "04A1B2C3"
FLAGS = ("--unknown-chargers", "accept", "--settle-s", "86400")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server that does not ask by itself while a test lasts, and knows a tag."""
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *FLAGS) as running:
        await add_tag(running, TAG)
        yield running


@pytest.mark.conformance("TC_010", "16-06", "X-24")
async def test_a_remote_start_with_the_cable_plugged_in_is_effective_once_its_session_has_started(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Preparing")
        asked = await charger.asked("start", {"id_tag": TAG, "evse_id": 1})
        assert asked.call[2:] == ["RemoteStartTransaction", {"idTag": TAG, "connectorId": 1}]
        await charger.reply(asked, "Accepted")
        assert (await charger.say("Authorize", {"idTag": TAG}))["idTagInfo"]["status"] == "Accepted"
        transaction = await charger.start(TAG)
        command = await asked.command()
        assert (command["state"], command["effect"], command["response"]) == ("effective", "seen", {"status": "Accepted"})
        (session,) = await charger.sessions()
        assert (session["id"], session["transaction_id"]) == (command["session_id"], str(transaction))
        assert (await server.api("GET", f"/api/v1/sessions/{session['id']}"))["command_id"] == command["id"]


@pytest.mark.conformance("TC_011_1", "16-06", "Q-50")
async def test_a_remote_start_before_the_cable_names_the_only_connector(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Available", 0)
        await charger.status("Available")
        asked = await charger.asked("start", {"id_tag": TAG.lower()})
        assert asked.call[3] == {"idTag": TAG.lower(), "connectorId": 1}
        await charger.reply(asked, "Accepted")
        assert (await charger.say("Authorize", {"idTag": TAG}))["idTagInfo"]["status"] == "Accepted"
        await charger.newest(lambda command: "asked whether the tag may charge" in (command["reason"] or ""))
        await charger.status("Preparing")
        await charger.start(TAG)
        await charger.status("Charging")
        command = await asked.command()
        assert (command["state"], command["effect"], command["reason"]) == ("effective", "seen", None)


@pytest.mark.conformance("TC_011_2", "16-05", "Q-50")
async def test_a_remote_start_to_which_no_cable_is_plugged_in_says_so_and_leaves_nothing_open(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Available")
        asked = await charger.asked("start", {"id_tag": TAG, "evse_id": 1})
        await charger.reply(asked, "Accepted")
        await charger.say("Authorize", {"idTag": TAG})
        await charger.status("Preparing")
        await charger.status("Available")
        command = await asked.command()
        assert (command["state"], command["effect"], command["session_id"]) == ("accepted", "not_seen", None)
        assert "nothing was plugged in in time" in command["reason"]
        assert await charger.sessions() == []


@pytest.mark.conformance("Q-50", "X-24")
async def test_a_start_that_nothing_follows_says_so_after_its_patience(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, *FLAGS, "--effect-s", "0.2") as server:
        await add_tag(server, TAG)
        async with by_hand(server) as charger:
            _, command = await charger.done("start", {"id_tag": TAG, "evse_id": 1}, "Accepted")
            assert (command["state"], command["effect"]) == ("accepted", "not_seen")
            assert command["reason"] == "accepted, but no session has started within 0 s"
            assert await charger.sessions() == []


@pytest.mark.conformance("TC_026")
async def test_a_rejected_remote_start_is_shown_and_nothing_waits_for_a_start(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Preparing")
        _, command = await charger.done("start", {"id_tag": TAG, "evse_id": 1}, "Rejected")
        assert (command["state"], command["effect"], command["response"]) == ("rejected", "none", {"status": "Rejected"})
        await charger.start(TAG)  # by the card, at the charger
        (session,) = await charger.sessions()
        assert (await server.api("GET", f"/api/v1/sessions/{session['id']}"))["command_id"] is None
        assert (await server.api("GET", f"/api/v1/commands/{command['id']}"))["state"] == "rejected"


@pytest.mark.conformance("TC_012")
async def test_a_remote_stop_is_effective_once_the_session_has_ended(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        transaction = await charger.start(TAG)
        asked = await charger.asked("stop")
        assert asked.call[2:] == ["RemoteStopTransaction", {"transactionId": transaction}]
        await charger.reply(asked, "Accepted")
        await charger.stop(transaction, "Remote")
        await charger.status("Finishing")
        await charger.status("Available")
        command = await asked.command()
        assert (command["state"], command["effect"]) == ("effective", "seen")
        (session,) = await charger.sessions()
        assert (session["state"], session["stop_reason"]) == ("ended", "Remote")


@pytest.mark.conformance("TC_028")
async def test_a_rejected_remote_stop_leaves_the_session_as_it_is_flagged_and_its_connector_is_asked(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Charging")
        transaction = await charger.start(TAG)
        asked = await charger.asked("stop", {"transaction_id": str(transaction)})
        await charger.reply(asked, "Rejected")
        doubted = await answer(charger.socket)
        assert doubted[2:] == ["TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}]
        await charger.socket.send(json.dumps([3, doubted[1], {"status": "Accepted"}]))
        command = await asked.command()
        assert (command["state"], command["effect"], command["response"]) == ("rejected", "none", {"status": "Rejected"})
        async with asyncio.timeout(30):
            while "unconfirmed" not in (await charger.sessions())[0]["flags"]:
                await asyncio.sleep(0.05)
        (session,) = await charger.sessions()
        assert (session["state"], session["ended_at"]) == ("active", None)


@pytest.mark.conformance("TC_028")
async def test_a_stop_of_a_transaction_that_nobody_knows_touches_no_session(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.start(TAG)
        call, command = await charger.done("stop", {"transaction_id": "999999999"}, "Rejected")
        assert call == ["RemoteStopTransaction", {"transactionId": 999999999}]
        assert command["state"] == "rejected"
        (session,) = await charger.sessions()
        assert (session["state"], session["flags"]) == ("active", [])


@pytest.mark.conformance("16-06")
async def test_a_start_whose_tag_is_refused_when_the_charger_asks_back_says_so(server: RunningServer) -> None:
    await add_tag(server, "SOONBLOCKED")
    async with by_hand(server) as charger:
        asked = await charger.asked("start", {"id_tag": "SOONBLOCKED", "evse_id": 1})
        await charger.reply(asked, "Accepted")
        await server.api("PATCH", "/api/v1/tags/SOONBLOCKED", {"status": "blocked"})
        async with asyncio.timeout(30):
            while (await charger.say("Authorize", {"idTag": "SOONBLOCKED"}))["idTagInfo"]["status"] != "Blocked":
                await asyncio.sleep(0.02)
        command = await asked.command()
        assert (command["effect"], command["session_id"]) == ("not_seen", None)
        assert command["reason"].endswith("the answer was Blocked")


@pytest.mark.conformance("Q-50", "16-06")
@pytest.mark.parametrize(
    ("tag", "said"), [("A" * 21, "at most 20 characters"), ("NOBODYS", "is Unknown here"), ("BLOCKEDTAG", "is Blocked here")]
)
async def test_a_start_with_a_tag_that_cannot_be_is_refused_before_it_is_sent(server: RunningServer, tag: str, said: str) -> None:
    if tag != "NOBODYS":
        await server.api("POST", "/api/v1/tags", {"id_tag": tag, "status": "blocked" if tag == "BLOCKEDTAG" else "accepted"})
    async with by_hand(server) as charger:
        status, problem = await refusal(charger.order("start", {"id_tag": tag, "evse_id": 1}).command())
        assert (status, problem["errors"][0]["pointer"]) == (422, "/id_tag")
        assert said in problem["errors"][0]["detail"]
        assert (await server.api("GET", f"{charger.path}/commands"))["items"] == []

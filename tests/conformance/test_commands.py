"""Commands in one vocabulary: resets, unlocks, availability, triggers, and that each is sent once; over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.asking import SETTLED, add_tag, by_hand, now
from tests.e2e.talking import answer, ask, dial
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


# --- reset, unlock, availability ---


@pytest.mark.parametrize(
    ("immediately", "kind"),
    [
        pytest.param(True, "Hard", marks=pytest.mark.conformance("TC_013")),
        pytest.param(False, "Soft", marks=pytest.mark.conformance("TC_014")),
    ],
)
async def test_a_reset_is_effective_once_the_charger_has_booted(server: RunningServer, immediately: bool, kind: str) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("reset", {"immediately": immediately})
        assert asked.call[2:] == ["Reset", {"type": kind}]
        await charger.reply(asked, "Accepted")
    async with by_hand(server, charger.identity):
        command = await asked.command()
        assert (command["state"], command["effect"], command["response"]) == ("effective", "seen", {"status": "Accepted"})


@pytest.mark.conformance("X-24")
async def test_a_reset_that_the_charger_did_without_answering_was_done_all_the_same(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("reset", {"immediately": True})
    async with by_hand(server, charger.identity):
        command = await asked.command()
        assert (command["state"], command["effect"], command["response"]) == ("effective", "seen", None)
        assert command["error"] == "the line was lost before the charger answered"


@pytest.mark.parametrize(
    ("says", "state", "effect"),
    [
        pytest.param("Unlocked", "effective", "seen", marks=pytest.mark.conformance("TC_017_1")),
        pytest.param("NotSupported", "rejected", "none", marks=pytest.mark.conformance("TC_017_2")),
        pytest.param("UnlockFailed", "rejected", "none", marks=pytest.mark.conformance("TC_030")),
    ],
)
async def test_the_answer_to_an_unlock_is_shown_and_unlocked_is_its_effect(
    server: RunningServer, says: str, state: str, effect: str
) -> None:
    async with by_hand(server) as charger:
        await charger.status("Available")
        call, command = await charger.done("unlock", {"evse_id": 1}, says)
        assert call == ["UnlockConnector", {"connectorId": 1}]
        assert (command["state"], command["effect"], command["response"]) == (state, effect, {"status": says})
        assert command["error"] is None


@pytest.mark.conformance("TC_031")
async def test_an_unlock_of_a_connector_that_the_charger_does_not_know_shows_its_answer(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Available")
        call, command = await charger.done("unlock", {"evse_id": 9}, "NotSupported")
        assert call == ["UnlockConnector", {"connectorId": 9}]
        assert (command["state"], command["response"]) == ("rejected", {"status": "NotSupported"})


@pytest.mark.conformance("TC_018_1")
async def test_an_unlock_during_a_session_is_effective_once_that_has_ended(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Charging")
        transaction = await charger.start(TAG)
        asked = await charger.asked("unlock", {"evse_id": 1})
        await charger.reply(asked, "Unlocked")
        await charger.status("Finishing")
        known = await server.api("GET", f"{charger.path}/commands")
        assert (known["items"][0]["state"], known["items"][0]["effect"]) == ("accepted", "awaited")
        await charger.stop(transaction, "UnlockCommand")
        await charger.status("Available")
        command = await asked.command()
        assert (command["state"], command["effect"]) == ("effective", "seen")
        assert (await charger.sessions())[0]["stop_reason"] == "UnlockCommand"


@pytest.mark.conformance("X-24")
async def test_a_scheduled_change_of_availability_is_effective_when_the_status_changes(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Charging")
        transaction = await charger.start(TAG)
        asked = await charger.asked("availability", {"operative": False, "evse_id": 1})
        assert asked.call[2:] == ["ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}]
        await charger.reply(asked, "Scheduled")
        await charger.stop(transaction, "Local")
        (known,) = (await server.api("GET", f"{charger.path}/commands"))["items"]
        assert (known["state"], known["effect"], known["effect_until"]) == ("accepted", "awaited", None)
        assert known["reason"] == "the charger will do it once what runs has ended"
        await charger.status("Unavailable")
        command = await asked.command()
        assert (command["state"], command["effect"]) == ("effective", "seen")


@pytest.mark.conformance("X-24")
async def test_the_whole_charger_is_out_of_service_once_every_connector_is(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        for connector in (1, 2):
            await charger.status("Available", connector)
        asked = await charger.asked("availability", {"operative": False})
        assert asked.call[3] == {"connectorId": 0, "type": "Inoperative"}
        await charger.reply(asked, "Accepted")
        await charger.status("Unavailable", 1)
        assert (await server.api("GET", f"{charger.path}/commands"))["items"][0]["effect"] == "awaited"
        await charger.status("Unavailable", 2)
        assert (await asked.command())["state"] == "effective"
        _, again = await charger.done("availability", {"operative": False}, "Accepted")
        assert (again["state"], again["effect"]) == ("effective", "seen"), "it stands so already: no status will come"


@pytest.mark.conformance("X-24")
async def test_a_later_change_of_availability_takes_the_place_of_one_that_is_awaited(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        await charger.status("Charging")
        await charger.start(TAG)
        first = await charger.asked("availability", {"operative": False, "evse_id": 1})
        await charger.reply(first, "Scheduled")
        _, second = await charger.done("availability", {"operative": True}, "Accepted")
        command = await first.command()
        assert (command["effect"], command["reason"]) == ("not_seen", "a later command asked for something else")
        assert second["state"] == "effective"


# --- triggers and the rest ---

TRIGGERED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {"message": "MeterValues", "evse_id": 1},
        {"requestedMessage": "MeterValues", "connectorId": 1},
        {"connectorId": 1, "meterValue": [{"timestamp": "2026-06-01T12:00:00Z", "sampledValue": [{"value": "1"}]}]},
    ),
    ({"message": "Heartbeat"}, {"requestedMessage": "Heartbeat"}, {}),
    (
        {"message": "StatusNotification", "evse_id": 2},
        {"requestedMessage": "StatusNotification", "connectorId": 2},
        {"connectorId": 2, "errorCode": "NoError", "status": "Available"},
    ),
]


@pytest.mark.conformance("TC_054")
@pytest.mark.parametrize(("body", "payload", "triggered"), TRIGGERED, ids=[body["message"] for body, _, _ in TRIGGERED])
async def test_a_trigger_is_effective_once_the_message_has_come(
    server: RunningServer, body: dict[str, Any], payload: dict[str, Any], triggered: dict[str, Any]
) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("trigger", body)
        assert asked.call[2:] == ["TriggerMessage", payload]
        await charger.reply(asked, "Accepted")
        if body["message"] == "StatusNotification":
            await charger.status("Available", 1)  # of another connector than was asked about
            assert (await server.api("GET", f"{charger.path}/commands"))["items"][0]["effect"] == "awaited"
        await charger.say(body["message"], triggered)
        command = await asked.command()
        assert (command["state"], command["effect"]) == ("effective", "seen")


@pytest.mark.conformance("TC_054")
@pytest.mark.parametrize("message", ["DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification"])
async def test_a_trigger_of_a_status_of_firmware_or_logs_is_effective_once_that_has_come(server: RunningServer, message: str) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("trigger", {"message": message})
        extended = message == "LogStatusNotification"
        assert asked.call[2:] == ["ExtendedTriggerMessage" if extended else "TriggerMessage", {"requestedMessage": message}]
        await charger.reply(asked, "Accepted")
        assert (await ask(charger.socket, message, {"status": "Idle"}, "idle"))[1] == "idle"
        command = await asked.command()
        assert (command["state"], command["effect"]) == ("effective", "seen")


@pytest.mark.conformance("TC_055")
@pytest.mark.parametrize("says", ["Rejected", "NotImplemented"])
async def test_a_trigger_that_is_refused_is_shown(server: RunningServer, says: str) -> None:
    async with by_hand(server) as charger:
        _, command = await charger.done("trigger", {"message": "MeterValues", "evse_id": 1}, says)
        assert (command["state"], command["effect"], command["response"]) == ("rejected", "none", {"status": says})


@pytest.mark.conformance("TC_061")
@pytest.mark.parametrize(("says", "state"), [("Accepted", "accepted"), ("Rejected", "rejected")])
async def test_the_answer_to_clear_cache_is_its_end(server: RunningServer, says: str, state: str) -> None:
    async with by_hand(server) as charger:
        call, command = await charger.done("clear-cache", None, says)
        assert (call, command["state"], command["effect"]) == (["ClearCache", {}], state, "none")


async def test_data_of_a_vendor_is_sent_and_what_is_no_text_as_json_in_a_text(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("data-transfer", {"vendor_id": "com.example", "message_id": "price", "data": {"ct": 39}})
        assert asked.call[2:] == ["DataTransfer", {"vendorId": "com.example", "messageId": "price", "data": '{"ct":39}'}]
        await charger.reply(asked, "UnknownMessageId", data="what?")
        command = await asked.command()
        assert (command["state"], command["response"]) == ("rejected", {"status": "UnknownMessageId", "data": "what?"})


async def test_the_same_words_start_a_session_in_2_0_1(server: RunningServer) -> None:
    async with dial(server, "HAND201", "ocpp2.0.1") as socket:
        booted = await ask(socket, "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
        assert booted[2]["status"] == "Accepted"
        body, prefer = {"id_tag": TAG, "evse_id": 1}, {"Prefer": "wait=20; until=effective"}
        asked = asyncio.create_task(server.api("POST", "/api/v1/chargers/HAND201/start", body, prefer))
        call = await answer(socket)
        assert call[2] == "RequestStartTransaction"
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        started = {
            "eventType": "Started",
            "timestamp": now(),
            "triggerReason": "RemoteStart",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "T1", "remoteStartId": call[3]["remoteStartId"]},
            "evse": {"id": 1, "connectorId": 1},
        }
        assert (await ask(socket, "TransactionEvent", started))[0] == 3
        command = await asked
        assert (command["state"], command["effect"]) == ("effective", "seen")


# --- one at a time, once, and through restarts ---


@pytest.mark.conformance("VT-T18", "TR-43")
async def test_commands_leave_one_after_another_and_those_that_wait_say_so(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        orders = [await charger.asked("clear-cache", prefer=SETTLED)]
        for _ in range(2):
            told = await server.api("POST", f"{charger.path}/clear-cache", {})
            assert (told["state"], told["sent_at"]) == ("queued", None)
        assert await charger.say("Heartbeat", {}), "the next frame is the answer to this, not another command"
        await charger.reply(orders[0], "Accepted")
        for last in (False, True):
            call = await answer(charger.socket)
            assert call[2] == "ClearCache"
            if not last:
                assert await charger.say("Heartbeat", {})
            await charger.socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            orders[0].call = call
        shown = await server.api("GET", f"{charger.path}/commands")
        ids = [command["id"] for command in shown["items"]]
        assert len(set(ids)) == 3
        async with asyncio.timeout(30):
            while any(command["state"] != "accepted" for command in (await server.api("GET", f"{charger.path}/commands"))["items"]):
                await asyncio.sleep(0.02)


@pytest.mark.conformance("TR-46", "TR-63")
async def test_a_command_whose_outcome_is_unknown_is_never_sent_again(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        asked = await charger.asked("clear-cache", prefer=SETTLED)
        assert len(asked.call[1]) <= 36
    command = await asked.command()
    assert (command["state"], command["error"]) == ("unknown", "the line was lost before the charger answered")
    async with by_hand(server, charger.identity, booted=False) as again:
        await again.say("Heartbeat", {})
        _, next_command = await again.done("trigger", {"message": "Heartbeat"}, "Rejected")
        assert next_command["state"] == "rejected", "the first thing it is asked is something new"


async def test_the_same_request_with_the_same_idempotency_key_is_one_command(server: RunningServer) -> None:
    async with by_hand(server) as charger:
        keyed = {"Idempotency-Key": '"first try"'}
        asked = await charger.asked("clear-cache", prefer=SETTLED)
        await charger.reply(asked, "Accepted")
        await asked.command()
        first = await server.api("POST", f"{charger.path}/trigger", {"message": "Heartbeat"}, keyed)
        call = await answer(charger.socket)
        again = await server.api("POST", f"{charger.path}/trigger", {"message": "Heartbeat"}, keyed)
        assert again["id"] == first["id"] == call[1]
        await charger.socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        assert await charger.say("Heartbeat", {}), "nothing was sent twice"
        for body, path in (({"message": "MeterValues"}, "trigger"), ({}, "clear-cache")):
            status, problem = await refusal(server.api("POST", f"{charger.path}/{path}", body, keyed))
            assert (status, problem["type"]) == (422, "urn:voltaro:problem:idempotency_key_reused")
        assert len((await server.api("GET", f"{charger.path}/commands"))["items"]) == 2
        entries = (await server.api("GET", f"/api/v1/audit?target={charger.identity}"))["items"]
        assert [entry["action"] for entry in entries].count("trigger_message") == 1, "the repeat was no second command"


async def test_a_key_is_free_again_when_no_command_came_of_its_request(server: RunningServer) -> None:
    keyed = {"Idempotency-Key": "while it was away"}
    async with by_hand(server) as charger:
        pass
    path = f"{charger.path}/clear-cache"
    async with asyncio.timeout(30):
        while (await server.api("GET", charger.path))["connection"] != "offline":
            await asyncio.sleep(0.02)
    for _ in range(2):
        assert (await refusal(server.api("POST", path, {}, keyed)))[0] == 409
    async with by_hand(server, charger.identity) as again:
        first = await server.api("POST", path, {}, keyed)
        assert (await answer(again.socket))[1] == first["id"]


@pytest.mark.conformance("X-24", "TR-63")
async def test_what_was_asked_before_the_server_was_killed_has_a_true_end(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, *FLAGS) as server:
        await add_tag(server, TAG)
        async with by_hand(server, "CP1") as charger:
            asked = await charger.asked("start", {"id_tag": TAG, "evse_id": 1}, SETTLED)
            await charger.reply(asked, "Accepted")
            accepted = await asked.command()
            assert accepted["effect"] == "awaited"
            unanswered = await server.api("POST", f"{charger.path}/clear-cache", {})
            await answer(charger.socket)
            await server.kill()
    async with running_server(database_url, tmp_path, *FLAGS) as server, by_hand(server, "CP1", booted=False) as charger:
        await charger.start(TAG)
        path = "/api/v1/commands/"
        async with asyncio.timeout(30):
            while (await server.api("GET", path + accepted["id"]))["state"] != "effective":
                await asyncio.sleep(0.05)
        started = await server.api("GET", path + accepted["id"])
        assert started["session_id"] == (await charger.sessions())[0]["id"]
        lost = await server.api("GET", path + unanswered["id"])
        assert (lost["state"], lost["effect"]) == ("unknown", "none")
        assert "not sent again" in lost["error"]
        assert await charger.say("Heartbeat", {}), "and it is not sent again"

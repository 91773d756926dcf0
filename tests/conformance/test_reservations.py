"""Reservations over a real socket: asked for, answered, used, cancelled, expired and lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.answering import Payload
from tests.conformance.obedient import Obedient, obedient
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCEPTED = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}
FLAGS = ("--unknown-chargers", "accept")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *FLAGS) as running:
        for tag in ({"id_tag": "ADA", "parent": "FAMILY"}, {"id_tag": "BOB", "parent": "FAMILY"}, {"id_tag": "EVE"}):
            await running.api("POST", "/api/v1/tags", tag)
        await running.api("POST", "/api/v1/tags", {"id_tag": "GONE", "status": "blocked"})
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def charger(server: RunningServer) -> AsyncIterator[Obedient]:
    async with obedient(server) as opened:
        opened.answers |= {"ReserveNow": ACCEPTED, "CancelReservation": ACCEPTED}
        await opened.status(1, "Available")
        yield opened


def moment(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


async def reserve(charger: Obedient, evse_id: int = 1, id_tag: str = "ADA", seconds: float = 3600, **more: Any) -> Payload:
    """A reservation that was asked for, and answered."""
    body = {"evse_id": evse_id, "id_tag": id_tag, "expires_at": moment(seconds)} | more
    made: Payload = await charger.api("POST", "reservations", body)
    return made


async def becomes(charger: Obedient, made: Payload, state: str) -> Payload:
    """The reservation once it has come to a state."""
    shown: Payload = await charger.until(f"/reservations/{made['id']}", lambda shown: shown["state"] == state)
    return shown


async def session(charger: Obedient, transaction_id: int) -> Payload:
    items = (await charger.api("GET", f"/sessions?charger_id={charger.id}"))["items"]
    found: Payload = next(one for one in items if one["transaction_id"] == str(transaction_id))
    return found


@pytest.mark.conformance("TC_046")
async def test_a_reservation_of_a_connector_is_used_by_the_start_that_names_it(charger: Obedient) -> None:
    made = await reserve(charger)
    asked = await charger.asked("ReserveNow")
    assert (asked["connectorId"], asked["idTag"], asked["parentIdTag"], asked["reservationId"]) == (1, "ADA", "FAMILY", made["number"])
    assert (made["state"], made["answer"], made["requested_by"]) == ("accepted", "Accepted", "token:admin")
    await charger.status(1, "Reserved")
    assert (await charger.say("Authorize", {"idTag": "ADA"}))["idTagInfo"]["status"] == "Accepted"
    await charger.status(1, "Preparing")
    started = await charger.start("ADA", reservationId=made["number"])
    assert started["idTagInfo"]["status"] == "Accepted"
    used = await becomes(charger, made, "used")
    assert used["transaction_id"] == str(started["transactionId"])
    assert (await session(charger, started["transactionId"]))["reservation_id"] == made["number"]


@pytest.mark.conformance("TC_047")
async def test_a_reservation_that_the_charger_releases_at_its_end_has_expired(charger: Obedient) -> None:
    made = await reserve(charger, seconds=30)
    await charger.status(1, "Reserved")
    await charger.status(1, "Available")
    assert (await becomes(charger, made, "expired"))["reason"] == "released"


@pytest.mark.conformance("VT-H01", "TC_047")
async def test_a_reservation_expires_by_our_own_clock_where_nothing_is_said(charger: Obedient) -> None:
    made = await reserve(charger, seconds=1.5)
    assert made["state"] == "accepted"
    ended = await becomes(charger, made, "expired")
    assert ended["ended_at"] >= made["expires_at"]
    assert (await charger.start("EVE"))["idTagInfo"]["status"] == "Accepted"


@pytest.mark.conformance("TC_048_1", "TC_048_2", "TC_048_3", "TC_048_4", "16-13")
@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_a_refused_reservation_is_shown_with_the_chargers_word_and_is_not_active(charger: Obedient, word: str) -> None:
    charger.answers["ReserveNow"] = {"status": word}
    await charger.status(1, {"Rejected": "Available", "Occupied": "Preparing"}.get(word, word))
    made = await reserve(charger)
    assert (made["state"], made["answer"], made["ended_at"] is not None) == ("refused", word, True)
    listed = (await charger.api("GET", f"/reservations?charger_id={charger.id}&state=refused"))["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert len(charger.of("ReserveNow")) == 1, "the word is final"
    assert (await charger.start("EVE"))["idTagInfo"]["status"] == "Accepted"
    assert await charger.refused("DELETE", f"/reservations/{made['id']}") == (409, "")


async def test_a_charger_that_knows_no_reservations_has_refused_and_one_that_does_not_answer_may_hold_it(charger: Obedient) -> None:
    del charger.answers["ReserveNow"]
    made = await reserve(charger)
    assert (made["state"], made["answer"]) == ("refused", "NotSupported")
    charger.answers["ReserveNow"] = {"status": "Perhaps"}
    assert (await reserve(charger))["state"] == "unknown"


@pytest.mark.conformance("TC_049")
async def test_a_reservation_of_the_charge_point_is_asked_for_where_that_is_known_to_work_and_used_anywhere(charger: Obedient) -> None:
    body = {"evse_id": 0, "id_tag": "ADA", "expires_at": moment(3600)}
    assert await charger.refused("POST", "reservations", body) == (422, "/evse_id")
    await charger.api("PATCH", "charging-settings", {"reserve_evse_zero": False})
    assert await charger.refused("POST", "reservations", body) == (422, "/evse_id")
    assert charger.of("ReserveNow") == []
    insisted = await reserve(charger, 0, insist=True)
    await charger.api("DELETE", f"/reservations/{insisted['id']}")
    await charger.api("PATCH", "charging-settings", {"reserve_evse_zero": True})
    made = await reserve(charger, 0)
    assert charger.of("ReserveNow")[-1]["connectorId"] == 0
    await charger.status(2, "Reserved")
    started = await charger.start("ada", 2, timestamp=moment())
    assert started["idTagInfo"]["status"] == "Accepted"
    assert (await becomes(charger, made, "used"))["transaction_id"] == str(started["transactionId"])


@pytest.mark.conformance("TC_049")
async def test_what_was_read_of_the_charger_says_whether_it_can_be_reserved_as_a_whole(charger: Obedient) -> None:
    for value, taken in (("false", False), ("TRUE ", True)):
        key = {"key": "ReserveConnectorZeroSupported", "value": value, "readonly": True}
        charger.answers["GetConfiguration"] = {"configurationKey": [key]}
        await charger.api("POST", "commands", {"action": "GetConfiguration", "payload": {}})
        if taken:
            assert (await reserve(charger, 0))["state"] == "accepted"
        else:
            body = {"evse_id": 0, "id_tag": "ADA", "expires_at": moment(3600)}
            assert await charger.refused("POST", "reservations", body) == (422, "/evse_id")


@pytest.mark.conformance("TC_051")
async def test_a_reservation_is_cancelled_by_its_number(charger: Obedient) -> None:
    made = await reserve(charger)
    await charger.status(1, "Reserved")
    command = await charger.api("DELETE", f"/reservations/{made['id']}")
    assert (command["state"], charger.of("CancelReservation")) == ("accepted", [{"reservationId": made["number"]}])
    await charger.status(1, "Available")
    assert (await becomes(charger, made, "cancelled"))["reason"] == "cancelled"


@pytest.mark.conformance("TC_052")
async def test_a_rejected_cancellation_is_shown_and_the_reservation_is_gone(charger: Obedient) -> None:
    made = await reserve(charger)
    charger.answers["CancelReservation"] = REJECTED
    command = await charger.api("DELETE", f"/reservations/{made['id']}")
    assert (command["state"], command["response"]) == ("rejected", REJECTED)
    assert "Rejected" in (await becomes(charger, made, "lost"))["reason"]


@pytest.mark.conformance("TC_053", "16-13")
async def test_another_tag_of_the_group_uses_the_reservation(charger: Obedient) -> None:
    made = await reserve(charger)
    assert (await charger.asked("ReserveNow"))["parentIdTag"] == "FAMILY"
    await charger.status(1, "Reserved")
    info = (await charger.say("Authorize", {"idTag": "BOB"}))["idTagInfo"]
    assert (info["status"], info["parentIdTag"]) == ("Accepted", "FAMILY")
    started = await charger.start("BOB", reservationId=made["number"])
    assert (started["idTagInfo"]["status"], started["transactionId"] > 0) == ("Accepted", True)
    await becomes(charger, made, "used")
    assert (await session(charger, started["transactionId"]))["flags"] == []


async def test_a_stranger_at_a_reserved_connector_is_given_an_id_and_no_acceptance(charger: Obedient) -> None:
    made = await reserve(charger)
    await charger.status(1, "Reserved")
    at = moment()
    started = await charger.start("EVE", timestamp=at)
    assert (started["idTagInfo"]["status"], started["transactionId"] > 0) == ("Invalid", True)
    again = await charger.start("EVE", timestamp=at)
    assert again["idTagInfo"]["status"] == "Invalid"
    flags = (await session(charger, started["transactionId"]))["flags"]
    assert set(flags) >= {"not_authorized", "reserved_for_another"}
    assert (await charger.api("GET", f"/reservations/{made['id']}"))["state"] == "accepted"
    assert (await charger.start("EVE", 2, timestamp=moment()))["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize("none", [0, -1])
async def test_no_reservation_is_named_with_0_or_minus_1_and_the_tag_says_it(charger: Obedient, none: int) -> None:
    made = await reserve(charger)
    started = await charger.start("ADA", reservationId=none, timestamp=moment())
    assert (await becomes(charger, made, "used"))["transaction_id"] == str(started["transactionId"])
    assert (await session(charger, started["transactionId"]))["reservation_id"] is None


@pytest.mark.parametrize("status", ["Faulted", "Unavailable"])
async def test_a_connector_that_fails_loses_its_reservation_which_may_still_turn_out_to_be_used(charger: Obedient, status: str) -> None:
    made = await reserve(charger)
    await charger.status(1, status)
    assert (await becomes(charger, made, "lost"))["reason"] == status.lower()
    await charger.start("ADA", reservationId=made["number"])
    await becomes(charger, made, "used")


async def test_a_reboot_leaves_a_reservation_unknown_until_a_status_tells(charger: Obedient) -> None:
    kept, lost = await reserve(charger, 1), await reserve(charger, 2, "BOB")
    for connector_id in (1, 2):
        await charger.status(connector_id, "Reserved")
    await charger.boot()
    await becomes(charger, kept, "unknown")
    await becomes(charger, lost, "unknown")
    assert (await charger.start("EVE", 1, timestamp=moment()))["idTagInfo"]["status"] == "Accepted", "nobody knows that it is reserved"
    await charger.status(1, "Reserved")
    await charger.status(2, "Available")
    await becomes(charger, kept, "accepted")
    await becomes(charger, lost, "lost")


async def test_numbers_are_positive_and_unique_and_what_cannot_be_is_refused_unnumbered(charger: Obedient) -> None:
    numbers = [(await reserve(charger, number + 1))["number"] for number in range(3)]
    assert len(set(numbers)) == 3
    assert min(numbers) > 0
    for wrong, pointer in (
        ({"expires_at": moment(-5)}, "/expires_at"),
        ({"id_tag": "GONE"}, "/id_tag"),
        ({"id_tag": "x" * 21}, "/id_tag"),
        ({"parent": "x" * 21}, "/parent"),
    ):
        body = {"evse_id": 1, "id_tag": "ADA", "expires_at": moment(60)} | wrong
        assert await charger.refused("POST", "reservations", body) == (422, pointer)
    assert len(charger.of("ReserveNow")) == 3


async def test_a_reservation_of_a_charger_that_is_away_is_refused_and_one_in_ocpps_own_words_is_kept(charger: Obedient) -> None:
    payload = {"connectorId": 1, "expiryDate": moment(60), "idTag": "ADA", "reservationId": 777_777}
    await charger.api("POST", "commands", {"action": "ReserveNow", "payload": payload})
    await charger.api("POST", "commands", {"action": "ReserveNow", "payload": payload | {"idTag": "BOB"}})
    second, first = (await charger.api("GET", f"/reservations?charger_id={charger.id}"))["items"]
    assert (second["number"], second["state"], second["id_tag"]) == (777_777, "accepted", "BOB")
    assert (first["state"], first["reason"]) == ("cancelled", "replaced")
    await charger.server.api("POST", "/api/v1/chargers", {"id": "AWAY", "security_profile": 0})
    body = {"evse_id": 1, "id_tag": "ADA", "expires_at": moment(60)}
    assert (await charger.refused("POST", "/chargers/AWAY/reservations", body))[0] == 409
    assert (await charger.api("GET", "/reservations?charger_id=AWAY"))["items"] == []


async def test_reservations_outlive_the_server_and_expire_while_the_charger_is_away(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, *FLAGS) as server:
        async with obedient(server, "CP1") as charger:
            charger.answers["ReserveNow"] = ACCEPTED
            short, long = await reserve(charger, 1, "ADA", 3), await reserve(charger, 2, "ADA")
        await server.kill()
    async with running_server(database_url, tmp_path, *FLAGS) as server:
        async with obedient(server, "OTHER") as onlooker:
            await becomes(onlooker, short, "expired")
        async with obedient(server, "CP1") as charger:
            await becomes(charger, long, "unknown")
            await charger.status(2, "Reserved")
            await becomes(charger, long, "accepted")
            assert (await charger.start("EVE", 2, timestamp=moment()))["idTagInfo"]["status"] == "Invalid"


async def test_reservations_of_2x_are_used_by_their_event_and_ended_by_their_own_message(server: RunningServer) -> None:
    async with obedient(server, protocol="ocpp2.0.1") as charger:
        charger.answers["ReserveNow"] = ACCEPTED
        used, over = await reserve(charger), await reserve(charger, 0, "EVE")
        assert charger.of("ReserveNow")[0]["groupIdToken"]["idToken"] == "FAMILY"
        assert "evseId" not in charger.of("ReserveNow")[1]
        event = {
            "eventType": "Started",
            "timestamp": moment(),
            "triggerReason": "Authorized",
            "seqNo": 0,
            "evse": {"id": 1},
            "transactionInfo": {"transactionId": "tx-1"},
            "idToken": {"idToken": "EVE", "type": "ISO14443"},
        }
        blocked = event | {"idToken": {"idToken": "GONE", "type": "ISO14443"}}
        assert (await charger.say("TransactionEvent", blocked))["idTokenInfo"]["status"] == "Blocked"
        named = event | {"seqNo": 1, "eventType": "Updated", "reservationId": used["number"]}
        named |= {"idToken": {"idToken": "BOB", "type": "ISO14443"}}
        assert (await charger.say("TransactionEvent", named))["idTokenInfo"]["status"] == "Accepted"
        assert (await becomes(charger, used, "used"))["transaction_id"] == "tx-1"
        await charger.say("ReservationStatusUpdate", {"reservationId": over["number"], "reservationUpdateStatus": "Removed"})
        assert "Removed" in (await becomes(charger, over, "lost"))["reason"]

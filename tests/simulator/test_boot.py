"""The boot gate from the charger's side, resets, and who it says it is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import CallError, Silence
from voltaro.simulator import Battery
from voltaro.simulator.line import Address

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
TWO = ("ocpp2.0.1", "ocpp2.1")
CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


def boot(status: str, interval: int) -> dict[str, Any]:
    return {"status": status, "currentTime": "2031-05-04T03:02:01Z", "interval": interval}


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize("word", ["Pending", "Rejected"])
async def test_a_charger_that_is_not_accepted_says_nothing_but_boot_after_the_interval(
    place: Callable[..., Any], protocol: str, word: str
) -> None:
    central, charger, clock = await place(protocol, connect=False)
    central.answer("BootNotification", boot(word, 45))
    await charger.connect()
    await charger.settled()
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    clock.advance(44)
    assert charger.tally.sent == {"BootNotification": 1}
    clock.advance(1)
    await charger.booted()
    actions = central.actions()
    assert actions[:2] == ["BootNotification", "BootNotification"]
    await charger.settled()
    assert charger.sessions[0].begun, "what happened meanwhile is told afterwards"


@pytest.mark.parametrize("protocol", ALL)
async def test_a_boot_without_answer_is_repeated(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, connect=False)
    central.answer("BootNotification", Silence)
    await charger.connect()
    await central.wait("BootNotification")
    clock.advance(70)
    await charger.booted()
    assert len(central.of("BootNotification")) == 2


@pytest.mark.parametrize("protocol", ALL)
async def test_while_pending_a_boot_can_be_triggered(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol, connect=False)
    central.answer("BootNotification", boot("Pending", 3600))
    await charger.connect()
    await charger.settled()
    assert await central.command("TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Accepted"}
    await charger.booted()
    if protocol != "ocpp1.6":
        assert central.of("BootNotification")[1].payload["reason"] == "Triggered"
    assert await central.command("TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Rejected"}


@pytest.mark.parametrize("protocol", ALL)
async def test_a_rejected_charger_obeys_nobody(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol, connect=False)
    central.answer("BootNotification", boot("Rejected", 3600))
    await charger.connect()
    await charger.settled()
    with pytest.raises(CallError, match="SecurityError"):
        await central.command("ClearCache", {})


async def test_a_16_reset_stops_sessions_then_boots(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": "Soft"}) == {"status": "Accepted"}
    (stop,) = await central.wait("StopTransaction")
    assert (stop.payload["reason"], stop.line) == ("SoftReset", 1)
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    await charger.booted()
    assert [each.line for each in central.of("BootNotification")] == [1, 2]


async def test_a_hard_16_reset_tells_of_the_stop_after_the_boot(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    (stop,) = await central.wait("StopTransaction")
    assert (stop.payload["reason"], stop.line) == ("HardReset", 2)


@pytest.mark.parametrize("protocol", TWO)
async def test_an_immediate_2x_reset_ends_sessions_then_boots(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    (end,) = await central.wait("TransactionEvent", eventType="Ended")
    assert (end.payload["triggerReason"], end.payload["transactionInfo"]["stoppedReason"]) == ("ResetCommand", "ImmediateReset")
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    await charger.booted()
    assert central.of("BootNotification")[1].payload["reason"] == "RemoteReset"


@pytest.mark.parametrize("protocol", TWO)
async def test_a_2x_reset_on_idle_waits_for_the_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    assert charger.online
    await charger.stop(1)
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    await charger.booted()
    (end,) = central.of("TransactionEvent", eventType="Ended")
    assert end.payload["transactionInfo"]["stoppedReason"] == "Local"


@pytest.mark.parametrize("protocol", TWO)
async def test_the_reset_of_one_evse_ends_its_session_and_nothing_else(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    for evse in (1, 2):
        await charger.plug_in(evse, CAR)
        await charger.present_tag(f"TAG{evse}", evse)
    await charger.settled()
    assert await central.command("Reset", {"type": "Immediate", "evseId": 2}) == {"status": "Accepted"}
    await charger.settled()
    assert charger.session(1) is not None
    assert charger.session(2) is None
    assert charger.online


async def test_a_21_session_survives_a_reset_that_resumes(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp2.1")
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": "ImmediateAndResume"}) == {"status": "Accepted"}
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    await charger.booted()
    (resumed,) = await central.wait("TransactionEvent", triggerReason="TxResumed")
    assert resumed.payload["transactionInfo"]["transactionId"] == charger.session(1).transaction_id
    assert resumed.payload["transactionInfo"]["chargingState"] == "Charging"


def basic(password: bytes) -> str:
    return "Basic " + base64.b64encode(b"SIM-1:" + password).decode()


async def test_a_new_16_password_is_used_for_the_next_line_and_never_read_back(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6", central_password=b"old-old-old-old-", password="old-old-old-old-")
    assert await central.command("ChangeConfiguration", {"key": "AuthorizationKey", "value": "00ff" * 8}) == {"status": "Accepted"}
    assert await central.command("ChangeConfiguration", {"key": "AuthorizationKey", "value": "short"}) == {"status": "Rejected"}
    shown = await central.command("GetConfiguration", {})
    assert "AuthorizationKey" not in {each["key"] for each in shown["configurationKey"]}
    central.password = bytes.fromhex("00ff" * 8)
    await charger.go_offline()
    await charger.go_online()
    assert central.authorizations == [basic(b"old-old-old-old-"), basic(bytes.fromhex("00ff" * 8))]


@pytest.mark.parametrize("protocol", TWO)
async def test_a_new_2x_password_is_used_for_the_next_line_and_never_read_back(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol, central_password=b"old-old-old-old-", password="old-old-old-old-")
    name = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    answer = await central.command("SetVariables", {"setVariableData": [name | {"attributeValue": "new-new-new-new-new"}]})
    assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
    answer = await central.command("GetVariables", {"getVariableData": [name]})
    assert answer["getVariableResult"] == [name | {"attributeStatus": "Rejected"}]
    central.password = b"new-new-new-new-new"
    await charger.go_offline()
    await charger.go_online()
    assert central.authorizations[-1] == basic(b"new-new-new-new-new")


async def test_a_wrong_password_is_counted_and_tried_again_later(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", connect=False, central_password=b"right", password="wrong")
    charger.start()
    await charger.wait_until(lambda: charger.tally.refusals == {"status 401": 1})
    central.password = b"wrong"
    clock.advance(2)
    await charger.booted()


def test_an_identity_is_percent_encoded() -> None:
    address = Address.of("ws://127.0.0.1:9000/ocpp/", "A b/ö#1", "ocpp1.6")
    assert address.uri.resource_name == "/ocpp/A%20b%2F%C3%B6%231"

"""What a 1.6 charger does of the Core and Remote Trigger profiles beyond what all versions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import CallError
from voltaro.simulator import Battery
from voltaro.simulator.talker import Forced

CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


@pytest.mark.parametrize(("cable", "word"), [("detachable", "Unlocked"), ("fixed", "NotSupported"), ("stuck", "UnlockFailed")])
async def test_a_cable_is_unlocked_where_it_can_be(place: Callable[..., Any], cable: str, word: str) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.cable = cable
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    assert await central.command("UnlockConnector", {"connectorId": 1}) == {"status": word}
    assert (charger.session(1) is None) == (word == "Unlocked")
    await charger.settled()


async def test_its_makers_data_transfer_is_answered(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6")
    echo = {"vendorId": "Nordlicht", "messageId": "Echo", "data": '{"a":1}'}
    assert await central.command("DataTransfer", echo) == {"status": "Accepted", "data": '{"a":1}'}
    assert await central.command("DataTransfer", {"vendorId": "Nordlicht", "messageId": "Echo"}) == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("command", "wanted", "word"),
    [
        ("TriggerMessage", "BootNotification", "Rejected"),
        ("TriggerMessage", "DiagnosticsStatusNotification", "Accepted"),
        ("TriggerMessage", "FirmwareStatusNotification", "Accepted"),
        ("TriggerMessage", "Heartbeat", "Accepted"),
        ("TriggerMessage", "MeterValues", "Accepted"),
        ("TriggerMessage", "StatusNotification", "Accepted"),
        ("ExtendedTriggerMessage", "BootNotification", "Rejected"),
        ("ExtendedTriggerMessage", "LogStatusNotification", "Accepted"),
        ("ExtendedTriggerMessage", "FirmwareStatusNotification", "Accepted"),
        ("ExtendedTriggerMessage", "Heartbeat", "Accepted"),
        ("ExtendedTriggerMessage", "MeterValues", "Accepted"),
        ("ExtendedTriggerMessage", "StatusNotification", "Accepted"),
    ],
)
async def test_everything_that_can_be_triggered_comes(place: Callable[..., Any], command: str, wanted: str, word: str) -> None:
    central, charger, _ = await place("ocpp1.6")
    before = len(central.heard)
    assert await central.command(command, {"requestedMessage": wanted}) == {"status": word}
    await charger.settled()
    signed = (command, wanted) == ("ExtendedTriggerMessage", "FirmwareStatusNotification")
    came = [each.action for each in central.heard[before:]]
    assert set(came) == ({"SignedFirmwareStatusNotification" if signed else wanted} if word == "Accepted" else set())
    assert len(came) == {"StatusNotification": 3, "MeterValues": 2}.get(wanted, 1) * (word == "Accepted")


@pytest.mark.parametrize("connector", [0, 1, 2])
async def test_one_connectors_status_is_triggered_alone(place: Callable[..., Any], connector: int) -> None:
    central, charger, _ = await place("ocpp1.6")
    before = len(central.heard)
    await central.command("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": connector})
    await charger.settled()
    assert [each.payload["connectorId"] for each in central.heard[before:]] == [connector]


async def test_nothing_is_triggered_at_a_connector_that_is_not_there(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6")
    trigger = {"requestedMessage": "StatusNotification", "connectorId": 3}
    assert await central.command("TriggerMessage", trigger) == {"status": "Rejected"}


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
async def test_a_reset_tells_why_sessions_ended_and_keeps_what_was_configured(place: Callable[..., Any], kind: str, reason: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    await central.command("ChangeConfiguration", {"key": "LightIntensity", "value": "12"})
    await central.command("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("Reset", {"type": kind}) == {"status": "Accepted"}
    await charger.wait_until(lambda: not charger.online)
    clock.advance(10)
    await charger.booted()
    assert central.of("StopTransaction")[0].payload["reason"] == reason
    assert len(central.of("BootNotification")) == 2
    assert charger.evse(2).status == "Unavailable"
    assert central.of("StatusNotification", connectorId=2)[-1].payload["status"] == "Unavailable"
    shown = await central.command("GetConfiguration", {"key": ["LightIntensity"]})
    assert shown["configurationKey"][0]["value"] == "12"


async def test_an_answer_can_be_forced_once(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.force("Reset", Forced({"status": "Rejected"}))
    charger.machine.force("ClearCache", Forced(error="InternalError"))
    assert await central.command("Reset", {"type": "Hard"}) == {"status": "Rejected"}
    with pytest.raises(CallError, match="InternalError"):
        await central.command("ClearCache", {})
    assert await central.command("ClearCache", {}) == {"status": "Accepted"}
    assert charger.online


async def test_an_answer_can_be_withheld(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.force("ClearCache", Forced())
    charger.machine.known_tags["TAG1"] = None
    with pytest.raises(TimeoutError):
        await central.command("ClearCache", {}, bound_s=0.01)
    assert await central.command("GetLocalListVersion", {}) == {"listVersion": 0}
    assert "TAG1" in charger.machine.known_tags


async def test_every_action_of_16_is_obeyed_or_said() -> None:
    from ocpp.v16.enums import Action

    from voltaro.simulator.v16 import Charger16

    said = {
        *("Authorize", "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat"),
        *("LogStatusNotification", "MeterValues", "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification"),
        *("StartTransaction", "StatusNotification", "StopTransaction"),
    }
    assert set(Charger16.commands) == set(Action) - said
    assert len(set(Charger16.commands) | said) == 39

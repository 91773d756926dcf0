"""How a charger obeys, in each version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import CallError, Silence
from voltaro.simulator import Battery

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
TWO = ("ocpp2.0.1", "ocpp2.1")
CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


def remote_start(protocol: str, evse: int | None, tag: str = "APP1", number: int = 7) -> tuple[str, dict[str, Any]]:
    if protocol == "ocpp1.6":
        return "RemoteStartTransaction", {"idTag": tag} | ({"connectorId": evse} if evse else {})
    token = {"idToken": tag, "type": "Central"}
    return "RequestStartTransaction", {"idToken": token, "remoteStartId": number} | ({"evseId": evse} if evse else {})


def remote_stop(protocol: str, transaction_id: str) -> tuple[str, dict[str, Any]]:
    if protocol == "ocpp1.6":
        return "RemoteStopTransaction", {"transactionId": int(transaction_id)}
    return "RequestStopTransaction", {"transactionId": transaction_id}


def variable(component: str, name: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": name}} | more


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_start_asks_about_the_tag_then_starts_with_it(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(2, CAR)
    assert (await central.command(*remote_start(protocol, 2)))["status"] == "Accepted"
    await charger.wait_for("Charging", 2)
    await charger.settled()
    assert charger.session(2).tag == "APP1"
    actions = [each for each in central.actions() if each in ("Authorize", "StartTransaction", "TransactionEvent")]
    assert actions == ["Authorize", "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"]
    if protocol != "ocpp1.6":
        (started,) = central.of("TransactionEvent")
        assert started.payload["triggerReason"] == "RemoteStart"
        assert started.payload["transactionInfo"]["remoteStartId"] == 7
        assert started.payload["idToken"] == {"idToken": "APP1", "type": "Central"}


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_start_waits_for_the_cable(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await central.command(*remote_start(protocol, 1))
    await charger.wait_for("Preparing", 1)
    assert (await central.command(*remote_start(protocol, 1)))["status"] == "Rejected"
    await charger.plug_in(1, CAR)
    await charger.wait_for("Charging", 1)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_start_without_evse_takes_the_one_with_a_car(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(2, CAR)
    await central.command(*remote_start(protocol, None))
    await charger.wait_for("Charging", 2)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_start_is_rejected_where_nothing_can_start(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.break_down(2)
    await charger.settled()
    assert (await central.command(*remote_start(protocol, 1)))["status"] == "Rejected"
    assert (await central.command(*remote_start(protocol, 2)))["status"] == "Rejected"
    assert (await central.command(*remote_start(protocol, 9)))["status"] == "Rejected"


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_start_with_a_refused_tag_starts_nothing(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    central.blocked_tags.add("APP1")
    await charger.plug_in(1, CAR)
    await central.command(*remote_start(protocol, 1))
    await central.wait("Authorize")
    await charger.settled()
    assert charger.sessions == []


@pytest.mark.parametrize("protocol", ALL)
async def test_without_authorization_of_remote_starts_none_is_asked(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    charger.machine.settings.authorize_remote = False
    await charger.plug_in(1, CAR)
    await central.command(*remote_start(protocol, 1))
    await charger.wait_for("Charging", 1)
    assert not central.of("Authorize")


@pytest.mark.parametrize("protocol", ALL)
async def test_a_remote_stop_ends_the_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert (await central.command(*remote_stop(protocol, "999999")))["status"] == "Rejected"
    assert (await central.command(*remote_stop(protocol, charger.session(1).transaction_id)))["status"] == "Accepted"
    await charger.wait_for("Finishing", 1)
    await charger.settled()
    if protocol == "ocpp1.6":
        assert central.of("StopTransaction")[0].payload["reason"] == "Remote"
    else:
        (end,) = central.of("TransactionEvent", eventType="Ended")
        assert (end.payload["triggerReason"], end.payload["transactionInfo"]["stoppedReason"]) == ("RemoteStop", "Remote")


async def test_unlocking_a_16_connector_stops_its_session(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    assert await central.command("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    (stop,) = await central.wait("StopTransaction")
    assert stop.payload["reason"] == "UnlockCommand"
    assert await central.command("UnlockConnector", {"connectorId": 5}) == {"status": "NotSupported"}


@pytest.mark.parametrize("protocol", TWO)
async def test_a_2x_connector_stays_locked_during_a_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    words = [(await central.command("UnlockConnector", {"evseId": evse, "connectorId": 1}))["status"] for evse in (1, 2, 3)]
    assert words == ["OngoingAuthorizedTransaction", "Unlocked", "UnknownConnector"]


def availability(protocol: str, evse: int, *, operative: bool) -> tuple[str, dict[str, Any]]:
    word = "Operative" if operative else "Inoperative"
    if protocol == "ocpp1.6":
        return "ChangeAvailability", {"connectorId": evse, "type": word}
    return "ChangeAvailability", {"operationalStatus": word} | ({"evse": {"id": evse}} if evse else {})


@pytest.mark.parametrize("protocol", ALL)
async def test_an_evse_in_use_becomes_unavailable_after_its_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    assert (await central.command(*availability(protocol, 0, operative=False)))["status"] == "Scheduled"
    assert [charger.evse(evse).status for evse in (1, 2)] == ["Charging", "Unavailable"]
    await charger.stop(1)
    assert charger.evse(1).status == "Unavailable"
    await charger.settled()
    assert (await central.command(*availability(protocol, 0, operative=True)))["status"] == "Accepted"
    assert [charger.evse(evse).status for evse in (1, 2)] == ["Finishing", "Available"]
    await charger.settled()
    if protocol == "ocpp1.6":
        words = [each.payload["status"] for each in central.of("StatusNotification", connectorId=0)]
        assert words == ["Available", "Unavailable", "Available"]
    assert (await central.command(*availability(protocol, 8, operative=True)))["status"] == "Rejected"


async def test_16_keys_are_read_and_written(place: Callable[..., Any]) -> None:
    central, _, clock = await place("ocpp1.6")
    shown = await central.command("GetConfiguration", {"key": ["HeartbeatInterval", "NumberOfConnectors", "Nonsense"]})
    assert shown == {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        ],
        "unknownKey": ["Nonsense"],
    }
    for key, value, word in (
        ("HeartbeatInterval", "20", "Accepted"),
        ("HeartbeatInterval", "soon", "Rejected"),
        ("NumberOfConnectors", "3", "Rejected"),
        ("Nonsense", "1", "NotSupported"),
        ("WebSocketPingInterval", "30", "RebootRequired"),
    ):
        assert await central.command("ChangeConfiguration", {"key": key, "value": value}) == {"status": word}
    clock.advance(21)
    await central.wait("Heartbeat")
    assert len((await central.command("GetConfiguration", {}))["configurationKey"]) > 25


async def test_a_new_meter_interval_holds_for_the_running_session(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=600)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    await central.command("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "5"})
    await central.command("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": "Energy.Active.Import.Register,SoC"})
    clock.advance(5)
    (reading,) = await central.wait("MeterValues")
    assert [each["measurand"] for each in reading.payload["meterValue"][0]["sampledValue"]] == ["Energy.Active.Import.Register", "SoC"]


@pytest.mark.parametrize("protocol", TWO)
async def test_2x_variables_are_read_and_written(place: Callable[..., Any], protocol: str) -> None:
    central, _, clock = await place(protocol)
    writes = [
        variable("OCPPCommCtrlr", "HeartbeatInterval", attributeValue="20"),
        variable("ocppcommctrlr", "heartbeatinterval", attributeValue="x"),
        variable("OCPPCommCtrlr", "Nonsense", attributeValue="1"),
        variable("Nonsense", "Nonsense", attributeValue="1"),
        variable("OCPPCommCtrlr", "HeartbeatInterval", attributeValue="1", attributeType="MaxSet"),
        variable("ChargingStation", "Model", attributeValue="Mine"),
    ]
    answer = await central.command("SetVariables", {"setVariableData": writes})
    assert [each["attributeStatus"] for each in answer["setVariableResult"]] == [
        "Accepted",
        "Rejected",
        "UnknownVariable",
        "UnknownComponent",
        "NotSupportedAttributeType",
        "Rejected",
    ]
    reads = [
        variable("OCPPCommCtrlr", "HeartbeatInterval"),
        variable("ChargingStation", "VendorName"),
        {"component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "AvailabilityState"}},
    ]
    answer = await central.command("GetVariables", {"getVariableData": reads})
    assert [each["attributeValue"] for each in answer["getVariableResult"]] == ["20", "Nordlicht", "Available"]
    clock.advance(21)
    await central.wait("Heartbeat")


@pytest.mark.parametrize("protocol", TWO)
async def test_too_many_variables_in_one_message_are_refused(place: Callable[..., Any], protocol: str) -> None:
    central, _, _ = await place(protocol)
    with pytest.raises(CallError, match="OccurrenceConstraintViolation"):
        await central.command("GetVariables", {"getVariableData": [variable("ChargingStation", "Model")] * 21})


@pytest.mark.parametrize("protocol", TWO)
@pytest.mark.parametrize("base", ["ConfigurationInventory", "FullInventory", "SummaryInventory"])
async def test_a_base_report_comes_in_numbered_pages(place: Callable[..., Any], protocol: str, base: str) -> None:
    central, charger, _ = await place(protocol)
    assert await central.command("GetBaseReport", {"requestId": 42, "reportBase": base}) == {"status": "Accepted"}
    await charger.settled()
    pages = [each.payload for each in central.of("NotifyReport")]
    assert [each["seqNo"] for each in pages] == list(range(len(pages)))
    assert [each["tbc"] for each in pages] == [True] * (len(pages) - 1) + [False]
    assert {each["requestId"] for each in pages} == {42}
    items = [item for page in pages for item in page["reportData"]]
    mutable = {item["variableAttribute"][0]["mutability"] for item in items}
    if base == "ConfigurationInventory":
        assert "ReadOnly" not in mutable
    if base == "FullInventory":
        assert len(pages) > 3
        assert {item["component"]["name"] for item in items} >= {"EVSE", "Connector", "SecurityCtrlr", "TxCtrlr"}
    (secret,) = [item for item in items if item["variable"]["name"] == "BasicAuthPassword"] or [None]
    assert secret is None or "value" not in secret["variableAttribute"][0]


@pytest.mark.parametrize("protocol", TWO)
async def test_a_transactions_status_tells_what_is_still_queued(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    transaction = charger.session(1).transaction_id
    assert await central.command("GetTransactionStatus", {"transactionId": transaction}) == {
        "ongoingIndicator": True,
        "messagesInQueue": False,
    }
    central.answer("TransactionEvent", CallError("InternalError"))
    await charger.stop(1)
    await charger.quiet()
    assert await central.command("GetTransactionStatus", {"transactionId": transaction}) == {
        "ongoingIndicator": False,
        "messagesInQueue": True,
    }
    assert await central.command("GetTransactionStatus", {}) == {"messagesInQueue": True}
    assert await central.command("GetTransactionStatus", {"transactionId": "none"}) == {"ongoingIndicator": False, "messagesInQueue": False}


@pytest.mark.parametrize("protocol", ALL)
async def test_messages_come_when_they_are_triggered(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    where = {"connectorId": 1} if protocol == "ocpp1.6" else {"evse": {"id": 1, "connectorId": 1}}
    before = len(central.of("StatusNotification"))
    for message in ("Heartbeat", "StatusNotification", "MeterValues", "FirmwareStatusNotification"):
        assert await central.command("TriggerMessage", {"requestedMessage": message} | where) == {"status": "Accepted"}
    await charger.settled()
    assert len(central.of("StatusNotification")) == before + 1
    assert central.of("Heartbeat")
    assert central.of("FirmwareStatusNotification", status="Idle")
    (reading,) = central.of("MeterValues")
    assert reading.payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert reading.payload.get("transactionId") == (1 if protocol == "ocpp1.6" else None)


@pytest.mark.parametrize("protocol", TWO)
async def test_a_triggered_transaction_event_says_why(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    assert await central.command("TriggerMessage", {"requestedMessage": "TransactionEvent"}) == {"status": "Rejected"}
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert await central.command("TriggerMessage", {"requestedMessage": "TransactionEvent"}) == {"status": "Accepted"}
    (event,) = await central.wait("TransactionEvent", eventType="Updated")
    assert event.payload["triggerReason"] == "Trigger"


def limit(protocol: str, evse: int, amperes: float, transaction_id: str | None = None) -> tuple[str, dict[str, Any]]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amperes}]}
    profile: dict[str, Any] = {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile" if transaction_id else "TxDefaultProfile",
        "chargingProfileKind": "Relative",
    }
    if protocol == "ocpp1.6":
        profile |= {"chargingProfileId": 1, "chargingSchedule": schedule} | (
            {"transactionId": int(transaction_id)} if transaction_id else {}
        )
        return "SetChargingProfile", {"connectorId": evse, "csChargingProfiles": profile}
    profile |= {"id": 1, "chargingSchedule": [{"id": 1} | schedule]} | ({"transactionId": transaction_id} if transaction_id else {})
    return "SetChargingProfile", {"evseId": evse, "chargingProfile": profile}


@pytest.mark.parametrize("protocol", ALL)
async def test_a_charging_profile_limits_and_pauses_the_power(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, meter_interval_s=60)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    transaction = charger.session(1).transaction_id
    assert (await central.command(*limit(protocol, 1, 10.0, transaction)))["status"] == "Accepted"
    assert charger.evse(1).draw_w == 6900  # 10 A on three phases of 230 V
    await charger.settled()
    clock.advance(60)
    assert charger.session(1).energy_wh == 115
    await charger.settled()
    assert (await central.command(*limit(protocol, 1, 0.0, transaction)))["status"] == "Accepted"
    assert charger.evse(1).status == "SuspendedEVSE"
    assert (await central.command(*limit(protocol, 1, 6.0, "4711")))["status"] == "Rejected"
    assert (await central.command("ClearChargingProfile", {}))["status"] == "Accepted"
    assert charger.evse(1).draw_w == 11_000
    assert (await central.command("ClearChargingProfile", {}))["status"] == "Unknown"
    await charger.settled()


@pytest.mark.parametrize("protocol", ALL)
async def test_what_a_charger_does_not_do_gets_the_right_error(place: Callable[..., Any], protocol: str) -> None:
    central, _, _ = await place(protocol)
    with pytest.raises(CallError, match="NotImplemented"):
        await central.command("Nonsense", {}, checked=False)
    with pytest.raises(CallError, match="NotSupported"):
        await central.command("Authorize" if protocol == "ocpp1.6" else "GetLocalListVersion", {}, checked=False)
    with pytest.raises(CallError, match="FormationViolation" if protocol == "ocpp1.6" else "FormatViolation"):
        await central.command("Reset", {}, checked=False)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_foreign_data_transfer_is_answered_not_refused(place: Callable[..., Any], protocol: str) -> None:
    central, _, _ = await place(protocol)
    assert await central.command("DataTransfer", {"vendorId": "org.example"}) == {"status": "UnknownVendorId"}
    assert await central.command("DataTransfer", {"vendorId": "Nordlicht", "messageId": "x"}) == {"status": "UnknownMessageId"}


@pytest.mark.parametrize("protocol", ALL)
async def test_a_command_is_answered_while_a_call_waits(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    central.answer("Authorize", Silence)
    charger.tag("TAG1", 1)
    await central.wait("Authorize")
    assert await central.command("ClearCache", {}) == {"status": "Accepted"}
    assert charger.machine.outbox.in_hand is not None


@pytest.mark.parametrize("protocol", ALL)
async def test_what_is_no_frame_is_ignored_or_named(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    assert central.line is not None
    for text in ("{", "[]", "null", '[9,"x",{}]', '[3,"never-asked",{}]'):
        await central.line.send(text)
    assert await central.command("ClearCache", {}) == {"status": "Accepted"}
    expected = [] if protocol == "ocpp1.6" else ["RpcFrameworkError"] * 3 + ["MessageTypeNotSupported"]
    assert [frame[2] for frame in central.stray] == expected
    assert charger.tally.errors == {"unreadable_frame": 4, "late": 1}


@pytest.mark.parametrize("protocol", ALL)
async def test_the_ledger_notes_every_command(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await central.command("ClearCache", {})
    assert charger.ledger.commands == [("ClearCache", {}, "Accepted")]
    assert charger.tally.commands == {("ClearCache", "Accepted"): 1}

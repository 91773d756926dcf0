"""A whole session in each version, from the cable to the last acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from voltaro.simulator import Battery

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
TWO = ("ocpp2.0.1", "ocpp2.1")
CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_charger_boots_and_reports_every_connector(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    assert central.actions()[0] == "BootNotification"
    statuses = [each.payload for each in central.of("StatusNotification")]
    if protocol == "ocpp1.6":
        assert [(each["connectorId"], each["status"]) for each in statuses] == [(0, "Available"), (1, "Available"), (2, "Available")]
    else:
        assert [(each["evseId"], each["connectorId"], each["connectorStatus"]) for each in statuses] == [
            (1, 1, "Available"),
            (2, 1, "Available"),
        ]
    assert charger.accepted


async def test_a_16_session_is_told_from_plug_to_unplug(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=60)
    await charger.plug_in(1, CAR)
    assert await charger.present_tag("TAG1", 1) == "Accepted"
    await charger.wait_for("Charging", 1)
    await charger.settled()
    for _ in range(3):
        clock.advance(60)
        await charger.settled()
    await charger.stop(1)
    await charger.unplug(1)
    await charger.settled()

    (start,) = central.of("StartTransaction")
    (stop,) = central.of("StopTransaction")
    readings = central.of("MeterValues", transactionId=1)
    assert start.payload["idTag"] == "TAG1"
    assert stop.payload["reason"] == "Local"
    assert stop.payload["transactionId"] == 1
    assert stop.payload["meterStop"] - start.payload["meterStart"] == 550  # 11 kW for three minutes
    assert len(readings) == 3
    registers = [int(each.payload["meterValue"][0]["sampledValue"][0]["value"]) for each in readings]
    assert [register - start.payload["meterStart"] for register in registers] == pytest.approx([183, 367, 550], abs=1)
    measurands = {each["measurand"] for each in readings[0].payload["meterValue"][0]["sampledValue"]}
    assert measurands == {"Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "SoC"}
    ends = [each["sampledValue"][0]["context"] for each in stop.payload["transactionData"]]
    assert ends == ["Transaction.Begin", "Transaction.End"]
    words = [each.payload["status"] for each in central.of("StatusNotification", connectorId=1)]
    assert words == ["Available", "Preparing", "Charging", "Finishing", "Available"]


@pytest.mark.parametrize("protocol", TWO)
async def test_a_2x_session_is_a_row_of_events_without_gap(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, meter_interval_s=60)
    await charger.plug_in(2, CAR)
    await charger.present_tag("TAG1", 2)
    await charger.settled()
    for _ in range(2):
        clock.advance(60)
        await charger.settled()
    await charger.stop(2)
    await charger.settled()

    events = [each.payload for each in central.of("TransactionEvent")]
    assert [each["eventType"] for each in events] == ["Started", "Updated", "Updated", "Ended"]
    assert [each["seqNo"] for each in events] == [0, 1, 2, 3]
    assert len({each["transactionInfo"]["transactionId"] for each in events}) == 1
    assert [each["triggerReason"] for each in events] == ["Authorized", "MeterValuePeriodic", "MeterValuePeriodic", "StopAuthorized"]
    assert events[0]["idToken"] == {"idToken": "TAG1", "type": "ISO14443"}
    assert "idToken" not in events[1]
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    assert [each["transactionInfo"]["chargingState"] for each in events] == ["Charging", "Charging", "Charging", "EVConnected"]
    first, last = (each["meterValue"][0]["sampledValue"][0] for each in (events[0], events[-1]))
    assert (first["context"], last["context"]) == ("Transaction.Begin", "Transaction.End")
    assert last["value"] - first["value"] == pytest.approx(11_000 / 30, abs=1)
    assert all("offline" not in each for each in events)
    words = [each.payload["connectorStatus"] for each in central.of("StatusNotification", evseId=2)]
    assert words == ["Available", "Occupied"]


@pytest.mark.parametrize("protocol", TWO)
async def test_a_2x_session_may_begin_with_the_cable(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    answer = await central.command(
        "SetVariables",
        {"setVariableData": [{"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}, "attributeValue": "EVConnected"}]},
    )
    assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
    await charger.plug_in(1, CAR)
    await charger.settled()
    assert charger.evse(1).status == "Preparing"
    await charger.present_tag("TAG1", 1)
    await charger.wait_for("Charging", 1)
    await charger.unplug(1)
    await charger.settled()
    events = [each.payload for each in central.of("TransactionEvent")]
    assert [(each["eventType"], each["triggerReason"]) for each in events] == [
        ("Started", "CablePluggedIn"),
        ("Updated", "Authorized"),
        ("Updated", "ChargingStateChanged"),
        ("Ended", "EVCommunicationLost"),
    ]
    assert [each["seqNo"] for each in events] == [0, 1, 2, 3]
    assert "idToken" not in events[0]
    assert events[1]["idToken"]["idToken"] == "TAG1"


@pytest.mark.parametrize("protocol", ALL)
async def test_the_ledger_holds_what_was_acknowledged(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, meter_interval_s=60)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    clock.advance(60)
    await charger.stop(1)
    await charger.settled()
    (session,) = charger.sessions
    assert (session.begun, session.closed, session.tag, session.reason) == (True, True, "TAG1", "Local")
    assert session.energy_wh == 183
    money = [each for each in central.heard if each.action in ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")]
    assert [(each.action, each.message_id, each.payload) for each in charger.ledger.acknowledged] == [
        (each.action, each.message_id, each.payload) for each in money
    ]
    assert session.transaction_id == ("1" if protocol == "ocpp1.6" else money[0].payload["transactionInfo"]["transactionId"])


@pytest.mark.parametrize("protocol", ALL)
async def test_a_refused_tag_starts_nothing(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    central.blocked_tags.add("BAD")
    await charger.plug_in(1, CAR)
    assert await charger.present_tag("BAD", 1) == "Blocked"
    await charger.settled()
    assert charger.sessions == []
    assert not central.of("StartTransaction")
    assert not central.of("TransactionEvent")


async def test_a_tag_refused_in_the_answer_to_the_start_ends_the_session(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    central.answer("StartTransaction", {"transactionId": 77, "idTagInfo": {"status": "ConcurrentTx"}})
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    (stop,) = await central.wait("StopTransaction")
    assert stop.payload["transactionId"] == 77
    assert stop.payload["reason"] == "DeAuthorized"


@pytest.mark.parametrize("protocol", TWO)
async def test_a_token_refused_in_the_answer_to_the_event_ends_the_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    central.answer("TransactionEvent", {"idTokenInfo": {"status": "Blocked"}})
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    (end,) = await central.wait("TransactionEvent", eventType="Ended")
    assert end.payload["triggerReason"] == "Deauthorized"
    assert end.payload["transactionInfo"]["stoppedReason"] == "DeAuthorized"


@pytest.mark.parametrize("protocol", ALL)
async def test_a_tag_of_the_same_group_stops_the_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    central.groups.update(A="FLEET", B="FLEET")
    await charger.plug_in(1, CAR)
    await charger.present_tag("A", 1)
    await charger.settled()
    assert await charger.present_tag("C", 1) == "Accepted"
    assert charger.session(1) is not None
    await charger.present_tag("B", 1)
    await charger.wait_for("Finishing", 1)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_full_battery_suspends_the_session(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, meter_interval_s=60, speed=100)
    await charger.plug_in(1, Battery(capacity_wh=1_000, max_power_w=11_000, soc=0.5))
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    clock.advance(60)
    assert charger.evse(1).status == "SuspendedEV"
    await charger.settled()
    assert charger.session(1).energy_wh == pytest.approx(500, abs=1)
    if protocol == "ocpp1.6":
        assert central.of("StatusNotification", connectorId=1, status="SuspendedEV")
    else:
        states = [
            each.payload["transactionInfo"]["chargingState"]
            for each in central.of("TransactionEvent", triggerReason="ChargingStateChanged")
        ]
        assert states == ["SuspendedEV"]


@pytest.mark.parametrize("protocol", ALL)
async def test_a_tag_without_a_car_is_forgotten_after_the_connection_timeout(place: Callable[..., Any], protocol: str) -> None:
    _, charger, clock = await place(protocol)
    await charger.present_tag("TAG1", 1)
    assert charger.evse(1).status == "Preparing"
    clock.advance(61)
    assert charger.evse(1).status == "Available"
    await charger.plug_in(1, CAR)
    assert charger.session(1) is None


@pytest.mark.parametrize("protocol", ALL)
async def test_heartbeats_follow_the_interval_of_the_boot(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    clock.advance(299)
    await charger.settled()
    assert not central.of("Heartbeat")
    clock.advance(2)
    await charger.settled()
    assert len(central.of("Heartbeat")) == 1

"""The configuration keys of a 1.6 charger: which there are, who may set them, and that they are obeyed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import CallError, pass_time
from voltaro.simulator import Battery

CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)
REGISTER = "Energy.Active.Import.Register"


async def change(central: Any, key: str, value: str) -> str:
    status: str = (await central.command("ChangeConfiguration", {"key": key, "value": value}))["status"]
    return status


async def read(central: Any, *keys: str) -> dict[str, str]:
    shown = await central.command("GetConfiguration", {"key": list(keys)})
    return {each["key"]: each.get("value") for each in shown.get("configurationKey", [])}


async def test_all_keys_are_shown_but_the_password(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6", password="a-password-of-20-cha")
    shown = {each["key"]: each for each in (await central.command("GetConfiguration", {}))["configurationKey"]}
    assert "AuthorizationKey" not in shown
    assert "a-password-of-20-cha" not in str(shown)
    assert len(shown) >= 48
    assert shown["SupportedFeatureProfiles"]["readonly"] is True
    assert shown["LocalAuthListMaxLength"]["readonly"] is True
    assert (shown["SecurityProfile"]["value"], shown["NumberOfConnectors"]["value"]) == ("1", "2")


async def test_more_keys_than_fit_are_refused(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6")
    most = int((await read(central, "GetConfigurationMaxKeys"))["GetConfigurationMaxKeys"])
    assert await read(central, *["HeartbeatInterval"] * most)
    with pytest.raises(CallError, match="OccurenceConstraintViolation"):
        await central.command("GetConfiguration", {"key": ["HeartbeatInterval"] * (most + 1)})


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("MeterValueSampleInterval", "61", "Accepted"),
        ("MeterValueSampleInterval", "-1", "Rejected"),
        ("MeterValuesSampledData", "Voltage,Temperature", "Accepted"),
        ("MeterValuesSampledData", "Nonsense", "Rejected"),
        ("LocalPreAuthorize", "TRUE", "Accepted"),
        ("LocalPreAuthorize", "maybe", "Rejected"),
        ("SupportedFeatureProfiles", "Core", "Rejected"),
        ("WebSocketPingInterval", "30", "RebootRequired"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_a_key_takes_what_fits_it(place: Callable[..., Any], key: str, value: str, word: str) -> None:
    central, _, _ = await place("ocpp1.6")
    before = await read(central, key)
    assert await change(central, key, value) == word
    after = await read(central, key)
    assert (after != before) or word in ("Rejected", "NotSupported")
    if word in ("Accepted", "RebootRequired"):
        assert after[key].lower() == value.lower()


async def test_a_new_password_is_shown_from_the_next_dial_on(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6", password="old-password-1234")
    assert await change(central, "AuthorizationKey", "00ff" * 8) == "Accepted"
    assert await read(central, "AuthorizationKey") == {"AuthorizationKey": None}
    await central.wait("SecurityEventNotification", type="ReconfigurationOfSecurityParameters")
    assert charger.online
    await charger.go_offline()
    await charger.go_online()
    assert central.authorizations[-1] == "Basic " + base64.b64encode(b"SIM-1:" + bytes.fromhex("00ff" * 8)).decode()


async def test_a_password_that_is_none_is_rejected(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6", password="old-password-1234")
    for text in ("short", "g" * 40, "ab" * 21):
        assert await change(central, "AuthorizationKey", text) == "Rejected"
    assert charger.machine.settings.password == b"old-password-1234"


async def test_the_security_profile_is_raised_where_it_can_be_and_never_lowered(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6", password="old-password-1234")
    assert [await change(central, "SecurityProfile", text) for text in ("0", "2", "3", "x")] == ["Rejected"] * 4
    charger.machine.secure_line = True
    assert await change(central, "SecurityProfile", "3") == "Rejected", "there is no certificate"
    assert await change(central, "SecurityProfile", "2") == "Accepted"
    assert await read(central, "SecurityProfile") == {"SecurityProfile": "2"}
    assert await change(central, "SecurityProfile", "1") == "Rejected"


async def test_readings_come_by_the_clock_with_and_without_a_session(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=0)
    assert await change(central, "MeterValuesAlignedData", f"{REGISTER},Voltage") == "Accepted"
    assert await change(central, "StopTxnAlignedData", REGISTER) == "Accepted"
    assert await change(central, "ClockAlignedDataInterval", "900") == "Accepted"
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    await pass_time(charger, clock, 900 - clock.now().timestamp() % 900)
    first, second = central.of("MeterValues")
    for heard, connector in ((first, 1), (second, 2)):
        assert heard.payload["connectorId"] == connector
        (value,) = heard.payload["meterValue"]
        assert value["timestamp"][14:].startswith(("00:00", "15:00", "30:00", "45:00"))
        assert {each["context"] for each in value["sampledValue"]} == {"Sample.Clock"}
        assert [each["measurand"] for each in value["sampledValue"]] == [REGISTER, "Voltage"]
    assert first.payload["transactionId"] == 1
    assert "transactionId" not in second.payload
    await charger.stop(1)
    (stop,) = await central.wait("StopTransaction")
    contexts = [value["sampledValue"][0]["context"] for value in stop.payload["transactionData"]]
    assert contexts == ["Transaction.Begin", "Sample.Clock", "Transaction.End"]
    assert await change(central, "ClockAlignedDataInterval", "0") == "Accepted"
    await pass_time(charger, clock, 2000)
    assert len(central.of("MeterValues")) == 2


async def test_every_measurand_of_16_can_be_asked_for(place: Callable[..., Any]) -> None:
    from voltaro.simulator.v16_configuration import MEASURANDS

    central, charger, _ = await place("ocpp1.6")
    assert await change(central, "MeterValuesSampledData", ",".join(MEASURANDS)) == "Accepted"
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    await central.command("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    (reading,) = await central.wait("MeterValues")
    assert [each["measurand"] for each in reading.payload["meterValue"][0]["sampledValue"]] == list(MEASURANDS)


async def test_readings_can_be_told_by_phase_and_signed(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.meter_phases = charger.machine.meter_signs = True
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    await central.command("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    (reading,) = await central.wait("MeterValues")
    values = reading.payload["meterValue"][0]["sampledValue"]
    assert [each["phase"] for each in values if each["measurand"] == "Voltage"] == ["L1-N", "L2-N", "L3-N"]
    assert sum(float(each["value"]) for each in values if each["measurand"] == "Power.Active.Import") == pytest.approx(11_000, abs=1)
    (signed,) = [each for each in values if each.get("format") == "SignedData"]
    assert signed["value"].startswith("OCMF|{")


async def test_a_car_that_is_pulled_off_ends_its_session_only_where_the_key_says_so(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    assert await change(central, "StopTransactionOnEVSideDisconnect", "false") == "Accepted"
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.unplug(1)
    assert charger.evse(1).status == "SuspendedEV"
    await charger.plug_in(1, CAR)
    assert charger.evse(1).status == "Charging"
    assert await change(central, "StopTransactionOnEVSideDisconnect", "true") == "Accepted"
    await charger.unplug(1)
    (stop,) = await central.wait("StopTransaction")
    assert stop.payload["reason"] == "EVDisconnected"
    assert charger.evse(1).status == "Available"


async def test_a_cable_stays_locked_where_the_key_says_so_until_it_is_freed(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    assert await change(central, "UnlockConnectorOnEVSideDisconnect", "false") == "Accepted"
    for free in ("tag", "command"):
        await charger.plug_in(1, CAR)
        await charger.present_tag("TAG1", 1)
        await charger.unplug(1)
        assert (charger.evse(1).status, charger.session(1)) == ("Finishing", None)
        if free == "tag":
            assert await charger.present_tag("TAG1", 1) == "Accepted"
        else:
            assert await central.command("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
        assert charger.evse(1).status == "Available"
    await charger.settled()
    assert len(central.of("StopTransaction")) == 2


async def test_a_refused_tag_may_charge_on_up_to_an_energy(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=60)
    assert await change(central, "StopTransactionOnInvalidId", "false") == "Accepted"
    assert await change(central, "MaxEnergyOnInvalidId", "1000") == "Accepted"
    central.answer("StartTransaction", {"transactionId": 9, "idTagInfo": {"status": "Blocked"}})
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    assert charger.evse(1).status == "Charging"
    await pass_time(charger, clock, 300)
    assert charger.session(1) is not None
    await pass_time(charger, clock, 120)
    (stop,) = await central.wait("StopTransaction", transactionId=9)
    assert stop.payload["reason"] == "DeAuthorized"


async def test_pings_are_sent_on_the_next_line_and_a_server_that_does_not_answer_is_left(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    assert await change(central, "WebSocketPingInterval", "20") == "RebootRequired"
    clock.advance(60)
    assert charger.online
    await charger.go_offline()
    await charger.go_online()
    clock.advance(20)
    async with asyncio.timeout(30):
        for _ in range(2):  # the first is answered after the charger's ping was heard, the second after its pong was read
            await (await central.line.ping())
    clock.advance(20)
    assert charger.online
    clock.advance(20)  # the loop has had no turn, so the pong cannot be here
    await charger.wait_until(lambda: not charger.online)
    assert charger.tally.lines_lost["no pong"] == 1

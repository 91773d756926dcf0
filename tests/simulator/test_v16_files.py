"""What a 1.6 charger fetches and brings: firmware, diagnostics, logs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import ManualAlarm, pass_time
from tests.simulator.files import FileServer
from voltaro.simulator import Battery, SimulatedCharger
from voltaro.simulator.clock import stamp

CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)
DIAGNOSTICS, FIRMWARE, LOG = "DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification"


def told(central: Any, action: str) -> list[str]:
    return [each.payload["status"] for each in central.of(action)]


def log(url: str, number: int, kind: str = "SecurityLog", **more: Any) -> dict[str, Any]:
    return {"log": {"remoteLocation": url}, "logType": kind, "requestId": number} | more


async def planned(charger: SimulatedCharger) -> None:
    """Wait until the charger means to do something later."""
    await charger.wait_until(lambda: charger.machine.agenda is not None and charger.machine.agenda.due() < math.inf)


async def over(charger: SimulatedCharger, clock: ManualAlarm, central: Any, action: str, *words: str) -> None:
    """Let time pass until the charger has told one of these."""
    for _ in range(100):
        if set(told(central, action)) & set(words):
            return
        await pass_time(charger, clock, 1)
        if charger.machine.hang_up is not None or not charger.online:
            await charger.wait_until(lambda: not charger.online)
            clock.advance(10)
            await charger.booted()
    raise AssertionError(told(central, action))


@pytest.mark.parametrize("takes", ["PUT", "POST"])
async def test_diagnostics_are_brought(place: Callable[..., Any], takes: str) -> None:
    central, _, _ = await place("ocpp1.6")
    async with FileServer() as server:
        server.takes = {takes}
        answer = await central.command("GetDiagnostics", {"location": server.url + "/here/"})
        await central.wait(DIAGNOSTICS, status="Uploaded")
        assert told(central, DIAGNOSTICS) == ["Uploading", "Uploaded"]
        (brought,) = server.brought
        assert (brought.method, brought.path) == (takes, "/here/" + answer["fileName"])
        assert b"Nordlicht Polar 11" in brought.body


async def test_an_upload_that_fails_is_tried_again_as_often_as_asked(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    async with FileServer() as server:
        ask = {"location": server.url + "/forbidden", "retries": 2, "retryInterval": 10}
        await central.command("GetDiagnostics", ask)
        for attempt in (1, 2):
            await central.wait(DIAGNOSTICS, count=attempt, status="Uploading")
            await planned(charger)
            clock.advance(10)
        await central.wait(DIAGNOSTICS, status="UploadFailed")
        assert told(central, DIAGNOSTICS) == ["Uploading"] * 3 + ["UploadFailed"]


async def test_the_security_log_holds_the_events_of_the_time_asked_for(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    charger.do(lambda machine: machine.security_event("TamperDetectionActivated", "early"))
    await pass_time(charger, clock, 100)
    since = stamp(clock.now())
    charger.do(lambda machine: machine.security_event("TamperDetectionActivated", "late"))
    async with FileServer() as server:
        ask = log(server.url + "/log", 5)
        ask["log"]["oldestTimestamp"] = since
        assert (await central.command("GetLog", ask))["status"] == "Accepted"
        await central.wait(LOG, status="Uploaded", requestId=5)
        (brought,) = server.brought
        assert brought.body.decode() == f"{since} TamperDetectionActivated late"


async def test_a_second_log_takes_the_place_of_the_first(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    assert (await central.command("GetLog", log("ftp://example.org/", 1)))["status"] == "Accepted"
    assert (await central.command("GetLog", log("ftp://example.org/", 2, "DiagnosticsLog")))["status"] == "AcceptedCanceled"
    await central.command("ExtendedTriggerMessage", {"requestedMessage": LOG})
    await charger.settled()
    clock.advance(10)
    await charger.settled()
    statuses = [(each.payload["status"], each.payload["requestId"]) for each in central.of(LOG)]
    assert statuses == [("Uploading", 1), ("Uploading", 2), ("Uploading", 2), ("Uploaded", 2)]


@pytest.mark.parametrize("outcome", ["UploadFailed", "BadMessage", "PermissionDenied", "NotSupportedOperation"])
async def test_an_upload_comes_to_what_is_asked_for(place: Callable[..., Any], outcome: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    charger.machine.uploads.outcome = outcome
    await central.command("GetLog", log("http://127.0.0.1:9/", 1))
    clock.advance(10)
    await charger.settled()
    assert told(central, LOG) == ["Uploading", "UploadFailure" if outcome == "UploadFailed" else outcome]


async def test_there_may_be_nothing_to_upload(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.uploads.outcome = "NothingToUpload"
    assert await central.command("GetDiagnostics", {"location": "http://127.0.0.1:9/"}) == {}
    await charger.settled()
    assert not central.of(DIAGNOSTICS)


async def test_firmware_is_fetched_installed_and_started(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    async with FileServer() as server:
        server.files["/polar-2.15.1.bin"] = b"firmware"
        ask = {"location": server.url + "/polar-2.15.1.bin", "retrieveDate": stamp(clock.now())}
        assert await central.command("UpdateFirmware", ask) == {}
        await central.wait(FIRMWARE, status="Downloaded")
        await over(charger, clock, central, FIRMWARE, "Installed")
    assert told(central, FIRMWARE) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert [each.payload["firmwareVersion"] for each in central.of("BootNotification")] == ["2.14.0", "2.15.1"]
    words = [each.payload["status"] for each in central.of("StatusNotification", connectorId=1)]
    assert words == ["Available", "Unavailable", "Unavailable", "Available"]
    order = [each.action for each in central.heard if each.action in ("BootNotification", FIRMWARE)]
    assert order == ["BootNotification", *[FIRMWARE] * 3, "BootNotification", FIRMWARE]


async def test_firmware_waits_for_its_date_and_for_the_session(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=0)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    late = clock.monotonic() + 60
    assert await central.command("UpdateFirmware", {"location": "ftp://example.org/x", "retrieveDate": "2031-05-04T03:03:01Z"}) == {}
    assert not central.of(FIRMWARE)
    await pass_time(charger, clock, 100)
    assert clock.monotonic() > late
    assert told(central, FIRMWARE) == ["Downloading", "Downloaded"]
    assert charger.session(1) is not None
    await charger.stop(1)
    await over(charger, clock, central, FIRMWARE, "Installed")
    assert charger.machine.firmware_version == "2.14.1"


async def test_firmware_that_is_not_there_is_tried_again_then_given_up(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    async with FileServer() as server:
        ask = {"location": server.url + "/none", "retrieveDate": stamp(clock.now()), "retries": 1, "retryInterval": 10}
        await central.command("UpdateFirmware", ask)
        await central.wait(FIRMWARE, status="Downloading")
        await planned(charger)
        clock.advance(10)
        await central.wait(FIRMWARE, status="DownloadFailed")
    assert told(central, FIRMWARE) == ["Downloading", "Downloading", "DownloadFailed"]


@pytest.mark.parametrize("outcome", ["DownloadFailed", "InstallationFailed"])
async def test_an_update_comes_to_what_is_asked_for(place: Callable[..., Any], outcome: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    charger.machine.updates.outcome = outcome
    await central.command("UpdateFirmware", {"location": "http://127.0.0.1:9/x", "retrieveDate": stamp(clock.now())})
    await over(charger, clock, central, FIRMWARE, outcome)
    await charger.settled()
    assert len(central.of("BootNotification")) == 1
    assert charger.machine.firmware_version == "2.14.0"
    assert [charger.evse(evse).status for evse in (1, 2)] == ["Available"] * 2


async def test_a_power_cut_spoils_an_installation(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await central.command("UpdateFirmware", {"location": "ftp://example.org/x", "retrieveDate": stamp(clock.now())})
    await over(charger, clock, central, FIRMWARE, "Installing")
    charger.power_cut()
    await over(charger, clock, central, FIRMWARE, "InstallationFailed")
    assert charger.machine.firmware_version == "2.14.0"


async def test_an_update_that_takes_anothers_place_gives_its_connectors_back(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=0)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    ask = {"location": "ftp://example.org/x", "retrieveDate": stamp(clock.now())}
    await central.command("UpdateFirmware", ask)
    await pass_time(charger, clock, 10)
    assert charger.evse(2).status == "Unavailable", "nobody begins to charge while it waits"
    charger.machine.updates.outcome = "DownloadFailed"
    await central.command("UpdateFirmware", ask)
    await over(charger, clock, central, FIRMWARE, "DownloadFailed")
    assert [charger.evse(evse).status for evse in (1, 2)] == ["Charging", "Available"]
    await charger.stop(1)
    assert charger.evse(1).status == "Finishing"
    await charger.settled()

"""The published cases as flows: a virtual charger does its part by script, the central system its part over the API.

A step is a line of script, or a command with the answer that the API must show. Afterwards every message of the charger must
have got a CALLRESULT, and the sessions that the API shows must have ended as the case says.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.running import RunningServer, running_server
from tests.simulator.authority import Authority, signed
from tests.simulator.files import FileServer
from voltaro.simulator import BackOff, Hand, SimulatedCharger, run_script
from voltaro.simulator.clock import stamp

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCEPTED = {"status": "Accepted"}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Ask:
    """A command over the API, and the answer that the charger must be shown to have given. A payload may be made when it is due."""

    action: str
    payload: dict[str, Any] | Callable[[Hand], dict[str, Any]]
    answer: dict[str, Any] | None = None


Step = str | Ask


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """One server for all, with tags that are accepted, blocked, expired, and of a family."""
    folder: Path = tmp_path_factory.mktemp("data")
    async with running_server(module_database_url, folder, "--unknown-chargers", "accept") as running:
        for tag in (
            {"id_tag": "GOOD"},
            {"id_tag": "BLOCKED", "status": "blocked"},
            {"id_tag": "EXPIRED", "expires_at": "2020-01-01T00:00:00Z"},
            {"id_tag": "CHILD", "parent": "FAMILY"},
        ):
            await running.api("POST", "/api/v1/tags", tag)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def hand(server: RunningServer) -> AsyncIterator[Hand]:
    """Somebody at a charger of its own, which is connected and accepted."""
    charger = SimulatedCharger(
        f"{server.ocpp_url}/ocpp",
        f"BY-HAND-{next(_numbers)}",
        meter_interval_s=0,
        reboot_s=0.01,
        step_s=0.01,
        back_off=BackOff(0.01, 0.1, 0.0),
    )
    try:
        await charger.connect()
        await charger.booted()
        yield Hand(charger, lambda line: None, patience_s=20)
    finally:
        await charger.close()


async def do(server: RunningServer, hand: Hand, *steps: Step) -> None:
    for step in steps:
        if isinstance(step, str):
            await run_script(hand, step)
        else:
            await ask(server, hand, step)
    await run_script(hand, "settled")
    refused = [(each.action, each.answer) for each in hand.exchanges if each.mine and isinstance(each.answer, str)]
    assert refused == []


async def ask(server: RunningServer, hand: Hand, step: Ask) -> Any:
    payload = step.payload(hand) if callable(step.payload) else step.payload
    made = await server.api(
        "POST",
        f"/api/v1/chargers/{hand.charger.identity}/commands",
        {"action": step.action, "payload": payload},
        {"Prefer": "wait=20"},
    )
    if step.answer is not None:
        assert made["response"] == step.answer, made
    return made["response"]


async def sessions(server: RunningServer, hand: Hand) -> list[tuple[str, str | None]]:
    """State and stop reason of each session of the charger, oldest first."""
    found = (await server.api("GET", f"/api/v1/sessions?charger_id={hand.charger.identity}"))["items"]
    return [(each["state"], each["stop_reason"]) for each in reversed(found)]


async def told(server: RunningServer, hand: Hand) -> list[str]:
    """Every state that the API shows of the charger's one job."""
    (job,) = (await server.api("GET", f"/api/v1/chargers/{hand.charger.identity}/jobs"))["items"]
    return [step["status"] for step in job["steps"]]


def running_transaction(hand: Hand) -> dict[str, Any]:
    session = hand.charger.session(1)
    assert session is not None
    assert session.transaction_id is not None
    return {"transactionId": int(session.transaction_id)}


def reservation(connector: int, seconds: float = 60, tag: str = "GOOD", **more: Any) -> Callable[[Hand], dict[str, Any]]:
    return lambda hand: (
        {
            "connectorId": connector,
            "expiryDate": stamp(datetime.now(UTC) + timedelta(seconds=seconds)),
            "idTag": tag,
            "reservationId": 11,
        }
        | more
    )


def profile(number: int, purpose: str, limit: float = 6000, **more: Any) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": "W",
        "startSchedule": "2026-01-01T00:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    return {
        "chargingProfileId": number,
        "stackLevel": 1,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    } | more


def keys(key: str, value: str, status: str = "Accepted") -> Ask:
    return Ask("ChangeConfiguration", {"key": key, "value": value}, {"status": status})


def listed(version: int, kind: str, *tags: str) -> dict[str, Any]:
    entries = [{"idTag": tag, "idTagInfo": {"status": "Accepted"}} for tag in tags]
    return {"listVersion": version, "updateType": kind, "localAuthorizationList": entries}


CHARGING = "start GOOD; until Charging; settled"
REMOTE_START = Ask("RemoteStartTransaction", {"idTag": "GOOD", "connectorId": 1}, ACCEPTED)
REMOTE_STOP = Ask("RemoteStopTransaction", running_transaction, ACCEPTED)
UNLOCK = {"connectorId": 1}

FLOWS: dict[str, tuple[list[Step], list[tuple[str, str | None]]]] = {
    "001": (["heartbeat; expect Heartbeat; reset soft; expect BootNotification Accepted; booted"], []),
    "003": (["plug; tap GOOD; expect Authorize Accepted; expect StartTransaction Accepted; until Charging"], [("active", None)]),
    "004_1": (["tap GOOD; until Preparing; plug; expect StartTransaction Accepted; until Charging"], [("active", None)]),
    "004_2": (["config ConnectionTimeOut=1; tap GOOD; expect StatusNotification Preparing; expect StatusNotification Available"], []),
    "005_1": ([CHARGING, "unplug; expect StopTransaction EVDisconnected; until Available"], [("ended", "EVDisconnected")]),
    "010": (["plug", REMOTE_START, "expect Authorize Accepted; expect StartTransaction Accepted; until Charging"], [("active", None)]),
    "011_1": ([REMOTE_START, "expect Authorize Accepted; until Preparing; plug; expect StartTransaction Accepted"], [("active", None)]),
    "011_2": (["config ConnectionTimeOut=1", REMOTE_START, "expect StatusNotification Preparing; expect StatusNotification Available"], []),
    "012": ([CHARGING, REMOTE_STOP, "expect StopTransaction Remote; until Finishing; unplug"], [("ended", "Remote")]),
    "013": (
        [CHARGING, Ask("Reset", {"type": "Hard"}, ACCEPTED), "expect BootNotification Accepted; expect StopTransaction"],
        [("ended", "HardReset")],
    ),
    "014": (
        [CHARGING, Ask("Reset", {"type": "Soft"}, ACCEPTED), "expect StopTransaction; expect BootNotification Accepted"],
        [("ended", "SoftReset")],
    ),
    "017_1": ([Ask("UnlockConnector", UNLOCK, {"status": "Unlocked"})], []),
    "017_2": (["cable fixed", Ask("UnlockConnector", UNLOCK, {"status": "NotSupported"})], []),
    "018_1": (
        [CHARGING, Ask("UnlockConnector", UNLOCK, {"status": "Unlocked"}), "expect StopTransaction; until Finishing; unplug"],
        [("ended", "UnlockCommand")],
    ),
    "021": ([keys("MeterValueSampleInterval", "60")], []),
    "023_1": (["tap STRANGE; expect Authorize Invalid"], []),
    "023_2": (["tap EXPIRED; expect Authorize Expired"], []),
    "023_3": (["tap BLOCKED; expect Authorize Blocked"], []),
    "024": (["tap GOOD; until Preparing; fault 1 ConnectorLockFailure; expect StatusNotification Faulted"], []),
    "026": (["answer RemoteStartTransaction Rejected", Ask("RemoteStartTransaction", {"idTag": "GOOD"}, {"status": "Rejected"})], []),
    "028": ([CHARGING, Ask("RemoteStopTransaction", {"transactionId": 99_999_999}, {"status": "Rejected"})], [("active", None)]),
    "030": (["cable stuck", Ask("UnlockConnector", UNLOCK, {"status": "UnlockFailed"})], []),
    "031": ([Ask("UnlockConnector", {"connectorId": 9}, {"status": "NotSupported"})], []),
    "032_1": ([CHARGING, "powercut; expect BootNotification Accepted; expect StopTransaction PowerLoss"], [("ended", "PowerLoss")]),
    "037_1": (["offline; start GOOD; online; expect StartTransaction Accepted"], [("active", None)]),
    "037_3": (
        ["offline; start BLOCKED; online; expect StartTransaction Blocked; expect StopTransaction DeAuthorized; unplug"],
        [("ended", "DeAuthorized")],
    ),
    "039": (["offline; start GOOD; unplug; online; expect StartTransaction; expect StopTransaction"], [("ended", "EVDisconnected")]),
    "040_1": ([keys("Nonsense", "1", "NotSupported")], []),
    "040_2": ([keys("MeterValueSampleInterval", "-1", "Rejected")], []),
    "042_1": (["config LocalAuthListEnabled=false", Ask("GetLocalListVersion", {}, {"listVersion": -1})], []),
    "042_2": ([Ask("GetLocalListVersion", {}, {"listVersion": 0})], []),
    "043_1": (["config LocalAuthListEnabled=false", Ask("SendLocalList", listed(1, "Full", "GOOD"), {"status": "NotSupported"})], []),
    "043_3": (["answer SendLocalList Failed", Ask("SendLocalList", listed(1, "Full", "GOOD"), {"status": "Failed"})], []),
    "043_4": ([Ask("SendLocalList", listed(1, "Full", "GOOD"), ACCEPTED), Ask("GetLocalListVersion", {}, {"listVersion": 1})], []),
    "043_5": (
        [
            Ask("SendLocalList", listed(1, "Full", "GOOD"), ACCEPTED),
            Ask("SendLocalList", listed(2, "Differential", "CHILD"), ACCEPTED),
            Ask("SendLocalList", listed(2, "Differential", "CHILD"), {"status": "VersionMismatch"}),
            Ask("GetLocalListVersion", {}, {"listVersion": 2}),
        ],
        [],
    ),
    "046": (
        [Ask("ReserveNow", reservation(1), ACCEPTED), "until Reserved; start GOOD; expect StartTransaction Accepted"],
        [("active", None)],
    ),
    "047": (
        [Ask("ReserveNow", reservation(1, 2), ACCEPTED), "expect StatusNotification Reserved; expect StatusNotification Available"],
        [],
    ),
    "048_1": (["fault 1", Ask("ReserveNow", reservation(1), {"status": "Faulted"})], []),
    "048_2": (["plug", Ask("ReserveNow", reservation(1), {"status": "Occupied"})], []),
    "048_3": (
        [
            Ask("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, ACCEPTED),
            "until Unavailable",
            Ask("ReserveNow", reservation(1), {"status": "Unavailable"}),
        ],
        [],
    ),
    "048_4": (["answer ReserveNow Rejected", Ask("ReserveNow", reservation(1), {"status": "Rejected"})], []),
    "049": ([Ask("ReserveNow", reservation(0), ACCEPTED), "start GOOD; expect StartTransaction Accepted"], [("active", None)]),
    "051": (
        [Ask("ReserveNow", reservation(1), ACCEPTED), "until Reserved", Ask("CancelReservation", {"reservationId": 11}, ACCEPTED)],
        [],
    ),
    "052": ([Ask("CancelReservation", {"reservationId": 11}, {"status": "Rejected"})], []),
    "053": (
        [
            Ask("ReserveNow", reservation(1, parentIdTag="FAMILY"), ACCEPTED),
            "start CHILD; expect Authorize Accepted; expect StartTransaction Accepted",
        ],
        [("active", None)],
    ),
    "055": (
        [
            "answer TriggerMessage Rejected",
            Ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, {"status": "Rejected"}),
        ],
        [],
    ),
    "056": (
        [Ask("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile(1, "TxDefaultProfile")}, ACCEPTED), CHARGING],
        [("active", None)],
    ),
    "057": (
        [
            CHARGING,
            Ask(
                "SetChargingProfile",
                lambda hand: {"connectorId": 1, "csChargingProfiles": profile(2, "TxProfile", 0) | running_transaction(hand)},
                ACCEPTED,
            ),
            "until SuspendedEVSE; expect StatusNotification SuspendedEVSE",
        ],
        [("active", None)],
    ),
    "059": (
        [
            "plug",
            Ask(
                "RemoteStartTransaction",
                {"idTag": "GOOD", "connectorId": 1, "chargingProfile": profile(3, "TxProfile", 0)},
                ACCEPTED,
            ),
            "expect StartTransaction Accepted; until SuspendedEVSE",
        ],
        [("active", None)],
    ),
    "061": (["tap GOOD", Ask("ClearCache", {}, ACCEPTED)], []),
    "064": (["data org.example Hello; expect DataTransfer UnknownVendorId"], []),
    "067": (
        [
            CHARGING,
            Ask("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": profile(1, "ChargePointMaxProfile")}, ACCEPTED),
            Ask("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile(2, "TxDefaultProfile")}, ACCEPTED),
            Ask(
                "SetChargingProfile",
                lambda hand: {"connectorId": 1, "csChargingProfiles": profile(3, "TxProfile") | running_transaction(hand)},
                ACCEPTED,
            ),
            Ask("ClearChargingProfile", {"id": 2}, ACCEPTED),
            Ask("ClearChargingProfile", {"id": 2}, {"status": "Unknown"}),
            Ask("ClearChargingProfile", {"connectorId": 0, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 1}, ACCEPTED),
            Ask("ClearChargingProfile", {}, ACCEPTED),
            Ask("ClearChargingProfile", {}, {"status": "Unknown"}),
        ],
        [("active", None)],
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, marks=pytest.mark.conformance(f"TC_{case}"), id=case) for case in FLOWS])
async def test_a_published_flow(server: RunningServer, hand: Hand, case: str) -> None:
    steps, ends = FLOWS[case]
    await do(server, hand, *steps)
    assert await sessions(server, hand) == ends


@pytest.mark.conformance("TC_007", "16-04")
async def test_a_cached_tag_starts_without_being_asked_about(server: RunningServer, hand: Hand) -> None:
    await do(server, hand, "config LocalPreAuthorize=true; tap GOOD 2; start GOOD; until Charging; expect StartTransaction Accepted")
    assert [each.action for each in hand.exchanges].count("Authorize") == 1
    assert await sessions(server, hand) == [("active", None)]


@pytest.mark.conformance("TC_019_1", "TC_019_2")
async def test_configuration_is_read_whole_and_by_key(server: RunningServer, hand: Hand) -> None:
    whole = await ask(server, hand, Ask("GetConfiguration", {}))
    one = await ask(server, hand, Ask("GetConfiguration", {"key": ["SupportedFeatureProfiles", "Nonsense"]}))
    assert {each["key"]: each["value"] for each in whole["configurationKey"]}["NumberOfConnectors"] == "2"
    assert [each["key"] for each in one["configurationKey"]] == ["SupportedFeatureProfiles"]
    assert one["unknownKey"] == ["Nonsense"]


@pytest.mark.conformance("TC_054")
@pytest.mark.parametrize(
    "wanted", ["MeterValues", "Heartbeat", "StatusNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification"]
)
async def test_what_is_triggered_comes_and_is_answered(server: RunningServer, hand: Hand, wanted: str) -> None:
    where = {"connectorId": 1} if wanted in ("MeterValues", "StatusNotification") else {}
    await do(server, hand, Ask("TriggerMessage", {"requestedMessage": wanted} | where, ACCEPTED), f"expect {wanted}")


@pytest.mark.conformance("TC_066")
async def test_the_composite_schedule_is_shown(server: RunningServer, hand: Hand) -> None:
    told = {"connectorId": 1, "csChargingProfiles": profile(1, "TxDefaultProfile", 4300.5)}
    await do(server, hand, Ask("SetChargingProfile", told, ACCEPTED))
    question = {"connectorId": 1, "duration": 600, "chargingRateUnit": "W"}
    shown = await ask(server, hand, Ask("GetCompositeSchedule", question))
    assert (shown["status"], shown["connectorId"]) == ("Accepted", 1)
    assert shown["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 4300.5}]


def update(url: str, **more: str) -> dict[str, Any]:
    return {"location": url, "retrieveDate": "2026-01-01T00:00:00Z"} | more


@pytest.mark.conformance("TC_044_1")
async def test_firmware_is_fetched_installed_and_proved(server: RunningServer, hand: Hand) -> None:
    async with FileServer() as files:
        files.files["/polar-2.15.0.bin"] = b"firmware"
        step = Ask("UpdateFirmware", update(files.url + "/polar-2.15.0.bin"), {})
        await do(server, hand, step, "expect BootNotification Accepted; expect FirmwareStatusNotification Installed")
    assert await told(server, hand) == ["Downloading", "Downloaded", "Installing", "Installed"]
    charger = await server.api("GET", f"/api/v1/chargers/{hand.charger.identity}")
    assert charger["firmware_version"] == "2.15.0"


@pytest.mark.conformance("TC_044_2", "TC_044_3")
@pytest.mark.parametrize("outcome", ["DownloadFailed", "InstallationFailed"])
async def test_firmware_that_fails_is_shown(server: RunningServer, hand: Hand, outcome: str) -> None:
    step = Ask("UpdateFirmware", update("ftp://example.org/x"), {})
    await do(server, hand, f"firmware {outcome}", step, f"expect FirmwareStatusNotification {outcome}")
    assert (await told(server, hand))[-1] == outcome


@pytest.mark.conformance("TC_045_1", "TC_045_2")
@pytest.mark.parametrize("outcome", ["Uploaded", "UploadFailed"])
async def test_diagnostics_come_or_fail(server: RunningServer, hand: Hand, outcome: str) -> None:
    async with FileServer() as files:
        step = Ask("GetDiagnostics", {"location": files.url + ("/" if outcome == "Uploaded" else "/forbidden/")})
        await do(server, hand, step, f"expect DiagnosticsStatusNotification {outcome}")
        assert len(files.brought) == (outcome == "Uploaded")
    assert await told(server, hand) == ["Uploading", outcome]


@pytest.mark.conformance("TC_079")
async def test_the_security_log_is_uploaded_to_the_server_itself(server: RunningServer, hand: Hand) -> None:
    await do(server, hand, "event TamperDetectionActivated lid")
    await server.api("POST", f"/api/v1/chargers/{hand.charger.identity}/logs", {"log_type": "security"})
    await do(server, hand, "expect LogStatusNotification Uploaded")
    (job,) = (await server.api("GET", f"/api/v1/chargers/{hand.charger.identity}/jobs"))["items"]
    assert (job["status"], job["upload"]["state"]) == ("Uploaded", "received")


@pytest.mark.conformance("TC_080", "TC_081")
@pytest.mark.parametrize("tampered", [False, True])
async def test_signed_firmware_is_installed_as_it_was_signed_or_not_at_all(server: RunningServer, hand: Hand, tampered: bool) -> None:
    certificate, signature = signed(b"firmware", datetime.now(UTC))
    async with FileServer() as files:
        files.files["/polar-3.0.0.bin"] = b"tampered" if tampered else b"firmware"
        firmware = {
            "location": files.url + "/polar-3.0.0.bin",
            "retrieveDateTime": "2026-01-01T00:00:00Z",
            "signingCertificate": certificate,
            "signature": base64.b64encode(signature).decode(),
        }
        end, event = ("InvalidSignature", "InvalidFirmwareSignature") if tampered else ("Installed", "FirmwareUpdated")
        steps = f"expect SignedFirmwareStatusNotification {end}; expect SecurityEventNotification {event}"
        await do(server, hand, Ask("SignedUpdateFirmware", {"requestId": 7, "firmware": firmware}, ACCEPTED), steps)
    middle = [] if tampered else ["SignatureVerified", "Installing", "InstallRebooting"]
    assert await told(server, hand) == ["Downloading", "Downloaded", *middle, end]


@pytest.mark.conformance("TC_074", "16-16")
async def test_a_charger_gets_a_certificate_for_a_key_of_its_own(server: RunningServer, hand: Hand) -> None:
    step = Ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, ACCEPTED)
    await do(server, hand, step, "expect SignCertificate Accepted; expect CertificateSigned Accepted")
    assert hand.machine16.own_certificate is not None


@pytest.mark.conformance("TC_075_1", "TC_075_2", "TC_076")
@pytest.mark.parametrize("hashes", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("kind", ["CentralSystemRootCertificate", "ManufacturerRootCertificate"])
async def test_roots_are_installed_read_and_deleted(server: RunningServer, hand: Hand, kind: str, hashes: str) -> None:
    install = {"certificateType": kind, "certificate": Authority().root}
    await do(server, hand, f"hashes {hashes}", Ask("InstallCertificate", install, ACCEPTED))
    shown = await ask(server, hand, Ask("GetInstalledCertificateIds", {"certificateType": kind}))
    (found,) = shown["certificateHashData"]
    assert found["hashAlgorithm"] == hashes
    await do(server, hand, Ask("DeleteCertificate", {"certificateHashData": found}, ACCEPTED))
    await do(server, hand, Ask("GetInstalledCertificateIds", {"certificateType": kind}, {"status": "NotFound"}))


@pytest.mark.conformance("TC_077", "TC_078")
async def test_security_events_of_refused_certificates_are_answered(server: RunningServer, hand: Hand) -> None:
    for action, payload, event in (
        ("CertificateSigned", {"certificateChain": "nonsense"}, "InvalidChargePointCertificate"),
        (
            "InstallCertificate",
            {"certificateType": "CentralSystemRootCertificate", "certificate": "nonsense"},
            "InvalidCentralSystemCertificate",
        ),
    ):
        step = Ask(action, payload, {"status": "Rejected"})
        await do(server, hand, step, f"expect SecurityEventNotification {event}")

"""Firmware, logs and certificates: orders in each version's words, and what is learned from answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ocpp.asking import answered
from tests.ocpp.examples import dialect, example
from tests.ocpp.stations import FakeStation
from voltaro.domain.job import Asked, JobKind
from voltaro.domain.maintenance import (
    DeleteCertificate,
    FetchLog,
    GiveCertificate,
    InstallCertificate,
    ReadCertificates,
    RenewCertificate,
    UpdateFirmware,
)
from voltaro.ports import InvalidPayload, Outcome, OutcomeKind, Request

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
WIRE = "2026-06-01T12:00:00.000Z"
HASH_DATA = {"hashAlgorithm": "SHA512", "issuerNameHash": "aB", "issuerKeyHash": "Cd", "serialNumber": "00fF"}
FIRMWARE = UpdateFirmware("https://x/fw", AT, request_id=7)
SIGNED = UpdateFirmware("https://x/fw", AT, AT, 2, 30, "PEM", "c2ln", 7)
SIGNED_PAYLOAD = {
    "requestId": 7,
    "firmware": {
        "location": "https://x/fw", "retrieveDateTime": WIRE, "installDateTime": WIRE, "signingCertificate": "PEM", "signature": "c2ln",
    },
    "retries": 2,
    "retryInterval": 30,
}  # fmt: skip
LOG = FetchLog("https://x/in/", "security", AT, AT, request_id=8)
LOG_PAYLOAD = {
    "log": {"remoteLocation": "https://x/in/", "oldestTimestamp": WIRE, "latestTimestamp": WIRE}, "logType": "SecurityLog", "requestId": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("protocol", "order", "action", "payload"),
    [
        ("ocpp1.6", FIRMWARE, "UpdateFirmware", {"location": "https://x/fw", "retrieveDate": WIRE}),
        ("ocpp1.6", SIGNED, "SignedUpdateFirmware", SIGNED_PAYLOAD),
        ("ocpp2.0.1", SIGNED, "UpdateFirmware", SIGNED_PAYLOAD),
        ("ocpp1.6", FetchLog("https://x/", since=AT), "GetDiagnostics", {"location": "https://x/", "startTime": WIRE}),
        ("ocpp1.6", LOG, "GetLog", LOG_PAYLOAD),
        ("ocpp2.1", LOG, "GetLog", LOG_PAYLOAD),
        ("ocpp1.6", RenewCertificate(), "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        ("ocpp2.0.1", RenewCertificate(), "TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}),
        ("ocpp1.6", GiveCertificate("PEM", None, 3), "CertificateSigned", {"certificateChain": "PEM"}),
        (
            "ocpp2.1",
            GiveCertificate("PEM", "ChargingStationCertificate", 3),
            "CertificateSigned",
            {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate", "requestId": 3},
        ),
        (
            "ocpp1.6",
            InstallCertificate("central_system_root", "PEM"),
            "InstallCertificate",
            {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
        ),
        (
            "ocpp2.0.1",
            InstallCertificate("mo_root", "PEM"),
            "InstallCertificate",
            {"certificateType": "MORootCertificate", "certificate": "PEM"},
        ),
        ("ocpp2.0.1", ReadCertificates(), "GetInstalledCertificateIds", {}),
        (
            "ocpp1.6",
            ReadCertificates("manufacturer_root"),
            "GetInstalledCertificateIds",
            {"certificateType": "ManufacturerRootCertificate"},
        ),
        ("ocpp1.6", DeleteCertificate(HASH_DATA), "DeleteCertificate", {"certificateHashData": HASH_DATA}),
    ],
)
def test_an_order_is_said_in_each_versions_words(protocol: str, order: Any, action: str, payload: dict[str, Any]) -> None:
    assert dialect(protocol).compose(order) == (action, payload)
    assert dict(dialect(protocol).request(action, payload).payload) == payload


@pytest.mark.parametrize(
    ("protocol", "order", "pointer"),
    [
        ("ocpp1.6", UpdateFirmware("https://x/", AT, AT), "/install_at"),
        ("ocpp1.6", UpdateFirmware("https://x/", AT, signature="c2ln"), "/signing_certificate"),
        ("ocpp2.0.1", UpdateFirmware("https://x/", AT, signing_certificate="PEM"), "/signature"),
        ("ocpp1.6", InstallCertificate("v2g_root", "PEM"), "/use"),
        ("ocpp1.6", ReadCertificates(), "/use"),
        ("ocpp2.0.1", InstallCertificate("v2g_root", "x" * 5501), "/certificate"),
        ("ocpp1.6", GiveCertificate("x" * 10_001), "/chain"),
    ],
)
def test_an_order_that_cannot_be_said_names_its_member(protocol: str, order: Any, pointer: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        dialect(protocol).compose(order)
    assert refused.value.pointer == pointer


async def learned(protocol: str, action: str, asked: dict[str, Any], outcome: Outcome) -> list[Any]:
    station = FakeStation()
    learning = dialect(protocol).learn(station, Request("v-1", action, asked, b""), outcome)
    assert learning is not None
    await learning
    return station.heard


@pytest.mark.parametrize(
    ("protocol", "action"),
    [("ocpp1.6", "UpdateFirmware"), ("ocpp1.6", "SignedUpdateFirmware"), ("ocpp2.0.1", "UpdateFirmware")],
)
async def test_a_firmware_job_is_learned_from_the_answer_whoever_has_asked(protocol: str, action: str) -> None:
    case = example(protocol, action, "to_charger")
    ((_, kind, asked),) = await learned(protocol, action, case.payload, Outcome(OutcomeKind.RESULT, case.answer[2]))
    assert (kind, asked.action, asked.request_id) == (JobKind.FIRMWARE, action, case.payload.get("requestId"))
    ((_, _, unknown),) = await learned(protocol, action, case.payload, Outcome(OutcomeKind.TIMEOUT))
    assert not unknown.answered


@pytest.mark.parametrize(("protocol", "action"), [("ocpp1.6", "GetDiagnostics"), ("ocpp1.6", "GetLog"), ("ocpp2.1", "GetLog")])
async def test_a_log_job_is_learned_without_the_secrets_of_its_address(protocol: str, action: str) -> None:
    secret = "vup~" + "x" * 43
    location = f"https://me:hush@x/uploads/{secret}/"
    payload = dict(example(protocol, action, "to_charger").payload)
    if action == "GetDiagnostics":
        payload["location"] = location
    else:
        payload["log"] = {"remoteLocation": location}
    heard = await learned(protocol, action, payload, Outcome(OutcomeKind.ERROR, code="GenericError"))
    ((_, kind, asked),) = heard
    assert isinstance(asked, Asked)
    assert (kind, asked.location, asked.answered) == (JobKind.LOG, "https://***@x/uploads/***/", False)
    assert asked.upload is not None
    assert secret not in repr(asked)


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_reported_chains_keep_their_types_and_what_is_below(protocol: str) -> None:
    link = {"certificateType": "V2GCertificateChain", "certificateHashData": HASH_DATA, "childCertificateHashData": [HASH_DATA]}
    answer = Outcome(OutcomeKind.RESULT, {"status": "Accepted", "certificateHashDataChain": [link]})
    ((word, asked, found),) = await learned(protocol, "GetInstalledCertificateIds", {}, answer)
    assert (word, asked, found) == ("told", (), [("V2GCertificateChain", HASH_DATA, [HASH_DATA])])


@pytest.mark.parametrize(("protocol", "members"), [("ocpp1.6", set()), ("ocpp2.0.1", {"statusInfo"})])
def test_a_request_that_is_refused_is_told_why_where_the_version_can(protocol: str, members: set[str]) -> None:
    payload = example(protocol, "SignCertificate").payload
    refused = answered(protocol, "SignCertificate", payload, FakeStation(refusal="its key is weak"))
    assert refused["status"] == "Rejected"
    assert set(refused) - {"status"} == members
    assert answered(protocol, "SignCertificate", payload, FakeStation())["status"] == "Accepted"

"""Firmware updates and logs of OCPP 1.6 with the security whitepaper: a charger on a real socket, files over real HTTP."""

from __future__ import annotations

import hashlib
import io
import json
import urllib.error
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from yarl import URL

from tests.conformance.bench import Bench, a_bench
from tests.e2e.talking import ask, dial
from tests.running import ADMIN_TOKEN

FIRMWARE_URL = "https://operator:hushhush@firmware.example/cp-2.bin"
AT = "2026-06-01T12:00:00Z"


@pytest_asyncio.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(database_url, tmp_path, "--upload-limit-mb", "1") as opened:
        yield opened


def states(job: dict[str, Any]) -> list[str]:
    return [step["status"] for step in job["steps"]]


@pytest.mark.conformance("TC_044_1")
async def test_a_firmware_is_fetched_and_installed_and_the_next_boot_proves_it(bench: Bench) -> None:
    body = {"location": FIRMWARE_URL, "retrieve_at": AT, "retries": 3, "retry_interval_s": 60}
    action, payload, command = await bench.order("firmware", body, {})
    assert (action, command["state"]) == ("UpdateFirmware", "accepted")
    assert payload == {"location": FIRMWARE_URL, "retrieveDate": "2026-06-01T12:00:00.000Z", "retries": 3, "retryInterval": 60}
    await bench.report("FirmwareStatusNotification", "Downloading", "Downloaded")
    unavailable = {"connectorId": 0, "errorCode": "NoError", "status": "Unavailable"}
    assert (await ask(bench.socket, "StatusNotification", unavailable))[0] == 3
    await bench.report("FirmwareStatusNotification", "Installing")
    (job,) = await bench.jobs()
    assert (job["state"], job["status"], job["kind"], job["version_before"], job["proved"]) == (
        "running",
        "Installing",
        "firmware",
        "1.0",
        None,
    )
    await bench.boot("2.0")
    assert (await ask(bench.socket, "StatusNotification", {**unavailable, "status": "Available"}))[0] == 3
    await bench.report("FirmwareStatusNotification", "Installed")
    (job,) = await bench.jobs()
    assert (job["state"], job["version_after"], job["proved"]) == ("finished", "2.0", True)
    assert states(job) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert "hushhush" not in json.dumps([job, command])
    assert job["ended_at"] is not None
    assert (await bench.server.api("GET", f"/api/v1/jobs/{job['id']}")) == job


@pytest.mark.conformance("TC_044_2", "TC_044_3")
@pytest.mark.parametrize(
    "reported",
    [["Downloading", "DownloadFailed"], ["Downloading", "Downloaded", "Installing", "InstallationFailed"]],
    ids=lambda it: it[-1],
)
async def test_a_firmware_that_cannot_be_fetched_or_installed_has_failed(bench: Bench, reported: list[str]) -> None:
    await bench.order("firmware", {"location": "https://firmware.example/2.bin"}, {})
    await bench.report("FirmwareStatusNotification", *reported)
    (job,) = await bench.jobs()
    assert (job["state"], states(job)) == ("failed", reported)
    await bench.boot("1.0")
    assert (await bench.jobs())[0]["state"] == "failed"


@pytest.mark.conformance("TC_045_1")
async def test_diagnostics_are_uploaded_here_once_and_given_out_as_an_attachment(bench: Bench) -> None:
    action, payload, _ = await bench.order("logs", {"since": AT}, {"fileName": "../../etc/diag.zip"})
    assert (action, payload["startTime"]) == ("GetDiagnostics", "2026-06-01T12:00:00.000Z")
    await bench.report("DiagnosticsStatusNotification", "Uploading")
    log = b"what the charger has to say\n" * 1000
    async with aiohttp.ClientSession() as client:
        async with client.put(payload["location"] + "diag.zip", data=log) as response:
            assert response.status == 201
        async with client.put(payload["location"] + "diag.zip", data=log) as response:
            assert response.status == 404
            assert payload["location"].rstrip("/").rpartition("/")[2] not in await response.text()
        await bench.report("DiagnosticsStatusNotification", "Uploaded")
        (job,) = await bench.jobs()
        assert (job["state"], states(job), job["file_name"]) == ("finished", ["Uploading", "Uploaded"], "../../etc/diag.zip")
        upload = job["upload"]
        assert (upload["state"], upload["size_bytes"], upload["file_name"]) == ("received", len(log), "diag.zip")
        assert upload["sha256"] == hashlib.sha256(log).hexdigest()
        async with client.get(bench.server.http_url + upload["file"]) as response:
            assert response.status == 401
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        async with client.get(bench.server.http_url + upload["file"], headers=headers) as response:
            assert await response.read() == log
            assert response.headers["Content-Disposition"].startswith('attachment; filename="DiagnosticsLog-')
            assert (response.headers["Content-Type"], response.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")


@pytest.mark.conformance("TC_045_2")
async def test_an_upload_that_failed_is_shown_and_may_be_tried_again(bench: Bench) -> None:
    await bench.order("logs", {"location": "ftp://logs.example/in/"}, {"fileName": "diag.zip"})
    await bench.report("DiagnosticsStatusNotification", "Uploading", "UploadFailed")
    (job,) = await bench.jobs()
    assert (job["state"], job["upload"]) == ("failed", None)
    await bench.report("DiagnosticsStatusNotification", "Uploading", "Uploaded")
    (job,) = await bench.jobs()
    assert (job["state"], states(job)) == ("finished", ["Uploading", "UploadFailed", "Uploading", "Uploaded"])


async def test_no_file_name_means_that_there_is_nothing_to_upload(bench: Bench) -> None:
    await bench.order("logs", {}, {})
    assert (await bench.jobs())[0]["state"] == "empty"


@pytest.mark.conformance("TC_079")
async def test_the_security_log_is_uploaded_as_a_form(bench: Bench) -> None:
    action, payload, command = await bench.order("logs", {"log_type": "security"}, {"status": "Accepted", "filename": "s.log"})
    assert (action, payload["logType"], command["state"]) == ("GetLog", "SecurityLog", "accepted")
    members = {"requestId": payload["requestId"]}
    await bench.report("LogStatusNotification", "Uploading", **members)
    form = aiohttp.FormData({"comment": "no file"})
    form.add_field("file", b"tamper 1\n", filename="s\u202elog.html", content_type="text/html")
    async with aiohttp.ClientSession() as client, client.post(payload["log"]["remoteLocation"], data=form) as response:
        assert response.status == 201
    await bench.report("LogStatusNotification", "Uploaded", **members)
    (job,) = await bench.jobs()
    assert (job["state"], job["request_id"], job["upload"]["size_bytes"]) == ("finished", payload["requestId"], 9)
    assert "\u202e" not in job["upload"]["file_name"]


@pytest.mark.conformance("TC_080")
async def test_a_signed_firmware_goes_through_all_its_states(bench: Bench) -> None:
    body = {
        "location": "https://firmware.example/2.bin",
        "signing_certificate": "PEM",
        "signature": "c2ln",
        "install_at": "2030-01-01T00:00:00Z",
    }
    action, payload, _ = await bench.order("firmware", body, {"status": "Accepted"})
    assert (action, payload["firmware"]["signature"], payload["firmware"]["signingCertificate"]) == ("SignedUpdateFirmware", "c2ln", "PEM")
    told = ["DownloadScheduled", "Downloading", "DownloadPaused", "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"]
    told += ["Installing", "InstallRebooting"]
    await bench.report("SignedFirmwareStatusNotification", *told, requestId=payload["requestId"])
    await bench.boot("2.0")
    await bench.report("SignedFirmwareStatusNotification", "Installed", requestId=payload["requestId"])
    (job,) = await bench.jobs()
    assert (job["state"], job["proved"], states(job)) == ("finished", True, [*told, "Installed"])


@pytest.mark.conformance("TC_081", "16-15")
async def test_a_firmware_with_a_bad_signature_has_failed_and_is_an_event(bench: Bench) -> None:
    body = {"location": "https://firmware.example/2.bin", "signing_certificate": "PEM", "signature": "c2ln"}
    _, payload, _ = await bench.order("firmware", body, {"status": "Accepted"})
    told = ["Downloading", "Downloaded", "InvalidSignature"]
    await bench.report("SignedFirmwareStatusNotification", *told, requestId=payload["requestId"])
    event = {"type": "InvalidFirmwareSignature", "timestamp": AT}
    assert await ask(bench.socket, "SecurityEventNotification", event) == [3, "m", {}]
    assert (await bench.jobs())[0]["state"] == "failed"
    (shown,) = await bench.events("charger.security_event")
    assert (shown["type"], shown["critical"]) == ("InvalidFirmwareSignature", True)


@pytest.mark.parametrize("verdict", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
async def test_a_signed_firmware_that_is_refused_is_a_rejected_job_and_the_one_before_goes_on(bench: Bench, verdict: str) -> None:
    body = {"location": "https://firmware.example/2.bin", "signing_certificate": "PEM", "signature": "c2ln"}
    await bench.order("firmware", body, {"status": "Accepted"})
    await bench.order("firmware", body, {"status": verdict})
    await bench.report("SignedFirmwareStatusNotification", "Downloading")
    assert [(job["state"], job["status"]) for job in await bench.jobs()] == [("rejected", verdict), ("running", "Downloading")]


async def test_a_firmware_that_takes_the_place_of_another_cancels_it(bench: Bench) -> None:
    body = {"location": "https://firmware.example/2.bin", "signing_certificate": "PEM", "signature": "c2ln"}
    _, first, _ = await bench.order("firmware", body, {"status": "Accepted"})
    await bench.report("SignedFirmwareStatusNotification", "Downloading", requestId=first["requestId"])
    _, second, command = await bench.order("firmware", body, {"status": "AcceptedCanceled"})
    assert command["state"] == "accepted"
    assert first["requestId"] != second["requestId"]
    await bench.report("SignedFirmwareStatusNotification", "Downloading", requestId=second["requestId"])
    assert [job["state"] for job in await bench.jobs()] == ["running", "canceled"]


@pytest.mark.conformance("16-15")
async def test_every_kind_of_security_event_is_kept_and_the_critical_ones_say_so(bench: Bench, database_url: str) -> None:
    names = ["StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime", "FirmwareUpdated", "MemoryExhaustion", "InvalidMessages"]
    names += ["TamperDetectionActivated", "AttemptedReplayAttacks", "SecurityLogWasCleared", "ReconfigurationOfSecurityParameters"]
    names += ["FailedToAuthenticateAtCentralSystem", "CentralSystemFailedToAuthenticate", "InvalidFirmwareSigningCertificate"]
    names += ["InvalidTLSVersion", "InvalidTLSCipherSuite", "AcmeLidWasOpened"]
    for name in names:
        assert await ask(bench.socket, "SecurityEventNotification", {"type": name, "timestamp": AT, "techInfo": "x"}) == [3, "m", {}]
    with psycopg.connect(database_url) as connection:
        stored = {row[0] for row in connection.execute("SELECT type FROM security_events")}
    assert stored == set(names)
    shown = {event["type"]: event["critical"] for event in await bench.events(*["charger.security_event"] * len(names))}
    assert set(shown) == set(names)
    assert [shown[name] for name in ("TamperDetectionActivated", "InvalidTLSVersion", "StartupOfTheDevice", "AcmeLidWasOpened")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.conformance("Q-23")
@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("SecurityEventNotification", {"type": "AcmeOddity", "timestamp": AT}),
        ("LogStatusNotification", {"status": "Idle"}),
        ("LogStatusNotification", {"status": "Uploading", "requestId": -1}),
        ("SignedFirmwareStatusNotification", {"status": "Idle"}),
        ("SignCertificate", {"csr": "none"}),
        ("DiagnosticsStatusNotification", {"status": "Idle"}),
        ("FirmwareStatusNotification", {"status": "Idle"}),
    ],
)
async def test_a_security_message_that_nobody_asked_for_is_answered(bench: Bench, action: str, payload: dict[str, Any]) -> None:
    told = await ask(bench.socket, action, payload)
    assert told == [3, "m", {"status": "Rejected"} if action == "SignCertificate" else {}]


@pytest.mark.conformance("Q-74")
async def test_states_without_a_request_or_its_id_belong_to_the_newest_job_of_their_kind(bench: Bench) -> None:
    await bench.report("FirmwareStatusNotification", "Downloading")
    (unasked,) = await bench.jobs()
    assert (unasked["action"], unasked["state"]) == (None, "running")
    await bench.order("logs", {"log_type": "security"}, {"status": "Accepted"})
    await bench.report("LogStatusNotification", "Uploading")
    await bench.report("LogStatusNotification", "Uploaded", requestId=0)
    await bench.report("FirmwareStatusNotification", "Downloaded", "Downloaded", "Idle")
    log, firmware = await bench.jobs()
    assert (log["kind"], log["state"], states(log)) == ("log", "finished", ["Uploading", "Uploaded"])
    assert (firmware["id"], firmware["state"], states(firmware)) == (unasked["id"], "running", ["Downloading", "Downloaded", "Idle"])
    await bench.report("LogStatusNotification", "Uploading")
    assert len(await bench.jobs()) == 3  # what has finished does not begin anew


@pytest.mark.conformance("Q-74")
async def test_jobs_outlive_the_server_and_go_on_over_a_new_line(database_url: str, tmp_path: Path) -> None:
    async with a_bench(database_url, tmp_path) as bench:
        await bench.order("commands", {"action": "UpdateFirmware", "payload": {"location": "http://x/", "retrieveDate": AT}}, {})
        await bench.report("FirmwareStatusNotification", "Downloading")
    async with a_bench(database_url, tmp_path) as bench:
        await bench.report("FirmwareStatusNotification", "Installing")
        (job,) = await bench.jobs()
        assert (states(job), job["action"]) == (["Downloading", "Installing"], "UpdateFirmware")


async def test_a_request_that_was_not_answered_well_is_a_job_of_unknown_state(bench: Bench) -> None:
    _, _, command = await bench.order("firmware", {"location": "https://firmware.example/2.bin"}, None)
    assert command["state"] == "failed"
    job = await bench.job_once(lambda job: True)
    assert job["state"] == "unknown"


async def test_an_upload_is_bounded_and_may_be_sent_again_after_it_was_refused(bench: Bench, tmp_path: Path) -> None:
    _, payload, _ = await bench.order("logs", {}, {"fileName": "diag.zip"})
    address = payload["location"]

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    async with aiohttp.ClientSession() as client:
        for body, status in ((io.BytesIO(b"x" * 2_000_000), 413), (endless(), 413), (b"", 400)):
            async with client.put(address, data=body) as response:
                assert response.status == status
        assert list((tmp_path / "uploads").iterdir()) == []
        async with client.put(URL(address + "%2e%2e%2f..%2fevil", encoded=True), data=b"ok") as response:
            assert response.status == 201
        async with client.put(bench.server.http_url + "/uploads/vup~" + "x" * 43, data=b"ok") as response:
            assert response.status == 404
    (file,) = (tmp_path / "uploads").iterdir()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"ok", 0o600)
    (job,) = await bench.jobs()
    assert job["upload"]["file_name"] == "../../evil"
    assert file.name not in json.dumps(job)


async def test_a_full_folder_takes_no_more(database_url: str, tmp_path: Path) -> None:
    async with a_bench(database_url, tmp_path, "--upload-quota-mb", "1") as bench, aiohttp.ClientSession() as client:
        for status in (201, 507):
            _, payload, _ = await bench.order("logs", {}, {"fileName": "diag.zip"})
            async with client.put(payload["location"], data=b"x" * 700_000) as response:
                assert response.status == status


async def test_the_address_of_an_upload_place_is_the_public_one_and_is_nowhere_shown(database_url: str, tmp_path: Path) -> None:
    async with a_bench(database_url, tmp_path, "--public-url", "https://csms.example/base/", "--log-level", "debug") as bench:
        _, payload, command = await bench.order("logs", {}, {"fileName": "diag.zip"})
        assert payload["location"].startswith("https://csms.example/base/uploads/vup~")
        secret = payload["location"].rstrip("/").rpartition("/")[2]
        frames = await bench.server.api("GET", "/api/v1/chargers/CP1/messages")
        shown = json.dumps([command, frames, await bench.jobs()])
        assert secret not in shown
        assert "uploads/***" in shown
        assert secret not in "\n".join(bench.server.log)
    with psycopg.connect(database_url) as connection:
        for table in ("commands", "messages", "events", "jobs", "uploads", "audit"):
            assert secret not in str(connection.execute(f"SELECT * FROM {table}").fetchall()), table  # type: ignore[arg-type]


async def test_a_command_that_cannot_be_sent_leaves_no_upload_place(bench: Bench, database_url: str) -> None:
    await bench.socket.close()
    await bench.server.api("POST", "/api/v1/chargers", {"id": "GONE"})
    with pytest.raises(urllib.error.HTTPError, match="409"):
        await bench.server.api("POST", "/api/v1/chargers/GONE/logs", {})
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM uploads").fetchone() == (0,)


async def test_jobs_of_2x_are_told_apart_by_their_request_ids(bench: Bench) -> None:
    boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M", "firmwareVersion": "1.0"}}
    async with dial(bench.server, "CP201", "ocpp2.0.1") as socket:
        bench = Bench(bench.server, socket, "CP201")
        assert (await ask(socket, "BootNotification", boot))[2]["status"] == "Accepted"
        _, first, _ = await bench.order("firmware", {"location": "https://firmware.example/2.bin"}, {"status": "Accepted"})
        await bench.report("FirmwareStatusNotification", "Downloading", requestId=first["requestId"])
        _, second, _ = await bench.order("firmware", {"location": "https://firmware.example/3.bin"}, {"status": "AcceptedCanceled"})
        await bench.report("FirmwareStatusNotification", "Downloading", "Downloaded", "Installing", requestId=second["requestId"])
        boot["chargingStation"] |= {"firmwareVersion": "3.0"}  # type: ignore[operator]
        assert (await ask(socket, "BootNotification", boot | {"reason": "FirmwareUpdate"}))[2]["status"] == "Accepted"
        newest, before = await bench.jobs()
        assert (newest["state"], newest["proved"], newest["request_id"]) == ("finished", True, second["requestId"])
        assert (before["state"], states(before), before["request_id"]) == ("canceled", ["Downloading"], first["requestId"])
        _, payload, _ = await bench.order("logs", {}, {"status": "Accepted", "filename": "d.log"})
        assert payload["logType"] == "DiagnosticsLog"
        await bench.report("LogStatusNotification", "Uploading", "PermissionDenied", requestId=payload["requestId"])
        assert (await bench.jobs())[0]["state"] == "failed"

"""Everything that must not be lost may come again: with another message id, on another line, after a crash of the server, or from
another charger. It has one effect, and the answer is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.e2e.talking import ask, dial
from tests.running import RunningServer, running_server

AT = "2026-06-01T10:00:00Z"
BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
TAG = {"idToken": "TAG1", "type": "ISO14443"}
COUNTED = (
    "sessions",
    "session_stops",
    "transaction_events",
    "meter_values",
    "security_events",
    "device_events",
    "variables",
    "kept_frames",
)

Said = list[tuple[str, dict[str, Any]]]


def said_16(transaction_id: int) -> Said:
    """All of 1.6 that is answered after its COMMIT."""
    value = [{"timestamp": "2026-06-01T10:10:00Z", "sampledValue": [{"value": "1500"}]}]
    return [
        ("StartTransaction", {"connectorId": 1, "idTag": "TAG1", "meterStart": 1000, "timestamp": AT}),
        ("MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": value}),
        ("StopTransaction", {"transactionId": transaction_id, "meterStop": 3000, "timestamp": "2026-06-01T11:00:00Z"}),
        ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": AT}),
        ("MeterValues", {"connectorId": 2, "transactionId": -1, "meterValue": value}),
        ("StopTransaction", {"transactionId": -1, "meterStop": 1700, "timestamp": "2026-06-01T11:00:00Z"}),
        ("StopTransaction", {"transactionId": -1, "meterStop": "1700", "timestamp": "2026-06-01T11:00:00Z"}),
    ]


def said_2() -> Said:
    """All of 2.x that is answered after its COMMIT."""

    def event(kind: str, seq_no: int, minute: int, register: float, **more: Any) -> tuple[str, dict[str, Any]]:
        at = f"2026-06-01T10:{minute:02}:00Z"
        payload = {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": seq_no,
            "evse": {"id": 1, "connectorId": 1},
        }
        payload |= {"transactionInfo": {"transactionId": "tx-1"}, "meterValue": [{"timestamp": at, "sampledValue": [{"value": register}]}]}
        return "TransactionEvent", payload | more

    component = {"component": {"name": "Meter"}, "variable": {"name": "Power"}}
    told = {"eventId": 1, "timestamp": AT, "trigger": "Alerting", "actualValue": "1", "eventNotificationType": "CustomMonitor", **component}
    report = {**component, "variableAttribute": [{"type": "Actual", "value": "1"}]}
    return [
        event("Started", 0, 0, 1000.0, idToken=TAG),
        event("Updated", 1, 10, 1500.0),
        event("Ended", 2, 30, 3000.0),
        ("MeterValues", {"evseId": 0, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 7.0}]}]}),
        ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": AT}),
        ("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [told]}),
        ("NotifyReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "reportData": [report]}),
    ]


async def say(server: RunningServer, identity: str, protocol: str, boot: dict[str, Any], said: Said, prefix: str) -> list[Any]:
    """Say all of it on a line of its own; the payloads of the answers."""
    answers = []
    async with dial(server, identity, protocol) as socket:
        assert (await ask(socket, "BootNotification", boot, f"{prefix}-boot"))[2]["status"] == "Accepted"
        for number, (action, payload) in enumerate(said):
            answer = await ask(socket, action, payload, f"{prefix}-{number}")
            assert answer[0] == 3, answer
            answers.append(answer[2])
    return answers


def counts(database_url: str, charger_id: str) -> dict[str, int]:
    with psycopg.connect(database_url) as connection:
        where = dict.fromkeys(COUNTED, "charger_id = %s") | {
            "session_stops": "session_id IN (SELECT id FROM sessions WHERE charger_id = %s)"
        }
        found = {}
        for name in COUNTED:
            row = connection.execute(f"SELECT count(*) FROM {name} WHERE {where[name]}", (charger_id,)).fetchone()
            assert row is not None
            found[name] = row[0]
        return found


async def sessions(server: RunningServer, charger_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await server.api("GET", f"/api/v1/sessions?charger_id={charger_id}"))["items"]
    return found


async def told(server: RunningServer, database_url: str, charger_id: str) -> list[str]:
    """The durable events of a charger but those of its lines."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT type FROM events WHERE charger_id = %s ORDER BY id", (charger_id,)).fetchall()
    return [row[0] for row in rows if row[0].startswith(("session.", "charger.security", "dead_letter."))]


@pytest.mark.conformance("X-01", "X-04", "X-05", "X-20", "VT-X03", "VT-X21", "TR-60", "TR-61")
@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_what_comes_again_on_another_line_and_after_a_crash_has_one_effect(database_url: str, tmp_path: Path, protocol: str) -> None:
    boot = BOOT_16 if protocol == "ocpp1.6" else BOOT_2
    policy = ("--unknown-chargers", "accept")
    async with running_server(database_url, tmp_path, *policy) as server:
        await server.api("POST", "/api/v1/tags", {"id_tag": "TAG1"})
        said = said_2()
        if protocol == "ocpp1.6":
            (started,) = await say(server, "CP1", protocol, boot, said_16(0)[:1], "first")
            said = said_16(started["transactionId"])
        answers = await say(server, "CP1", protocol, boot, said, "a")
        stored, rows, heard = await sessions(server, "CP1"), counts(database_url, "CP1"), await told(server, database_url, "CP1")
        assert await say(server, "CP1", protocol, boot, said, "b") == answers
        assert await say(server, "CP1", protocol, boot, said[::-1], "c") == answers[::-1]
        await server.kill()
    async with running_server(database_url, tmp_path, *policy) as server:
        assert await say(server, "CP1", protocol, boot, said, "d") == answers
        assert await sessions(server, "CP1") == stored
        assert counts(database_url, "CP1") == rows
        assert await told(server, database_url, "CP1") == heard
        whole = next(session for session in stored if session["state"] == "ended")
        assert (whole["energy_wh"], whole["flags"]) == (2000, [])


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
@pytest.mark.conformance("X-06", "Q-43")
async def test_recorded_traffic_from_another_charger_touches_nothing_of_the_first(database_url: str, tmp_path: Path, protocol: str) -> None:
    boot = BOOT_16 if protocol == "ocpp1.6" else BOOT_2
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        said = said_2()
        if protocol == "ocpp1.6":
            (started,) = await say(server, "CP1", protocol, boot, said_16(0)[:1], "first")
            said = said_16(started["transactionId"])
            await say(server, "CP1", protocol, boot, said[1:2], "a")
        else:
            await say(server, "CP1", protocol, boot, said[:2], "a")
        stored, rows, heard = await sessions(server, "CP1"), counts(database_url, "CP1"), await told(server, database_url, "CP1")
        await say(server, "CP2", protocol, boot, said, "a")
        assert await sessions(server, "CP1") == stored
        assert counts(database_url, "CP1") == rows
        assert await told(server, database_url, "CP1") == heard
        (running,) = stored
        assert running["state"] == "active"
        theirs = await sessions(server, "CP2")
        assert {session["charger_id"] for session in theirs} == {"CP2"}
        if protocol == "ocpp1.6":
            flagged = [session for session in theirs if "foreign_transaction" in session["flags"]]
            assert [session["state"] for session in flagged] == ["unresolved"]
            assert "charger.security_event" in await told(server, database_url, "CP2")

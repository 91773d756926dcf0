"""Whole charging sessions, by nothing but the client side of the ``ocpp`` and ``websockets`` packages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ocpp.v16
import ocpp.v201
import ocpp.v201.enums as enums_201
import pytest
from ocpp.routing import on
from ocpp.v16 import call as call_16
from ocpp.v16 import call_result as call_result_16
from ocpp.v16.enums import Action as Action16
from ocpp.v201 import call as call_201
from ocpp.v201 import call_result as call_result_201
from websockets.asyncio.client import connect

from tests.running import RunningServer, running_server


class Charger16(ocpp.v16.ChargePoint):
    @on(Action16.remote_stop_transaction)
    def on_remote_stop(self, transaction_id: int, **_: Any) -> call_result_16.RemoteStopTransaction:
        self.asked_to_stop = transaction_id
        return call_result_16.RemoteStopTransaction(status="Accepted")


class Charger201(ocpp.v201.ChargePoint):
    @on(enums_201.Action.get_transaction_status)
    def on_status(self, **_: Any) -> call_result_201.GetTransactionStatus:
        return call_result_201.GetTransactionStatus(messages_in_queue=False, ongoing_indicator=False)


@contextlib.asynccontextmanager
async def connected(server: RunningServer, identity: str, kind: Any, protocol: str) -> AsyncIterator[Any]:
    async with connect(f"{server.ocpp_url}/ocpp/{identity}", subprotocols=[protocol]) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == protocol
        charger = kind(identity, socket)
        talking = asyncio.create_task(charger.start())
        try:
            yield charger
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking


async def charge_16(server: RunningServer, identity: str) -> int:
    async with connected(server, identity, Charger16, "ocpp1.6") as charger:
        boot = await charger.call(
            call_16.BootNotification(charge_point_vendor="Vendor", charge_point_model="Model", firmware_version="1.2")
        )
        assert boot.status == "Accepted"
        await charger.call(call_16.StatusNotification(connector_id=0, error_code="NoError", status="Available"))
        await charger.call(call_16.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
        assert (await charger.call(call_16.Authorize(id_tag="TAG16"))).id_tag_info["status"] == "Accepted"
        started = await charger.call(
            call_16.StartTransaction(connector_id=1, id_tag="TAG16", meter_start=1000, timestamp="2026-06-01T10:00:00Z")
        )
        assert started.id_tag_info["status"] == "Accepted"
        await charger.call(call_16.StatusNotification(connector_id=1, error_code="NoError", status="Charging"))
        for minute, register in ((10, "2.5"), (20, "4.0")):
            values = [
                {"value": register, "measurand": "Energy.Active.Import.Register", "unit": "kWh"},
                {"value": "9000", "measurand": "Power.Active.Import", "unit": "W"},
                {"value": "55", "measurand": "SoC", "unit": "Percent"},
            ]
            meter = [{"timestamp": f"2026-06-01T10:{minute}:00Z", "sampledValue": values}]
            await charger.call(call_16.MeterValues(connector_id=1, transaction_id=started.transaction_id, meter_value=meter))
        await charger.call(
            call_16.StopTransaction(
                transaction_id=started.transaction_id,
                meter_stop=6500,
                timestamp="2026-06-01T10:30:00Z",
                id_tag="TAG16",
                reason="EVDisconnected",
            )
        )
        return int(started.transaction_id)


async def charge_201(server: RunningServer, identity: str) -> None:
    token = {"idToken": "TAG201", "type": "ISO14443"}

    def event(kind: str, seq_no: int, minute: int, register: float, **more: Any) -> call_201.TransactionEvent:
        sampled = [{"value": register, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "kWh"}}]
        return call_201.TransactionEvent(
            event_type=kind,
            timestamp=f"2026-06-01T10:{minute:02}:00Z",
            trigger_reason=more.pop("trigger", "MeterValuePeriodic"),
            seq_no=seq_no,
            transaction_info={"transactionId": "tx-201-1", **more.pop("info", {})},
            meter_value=[{"timestamp": f"2026-06-01T10:{minute:02}:00Z", "sampledValue": sampled}],
            evse={"id": 1, "connectorId": 1},
            **more,
        )

    async with connected(server, identity, Charger201, "ocpp2.0.1") as charger:
        boot = await charger.call(call_201.BootNotification(charging_station={"vendorName": "V", "model": "M"}, reason="PowerUp"))
        assert boot.status == "Accepted"
        await charger.call(
            call_201.StatusNotification(timestamp="2026-06-01T09:59:00Z", connector_status="Occupied", evse_id=1, connector_id=1)
        )
        assert (await charger.call(call_201.Authorize(id_token=token))).id_token_info["status"] == "Accepted"
        first = await charger.call(event("Started", 0, 0, 10.0, trigger="Authorized", id_token=token, info={"chargingState": "Charging"}))
        assert first.id_token_info["status"] == "Accepted"
        await charger.call(event("Updated", 1, 10, 11.5))
        await charger.call(event("Ended", 2, 30, 14.25, trigger="EVDeparted", info={"stoppedReason": "EVDisconnected"}))


async def sessions(server: RunningServer) -> dict[str, dict[str, Any]]:
    found = await server.api("GET", "/api/v1/sessions")
    return {session["id_tag"]: session for session in found["items"]}


@pytest.mark.conformance("X-16", "X-17")
async def test_whole_sessions_of_both_versions_are_shown_also_after_a_restart(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        for tag in ("TAG16", "TAG201"):
            await server.api("POST", "/api/v1/tags", {"id_tag": tag})
        transaction_id = await charge_16(server, "CP16")
        await charge_201(server, "CP201")
        before = await sessions(server)
    assert (
        before["TAG16"]
        | {
            "charger_id": "CP16",
            "evse_id": 1,
            "connector_id": 1,
            "transaction_id": str(transaction_id),
            "state": "ended",
            "started_at": "2026-06-01T10:00:00Z",
            "ended_at": "2026-06-01T10:30:00Z",
            "meter_start_wh": 1000,
            "meter_stop_wh": 6500,
            "energy_wh": 5500,
            "stop_reason": "EVDisconnected",
        }
        == before["TAG16"]
    )
    assert (
        before["TAG201"]
        | {
            "charger_id": "CP201",
            "evse_id": 1,
            "connector_id": 1,
            "transaction_id": "tx-201-1",
            "state": "ended",
            "started_at": "2026-06-01T10:00:00Z",
            "ended_at": "2026-06-01T10:30:00Z",
            "meter_start_wh": 10000,
            "meter_stop_wh": 14250,
            "energy_wh": 4250,
            "stop_reason": "EVDisconnected",
        }
        == before["TAG201"]
    )
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        assert await sessions(server) == before
        values = await server.api("GET", f"/api/v1/sessions/{before['TAG16']['id']}/meter-values")
        assert len(values["items"]) == 6


@pytest.mark.conformance("VT-B02", "TR-58")
async def test_a_charger_that_reconnects_without_booting_is_served_after_a_restart_of_the_server(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        await server.api("POST", "/api/v1/tags", {"id_tag": "TAG16"})
        await charge_16(server, "CP16")
    async with (
        running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server,
        connected(server, "CP16", Charger16, "ocpp1.6") as charger,
    ):
        assert (await charger.call(call_16.Authorize(id_tag="TAG16"))).id_tag_info["status"] == "Accepted"


async def test_a_remote_stop_reaches_the_charger_and_its_answer_the_operator(database_url: str, tmp_path: Path) -> None:
    async with (
        running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server,
        connected(server, "CP16", Charger16, "ocpp1.6") as charger,
    ):
        await server.api("POST", "/api/v1/tags", {"id_tag": "TAG16"})
        await charger.call(call_16.BootNotification(charge_point_vendor="V", charge_point_model="M"))
        started = await charger.call(
            call_16.StartTransaction(connector_id=1, id_tag="TAG16", meter_start=0, timestamp="2026-06-01T10:00:00Z")
        )
        body = {"action": "RemoteStopTransaction", "payload": {"transactionId": started.transaction_id}}
        status, command = await server.answer("POST", "/api/v1/chargers/CP16/commands", body, {"Prefer": "wait=10"})
        assert charger.asked_to_stop == started.transaction_id
        assert command["state"] == "accepted"
        assert command["response"] == {"status": "Accepted"}
        assert status in (200, 202)

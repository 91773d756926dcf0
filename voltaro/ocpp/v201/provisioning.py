"""OCPP 2.x blocks A, B and P, charger to central system: boot, heartbeat, reports, security events, DataTransfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import Action

from voltaro.domain.charger import Boot
from voltaro.ocpp.dialect import Handlers, on
from voltaro.ocpp.moments import instant, wire_time
from voltaro.ports import Call, Station


class Provisioning(Handlers):
    """What a charger says of itself."""

    @on(Action.boot_notification)
    async def on_boot_notification(
        self, station: Station, *, charging_station: Mapping[str, Any], reason: str, **_: Any
    ) -> call_result.BootNotification:
        modem = charging_station.get("modem", {})
        answer = await station.boot(
            Boot(
                vendor=charging_station["vendor_name"],
                model=charging_station["model"],
                serial_number=charging_station.get("serial_number") or None,
                firmware_version=charging_station.get("firmware_version") or None,
                reason=reason,
                iccid=modem.get("iccid") or None,
                imsi=modem.get("imsi") or None,
            )
        )
        return call_result.BootNotification(
            current_time=wire_time(answer.now), interval=max(1, answer.interval_s), status=answer.registration.value.capitalize()
        )

    @on(Action.heartbeat)
    async def on_heartbeat(self, station: Station, **_: Any) -> call_result.Heartbeat:
        return call_result.Heartbeat(current_time=wire_time(station.now()))

    @on(Action.notify_report)
    async def on_notify_report(
        self, station: Station, *, call: Call, request_id: int, seq_no: int, tbc: bool = False, **_: Any
    ) -> call_result.NotifyReport:
        await station.report_variables(request_id, seq_no, not tbc, call.payload.get("reportData", ()))
        return call_result.NotifyReport()

    @on(Action.security_event_notification)
    async def on_security_event_notification(
        self, station: Station, *, call: Call, type: str, timestamp: str, tech_info: str | None = None, **_: Any
    ) -> call_result.SecurityEventNotification:
        await station.security_event(type, instant(station, timestamp, call.received_at).at, tech_info)
        return call_result.SecurityEventNotification()

    @on(Action.data_transfer)
    async def on_data_transfer(
        self, station: Station, *, vendor_id: str, message_id: str | None = None, data: Any = None, **_: Any
    ) -> call_result.DataTransfer:
        status, answer = await station.data_transfer(vendor_id, message_id, data)
        return call_result.DataTransfer(status=status, data=answer)

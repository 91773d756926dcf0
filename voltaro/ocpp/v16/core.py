"""OCPP 1.6 Core, charger to central system: identity, status, DataTransfer (sections 4.1, 4.2, 4.3, 4.6, 4.9)."""

from __future__ import annotations

import json
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action

from voltaro.domain.charger import Boot, ConnectorReport
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp.dialect import Handlers, on
from voltaro.ocpp.moments import instant, status_time, wire_time
from voltaro.ports import Call, Station

LONGEST_TAG = 20


class Core(Handlers):
    """What a charger says of itself, and asks about tags."""

    @on(Action.boot_notification)
    async def on_boot_notification(
        self, station: Station, *, charge_point_vendor: str, charge_point_model: str, **told: Any
    ) -> call_result.BootNotification:
        answer = await station.boot(
            Boot(
                vendor=charge_point_vendor,
                model=charge_point_model,
                serial_number=shown(told.get("charge_point_serial_number")) or shown(told.get("charge_box_serial_number")),
                firmware_version=shown(told.get("firmware_version")),
                iccid=shown(told.get("iccid")),
                imsi=shown(told.get("imsi")),
                meter_type=shown(told.get("meter_type")),
                meter_serial_number=shown(told.get("meter_serial_number")),
            )
        )
        return call_result.BootNotification(
            current_time=wire_time(answer.now), interval=max(1, answer.interval_s), status=answer.registration.value.capitalize()
        )

    @on(Action.heartbeat)
    def on_heartbeat(self, station: Station, **_: Any) -> call_result.Heartbeat:
        return call_result.Heartbeat(current_time=wire_time(station.now()))

    @on(Action.authorize)
    async def on_authorize(self, station: Station, *, id_tag: str, **_: Any) -> call_result.Authorize:
        return call_result.Authorize(id_tag_info=id_tag_info(await station.authorize(id_tag)))

    @on(Action.status_notification)
    def on_status_notification(
        self,
        station: Station,
        *,
        call: Call,
        connector_id: int,
        error_code: str,
        status: str,
        timestamp: str | None = None,
        info: str | None = None,
        vendor_id: str | None = None,
        vendor_error_code: str | None = None,
        **_: Any,
    ) -> call_result.StatusNotification:
        if error_code == "LocalListConflict":
            station.local_list.conflict()
        at = status_time(station, timestamp, call.received_at)
        station.connector_status(
            ConnectorReport(connector_id, connector_of(connector_id), status, at, error_code, info, vendor_id, vendor_error_code)
        )
        return call_result.StatusNotification()

    @on(Action.data_transfer)
    async def on_data_transfer(
        self, station: Station, *, vendor_id: str, message_id: str | None = None, data: str | None = None, **_: Any
    ) -> call_result.DataTransfer:
        status, answer = await station.data_transfer(vendor_id, message_id, data)
        return call_result.DataTransfer(status=status, data=answer if answer is None or isinstance(answer, str) else json.dumps(answer))

    @on(Action.security_event_notification)
    async def on_security_event_notification(
        self, station: Station, *, call: Call, type: str, timestamp: str, tech_info: str | None = None, **_: Any
    ) -> call_result.SecurityEventNotification:
        await station.security_event(type, instant(station, timestamp, call.received_at).at, tech_info)
        return call_result.SecurityEventNotification()


def shown(text: str | None) -> str | None:
    """A text that says something: chargers also write the word null (quirk Q-14)."""
    return text if text and text.strip().casefold() not in ("", "null") else None


def connector_of(connector_id: int) -> int:
    """Our connector number of a 1.6 connector n: it is evse n, connector 1; 0 is the whole charger."""
    return 1 if connector_id else 0


def id_tag_info(authorization: Authorization) -> IdTagInfo:
    """The verdict in 1.6 words: it has no Unknown, and its parent tags have at most 20 characters."""
    verdict = authorization.verdict
    parent = authorization.parent
    return IdTagInfo(
        status=Verdict.INVALID if verdict is Verdict.UNKNOWN else verdict,
        parent_id_tag=parent if parent and len(parent) <= LONGEST_TAG else None,
        expiry_date=None if authorization.expires_at is None else wire_time(authorization.expires_at),
    )

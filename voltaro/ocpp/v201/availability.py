"""OCPP 2.x blocks G and N, charger to central system: connector status, told in two ways, and device events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import Action, ConnectorStatusEnumType

from voltaro.domain.charger import ConnectorReport
from voltaro.ocpp.dialect import after, on
from voltaro.ocpp.moments import instant, status_time
from voltaro.ocpp.triggering import Triggered
from voltaro.ports import Call, Station

_STATUSES = frozenset(status.value for status in ConnectorStatusEnumType)


class Availability(Triggered):
    """The state of connectors, by StatusNotification and by NotifyEvent alike (conformance 201-G-02)."""

    @on(Action.status_notification)
    def on_status_notification(
        self, station: Station, *, call: Call, timestamp: str, connector_status: str, evse_id: int, connector_id: int, **_: Any
    ) -> call_result.StatusNotification:
        at = status_time(station, timestamp, call.received_at)
        station.connector_status(ConnectorReport(evse_id, connector_id, connector_status, at))
        return call_result.StatusNotification()

    @on(Action.notify_event)
    async def on_notify_event(
        self, station: Station, *, call: Call, event_data: list[Mapping[str, Any]], **_: Any
    ) -> call_result.NotifyEvent:
        moments = [instant(station, event["timestamp"], call.received_at) for event in event_data]
        told = call.payload["eventData"]
        await station.device_events(tuple((moment.at, event) for moment, event in zip(moments, told, strict=True)))
        for moment, event in zip(moments, event_data, strict=True):
            report = _connector_report(event, moment.at)
            if report is not None:
                station.connector_status(report)
        return call_result.NotifyEvent()

    @after(Action.change_availability)
    async def after_change_availability(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        if answered is not None and answered.get("status") in ("Accepted", "Scheduled"):
            evse = asked.get("evse", {})
            operative = asked["operationalStatus"] == "Operative"
            await station.availability.set(evse.get("id", 0), evse.get("connectorId", 0), operative=operative)


def _connector_report(event: Mapping[str, Any], at: datetime) -> ConnectorReport | None:
    """The status that an event tells of a connector, if it is such an event."""
    component, status = event["component"], event["actual_value"]
    if component["name"].lower() != "connector" or event["variable"]["name"].lower() != "availabilitystate":
        return None
    evse = component.get("evse", {})
    if status not in _STATUSES or "connector_id" not in evse:
        return None
    return ConnectorReport(evse["id"], evse["connector_id"], status, at)

"""OCPP 1.6 firmware and logs: Firmware Management, and its signed successors of the security whitepaper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action

from voltaro.domain.job import JobKind
from voltaro.ocpp.dialect import after, on
from voltaro.ocpp.maintenance import Maintained, asked_for
from voltaro.ports import Station


class Firmware(Maintained):
    """What 2.x says otherwise, or not at all."""

    @on(Action.signed_firmware_status_notification)
    async def on_signed_firmware_status_notification(
        self, station: Station, *, status: str, request_id: int | None = None, **_: Any
    ) -> call_result.SignedFirmwareStatusNotification:
        await station.jobs.reported(JobKind.FIRMWARE, status, request_id)
        return call_result.SignedFirmwareStatusNotification()

    @on(Action.diagnostics_status_notification)
    async def on_diagnostics_status_notification(
        self, station: Station, *, status: str, **_: Any
    ) -> call_result.DiagnosticsStatusNotification:
        await station.jobs.reported(JobKind.LOG, status, None)
        return call_result.DiagnosticsStatusNotification()

    @after("UpdateFirmware")
    async def after_update_firmware(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        await station.jobs.asked(JobKind.FIRMWARE, asked_for("UpdateFirmware", asked, answered, asked["location"]))

    @after("SignedUpdateFirmware")
    async def after_signed_update_firmware(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        location = asked["firmware"]["location"]
        await station.jobs.asked(JobKind.FIRMWARE, asked_for("SignedUpdateFirmware", asked, answered, location))

    @after("GetDiagnostics")
    async def after_get_diagnostics(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        file_name = (answered or {}).get("fileName")
        await station.jobs.asked(
            JobKind.LOG,
            asked_for("GetDiagnostics", asked, answered, asked["location"], log_type="DiagnosticsLog", file_name=file_name),
        )

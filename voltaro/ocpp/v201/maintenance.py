"""OCPP 2.x firmware, logs and certificates (blocks A, L, M and N): handlers, and the orders in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.datatypes import StatusInfoType
from ocpp.v201.enums import Action

from voltaro.domain.certificate import RootUse
from voltaro.domain.job import JobKind
from voltaro.domain.maintenance import (
    DeleteCertificate,
    FetchLog,
    GiveCertificate,
    InstallCertificate,
    MaintenanceOrder,
    ReadCertificates,
    RenewCertificate,
    UpdateFirmware,
)
from voltaro.ocpp import maintenance as alike
from voltaro.ocpp.dialect import after, on
from voltaro.ocpp.maintenance import Maintained, asked_for
from voltaro.ports import Station

ROOT_TYPES = {
    RootUse.CENTRAL_SYSTEM: "CSMSRootCertificate",
    RootUse.MANUFACTURER: "ManufacturerRootCertificate",
    RootUse.V2G: "V2GRootCertificate",
    RootUse.MOBILITY_OPERATOR: "MORootCertificate",
}
ROOT_USES = {name: use for use, name in ROOT_TYPES.items()}


class Maintenance(Maintained):
    """Signing requests, and what is installed."""

    @on(Action.sign_certificate)
    async def on_sign_certificate(
        self, station: Station, *, csr: str, certificate_type: str | None = None, request_id: int | None = None, **_: Any
    ) -> call_result.SignCertificate:
        refused = await station.certificates.requested(csr, certificate_type, request_id)
        if refused is None:
            return call_result.SignCertificate(status="Accepted")
        info = StatusInfoType(reason_code="InvalidCSR", additional_info=refused[:512])
        return call_result.SignCertificate(status="Rejected", status_info=info)

    @after("UpdateFirmware")
    async def after_update_firmware(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        await station.jobs.asked(JobKind.FIRMWARE, asked_for("UpdateFirmware", asked, answered, asked["firmware"]["location"]))

    @after("InstallCertificate")
    async def after_install_certificate(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        use = ROOT_USES.get(asked["certificateType"])
        if use is not None:
            await station.certificates.installed(use, None if answered is None else answered["status"])

    @after("GetInstalledCertificateIds")
    async def after_get_installed_certificate_ids(
        self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None
    ) -> None:
        if answered is None:
            return
        found = [
            (link["certificateType"], link["certificateHashData"], link.get("childCertificateHashData", ()))
            for link in answered.get("certificateHashDataChain", ())
        ]
        await station.certificates.told(asked.get("certificateType", ()), found)


def compose(order: MaintenanceOrder) -> tuple[str, dict[str, Any]]:
    """The action and payload of an order. Raises InvalidPayload."""
    match order:
        case UpdateFirmware():
            return "UpdateFirmware", alike.update_firmware(order)
        case FetchLog():
            return "GetLog", alike.get_log(order)
        case InstallCertificate():
            return "InstallCertificate", alike.install_certificate(ROOT_TYPES[RootUse(order.use)], order.certificate)
        case DeleteCertificate():
            return "DeleteCertificate", alike.delete_certificate(order)
        case ReadCertificates():
            wanted = {} if order.use is None else {"certificateType": [ROOT_TYPES[RootUse(order.use)]]}
            return "GetInstalledCertificateIds", wanted
        case RenewCertificate():
            return "TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}
        case GiveCertificate():
            payload = alike.certificate_signed(order)
            members = {"certificateType": order.certificate_type, "requestId": order.request_id}
            return "CertificateSigned", payload | {name: value for name, value in members.items() if value is not None}

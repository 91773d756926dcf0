"""Orders for firmware, logs and certificates in the words of OCPP 1.6 and its security whitepaper."""

from __future__ import annotations

from typing import Any

from voltaro.domain.certificate import RootUse
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
from voltaro.ocpp.moments import wire_time
from voltaro.ocpp.v16.certificates import ROOT_TYPES
from voltaro.ports import InvalidPayload


def compose(order: MaintenanceOrder) -> tuple[str, dict[str, Any]]:
    """The action and payload of an order. Raises InvalidPayload, its pointer at the order's own member."""
    match order:
        case UpdateFirmware():
            return _update_firmware(order)
        case FetchLog():
            return _fetch_log(order)
        case InstallCertificate():
            return "InstallCertificate", alike.install_certificate(_root_type(order.use), order.certificate)
        case DeleteCertificate():
            return "DeleteCertificate", alike.delete_certificate(order)
        case ReadCertificates():
            if order.use is None:
                raise InvalidPayload("/use", "OCPP 1.6 tells the certificates of one use at a time: name it")
            return "GetInstalledCertificateIds", {"certificateType": _root_type(order.use)}
        case RenewCertificate():  # without a connector (TC_074)
            return "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}
        case GiveCertificate():
            return "CertificateSigned", alike.certificate_signed(order)


def _update_firmware(order: UpdateFirmware) -> tuple[str, dict[str, Any]]:
    signed = alike.update_firmware(order)
    if order.signing_certificate is not None:
        return "SignedUpdateFirmware", signed
    if order.install_at is not None:
        raise InvalidPayload("/install_at", "OCPP 1.6 installs an unsigned firmware when it likes: leave install_at out")
    return "UpdateFirmware", {"location": order.location, "retrieveDate": wire_time(order.retrieve_at)} | alike.retrying(order)


def _fetch_log(order: FetchLog) -> tuple[str, dict[str, Any]]:
    """Diagnostics are asked for as every 1.6 charger knows it; only the security log needs the whitepaper."""
    if order.log_type != "diagnostics":
        return "GetLog", alike.get_log(order)
    payload: dict[str, Any] = {"location": order.location} | alike.retrying(order)
    for name, moment in (("startTime", order.since), ("stopTime", order.until)):
        if moment is not None:
            payload[name] = wire_time(moment)
    return "GetDiagnostics", payload


def _root_type(use: str) -> str:
    found = {str(known): name for known, name in ROOT_TYPES.items()}.get(use)
    if found is None:
        raise InvalidPayload("/use", f"OCPP 1.6 knows {RootUse.CENTRAL_SYSTEM} and {RootUse.MANUFACTURER} only")
    return found

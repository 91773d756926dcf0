"""What 1.6 with the security whitepaper and 2.x say alike of firmware, logs and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voltaro.domain.certificate import LONGEST_CERTIFICATE, LONGEST_CHAIN
from voltaro.domain.job import Asked, JobKind
from voltaro.domain.maintenance import DeleteCertificate, FetchLog, GiveCertificate, UpdateFirmware
from voltaro.domain.upload import key_of, plain_name, veiled
from voltaro.ocpp.dialect import Handlers, after, on
from voltaro.ocpp.moments import wire_time
from voltaro.ports import InvalidPayload, Station

LOG_TYPES = {"diagnostics": "DiagnosticsLog", "security": "SecurityLog"}


class Maintained(Handlers):
    """What is told, and learned from answers, that is spelled alike.

    States of jobs are taken whether somebody has asked for the job or not (quirks Q-23, Q-74).
    """

    @on("FirmwareStatusNotification")
    async def on_firmware_status_notification(self, station: Station, *, status: str, request_id: int | None = None, **_: Any) -> None:
        await station.jobs.reported(JobKind.FIRMWARE, status, request_id)

    @on("LogStatusNotification")
    async def on_log_status_notification(self, station: Station, *, status: str, request_id: int | None = None, **_: Any) -> None:
        await station.jobs.reported(JobKind.LOG, status, request_id)

    @after("GetLog")
    async def after_get_log(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        location = asked["log"]["remoteLocation"]
        await station.jobs.asked(
            JobKind.LOG,
            asked_for("GetLog", asked, answered, location, log_type=asked["logType"], file_name=(answered or {}).get("filename")),
        )

    @after("CertificateSigned")
    async def after_certificate_signed(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        await station.certificates.given(asked["certificateChain"], None if answered is None else answered["status"])

    @after("DeleteCertificate")
    async def after_delete_certificate(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        await station.certificates.deleted(asked["certificateHashData"], None if answered is None else answered["status"])


def asked_for(
    action: str,
    asked: Mapping[str, Any],
    answered: Mapping[str, Any] | None,
    location: str,
    *,
    log_type: str | None = None,
    file_name: str | None = None,
) -> Asked:
    """A request for a job as its topic knows it, without the secrets in its address."""
    return Asked(
        action=action,
        request_id=asked.get("requestId"),
        log_type=log_type,
        location=veiled(location),
        upload=key_of(location),
        status=None if answered is None else answered.get("status"),
        file_name=plain_name(file_name),
        answered=answered is not None,
    )


def update_firmware(order: UpdateFirmware) -> dict[str, Any]:
    """The payload of 2.x UpdateFirmware, which is that of 1.6 SignedUpdateFirmware too. Raises InvalidPayload."""
    firmware: dict[str, Any] = {"location": order.location, "retrieveDateTime": wire_time(order.retrieve_at)}
    if order.install_at is not None:
        firmware["installDateTime"] = wire_time(order.install_at)
    if (order.signing_certificate is None) is not (order.signature is None):
        missing = "signature" if order.signature is None else "signing_certificate"
        raise InvalidPayload(f"/{missing}", "is needed: a signed firmware has a signing certificate and a signature (L01.FR.11)")
    if order.signing_certificate is not None:
        firmware |= {"signingCertificate": order.signing_certificate, "signature": order.signature}
    return {"requestId": order.request_id, "firmware": firmware} | retrying(order)


def get_log(order: FetchLog) -> dict[str, Any]:
    """The payload of GetLog. Raises InvalidPayload."""
    log: dict[str, Any] = {"remoteLocation": order.location} | _when("oldestTimestamp", order.since)
    log |= _when("latestTimestamp", order.until)
    return {"log": log, "logType": LOG_TYPES[order.log_type], "requestId": order.request_id} | retrying(order)


def retrying(order: UpdateFirmware | FetchLog) -> dict[str, Any]:
    """The members that say how often and after how many seconds the charger tries again."""
    members = {"retries": order.retries, "retryInterval": order.retry_interval_s}
    return {name: value for name, value in members.items() if value is not None}


def certificate_signed(order: GiveCertificate) -> dict[str, Any]:
    """The payload of CertificateSigned in 1.6, and what 2.x adds to. Raises InvalidPayload."""
    if len(order.chain) > LONGEST_CHAIN:
        raise InvalidPayload("/chain", f"a certificate chain has at most {LONGEST_CHAIN} characters")
    return {"certificateChain": order.chain}


def install_certificate(certificate_type: str, pem: str) -> dict[str, Any]:
    """The payload of InstallCertificate. Raises InvalidPayload."""
    if len(pem) > LONGEST_CERTIFICATE:
        raise InvalidPayload("/certificate", f"a certificate has at most {LONGEST_CERTIFICATE} characters")
    return {"certificateType": certificate_type, "certificate": pem}


def delete_certificate(order: DeleteCertificate) -> dict[str, Any]:
    """The payload of DeleteCertificate: the hash data as the charger has reported it, to the letter."""
    return {"certificateHashData": dict(order.hash_data)}


def _when(name: str, at: datetime | None) -> dict[str, str]:
    return {} if at is None else {name: wire_time(at)}

"""What a virtual OCPP 1.6 charger tells about its security: events, each told until it is heard (whitepaper, use case A04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from voltaro.simulator.outbox import End

if TYPE_CHECKING:
    from voltaro.simulator.v16 import Charger16

EVENTS = (
    "FirmwareUpdated",
    "FailedToAuthenticateAtCentralSystem",
    "CentralSystemFailedToAuthenticate",
    "SettingSystemTime",
    "StartupOfTheDevice",
    "ResetOrReboot",
    "SecurityLogWasCleared",
    "ReconfigurationOfSecurityParameters",
    "MemoryExhaustion",
    "InvalidMessages",
    "AttemptedReplayAttacks",
    "TamperDetectionActivated",
    "InvalidFirmwareSignature",
    "InvalidFirmwareSigningCertificate",
    "InvalidCentralSystemCertificate",
    "InvalidChargePointCertificate",
    "InvalidTLSVersion",
    "InvalidTLSCipherSuite",
)
"""The names of the whitepaper; a charger may use others."""
LONGEST_LOG = 200


def tell(station: Charger16, type: str, info: str | None) -> None:
    """Note an event in the security log and tell the central system; one that a lost line took along is told on the next."""
    at = station.stamp()
    log = station.security_log
    log.append(f"{at} {type}" + (f" {info}" if info else ""))
    del log[:-LONGEST_LOG]
    payload: dict[str, Any] = {"type": type[:50], "timestamp": at} | ({"techInfo": info[:255]} if info else {})

    def done(end: End, answer: Mapping[str, Any]) -> None:
        if end is End.LOST:
            station.call("SecurityEventNotification", payload, done)

    station.call("SecurityEventNotification", payload, done)

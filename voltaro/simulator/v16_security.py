"""What a virtual OCPP 1.6 charger tells about its security: events, each told until it is heard (whitepaper, use case A04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.simulator.outbox import End
from voltaro.simulator.station import Station

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


class SecurityLog:
    """The newest events of one charger, oldest first, a line each that begins with its time."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.lines: list[str] = []

    def tell(self, type: str, info: str | None) -> None:
        """Note an event and tell the central system; one that a lost line took along is told on the next."""
        station = self._station
        at = station.stamp()
        self.lines.append(f"{at} {type}" + (f" {info}" if info else ""))
        del self.lines[:-LONGEST_LOG]
        payload: dict[str, Any] = {"type": type[:50], "timestamp": at} | ({"techInfo": info[:255]} if info else {})

        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is End.LOST:
                station.call("SecurityEventNotification", payload, done)

        station.call("SecurityEventNotification", payload, done)

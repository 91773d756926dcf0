"""Security events: which of them an operator has to look at (security whitepaper, list of security events)."""

from __future__ import annotations

REQUEST_REFUSED = "CertificateRequestRefused"
"""Our own: a charger has asked for a certificate that it may not have."""

CRITICAL = frozenset(
    {
        "AttemptedReplayAttacks",
        "CentralSystemFailedToAuthenticate",
        "CsmsFailedToAuthenticate",
        "FailedToAuthenticateAtCentralSystem",
        "FailedToAuthenticateAtCsms",
        "InvalidCentralSystemCertificate",
        "InvalidChargePointCertificate",
        "InvalidChargingStationCertificate",
        "InvalidCsmsCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSCipherSuite",
        "InvalidTLSVersion",
        "MemoryExhaustion",
        "SecurityLogWasCleared",
        "TamperDetectionActivated",
        REQUEST_REFUSED,
    }
)
"""In the spelling of 1.6 and of 2.x. The others are routine (a start, a reset, a new time), or of a kind nobody has defined."""

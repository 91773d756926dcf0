"""Orders for firmware, logs and certificates in one vocabulary for all versions; a dialect's ``compose`` spells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class UpdateFirmware:
    """Fetch a firmware and install it. With ``signing_certificate`` (PEM) and ``signature`` (base64) the charger checks it first.
    ``request_id`` 0 is drawn when it is sent."""

    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signing_certificate: str | None = None
    signature: str | None = None
    request_id: int = 0


@dataclass(frozen=True, slots=True)
class FetchLog:
    """Upload a log: ``diagnostics`` or ``security``."""

    location: str
    log_type: str = "diagnostics"
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    request_id: int = 0


@dataclass(frozen=True, slots=True)
class InstallCertificate:
    """Trust a root certificate; ``use`` is a word of ``domain.certificate.RootUse``."""

    use: str
    certificate: str


@dataclass(frozen=True, slots=True)
class DeleteCertificate:
    """Forget a certificate, named by the very hash data that the charger has reported."""

    hash_data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadCertificates:
    """Tell which certificates of a use are installed; 2.x can be asked for all (None)."""

    use: str | None = None


@dataclass(frozen=True, slots=True)
class RenewCertificate:
    """Make a new key and ask for a certificate of it (SignCertificate)."""


@dataclass(frozen=True, slots=True)
class GiveCertificate:
    """A signed certificate: a PEM chain, the leaf first. 2.x echoes the request's type, 2.1 its request id."""

    chain: str
    certificate_type: str | None = None
    request_id: int | None = None


MaintenanceOrder = (
    UpdateFirmware | FetchLog | InstallCertificate | DeleteCertificate | ReadCertificates | RenewCertificate | GiveCertificate
)

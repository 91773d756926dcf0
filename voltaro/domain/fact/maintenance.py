"""Firmware, logs and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voltaro.domain.certificate import CertificateDetails, CertificateState
from voltaro.domain.job import Job


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A firmware or log job has begun or moved on. Class A, with the event ``job.updated``; the newest row wins."""

    job: Job


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """A SignCertificate, with why it is refused if it is. Class A, with the event ``certificate.updated``.

    Result: ``(id, refused)``; it is refused too where the common name is another charger's.
    """

    charger_id: str
    csr_digest: str
    common_name: str | None
    certificate_type: str | None
    request_id: int | None
    refused: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CertificateChanged:
    """A charger's certificate was signed, sent or answered. Class A, with the event ``certificate.updated``; one that was signed
    has an audit entry. ``id`` None: an operator has given it, and it becomes known with the answer."""

    charger_id: str
    id: int | None
    state: CertificateState
    at: datetime
    certificate: CertificateDetails | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CertificatesReported:
    """Which certificates a charger has: ``found`` are type, hash data and those below, as reported; they replace what was known of
    the types ``asked`` (none: of all). Class A, with the event ``certificate.reported``."""

    charger_id: str
    asked: tuple[str, ...]
    found: tuple[tuple[str, Mapping[str, Any], tuple[Mapping[str, Any], ...]], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class InstalledCertificateGone:
    """A charger has deleted a certificate, or has none with this hash data (``certificate.hash_key``). Class A, with the event
    ``certificate.reported``."""

    charger_id: str
    key: str
    at: datetime

"""Certificates of chargers: what may be signed, and what is known of those that were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

LEAST_BITS = {"RSA": 2048, "EC": 224}
"""The smallest keys that may be used (security whitepaper, conformance TR-29)."""
LONGEST_CHAIN = 10_000
LONGEST_CERTIFICATE = 5500


class RootUse(StrEnum):
    """What a root certificate on a charger is for."""

    CENTRAL_SYSTEM = "central_system_root"
    MANUFACTURER = "manufacturer_root"
    V2G = "v2g_root"
    MOBILITY_OPERATOR = "mo_root"


class CertificateState(StrEnum):
    """REQUESTED: accepted, not signed yet. REFUSED: not signed. ISSUED: signed, not sent yet. SENT: the charger has not answered yet.
    UNCONFIRMED: it has not answered understandably. REVOKED: an operator has taken it back."""

    REQUESTED = "requested"
    REFUSED = "refused"
    ISSUED = "issued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    REVOKED = "revoked"


HELD = (CertificateState.ISSUED, CertificateState.SENT, CertificateState.ACCEPTED, CertificateState.UNCONFIRMED)
"""States in which a charger may show the certificate: the one before stays good until it ends (conformance 16-16)."""


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What a certificate signing request says. ``common_names`` as written; ``is_self_signed``: its signature is that of its key."""

    common_names: tuple[str, ...]
    organization: str | None
    key_kind: str
    key_bits: int
    is_self_signed: bool


@dataclass(frozen=True, slots=True)
class CertificateDetails:
    """A certificate: ``fingerprint`` is the SHA-256 of its DER form in lower-case hex, ``serial_number`` in lower-case hex."""

    pem: str
    common_name: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class ChargerCertificate:
    """A certificate that a charger has asked for, or was given, and what became of it; ``origin``: ``charger`` or ``operator``."""

    id: int
    charger_id: str
    state: CertificateState
    origin: str
    requested_at: datetime
    updated_at: datetime
    common_name: str | None = None
    certificate_type: str | None = None
    request_id: int | None = None
    reason: str | None = None
    serial_number: str | None = None
    fingerprint: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    chain: str | None = None


@dataclass(frozen=True, slots=True)
class InstalledCertificate:
    """A certificate on a charger, as it has reported it: ``type`` in its OCPP spelling, the hash data untouched."""

    id: int
    charger_id: str
    type: str
    hash_data: Mapping[str, Any]
    children: tuple[Mapping[str, Any], ...]
    reported_at: datetime


def why_refused(request: CertificateRequest, names: Collection[str], organization: str | None) -> str | None:
    """Why a request is not to be signed (security whitepaper A02, A03), or None. ``names`` are those the charger may bear;
    ``organization`` None does not look at it."""
    if not request.is_self_signed:
        return "its signature is not that of its key"
    least = LEAST_BITS.get(request.key_kind)
    if least is None:
        return f"its key is of the kind {request.key_kind}: use RSA or EC"
    if request.key_bits < least:
        return f"its key has {request.key_bits} bits: {request.key_kind} needs {least}"
    if len(request.common_names) != 1:
        return f"its subject has {len(request.common_names)} common names: it needs one"
    if request.common_names[0] not in names:
        return "its common name is neither the charger's serial number nor its identity"
    if organization is not None and request.organization != organization:
        return f"its organization is not {organization}"
    return None


def hash_key(hash_data: Mapping[str, Any]) -> str:
    """By what reported hash data is known again."""
    return hashlib.sha256(json.dumps(hash_data, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()

"""Security profiles: how a charger is connected, what it must show at the door, and what is changing (OCPP security whitepaper).

Profile 0: open. 1: password. 2: password over TLS. 3: client certificate over TLS. A profile is never lowered over OCPP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

HIGHEST_PROFILE = 3


class Certificate(NamedTuple):
    """What counts of a charger's certificate. ``fingerprint`` is the SHA-256 of the whole, in lower-case hexadecimal digits.

    The period is None where only a proxy has seen the certificate and tells no more than subject and fingerprint.
    """

    common_name: str
    organisation: str | None
    fingerprint: str
    not_before: datetime | None = None
    not_after: datetime | None = None


class Link(NamedTuple):
    """How a line is really connected. ``is_forwarded``: a trusted proxy has ended the TLS and tells of it.

    ``key_as_text``: the charger sent a hexadecimal key as text, not as the bytes it stands for (quirk Q-11).
    """

    secure: bool
    tls_version: str | None = None
    cipher: str | None = None
    certificate: Certificate | None = None
    is_forwarded: bool = False
    key_as_text: bool = False


PLAIN = Link(False)


class RotationState(StrEnum):
    """Where a change of password stands. SENT and UNKNOWN: both passwords are good; UNKNOWN until one of them is used."""

    SENT = "sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class UpgradeState(StrEnum):
    """Where a change to a higher profile stands. ASKED, ACCEPTED, UNKNOWN: the profile before is good until the charger has come
    with the new one (DONE)."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    DONE = "done"

    @property
    def is_open(self) -> bool:
        return self in (UpgradeState.ASKED, UpgradeState.ACCEPTED, UpgradeState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ChargerSecurity:
    """What is stored of a charger's security beside its profile. Times are UTC.

    ``certificate_name`` and ``certificate_fingerprint`` say which certificate is this charger's; ``certificate_by`` who said so.
    """

    has_password: bool = False
    key_as_text: bool = False
    lenient_handshake: bool = False
    certificate_name: str | None = None
    certificate_fingerprint: str | None = None
    certificate_by: str | None = None
    certificate_at: datetime | None = None
    rotation: RotationState | None = None
    rotation_at: datetime | None = None
    upgrade: UpgradeState | None = None
    upgrade_profile: int | None = None
    upgrade_at: datetime | None = None
    upgrade_until: datetime | None = None

    def has_given_up(self, now: datetime) -> bool:
        """Whether the charger has not come with its new profile in time. It may still come: nothing is taken back."""
        return self.upgrade is not None and self.upgrade.is_open and self.upgrade_until is not None and now >= self.upgrade_until


class Came(StrEnum):
    """With which of two good passwords a charger came."""

    WITH_OLD = "old"
    WITH_NEW = "new"


class Entry(NamedTuple):
    """What a charger has shown at the door that changes what is stored of it.

    ``password``: which of two good passwords it came with. ``profile``: the higher profile that it has
    reached. ``certificate``: the one by which it is known from now on.
    """

    charger_id: str
    at: datetime
    password: Came | None = None
    profile: int | None = None
    certificate: Certificate | None = None


class Issued(NamedTuple):
    """A certificate that our own authority has signed: for whom, None where it is good no more (it was revoked)."""

    charger_id: str | None


def is_certificate_of(
    certificate: Certificate,
    charger_id: str,
    *,
    issued: Issued | None,
    serial_number: str | None,
    name: str | None,
    fingerprint: str | None,
) -> bool:
    """Whether a certificate belongs to this charger: the one place where that is decided (conformance TR-30, TR-32).

    One that was issued here is its who it was issued to. Of others, ``name`` and ``fingerprint`` are those by which the charger is
    known already; before that, the common name must be the charger's serial number or its identity.
    """
    if issued is not None:
        return issued.charger_id == charger_id and (fingerprint is None or name is not None or certificate.fingerprint == fingerprint)
    if fingerprint is not None and name is None:
        return certificate.fingerprint == fingerprint
    if name is not None:
        return certificate.common_name == name
    return bool(certificate.common_name) and certificate.common_name in (charger_id, serial_number)

"""How the security of a charger is shown: its profile, how it is really connected, and what is being changed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from voltaro.domain.profiles import ChargerSecurity, Link, RotationState, UpgradeState


class SeenCertificateView(msgspec.Struct, frozen=True):
    """The client certificate of a connection. ``fingerprint`` is the SHA-256 in hexadecimal digits."""

    common_name: str
    organisation: str | None
    fingerprint: str
    not_after: datetime | None


class LinkView(msgspec.Struct, frozen=True):
    """How the charger is connected now. ``forwarded``: TLS ends at a trusted proxy, which tells neither version nor suite."""

    scheme: str
    tls_version: str | None
    cipher: str | None
    forwarded: bool
    certificate: SeenCertificateView | None


class KnownCertificateView(msgspec.Struct, frozen=True):
    """The certificate by which a charger is known: by its name, or by its fingerprint alone."""

    common_name: str | None
    fingerprint: str | None
    set_by: str | None
    set_at: datetime | None


class RotationView(msgspec.Struct, frozen=True):
    """The last change of password over OCPP. While it is sent or unknown, the old and the new one are good."""

    state: RotationState
    at: datetime | None


class UpgradeView(msgspec.Struct, frozen=True):
    """The last change to a higher profile. Until it is done the charger may come as before; ``given_up``: it has not come in time."""

    profile: int
    state: UpgradeState
    at: datetime | None
    until: datetime | None
    given_up: bool


class SecurityView(msgspec.Struct, frozen=True):
    """The security of a charger."""

    profile: int
    has_password: bool
    key_as_text: bool
    lenient_handshake: bool
    link: LinkView | None
    certificate: KnownCertificateView | None
    rotation: RotationView | None
    upgrade: UpgradeView | None


def security_view(profile: int, kept: ChargerSecurity, link: Link | None, now: datetime) -> SecurityView:
    """What is stored, and how the charger is connected; ``link`` is None while it is not."""
    has_certificate = kept.certificate_name is not None or kept.certificate_fingerprint is not None
    by = (kept.certificate_name, kept.certificate_fingerprint, kept.certificate_by, kept.certificate_at)
    upgrade = None
    if kept.upgrade is not None and kept.upgrade_profile is not None:
        upgrade = UpgradeView(kept.upgrade_profile, kept.upgrade, kept.upgrade_at, kept.upgrade_until, kept.has_given_up(now))
    return SecurityView(
        profile=profile,
        has_password=kept.has_password,
        key_as_text=kept.key_as_text,
        lenient_handshake=kept.lenient_handshake,
        link=None if link is None else _link_view(link),
        certificate=KnownCertificateView(*by) if has_certificate else None,
        rotation=None if kept.rotation is None else RotationView(kept.rotation, kept.rotation_at),
        upgrade=upgrade,
    )


def _link_view(link: Link) -> LinkView:
    certificate = link.certificate
    seen = None
    if certificate is not None:
        seen = SeenCertificateView(certificate.common_name, certificate.organisation, certificate.fingerprint, certificate.not_after)
    return LinkView("wss" if link.secure else "ws", link.tls_version, link.cipher, link.is_forwarded, seen)

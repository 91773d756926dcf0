"""TLS at the chargers' door: the listener's context, made from files and made anew when they change (conformance TR-27 to TR-30).

A charger's certificate is asked for where a CA for them is configured. One that does not hold ends the handshake; none at all is
for the door to judge, since a charger of profile 2 has none.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog

from voltaro.config import BadSetting, Settings, TlsPreset

log = structlog.get_logger(__name__)

_ECDHE = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
SUITES = {
    TlsPreset.CONFORMANCE: (*_ECDHE, "AES128-GCM-SHA256", "AES256-GCM-SHA384"),
    TlsPreset.MODERN: (*_ECDHE, "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
}
"""The suites of TLS 1.2; those of TLS 1.3 are always offered. Python offers no suite with static RSA by itself, which OCPP
obliges a central system to (A00.FR.318)."""


class BadTls(BadSetting):
    """The TLS files cannot be used. The message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a listener with TLS is made of: pairs of certificate (leaf first, then its chain) and key, the CA of the chargers."""

    pairs: tuple[tuple[Path, Path], ...]
    client_ca: Path | None
    preset: TlsPreset

    @classmethod
    def of(cls, settings: Settings) -> TlsFiles | None:
        """The files that the settings name; None where there is no port for TLS. Raises BadTls."""
        if settings.ocpps_port is None:
            return None
        certificates, keys = settings.tls_cert, settings.tls_key or settings.tls_cert
        if not certificates:
            raise BadTls("ocpps_port is set without a certificate: give tls_cert and tls_key (PEM), twice for an ECDSA and an RSA pair")
        if len(certificates) != len(keys):
            raise BadTls(f"there are {len(certificates)} tls_cert and {len(keys)} tls_key: give a key for each certificate, in one order")
        return cls(tuple(zip(certificates, keys, strict=True)), settings.tls_client_ca, settings.tls_preset)

    def all(self) -> list[Path]:
        found = [file for pair in self.pairs for file in pair]
        return list(dict.fromkeys(found if self.client_ca is None else [*found, self.client_ca]))


class Tls:
    """The TLS of a listener as it is now. Lines that are open keep the certificate they were opened with."""

    def __init__(self, files: TlsFiles) -> None:
        """Raises BadTls."""
        self.files = files
        self._seen = _stamps(files.all())
        self.context = make_context(files)

    @property
    def asks_for_certificates(self) -> bool:
        return self.files.client_ca is not None

    def look(self) -> bool:
        """Read the files anew where they have changed since they were last read; whether they are in use now. Blocks on the disk."""
        return _stamps(self.files.all()) != self._seen and self.reload()

    def reload(self) -> bool:
        """Read the files anew. Where that fails, what was read before stays in use. Blocks on the disk."""
        self._seen = _stamps(self.files.all())
        try:
            self.context = make_context(self.files)
        except BadTls as error:
            log.error("tls.not_reloaded", reason=str(error))  # noqa: TRY400 -- its message says all
            return False
        log.info("tls.reloaded", files=[str(file) for file in self.files.all()])
        return True


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """Raises BadTls."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(":".join(SUITES[files.preset]))
    for certificate, key in files.pairs:
        load_pair(context, certificate, key)
    if files.client_ca is not None:
        try:
            context.load_verify_locations(files.client_ca)
        except (OSError, ssl.SSLError) as error:
            raise BadTls(f"tls_client_ca {files.client_ca}: {_why(error)}: it must hold certificates of CAs in PEM form") from error
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an intermediate CA alone will do
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def load_pair(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Let a context use a certificate with its key. Raises BadTls."""
    for name, file in (("tls_cert", certificate), ("tls_key", key)):
        try:
            file.open("rb").close()
        except OSError as error:
            raise BadTls(f"{name} {file} cannot be read: {error.strerror}") from error
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        said = _why(error)
        if "MISMATCH" in said or "NO_CERTIFICATE_ASSIGNED" in said:
            raise BadTls(f"tls_key {key} is not the key of tls_cert {certificate}: give the pairs in one order") from error
        raise BadTls(f"tls_cert {certificate} with tls_key {key}: {said}: both must be PEM, the key without a passphrase") from error


class TlsFailure(NamedTuple):
    """Why a TLS handshake failed. ``result`` is the word it is counted under; ``event`` OCPP's name of the security event, None for
    what says nothing of a charger (somebody who speaks no TLS at all)."""

    result: str
    event: str | None
    reason: str


_VERSION = ("UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "WRONG_SSL_VERSION", "PROTOCOL_VERSION")
_CERTIFICATE_ALERTS = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN", "UNSUPPORTED_CERTIFICATE")


def failure_of(error: Exception) -> TlsFailure:
    """What a failed handshake was about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailure("tls_certificate", "InvalidChargePointCertificate", error.verify_message or "the certificate does not hold")
    reason = _why(error) if isinstance(error, ssl.SSLError) else ""
    if "ALERT" in reason and any(word in reason for word in _CERTIFICATE_ALERTS):
        return TlsFailure("tls_refused_us", "InvalidCentralSystemCertificate", f"it refused our certificate ({reason})")
    if any(word in reason for word in _VERSION):
        return TlsFailure("tls_version", "InvalidTLSVersion", f"it offers no TLS from 1.2 on ({reason})")
    if "NO_SHARED_CIPHER" in reason or "NO_SUITABLE" in reason:
        return TlsFailure("tls_cipher", "InvalidTLSCipherSuite", f"no suite is common ({reason})")
    if "CERTIFICATE_VERIFY_FAILED" in reason or "CA_MD_TOO_WEAK" in reason or "KEY_TOO_SMALL" in reason:
        return TlsFailure("tls_certificate", "InvalidChargePointCertificate", f"the certificate does not hold ({reason})")
    return TlsFailure("no_tls", None, reason or str(error) or type(error).__name__)


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error.strerror or error)
    return str(error.strerror) if isinstance(error, OSError) and error.strerror else str(error)


def _stamps(files: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    """What changes when a file is written or replaced."""
    found: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            state = file.stat()
        except OSError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_mtime_ns, state.st_size))
    return found

"""What ``voltaro doctor`` looks at where chargers are to connect with TLS: files, keys, names, time left, both kinds of key."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from voltaro.checks import RENEW_BEFORE
from voltaro.config import Settings, TlsPreset
from voltaro.gateway.certificate import BadCertificate, ReadCertificate, read_pem
from voltaro.gateway.tls import BadTls, TlsFiles, load_pair, make_context

LEAST_RSA_BITS, LEAST_EC_BITS = 2048, 224
"""Conformance TR-29. Some 1.6 chargers take no RSA above 2048 either."""


class Seen(NamedTuple):
    """What was found of one thing; ``advice`` is empty where it is well."""

    check: str
    seen: str
    advice: str = ""


def examine(settings: Settings, now: datetime | None = None) -> Iterator[Seen]:
    """Everything about TLS; nothing where there is no port for it."""
    now = now or datetime.now(UTC)
    try:
        files = TlsFiles.of(settings)
    except BadTls as error:
        yield Seen("tls", str(error), "name a certificate and its key for each: docs/security-profiles.md shows how to make them")
        return
    if files is None:
        return
    kinds = set()
    for certificate, key in files.pairs:
        leaf = _leaf(certificate)
        if isinstance(leaf, Seen):
            yield leaf
            continue
        kinds.add(leaf.key_kind)
        yield _pair(certificate, key, leaf, now)
    if settings.tls_preset is TlsPreset.CONFORMANCE and not {"RSA", "EC"} <= kinds:
        missing = " and ".join(sorted({"RSA": "an RSA", "EC": "an ECDSA"}[kind] for kind in {"RSA", "EC"} - kinds))
        yield Seen(
            "tls suites",
            f"no certificate with {missing} key",
            "OCPP asks for suites of both kinds: give a second tls_cert and tls_key, or tls_preset modern where no charger needs it",
        )
    if files.client_ca is not None:
        yield from _client_ca(files.client_ca, settings.cpo_name, now)
    try:
        make_context(files)
    except BadTls as error:
        yield Seen("tls", str(error), "serve will refuse to start with this")


def _leaf(file: Path) -> ReadCertificate | Seen:
    try:
        return read_pem(file.read_text(encoding="ascii", errors="replace"))[0]
    except OSError as error:
        return Seen("tls cert", f"{file}: {error.strerror}", "let the user that runs voltaro read it, or name another tls_cert")
    except BadCertificate as error:
        return Seen("tls cert", f"{file}: {error}", "it must be PEM: the server's certificate first, then its chain, without the root")


def _pair(file: Path, key: Path, leaf: ReadCertificate, now: datetime) -> Seen:
    names = ", ".join(leaf.dns_names) or leaf.common_name
    seen = f"{file}: {leaf.key_kind} {leaf.key_bits}, for {names}, until {leaf.not_after:%Y-%m-%d}"
    try:
        load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), file, key)
    except BadTls as error:
        return Seen("tls cert", str(error), "give each tls_cert the tls_key that was made with it, in the same order")
    return Seen("tls cert", seen, _wrong_with(leaf, now))


def _wrong_with(leaf: ReadCertificate, now: datetime) -> str:
    if now < leaf.not_before:
        return f"it is not valid before {leaf.not_before:%Y-%m-%d}: set this machine's clock, or wait"
    if now >= leaf.not_after:
        return "it has expired: renew it; a running server takes the new files by itself"
    if (left := leaf.not_after - now) < RENEW_BEFORE:
        return f"it expires in {left.days} days: renew it; a running server takes the new files by itself"
    least = LEAST_RSA_BITS if leaf.key_kind == "RSA" else LEAST_EC_BITS
    if leaf.key_bits < least:
        return f"its key is too small or of a kind that OCPP does not name: RSA from {LEAST_RSA_BITS} bits, or a curve from {LEAST_EC_BITS}"
    if not leaf.dns_names:
        return "it names no host (subjectAltName): chargers check that it names the one in their address"
    return "" if leaf.serial > 0 else "it has no serial number: OCPP wants one"


def _client_ca(file: Path, cpo_name: str | None, now: datetime) -> Iterator[Seen]:
    try:
        found = read_pem(file.read_text(encoding="ascii", errors="replace"))
    except (OSError, BadCertificate) as error:
        yield Seen("tls client ca", f"{file}: {error}", "it must hold the certificates of the CAs that sign chargers' certificates, in PEM")
        return
    for authority in found:
        seen = f"{authority.common_name or file}, until {authority.not_after:%Y-%m-%d}"
        expired = "it has expired: no charger of profile 3 gets in by it" if now >= authority.not_after else ""
        yield Seen("tls client ca", seen, expired)
    if cpo_name is None:
        advice = "set cpo_name to the organisation (O) in your chargers' certificates, unless the CA signs for you alone"
        yield Seen("cpo name", "any organisation will do", advice)

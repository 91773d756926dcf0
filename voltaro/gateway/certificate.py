"""Reading X.509 certificates: the few members that count at the door and for ``voltaro doctor``.

It judges nothing: what it is given was verified by OpenSSL in a handshake, came from a trusted proxy, or is the operator's own file.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from voltaro.domain.profiles import Certificate


class BadCertificate(ValueError):
    """These bytes are no X.509 certificate."""


class ReadCertificate(NamedTuple):
    """A certificate as it reads. ``key_kind`` is RSA, EC or other; ``key_bits`` 0 for other."""

    common_name: str
    organisation: str | None
    serial: int
    not_before: datetime
    not_after: datetime
    dns_names: tuple[str, ...]
    key_kind: str
    key_bits: int
    fingerprint: str

    def of_charger(self) -> Certificate:
        return Certificate(self.common_name, self.organisation, self.fingerprint, self.not_before, self.not_after)


def read_certificate(der: bytes) -> ReadCertificate:
    """Raises BadCertificate."""
    try:
        return _read(x509.load_der_x509_certificate(der))
    except ValueError as error:
        raise BadCertificate("this is no X.509 certificate") from error


def read_pem(text: str) -> list[ReadCertificate]:
    """The certificates of a PEM file, in its order. Raises BadCertificate, also when there is none."""
    try:
        return [_read(certificate) for certificate in x509.load_pem_x509_certificates(text.encode())]
    except ValueError as error:
        raise BadCertificate("there is no certificate in PEM form in it, or one that cannot be read") from error


def _read(certificate: x509.Certificate) -> ReadCertificate:
    kind, bits = _key(certificate)
    return ReadCertificate(
        common_name=_name(certificate, NameOID.COMMON_NAME) or "",
        organisation=_name(certificate, NameOID.ORGANIZATION_NAME),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        dns_names=_dns_names(certificate),
        key_kind=kind,
        key_bits=bits,
        fingerprint=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    )


def _name(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str | None:
    """Of several the last, which is the most specific."""
    found = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(kind)]
    return found[-1] if found and isinstance(found[-1], str) else None


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "other", 0
    if isinstance(key, RSAPublicKey):
        return "RSA", key.key_size
    return ("EC", key.key_size) if isinstance(key, EllipticCurvePublicKey) else ("other", 0)

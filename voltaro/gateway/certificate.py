"""Reading X.509 certificates (RFC 5280): the few members that count at the door and for ``voltaro doctor``.

It reads DER and judges nothing: signatures and paths are OpenSSL's business. What it is given was verified by OpenSSL, came from a
trusted proxy, or is the operator's own file.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from voltaro.domain.security import Certificate

_VERSION, _EXTENSIONS, _DNS_NAME = 0xA0, 0xA3, 0x82
_UTC_TIME = 0x17
_BMP_STRING = 0x1E
_COMMON_NAME, _ORGANISATION, _ALTERNATIVE_NAMES = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x1d\x11"
_RSA = bytes.fromhex("2a864886f70d010101")
_EC = bytes.fromhex("2a8648ce3d0201")
_CURVE_BITS = {bytes.fromhex("2a8648ce3d030107"): 256, bytes.fromhex("2b81040022"): 384, bytes.fromhex("2b81040023"): 521}
_CURVE_BITS[bytes.fromhex("2b81040021")] = 224
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class BadCertificate(ValueError):
    """These bytes are no X.509 certificate."""


class ReadCertificate(NamedTuple):
    """A certificate as it reads. ``key_kind`` is RSA, EC or another's object identifier in hex; ``key_bits`` 0 where unknown."""

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
        return _read(der)
    except (ValueError, IndexError, StopIteration, OverflowError) as error:
        raise BadCertificate("this is no X.509 certificate") from error


def read_pem(text: str) -> list[ReadCertificate]:
    """The certificates of a PEM file, in its order. Raises BadCertificate, also when there is none."""
    found = _PEM.findall(text)
    if not found:
        raise BadCertificate("there is no certificate in PEM form in it")
    try:
        ders = [base64.b64decode("".join(body.split()), validate=True) for body in found]
    except ValueError as error:
        raise BadCertificate("a certificate in it is not base64") from error
    return [read_certificate(der) for der in ders]


def _read(der: bytes) -> ReadCertificate:
    ((_, outer),) = _members(der)
    _, inner = next(_members(outer))
    members = [(tag, body) for tag, body in _members(inner) if tag != _VERSION]
    serial, _, _, period, subject, key = (body for _, body in members[:6])
    not_before, not_after = (_moment(tag, body) for tag, body in _members(period))
    names = _names(subject)
    extensions = next((body for tag, body in members[6:] if tag == _EXTENSIONS), b"")
    kind, bits = _key(key)
    return ReadCertificate(
        common_name=names.get(_COMMON_NAME, ""),
        organisation=names.get(_ORGANISATION),
        serial=int.from_bytes(serial, signed=True),
        not_before=not_before,
        not_after=not_after,
        dns_names=tuple(_dns_names(extensions)),
        key_kind=kind,
        key_bits=bits,
        fingerprint=hashlib.sha256(der).hexdigest(),
    )


def _members(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that ``data`` consists of: tag and content."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4:
                raise ValueError("a length that no certificate has")
            length, at = int.from_bytes(data[at : at + size]), at + size
        if at + length > len(data):
            raise ValueError("cut off")
        yield tag, data[at : at + length]
        at += length


def _names(subject: bytes) -> dict[bytes, str]:
    """The subject's names by object identifier; of several the last, which is the most specific."""
    found: dict[bytes, str] = {}
    for _, group in _members(subject):
        for _, pair in _members(group):
            (_, kind), (tag, value) = _members(pair)
            found[kind] = value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace")
    return found


def _moment(tag: int, body: bytes) -> datetime:
    """UTCTime counts years from 1950 to 2049 (RFC 5280 section 4.1.2.5)."""
    text = body.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _key(body: bytes) -> tuple[str, int]:
    (_, algorithm), (_, bits) = _members(body)
    (_, kind), *parameters = _members(algorithm)
    if kind == _RSA:
        ((_, numbers),) = _members(bits[1:])
        _, modulus = next(_members(numbers))
        return "RSA", int.from_bytes(modulus).bit_length()
    if kind == _EC:
        return "EC", _CURVE_BITS.get(parameters[0][1], 0) if parameters else 0
    return kind.hex(), 0


def _dns_names(extensions: bytes) -> Iterator[str]:
    for _, listed in _members(extensions):
        for _, extension in _members(listed):
            (_, kind), *_, (_, value) = _members(extension)
            if kind == _ALTERNATIVE_NAMES:
                for _, names in _members(value):
                    yield from (name.decode("ascii", "replace") for tag, name in _members(names) if tag == _DNS_NAME)

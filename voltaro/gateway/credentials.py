"""Passwords of chargers: made with full entropy, kept as keyed hashes, compared in constant time.

A fast keyed hash is right here, a slow one (argon2id) is not: the passwords hold 160 random bits, so guessing them is
hopeless with any hash, and a whole fleet that reconnects at once must be let in within seconds.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import NamedTuple

_HEX_KEY_BYTES = range(16, 21)
"""1.6 ``AuthorizationKey``: 16 to 20 bytes, configured as 32 to 40 hexadecimal characters (1.6J section 6.2.2)."""


_HEX_KEY_DIGITS = range(32, 41)
_HEX = frozenset(b"0123456789abcdefABCDEF")


class BasicCredentials(NamedTuple):
    """What an ``Authorization: Basic`` header says, as bytes: a 1.6 password need not be text (conformance TR-23)."""

    user: bytes
    password: bytes


def make_password() -> str:
    """A new password: 20 random bytes as 40 hexadecimal characters, which every OCPP version can be configured with."""
    return secrets.token_hex(20)


def make_salt() -> bytes:
    """A new salt, 16 bytes."""
    return secrets.token_bytes(16)


def hash_password(key: bytes, salt: bytes, password: bytes) -> bytes:
    """The hash to keep: HMAC-SHA-256 of salt and password under the server's secret ``key``; 32 bytes."""
    return hmac.digest(key, salt + password, "sha256")


class Fit(NamedTuple):
    """In which reading a presented password is the one behind a hash: as it is, or as the bytes that a hexadecimal key stands for."""

    as_is: bool
    as_key: bool

    def __bool__(self) -> bool:
        return self.as_is or self.as_key


def password_fits(key: bytes, salt: bytes, expected: bytes, presented: bytes) -> Fit:
    """Whether ``presented`` is the password behind ``expected``, and in which reading.

    A 1.6 charger configured with a hexadecimal key sends the decoded bytes (conformance TR-23), so 16 to 20 bytes also
    fit when their hexadecimal spelling does. All spellings are always tried: the time says nothing about which one fits.
    """
    spelled = presented.hex().encode()
    plain = hmac.compare_digest(hash_password(key, salt, presented), expected)
    lower = hmac.compare_digest(hash_password(key, salt, spelled), expected)
    upper = hmac.compare_digest(hash_password(key, salt, spelled.upper()), expected)
    return Fit(plain, (lower | upper) & (len(presented) in _HEX_KEY_BYTES))


def is_key_text(password: bytes) -> bool:
    """Whether a password is spelled as a 1.6 key is configured: 32 to 40 hexadecimal digits, two a byte."""
    return len(password) in _HEX_KEY_DIGITS and len(password) % 2 == 0 and _HEX.issuperset(password)


def sealed_password(key: bytes, charger_id: str, password: str) -> tuple[bytes, bytes]:
    """Salt and hash under which a password is kept that we send to a charger: always the same for the same, so that the charger's
    answer finds it again without its being kept."""
    salt = hmac.digest(key, f"sent\0{charger_id}\0{password}".encode(), "sha256")[:16]
    return salt, hash_password(key, salt, password.encode())


def parse_basic(header: str) -> BasicCredentials | None:
    """Read an ``Authorization`` header; None when it is not well-formed Basic (RFC 7617). Splits at the first ``:``."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(b":")
    return BasicCredentials(user, password) if colon else None

"""A certificate authority in the data folder, for labs and small fleets: one ECDSA P-256 root that signs chargers' certificates.

Rule 1: nothing of a request is copied but its key, common name and organization; what a certificate may be used for is ours to say.
Rule 2: the key lies in the data folder, encrypted with a secret of the database, mode 0600: either alone is of no use.
Rule 3: root and key are made when they are first needed. They are never replaced: without its secret the key is an error.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voltaro.authority.reading import details_of, is_named_by, load_chain, load_request, read_request
from voltaro.domain.certificate import CertificateDetails, CertificateRequest
from voltaro.ports import CannotSign, Clock, StoreUnavailable

ROOT_YEARS = 20
LEAF_DAYS = 365
BACKDATED = timedelta(days=1)
"""Chargers' clocks are wrong now and then: a certificate is good a day before it was made."""
KEY, ROOT = "root-key.pem", "root.pem"


class BuiltInAuthority:
    """``ports.CertificateAuthority`` with a key of its own in ``folder``; ``secret`` gives what encrypts it."""

    def __init__(
        self, folder: Path, secret: Callable[[], Awaitable[bytes]], clock: Clock, *, organization: str | None = None, days: int = LEAF_DAYS
    ) -> None:
        self._folder = folder
        self._secret = secret
        self._clock = clock
        self._organization = organization or "Voltaro"
        self._days = days
        self._opened: tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None = None
        self._opening = asyncio.Lock()

    def read(self, csr: str) -> CertificateRequest:
        """See ``ports.CertificateAuthority``."""
        return read_request(csr)

    def describe(self, pem: str) -> CertificateDetails:
        """See ``ports.CertificateAuthority``."""
        return details_of(pem)

    async def sign(self, csr: str) -> CertificateDetails:
        """See ``ports.CertificateAuthority``."""
        key, root = await self._open()
        return await asyncio.to_thread(self._signed, csr, key, root)

    async def root(self) -> CertificateDetails:
        """See ``ports.CertificateAuthority``."""
        _, root = await self._open()
        return details_of(_pem(root))

    async def is_root(self, hash_data: Mapping[str, Any]) -> bool:
        """See ``ports.CertificateAuthority``. An authority that was never used has no root to be named."""
        if self._opened is None and not await asyncio.to_thread((self._folder / ROOT).exists):
            return False
        _, root = await self._open()
        return is_named_by(root, hash_data)

    async def _open(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """The key and the root, made when there are none. Raises CannotSign."""
        async with self._opening:
            if self._opened is None:
                try:
                    self._opened = await asyncio.to_thread(self._load, await self._secret())
                except StoreUnavailable as error:
                    raise CannotSign("the database is away, and the authority's key cannot be opened without it") from error
                except (OSError, ValueError, TypeError) as error:
                    raise CannotSign(f"the authority in {self._folder} cannot be opened: {error}") from error
            return self._opened

    def _load(self, secret: bytes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file, root_file = self._folder / KEY, self._folder / ROOT
        passphrase = secret.hex().encode()
        if not key_file.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            _write(key_file, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)))
        key = load_pem_private_key(key_file.read_bytes(), passphrase)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_file.name} holds no EC key")  # noqa: TRY004 - the file is at fault, not a type
        if not root_file.exists():
            _write(root_file, _pem(self._root(key)).encode())
        root = load_chain(root_file.read_text())[0]
        if root.public_key() != key.public_key():
            raise ValueError(f"{root_file.name} is not the certificate of {key_file.name}")
        return key, root

    def _root(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        name = _name("Voltaro lab root", self._organization)
        now = self._clock.now()
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - BACKDATED, _years_on(now, ROOT_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )

    def _signed(self, csr: str, key: ec.EllipticCurvePrivateKey, root: x509.Certificate) -> CertificateDetails:
        request = load_request(csr)
        said = read_request(csr)
        if not said.is_self_signed or len(said.common_names) != 1:
            raise CannotSign("the request was not found good")
        now, ends = self._clock.now(), root.not_valid_after_utc
        public = request.public_key()
        leaf = (
            x509.CertificateBuilder(
                root.subject,
                _name(said.common_names[0], said.organization),
                public,
                x509.random_serial_number(),
                now - BACKDATED,
                min(now + timedelta(days=self._days), ends),
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return details_of(_pem(leaf) + _pem(root))


def _name(common_name: str, organization: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _years_on(moment: datetime, years: int) -> datetime:
    return moment + timedelta(days=365 * years)


def _write(file: Path, content: bytes) -> None:
    """A new file that nobody else may read, there as a whole or not at all."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)

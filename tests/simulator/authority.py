"""A small certificate authority for tests: a root, and what it signs."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """``now`` is the day on which everything holds; a year around it."""

    def __init__(self, name: str = "Test Root", now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._root = self._sign(self._name, self._key.public_key(), authority=True)
        self.root = _pem(self._root)

    def sign_request(self, csr: str, *, common_name: str | None = None, late: bool = False) -> str:
        """A certificate for a request, followed by the root; ``late``: one that is over."""
        request = x509.load_pem_x509_csr(csr.encode())
        assert request.is_signature_valid
        subject = request.subject if common_name is None else _name(common_name)
        return _pem(self._sign(subject, request.public_key(), late=late)) + self.root

    def pair(self, folder: Path, name: str, *, address: str | None = None) -> tuple[Path, Path]:
        """The files of a certificate and its key; for a server with its ``address``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(_name(name), key.public_key(), address=address)
        paths = folder / f"{name}.pem", folder / f"{name}.key"
        paths[0].write_text(_pem(certificate))
        paths[1].write_bytes(key_pem(key))
        return paths

    def server_context(self, folder: Path, *, ask_for_clients: bool = False) -> ssl.SSLContext:
        """For a server on 127.0.0.1; it asks for a client certificate of this authority where it is to."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.pair(folder, "server", address="127.0.0.1")))
        if ask_for_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.root)
        return context

    def root_file(self, folder: Path) -> Path:
        path = folder / "root.pem"
        path.write_text(self.root)
        return path

    def _sign(self, subject: x509.Name, key: Any, *, authority: bool = False, late: bool = False, address: str | None = None) -> Any:
        begin = self.now - timedelta(days=400 if late else 1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if address is not None:
            made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        return made.sign(self._key, hashes.SHA256())


def key_pem(key: Any) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def signed(data: bytes, now: datetime) -> tuple[str, bytes]:
    """A firmware signer's certificate in PEM, and the signature of the data."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = Authority("Maker Root", now)
    certificate = authority._sign(_name("Firmware"), key.public_key())
    return _pem(certificate), key.sign(data, ec.ECDSA(hashes.SHA256()))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()

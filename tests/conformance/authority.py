"""Certificates for tests: authorities, servers, chargers, and such as do not hold."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from voltaro.config import TlsPreset
from voltaro.gateway.tls import TlsFiles

HERE = ("localhost", "127.0.0.1")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate with its key."""

    certificate: Path
    key: Path


class Authority:
    """A CA with a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = _subject("Acme", name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        begun = _begun(self._name, self._name, self._key, 100).add_extension(x509.BasicConstraints(True, None), critical=True)
        self.own = _kept(folder, "ca", begun.sign(self._key, SHA256()), self._key)

    def issue(
        self, file: str, name: str, *, organisation: str = "Acme", kind: str = "ec", days: int = 90, names: tuple[str, ...] = ()
    ) -> Pair:
        """A certificate for a common name; -1 days is one that has expired. ``names`` are those of its hosts."""
        key: Key = ec.generate_private_key(ec.SECP256R1())
        if kind != "ec":
            key = rsa.generate_private_key(65537, 1024 if kind == "weak" else 2048)
        begun = _begun(_subject(organisation, name), self._name, key, days)
        if names:
            hosts = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in names]
            begun = begun.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return _kept(self.folder, file, begun.sign(self._key, SHA256()), key)

    def server(self, *kinds: str) -> list[Pair]:
        """A pair for each kind of key, for a server at 127.0.0.1 that is called localhost."""
        return [self.issue(f"server-{kind}", "localhost", kind=kind, names=HERE) for kind in kinds]

    def trusting(self, shown: Pair | None = None) -> ssl.SSLContext:
        """What a client needs that trusts this authority, and shows a certificate of its own."""
        context = ssl.create_default_context(cafile=str(self.own.certificate))
        if shown is not None:
            context.load_cert_chain(shown.certificate, shown.key)
        return context


def files(pairs: list[Pair], clients: Authority | None = None, preset: TlsPreset = TlsPreset.CONFORMANCE) -> TlsFiles:
    """What a listener is made of."""
    client_ca = None if clients is None else clients.own.certificate
    return TlsFiles(tuple((pair.certificate, pair.key) for pair in pairs), client_ca, preset)


def flags(pairs: list[Pair], clients: Authority | None = None) -> list[str]:
    """The same as flags of ``voltaro serve``, on a free port."""
    given = ["--ocpps-port", "0"]
    for pair in pairs:
        given += ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    return given if clients is None else [*given, "--tls-client-ca", str(clients.own.certificate)]


def _subject(organisation: str, name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=2)).not_valid_after(now + timedelta(days=days))


def _kept(folder: Path, file: str, certificate: x509.Certificate, key: Key) -> Pair:
    folder.mkdir(parents=True, exist_ok=True)
    pair = Pair(folder / f"{file}.pem", folder / f"{file}.key")
    pair.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pair

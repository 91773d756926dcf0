"""Certificates for tests, made by the ``openssl`` command: authorities, servers, chargers, and such as do not hold."""

from __future__ import annotations

import itertools
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from voltaro.config import TlsPreset
from voltaro.gateway.tls import TlsFiles

_serials = itertools.count(1)
_KEYS = {"ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "rsa": ("-newkey", "rsa:2048"), "weak": ("-newkey", "rsa:1024")}


@dataclass(frozen=True)
class Pair:
    """A certificate with its key."""

    certificate: Path
    key: Path


class Authority:
    """A CA with a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.own = Pair(folder / "ca.pem", folder / "ca.key")
        new = ("req", "-x509", *_KEYS["ec"], "-nodes", "-keyout", self.own.key, "-out", self.own.certificate)
        _openssl(*new, "-days", "100", "-subj", f"/O=Acme/CN={name}")

    def issue(self, file: str, subject: str, *, kind: str = "ec", days: int = 90, names: str = "") -> Pair:
        """A certificate for a subject as openssl writes it, ``/O=Acme/CN=CP1``; -1 days is one that has expired."""
        made = Pair(self.folder / f"{file}.pem", self.folder / f"{file}.key")
        request, extensions = self.folder / f"{file}.csr", self.folder / f"{file}.ext"
        extensions.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n")
        _openssl("req", "-new", *_KEYS[kind], "-nodes", "-keyout", made.key, "-out", request, "-subj", subject)
        signing = ("-CA", self.own.certificate, "-CAkey", self.own.key, "-set_serial", str(next(_serials)), "-extfile", extensions)
        _openssl("x509", "-req", "-in", request, *signing, "-days", str(days), "-out", made.certificate)
        return made

    def server(self, *kinds: str) -> list[Pair]:
        """A pair for each kind of key, for a server at 127.0.0.1 that is called localhost."""
        return [self.issue(f"server-{kind}", "/O=Acme/CN=localhost", kind=kind, names="DNS:localhost,IP:127.0.0.1") for kind in kinds]

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


def _openssl(*words: object) -> None:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""Whom a charger trusts, and who it says it is: the files of TLS, read anew for each dial."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the chain of its certificate, leaf first, both in PEM."""

    key: str
    chain: str


@dataclass(frozen=True, slots=True)
class Trust:
    """``ca`` is a file of roots beside the machine's own; ``insecure`` trusts everybody, for labs."""

    ca: Path | None = None
    insecure: bool = False
    cert: Path | None = None
    key: Path | None = None

    def context(self, roots: Sequence[str] = (), own: KeyPair | None = None) -> ssl.SSLContext:
        """What a dial uses: TLS 1.2 and above. ``roots`` were installed and ``own`` was signed over OCPP; ``own`` goes before the files.

        Reads files: call it in a thread. Raises OSError, ssl.SSLError among them, when a file does not fit.
        """
        context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        for root in roots:
            context.load_verify_locations(cadata=root)
        if own is not None:
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # the ssl module reads keys from files only
                file.write(own.key.rstrip() + "\n" + own.chain)
                file.flush()
                context.load_cert_chain(file.name)
        elif self.cert is not None:
            context.load_cert_chain(str(self.cert), None if self.key is None else str(self.key))
        return context

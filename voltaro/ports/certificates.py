"""What dialects tell of certificates, who signs them, and what is stored of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from voltaro.domain.certificate import CertificateDetails, CertificateRequest, ChargerCertificate, InstalledCertificate


class BadCertificate(Exception):
    """It is no certificate, or no request for one, that can be read. The message says why, and repeats nothing of it."""


class CannotSign(Exception):
    """The authority does not sign this request, or cannot now."""


class Certificates(Protocol):
    """The certificates of one charger, as its messages and answers tell of them. ``actors/certificates.py`` implements it."""

    async def requested(self, csr: str, certificate_type: str | None = None, request_id: int | None = None) -> str | None:
        """The charger asks for a certificate: None, and it is signed and sent later; or why it is refused."""
        ...

    async def given(self, chain: str, status: str | None) -> None:
        """How the charger has answered CertificateSigned; None: not, or not understandably."""
        ...

    async def installed(self, use: str, status: str | None) -> None:
        """How it has answered InstallCertificate; ``use`` is a word of ``domain.certificate.RootUse``."""
        ...

    async def told(self, asked: Sequence[str], found: Sequence[tuple[str, Mapping[str, Any], Sequence[Mapping[str, Any]]]]) -> None:
        """Which certificates of the types ``asked`` (none: all) it has: type, hash data and those below, all as reported."""
        ...

    async def deleted(self, hash_data: Mapping[str, Any], status: str | None) -> None:
        """How it has answered DeleteCertificate."""
        ...


class CertificateAuthority(Protocol):
    """Who signs the certificates of chargers. ``voltaro/authority`` has a small one for labs; a real one takes its place."""

    def read(self, csr: str) -> CertificateRequest:
        """What a signing request (PEM) says. Raises BadCertificate."""
        ...

    def describe(self, pem: str) -> CertificateDetails:
        """What the first certificate of a PEM chain says. Raises BadCertificate."""
        ...

    async def sign(self, csr: str) -> CertificateDetails:
        """Sign a request that was found good; ``pem`` is the whole chain, the leaf first. Raises CannotSign."""
        ...

    async def root(self) -> CertificateDetails:
        """The root that chargers and servers are to trust. Raises CannotSign."""
        ...

    async def is_root(self, hash_data: Mapping[str, Any]) -> bool:
        """Whether OCPP hash data names that root."""
        ...


class CertificateLookup(Protocol):
    """Whose a client certificate is; for security profile 3."""

    async def charger_of_certificate(self, fingerprint_sha256: str, common_name: str) -> str | None:
        """The identity of the charger to which a certificate belongs, None when to nobody.

        One that was issued here is known by its fingerprint (lower-case hex) as long as it is good. Any other (of an authority that
        the listener trusts) by its common name: an identity, or the serial number of one charger only.
        """
        ...


class CertificateStore(CertificateLookup, Protocol):
    """Certificates of ``ports.Store``."""

    async def certificates(self, charger_id: str) -> Sequence[ChargerCertificate]: ...  # newest first, a bounded number
    async def installed_certificates(self, charger_id: str) -> Sequence[InstalledCertificate]: ...
    async def revoke_certificate(self, certificate_id: int, charger_id: str, by: str) -> bool: ...

"""What certificates and signing requests say, in the words of ``domain.certificate``."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from voltaro.domain.certificate import CertificateDetails, CertificateRequest
from voltaro.domain.upload import plain_name
from voltaro.ports import BadCertificate

LONGEST = 10_000
LARGEST_RSA_BITS = 8192
"""A larger key is a load to check, and no charger's."""
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"SHA256": hashes.SHA256, "SHA384": hashes.SHA384, "SHA512": hashes.SHA512}
_TROUBLE = (ValueError, TypeError, UnsupportedAlgorithm)
"""What the library raises for bytes that are none of what they should be."""


def load_request(csr: str) -> x509.CertificateSigningRequest:
    """Raises BadCertificate."""
    try:
        return x509.load_pem_x509_csr(_bytes(csr))
    except _TROUBLE as error:
        raise BadCertificate("it is no PKCS#10 request in PEM") from error


def read_request(csr: str) -> CertificateRequest:
    """What a signing request says. Raises BadCertificate."""
    loaded = load_request(csr)
    try:
        kind, bits = _key(loaded)
        names = tuple(_text(name.value) for name in loaded.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
        organizations = loaded.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if bits > LARGEST_RSA_BITS:
            raise BadCertificate(f"its key has {bits} bits: use at most {LARGEST_RSA_BITS}")
        organization = _text(organizations[0].value) if len(organizations) == 1 else None
        return CertificateRequest(names, organization, kind, bits, _is_self_signed(loaded))
    except _TROUBLE as error:
        raise BadCertificate("its key or subject cannot be read") from error


def load_chain(pem: str) -> list[x509.Certificate]:
    """Raises BadCertificate."""
    try:
        return x509.load_pem_x509_certificates(_bytes(pem))
    except _TROUBLE as error:
        raise BadCertificate("it is no X.509 certificate in PEM") from error


def details_of(pem: str) -> CertificateDetails:
    """What the first certificate of a chain says. Raises BadCertificate."""
    certificate = load_chain(pem)[0]
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return CertificateDetails(
            pem=pem,
            common_name=(plain_name(_text(names[0].value)) or "") if names else "",
            serial_number=f"{certificate.serial_number:x}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    except _TROUBLE as error:
        raise BadCertificate("its subject or dates cannot be read") from error


def is_named_by(certificate: x509.Certificate, hash_data: Mapping[str, Any]) -> bool:
    """Whether OCPP's hash data (1.6 whitepaper CertificateHashDataType) names this self-signed certificate."""
    algorithm = _HASHES.get(str(hash_data.get("hashAlgorithm")))
    if algorithm is None:
        return False
    told = {name: str(hash_data.get(name, "")).lower() for name in ("issuerNameHash", "issuerKeyHash", "serialNumber")}
    if told["serialNumber"].lstrip("0") != f"{certificate.serial_number:x}":
        return False
    return hmac.compare_digest(told["issuerNameHash"].encode(), _digest(algorithm, certificate.issuer.public_bytes()).encode()) and (
        hmac.compare_digest(told["issuerKeyHash"].encode(), _digest(algorithm, _key_bits(certificate)).encode())
    )


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The bits of its key without their algorithm: what RFC 6960 section 4.1.1 hashes."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    raise TypeError("a key that is neither RSA nor EC")


def _digest(algorithm: type[hashes.HashAlgorithm], data: bytes) -> str:
    digest = hashes.Hash(algorithm())
    digest.update(data)
    return digest.finalize().hex()


def _is_self_signed(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except (InvalidSignature, *_TROUBLE):
        return False


def _key(request: x509.CertificateSigningRequest) -> tuple[str, int]:
    """The kind and size of a request's key."""
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.curve.key_size
    return type(key).__name__.removesuffix("PublicKey").lstrip("_"), 0


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _bytes(pem: str) -> bytes:
    if len(pem) > LONGEST:
        raise BadCertificate(f"it has more than {LONGEST} characters")
    try:
        return pem.encode("ascii")
    except UnicodeEncodeError as error:
        raise BadCertificate("it is no PEM: it has characters outside ASCII") from error

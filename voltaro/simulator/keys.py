"""Keys and certificates of a charger. The ``cryptography`` package is imported when first needed: most chargers never need it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def is_certificate(pem: str) -> bool:
    """Whether this is a certificate in PEM that can be read."""
    return _read(pem) is not None


def make_request(common_name: str, organisation: str) -> tuple[str, str]:
    """A new P-256 key and a signing request for it, both in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), request.public_bytes(serialization.Encoding.PEM).decode()


def flaw_of_chain(chain: str, key: str, common_name: str, now: datetime) -> str | None:
    """Why a signed chain, leaf first, does not fit the key it was asked for; None when it does."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.x509.oid import NameOID

    leaf = _read(chain)
    if leaf is None:
        return "It is no certificate."
    mine = serialization.load_pem_private_key(key.encode(), None)
    if _public_bytes(leaf.public_key()) != _public_bytes(mine.public_key()):
        return "It is for another key."
    names = [str(each.value) for each in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [common_name]:
        return f"It is for {names!r}."
    return None if _holds_at(leaf, now) else "It does not hold now."


def flaw_of_root(pem: str, now: datetime) -> str | None:
    """Why a certificate cannot be a root; None when it can."""
    from cryptography import x509

    root = _read(pem)
    if root is None:
        return "It is no certificate."
    if root.issuer != root.subject:
        return "Another one issued it."
    try:
        authority = root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = False
    if not authority:
        return "It may not sign others."
    return None if _holds_at(root, now) else "It does not hold now."


def hash_data(pem: str, algorithm: str = "SHA256") -> dict[str, str]:
    """The ``certificateHashData`` of a root, as OCSP names certificates (RFC 6960 section 4.1.1). ``algorithm`` is OCPP's word."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509 import ocsp

    root = _read(pem)
    assert root is not None, "only certificates that were read are kept"
    kinds: dict[str, hashes.HashAlgorithm] = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}
    named = ocsp.OCSPRequestBuilder().add_certificate(root, root, kinds[algorithm]).build()
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": named.issuer_name_hash.hex(),
        "issuerKeyHash": named.issuer_key_hash.hex(),
        "serialNumber": f"{named.serial_number:x}",
    }


def has_signed(certificate: str, signature: bytes, data: bytes) -> bool:
    """Whether the holder of the certificate has signed the data: ECDSA or RSA, SHA-256 (whitepaper L01)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    read = _read(certificate)
    public = read.public_key() if read is not None else None
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            try:
                public.verify(signature, data, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO), hashes.SHA256())
            except InvalidSignature:
                public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _read(pem: str) -> Certificate | None:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, TypeError):
        return None


def _holds_at(certificate: Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _public_bytes(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found

"""Who is let in: the credential that is stored, against what a charger shows (security profiles 0 to 3).

Pure: no socket, no clock. Whatever is wrong, the same work is done and the charger is answered alike; what was wrong is for
operators alone.

Rule 1: a charger that shows less than its profile wants is refused (conformance TR-21).
Rule 2: while a password or a profile is being changed, the old and the new are both good, so that no lost answer locks a charger out.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from voltaro.domain.attempt import AttemptReason
from voltaro.domain.profiles import Came, Certificate, Entry, Issued, Link, is_certificate_of
from voltaro.gateway.credentials import is_key_text, password_fits
from voltaro.ports import Credential

_NO_SALT = bytes(16)
_NO_HASH = bytes(32)

CREDENTIALS = "FailedToAuthenticateAtCentralSystem"
CERTIFICATE = "InvalidChargePointCertificate"
"""OCPP's names of security events (1.6 security whitepaper, section 6)."""


class Admission(NamedTuple):
    """Whether a charger may open a line. ``why``, ``event`` and ``reason`` say what is wrong, ``entry`` what its coming changes.

    ``by_password``: a password was right; ``key_as_text``: it was a key's digits, sent as text by a 1.6 charger.
    """

    granted: bool
    why: str = ""
    event: str = CREDENTIALS
    entry: Entry | None = None
    by_password: bool = False
    key_as_text: bool = False
    reason: AttemptReason = AttemptReason.CONNECTED


def admission(
    credential: Credential | None,
    password: bytes | None,
    link: Link,
    *,
    key: bytes,
    now: datetime,
    protocol: str | None = None,
    cpo_name: str | None = None,
    issued: Issued | None = None,
) -> Admission:
    """Judge a charger. ``password`` is None where none was presented, or with another's user name; ``protocol`` the one to be spoken;
    ``issued`` what we know of its certificate where our own authority has signed it."""
    shown = _password(credential, password, key, protocol)
    if credential is None:
        return Admission(False, "unknown", reason=AttemptReason.UNKNOWN_REFUSED)
    wrong = wrong_certificate(credential, link.certificate, now, cpo_name, issued)
    certain = link.secure and not wrong
    reached = [
        shown.is_right or credential.password_hash is None or password is None,
        shown.is_right,
        shown.is_right and link.secure,
        certain,
    ]
    profile, goal = credential.security_profile, credential.upgrade_profile
    met = goal if goal is not None and goal > profile and reached[goal] else profile if reached[profile] else None
    if met is None:
        if profile >= 2 and not link.secure:
            why = f"it came without TLS and its security profile is {profile}"
            return Admission(False, why, reason=AttemptReason.TLS_REQUIRED)
        if profile == 3 and link.certificate is None:
            return Admission(False, wrong, reason=AttemptReason.CERTIFICATE_MISSING)
        if profile == 3:
            return Admission(False, wrong, CERTIFICATE, reason=AttemptReason.CERTIFICATE_WRONG)
        return Admission(False, shown.why, reason=shown.reason)
    certificate = link.certificate if certain and _is_news(credential, link.certificate) else None
    entry = Entry(
        credential.charger_id,
        now,
        password=shown.which if credential.next_hash is not None and met < 3 else None,
        profile=met if met != profile else None,
        certificate=certificate,
    )
    changes = entry.password is not None or entry.profile is not None or certificate is not None
    return Admission(True, entry=entry if changes else None, by_password=shown.is_right and met < 3, key_as_text=shown.as_text)


def wrong_certificate(
    credential: Credential, certificate: Certificate | None, now: datetime, cpo_name: str | None, issued: Issued | None = None
) -> str:
    """What is wrong with a charger's certificate; empty when nothing is. Its path to a CA was verified before."""
    if certificate is None:
        return "it showed no certificate"
    if certificate.not_before is not None and now < certificate.not_before:
        return "its certificate is not valid yet"
    if certificate.not_after is not None and now >= certificate.not_after:
        return "its certificate has expired"
    if cpo_name is not None and certificate.organisation != cpo_name:
        return f"its certificate is of the organisation {certificate.organisation!r}, not {cpo_name!r}"
    if issued is not None and issued.charger_id is None:
        return "its certificate was revoked, or is good no more"
    if not is_certificate_of(
        certificate,
        credential.charger_id,
        issued=issued,
        serial_number=credential.serial_number,
        name=credential.certificate_name,
        fingerprint=credential.certificate_fingerprint,
    ):
        return f"the certificate of {certificate.common_name!r} is not this charger's"
    return ""


class _Shown(NamedTuple):
    is_right: bool
    which: Came | None
    as_text: bool
    why: str
    reason: AttemptReason = AttemptReason.CONNECTED


def _password(credential: Credential | None, password: bytes | None, key: bytes, protocol: str | None) -> _Shown:
    """Compare a password with the charger's, and with the one that is to follow it. Takes the same time whatever there is."""
    hashes = [(_NO_SALT, _NO_HASH)] * 2
    if credential is not None and credential.password_hash is not None:
        hashes[0] = credential.salt, credential.password_hash
    if credential is not None and credential.next_hash is not None:
        hashes[1] = credential.next_salt, credential.next_hash
    presented = password or b""
    old, new = (password_fits(key, salt, expected, presented) for salt, expected in hashes)
    if password is None or credential is None:
        return _Shown(False, None, False, "it showed no password of its own", AttemptReason.PASSWORD_MISSING)
    as_text = protocol == "ocpp1.6" and is_key_text(password)
    for which, fit, is_key in ((Came.WITH_NEW, new, True), (Came.WITH_OLD, old, credential.is_key)):
        if fit.as_key or (fit.as_is and (credential.key_as_text or not (as_text and is_key))):
            return _Shown(True, which, as_text and fit.as_is, "")
    if old or new:
        why = "it sent its AuthorizationKey as text: set key_as_text for this charger if it can do no other"
        return _Shown(False, None, True, why, AttemptReason.PASSWORD_AS_TEXT)
    return _Shown(False, None, False, "its password is wrong", AttemptReason.PASSWORD_WRONG)


def _is_news(credential: Credential, certificate: Certificate | None) -> bool:
    """Whether a certificate is to be remembered. Where an operator named one by its fingerprint alone, no other will do."""
    if credential.certificate_fingerprint is not None and credential.certificate_name is None:
        return False
    return certificate is not None and (credential.certificate_name, credential.certificate_fingerprint) != (
        certificate.common_name,
        certificate.fingerprint,
    )

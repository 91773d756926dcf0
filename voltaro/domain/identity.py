"""The identity of a charger: what the last segment of its URL may be (OCPP-J 1.6 section 3.1.1)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

LONGEST_IDENTITY = 48
"""OCPP 2.x ``identifierString`` (part 4, section 3.1.1); 1.6 names no limit, we take the same."""


class BadIdentity(ValueError):
    """The charger's URL does not end in an identity that can be one; the charger must be reconfigured."""


def identity_from_path(path: str) -> str:
    """The charger's identity: the last non-empty path segment, percent-decoded once.

    A query string, a doubled or a trailing slash is tolerated. Raises BadIdentity for an empty, too long or
    unprintable one, and for one holding ``:`` (it is the user name of Basic authentication).
    """
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    if not segments:
        raise BadIdentity("the address ends without a charger identity")
    try:
        identity = unquote_to_bytes(segments[-1]).decode()
    except UnicodeDecodeError as error:
        raise BadIdentity("the charger identity is not UTF-8") from error
    return check_identity(identity)


def check_identity(identity: str) -> str:
    """Return ``identity`` when it can name a charger; raise BadIdentity otherwise."""
    if not identity or identity.strip() != identity:
        raise BadIdentity("a charger identity has at least one character and no spaces around it")
    if len(identity) > LONGEST_IDENTITY:
        raise BadIdentity(f"a charger identity has at most {LONGEST_IDENTITY} characters")
    if ":" in identity or not identity.isprintable() or not _encodes(identity):
        raise BadIdentity("a charger identity has no ':' and no control characters")
    if not {".", ".."}.isdisjoint(identity.replace("\\", "/").split("/")):
        raise BadIdentity("a charger identity is not a path")
    return identity


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""The identity of a charger: what the last segment of its URL may be (OCPP-J 1.6 section 3.1.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import unquote_to_bytes

LONGEST_IDENTITY = 48
"""OCPP 2.x ``identifierString`` (part 4, section 3.1.1); 1.6 names no limit, we take the same."""


class BadIdentity(ValueError):
    """The charger's URL does not end in an identity that can be one; the charger must be reconfigured."""


def readings_of_path(path: str, user: bytes | None = None) -> tuple[str, ...]:
    """The identities that a path may mean, the right one first: the last non-empty segment, percent-decoded once.

    A query string, a doubled or a trailing slash is tolerated (quirks Q-03, Q-04). The other readings are for chargers that
    encode twice or not at all (Q-05), and for those that put something behind their identity (Q-04), which must then be ``user``,
    the name they authenticate with: any path has a second segment. Raises BadIdentity when the first is empty, too long or
    unprintable, or holds ``:``.
    """
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    if not segments:
        raise BadIdentity("the address ends without a charger identity")
    last = segments[-1]
    readings = [check_identity(_decoded(last))]
    if "%" in last:
        readings += _perhaps(readings[0]) + _perhaps(last, decode=False)
    if user is not None and len(segments) > 2:
        readings += [reading for reading in _perhaps(segments[1]) if reading.encode() == user]
    return tuple(dict.fromkeys(readings))


def resolve(readings: Sequence[str], known: Collection[str]) -> str | None:
    """Which of the known identities a charger means: each reading in turn, exactly before without regard to case.

    None when it is none of them. Raises AmbiguousIdentity when a reading means several.
    """
    for reading in readings:
        if reading in known:
            return reading
        alike = [identity for identity in known if identity.casefold() == reading.casefold()]
        if len(alike) > 1:
            raise AmbiguousIdentity(f"{reading!r} may be {' or '.join(map(repr, sorted(alike)))}")
        if alike:
            return alike[0]
    return None


class AmbiguousIdentity(Exception):
    """An identity means several chargers that differ in case alone; the charger's must be written as one of them."""


def _perhaps(segment: str, *, decode: bool = True) -> list[str]:
    try:
        return [check_identity(_decoded(segment) if decode else segment)]
    except BadIdentity:
        return []


def _decoded(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise BadIdentity("the charger identity is not UTF-8") from error


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

"""Tags (idTag, idToken) and the one place that decides whether a tag may charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TagStatus(StrEnum):
    """What the operator has said of a tag."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"


class Verdict(StrEnum):
    """The answer to "may this tag charge?", spelled as OCPP 1.6 ``AuthorizationStatus``.

    2.x has the same words and more; UNKNOWN is its word for a tag nobody has heard of, and 1.6 says Invalid.
    """

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT = "ConcurrentTx"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it is stored. ``id_tag`` is kept as given, compared without case (CiString, identifierString).

    ``user_id`` is the driver whose it is; while that driver is disabled (``driver_disabled``) it may not charge."""

    id_tag: str
    status: TagStatus = TagStatus.ACCEPTED
    type: str | None = None
    parent: str | None = None
    expires_at: datetime | None = None
    max_active_sessions: int | None = None
    user_id: int | None = None
    note: str | None = None
    created_at: datetime | None = None
    version: int = 1
    driver_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Authorization:
    """A verdict with what goes beside it to the charger."""

    verdict: Verdict
    parent: str | None = None
    expires_at: datetime | None = None

    @property
    def accepted(self) -> bool:
        return self.verdict is Verdict.ACCEPTED


def longest_tag(protocol: str | None) -> int:
    """How many characters a tag has at most in a version of OCPP (1.6 CiString20, 2.0.1 and 2.1 identifierString)."""
    return _LONGEST.get(protocol or "", 20)


_LONGEST = {"ocpp1.6": 20, "ocpp2.0.1": 36, "ocpp2.1": 255}


def fold_tag(id_tag: str) -> str:
    """The form in which tags are compared: OCPP tags have no case (1.6 CiString20, 2.x identifierString), and spaces around one
    are a reader's, not the tag's (quirk Q-48)."""
    return id_tag.strip().casefold()


def authorize(tag: Tag | None, now: datetime, open_sessions: int = 0) -> Authorization:
    """Judge a tag at ``now`` when it has ``open_sessions`` other sessions open (conformance X-12, X-13, X-14)."""
    if tag is None:
        return Authorization(Verdict.UNKNOWN)
    return Authorization(_verdict(tag, now, open_sessions), tag.parent, tag.expires_at)


def _verdict(tag: Tag, now: datetime, open_sessions: int) -> Verdict:
    if tag.status is TagStatus.BLOCKED or tag.driver_disabled:
        return Verdict.BLOCKED
    if tag.status is TagStatus.INVALID:
        return Verdict.INVALID
    if tag.status is TagStatus.EXPIRED or (tag.expires_at is not None and tag.expires_at <= now):
        return Verdict.EXPIRED
    if tag.max_active_sessions is not None and open_sessions >= tag.max_active_sessions:
        return Verdict.CONCURRENT
    return Verdict.ACCEPTED

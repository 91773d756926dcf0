"""Attempts of chargers to connect: how each ended and why, in codes that stay as they are.

A code names what an operator would change. No attempt holds a secret: no password, no query string of an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from voltaro.domain.event import Flash


class AttemptOutcome(StrEnum):
    """ACCEPTED: a line was opened. WAITING: a stranger's line was opened, nothing but its boot is answered. REFUSED: no line.

    LEFT: the line was opened and was gone again at once, or goes all the time.
    """

    ACCEPTED = "accepted"
    WAITING = "waiting"
    REFUSED = "refused"
    LEFT = "left"


class AttemptReason(StrEnum):
    """Why an attempt ended as it did."""

    CONNECTED = "connected"
    MADE_KNOWN = "made_known"
    """A stranger under policy ``accept``."""
    BOOT_PENDING = "boot_pending"
    """Let in, but an operator has not accepted it: its boot is answered Pending."""
    BOOT_REJECTED = "boot_rejected"

    UNKNOWN_WAITS = "unknown_waits"
    """A stranger under policy ``pending``."""

    NO_REQUEST = "no_request"
    """The connection was made and nothing understandable came in time."""
    TLS_ON_PLAIN_PORT = "tls_on_plain_port"
    BAD_REQUEST = "bad_request"
    NOT_WEBSOCKET = "not_websocket"
    HEADERS_TOO_LARGE = "headers_too_large"
    NO_IDENTITY = "no_identity"
    BAD_IDENTITY = "bad_identity"
    AMBIGUOUS_IDENTITY = "ambiguous_identity"
    UNKNOWN_REFUSED = "unknown_refused"
    NO_SUBPROTOCOL = "no_subprotocol"
    OTHER_SUBPROTOCOL = "other_subprotocol"
    PASSWORD_MISSING = "password_missing"  # noqa: S105 - a code
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 - a code
    PASSWORD_AS_TEXT = "password_as_text"  # noqa: S105 - a code
    """A 1.6 charger sent the digits of its AuthorizationKey where their bytes were expected (quirk Q-11)."""
    OTHER_USER = "other_user"
    """The user name of its Basic authentication is not its identity."""
    TOO_MANY_GUESSES = "too_many_guesses"
    TLS_REQUIRED = "tls_required"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_WRONG = "certificate_wrong"
    TLS_VERSION = "tls_version"
    TLS_CIPHER = "tls_cipher"
    TLS_CERTIFICATE = "tls_certificate"
    """The certificate that it showed does not hold."""
    TLS_REFUSED_US = "tls_refused_us"
    """It does not trust the certificate of this server."""
    PLAIN_ON_TLS_PORT = "plain_on_tls_port"
    TLS_FAILED = "tls_failed"
    WAITING_ROOM_FULL = "waiting_room_full"
    HELD = "held"
    """It flaps, and the line it has is kept."""
    CROWDED = "crowded"
    """No room, or too many at once: it comes again by itself."""
    NOT_READY = "not_ready"
    """The database is away, or the server is being stopped."""
    BROKEN = "broken"
    """Our fault; the log says why."""

    CLOSED_EARLY = "closed_early"
    FLAPPING = "flapping"

    @property
    def outcome(self) -> AttemptOutcome:
        """How an attempt for this reason ended."""
        return _OUTCOMES.get(self, AttemptOutcome.REFUSED)


_OUTCOMES = {
    AttemptReason.CONNECTED: AttemptOutcome.ACCEPTED,
    AttemptReason.MADE_KNOWN: AttemptOutcome.ACCEPTED,
    AttemptReason.BOOT_PENDING: AttemptOutcome.ACCEPTED,
    AttemptReason.BOOT_REJECTED: AttemptOutcome.ACCEPTED,
    AttemptReason.UNKNOWN_WAITS: AttemptOutcome.WAITING,
    AttemptReason.CLOSED_EARLY: AttemptOutcome.LEFT,
    AttemptReason.FLAPPING: AttemptOutcome.LEFT,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to connect; those alike (address, identity, reason) are one with a ``count``.

    ``number`` grows with every attempt, so that the newest has the largest. ``identity`` is as the charger wrote it, ``charger_id``
    the charger of ours that it meant, where there is one. ``path`` is kept only where there is something wrong with it.
    """

    number: int
    reason: AttemptReason
    at: datetime
    first_at: datetime
    count: int
    address: str
    secure: bool
    identity: str | None = None
    charger_id: str | None = None
    path: str | None = None
    offered: tuple[str, ...] = ()
    protocol: str | None = None
    detail: str = ""


def attempt_shown(attempt: Attempt) -> dict[str, Any]:
    """An attempt as the API and the live stream spell it."""
    return {
        "id": attempt.number,
        "outcome": attempt.reason.outcome,
        "reason": attempt.reason,
        "at": attempt.at,
        "first_at": attempt.first_at,
        "count": attempt.count,
        "address": attempt.address,
        "secure": attempt.secure,
        "identity": attempt.identity,
        "charger_id": attempt.charger_id,
        "path": attempt.path,
        "offered": list(attempt.offered),
        "protocol": attempt.protocol,
        "detail": attempt.detail or None,
    }


def attempt_flash(attempt: Attempt) -> Flash:
    """An attempt for the live stream; of those alike only the newest is shown."""
    key = f"attempt {attempt.address} {attempt.identity} {attempt.reason}"
    return Flash("connection.attempt", attempt_shown(attempt), attempt.charger_id, key=key)

"""The handshake's decisions: who asks, with which password, for which sub-protocol, and what a refusal looks like.

No socket, no clock. The order is path and identity, then credentials, then sub-protocol (conformance 1.1).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

from websockets.datastructures import Headers

from voltaro.domain.attempt import AttemptReason
from voltaro.domain.identity import readings_of_path
from voltaro.gateway.credentials import parse_basic


class Asked(NamedTuple):
    """What a charger asks for. ``readings`` are the identities it may mean, ``keys`` the same for counting guesses: however an
    identity is written, it is counted as one. ``user`` and ``password`` are None where there is no well-formed Basic."""

    readings: tuple[str, ...]
    keys: tuple[str, ...]
    user: bytes | None
    password: bytes | None
    offered: tuple[str, ...]

    @property
    def identity(self) -> str:
        """As the charger writes it."""
        return self.readings[0]

    def password_for(self, charger_id: str) -> bytes | None:
        """The password, where the user name is this charger's identity or the one in the address (TR-22, quirk Q-05)."""
        return self.password if self.user in (charger_id.encode(), self.readings[0].encode()) else None


class Refusal(NamedTuple):
    """An HTTP answer that ends the handshake. ``result`` is the word it is counted under; ``reason`` and ``detail`` are for operators
    alone."""

    status: HTTPStatus
    text: str
    result: str
    headers: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    """Counted, not logged: for what may come a thousand times a second."""
    reason: AttemptReason = AttemptReason.NOT_READY
    detail: str = ""


UNAUTHORIZED = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "This charger is not known here with these credentials.\n",
    "unauthorized",
    (("WWW-Authenticate", 'Basic realm="voltaro", charset="UTF-8"'),),
    quiet=True,
)
"""For unknown identities and for wrong passwords alike: a stranger learns nothing of who is known."""

UNHEARD = UNAUTHORIZED._replace(result="unheard", reason=AttemptReason.TOO_MANY_GUESSES)
"""The same bytes, for a guess that was not looked at (``gateway/guesses.py``)."""

BAD_REQUEST = Refusal(
    HTTPStatus.BAD_REQUEST, "This is not a WebSocket handshake over HTTP/1.1.\n", "bad_request", reason=AttemptReason.BAD_REQUEST
)
TLS_ON_PLAIN_PORT = BAD_REQUEST._replace(result="tls_on_plain_port", reason=AttemptReason.TLS_ON_PLAIN_PORT)
HEAD_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "The request's headers are too large.\n",
    "too_large",
    reason=AttemptReason.HEADERS_TOO_LARGE,
)
NOT_AN_UPGRADE = Refusal(
    HTTPStatus.UPGRADE_REQUIRED,
    "This request lacks the header 'Connection: Upgrade'.\n",
    "not_websocket",
    (("Upgrade", "websocket"),),
    reason=AttemptReason.NOT_WEBSOCKET,
)
BROKEN = Refusal(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "The server failed; its log says why. Try again later.\n",
    "broken",
    reason=AttemptReason.BROKEN,
)


def unavailable() -> Refusal:
    """503: we cannot judge or serve anybody now; the charger queues and comes again.

    When is spread over a minute and a half, so that a fleet does not come back in one moment.
    """
    retry_after_s = 30 + secrets.randbelow(91)
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE, "Not available now. Try again later.\n", "unavailable", (("Retry-After", str(retry_after_s)),)
    )


def crowded(retry_after_s: int, result: str, reason: AttemptReason = AttemptReason.CROWDED) -> Refusal:
    """503: there is no room now. When to come again is drawn between ``retry_after_s`` and twice that."""
    again = retry_after_s + secrets.randbelow(retry_after_s + 1)
    headers = (("Retry-After", str(again)),)
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Not available now. Try again later.\n", result, headers, True, reason)


def bad_identity(why: str, path: str) -> Refusal:
    """404: no charger can be at this path (conformance 1.1: a path is refused before credentials are looked at)."""
    has_none = not path.partition("?")[0].strip("/")
    reason = AttemptReason.NO_IDENTITY if has_none else AttemptReason.BAD_IDENTITY
    return Refusal(HTTPStatus.NOT_FOUND, f"No charger can connect here: {why}.\n", "bad_identity", reason=reason, detail=why)


def read_request(path: str, headers: Headers) -> Asked:
    """Who asks for what. Raises BadIdentity."""
    authorizations = headers.get_all("Authorization")
    basic = parse_basic(authorizations[0]) if len(authorizations) == 1 else None
    readings = readings_of_path(path, None if basic is None else basic.user)
    offered = tuple(
        name for value in headers.get_all("Sec-WebSocket-Protocol") for name in (part.strip() for part in value.split(",")) if name
    )
    user, password = (None, None) if basic is None else basic
    return Asked(readings, tuple(dict.fromkeys(unquote(reading).casefold() for reading in readings)), user, password, offered)


def mend(headers: Headers) -> bool:
    """Add the ``Connection: Upgrade`` that a handshake lacks (quirk Q-06); False where it lacks nothing, or more."""
    options = {option.strip().lower() for value in headers.get_all("Connection") for option in value.split(",")}
    if "upgrade" in options or [value.strip().lower() for value in headers.get_all("Upgrade")] != ["websocket"]:
        return False
    headers["Connection"] = "Upgrade"
    return True


def shape_of(headers: Headers) -> str:
    """How a client shakes hands: the names of its headers in order, and what it says of itself. It takes the same one every time."""
    says = (value for name in ("User-Agent", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions") for value in headers.get_all(name))
    return "\n".join([*(name.lower() for name in headers), *says])


def choose_protocol(offered: Sequence[str], spoken: Sequence[str], pinned: str | None = None) -> str | None:
    """The first of the client's list that we speak (TR-06, TR-08); None when there is none (TR-07).

    ``pinned`` is for a charger that sends no list at all (quirk Q-01).
    """
    if not offered:
        return pinned if pinned in spoken else None
    return next((name for name in offered if name in spoken), None)


def refusal_bytes(refusal: Refusal, now: datetime) -> bytes:
    """The whole HTTP answer; the connection closes after it."""
    body = refusal.text.encode()
    lines = [
        f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}",
        f"Date: {format_datetime(now, usegmt=True)}",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in refusal.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body

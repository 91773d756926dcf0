"""The way in of a wire: its request is read, and answered by a refusal or by the 101 after which messages flow.

Rule: nothing behind the request is parsed before the 101 is out.
"""

from __future__ import annotations

import asyncio
import ssl
from enum import Enum
from typing import Any

import structlog
from websockets.http11 import Request, Response

from voltaro import metrics
from voltaro.domain.attempt import AttemptReason
from voltaro.gateway.attempts import Caller
from voltaro.gateway.connection import HOLD_EARLY, Connection
from voltaro.gateway.handshake import BAD_REQUEST, HEAD_TOO_LARGE, NOT_AN_UPGRADE, TLS_ON_PLAIN_PORT, Refusal, refusal_bytes, unavailable
from voltaro.gateway.limits import Limits
from voltaro.gateway.websocket import WebSocket
from voltaro.ports import Clock

log = structlog.get_logger(__name__)

_CLIENT_HELLO = b"\x16\x03"
"""How TLS begins: no HTTP request does (RFC 8446 section 5.1)."""


class Phase(Enum):
    """Where a wire is in its life."""

    HEAD = "head"
    JUDGING = "judging"
    OPEN = "open"
    CLOSING = "closing"
    GONE = "gone"


# Looking members up on the enum costs more than a message may.
HEAD, JUDGING, OPEN, CLOSING, GONE = Phase.HEAD, Phase.JUDGING, Phase.OPEN, Phase.CLOSING, Phase.GONE


class Entrance(Connection):
    """The half of a wire that deals with its request; ``gateway/wire.py`` is the other."""

    __slots__ = ("_deadline", "_early", "_limits", "_phase", "_ws", "caller", "task")

    def __init__(self, view: memoryview, clock: Clock, limits: Limits, *, secure: bool) -> None:
        super().__init__(view, clock, secure=secure)
        self._limits = limits
        self._phase = HEAD
        self._ws = WebSocket(limits.message_bytes)
        self._early: bytearray | None = bytearray()
        self._deadline = self._heard + limits.handshake_s
        self.caller: Caller | None = None
        """Who tries to connect, once the request has been read."""
        self.task: asyncio.Task[None] | None = None
        """Whoever makes the connection or judges the request; cancelled when the wire is lost meanwhile."""

    def judge(self, request: Request) -> None:
        """The request is whole: ``refuse`` or ``open`` follows, now or later."""
        raise NotImplementedError

    def refused(self, reason: AttemptReason, detail: str) -> None:
        """The wire has been refused, or given up before its request was whole."""
        raise NotImplementedError

    # --- what the server asks for ------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def waits_for_head_since(self) -> float:
        """Monotonic seconds when a connection in the phase HEAD was made."""
        return self._deadline - self._limits.handshake_s

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS that this connection comes over."""
        transport = self._transport
        return transport.get_extra_info("ssl_object") if self.secure and transport is not None else None

    def accept(self, request: Request, *, deflate: bool = True) -> Response:
        """The package's answer to the upgrade request: 101 without a sub-protocol yet, or what is wrong with it."""
        if not deflate:
            self._ws.available_extensions = None
        return self._ws.accept(request)

    def refuse(self, refusal: Refusal) -> None:
        """Answer the request with an HTTP error and hang up; nothing when somebody has answered it or the wire is gone."""
        if self._phase not in (HEAD, JUDGING):
            return
        metrics.HANDSHAKES.labels(refusal.result).inc()
        if not refusal.quiet:
            log.info("handshake.refused", remote=self.remote, status=int(refusal.status), result=refusal.result)
        self.refused(refusal.reason, refusal.detail)
        self._refuse_with(refusal_bytes(refusal, self._clock.now()))

    def refuse_upgrade(self, response: Response) -> None:
        """Answer a request that is no WebSocket handshake as the package proposes."""
        metrics.HANDSHAKES.labels("not_websocket").inc()
        log.info("handshake.refused", remote=self.remote, status=response.status_code, result="not_websocket")
        self.refused(NOT_AN_UPGRADE.reason, "")
        self._refuse_with(response.serialize())

    def start(self) -> None:
        """Read what came in before the 101 was out. Call after ``open``."""
        early, self._early = self._early, None
        self._release(HOLD_EARLY)
        if early and self._phase in (OPEN, CLOSING):
            self.take(bytes(early))

    def give_way(self) -> None:
        """Cut a connection whose request is taking too long to come in."""
        metrics.HANDSHAKES.labels("timeout").inc()
        log.debug("handshake.refused", remote=self.remote, result="timeout")
        self.refused(AttemptReason.NO_REQUEST, "")
        self._deadline = float("inf")
        self.abort()

    def overdue(self) -> None:
        """The deadline of a wire that is not open has come."""
        if self._phase is HEAD:
            self.give_way()
        elif self._phase is CLOSING:
            self._deadline = float("inf")
            self.abort()
        else:
            self.refuse(unavailable())  # whoever judges it took too long

    # --- asyncio's side ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.task = None
        super().connection_made(transport)

    def abort(self) -> None:
        """Cut the connection now, also in the middle of its TLS handshake."""
        if self._transport is not None:
            self._transport.abort()
        elif self.task is not None:
            self.task.cancel()

    # --- in and out --------------------------------------------------------------------------------------------------

    def read_head(self, data: bytes) -> None:
        head = self._early
        assert head is not None
        searched = max(0, len(head) - 3)
        head += data
        if head.startswith(_CLIENT_HELLO) and not self.secure:
            self.refuse(TLS_ON_PLAIN_PORT)
            return
        end = head.find(b"\r\n\r\n", searched) + 4
        limit = self._limits.head_bytes
        if end > limit or (end == 3 and len(head) > limit):
            self.refuse(HEAD_TOO_LARGE)
            return
        if end == 3:
            return
        ws = self._ws
        ws.receive_data(bytes(head[:end]))
        del head[:end]
        events: list[Any] = ws.events_received()
        if events:
            self._phase = JUDGING
            self._deadline = self._heard + self._limits.handshake_s
            self.judge(events[0])
        elif any(ws.writes):
            self.refuse(HEAD_TOO_LARGE)
        else:
            self.refuse(BAD_REQUEST)

    def keep(self, data: bytes) -> None:
        if self._early is not None:
            self._early += data
            if len(self._early) > self._limits.early_bytes:
                self._hold(HOLD_EARLY)

    def _refuse_with(self, answer: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._phase = CLOSING
        self._deadline = self._clock.monotonic() + self._limits.closing_s
        self._release(HOLD_EARLY)
        task, self.task = self.task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        transport.write(answer)
        self._half_close()

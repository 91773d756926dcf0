"""The socket side of a line: bytes in and out, message assembly, limits and deadlines.

It drives the ``websockets`` package's sans-I/O ``ServerProtocol``. What the messages mean is the line's business.
There is no task and no timer for a wire: one sweep over all wires looks at every deadline.

    HEAD      the request is coming in
    JUDGING   the request is whole; somebody decides on it; what comes in is kept unread
    OPEN      101 is out, messages flow
    CLOSING   our close frame or refusal is out; whatever comes in is read and forgotten
    GONE      the connection is lost

Rule 1: nothing behind the request is parsed before the 101 is out.
Rule 2: an exception of ours closes this wire (1011) and no other.
"""

from __future__ import annotations

import asyncio
import ssl
from enum import Enum
from typing import Any, Protocol, cast

import structlog
from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN as WEBSOCKET_OPEN

from voltaro import metrics
from voltaro.domain.attempt import AttemptReason
from voltaro.gateway.attempts import Caller
from voltaro.gateway.connection import HOLD_CALLS, HOLD_EARLY, HOLD_LAST, Connection
from voltaro.gateway.habits import Habit
from voltaro.gateway.handshake import (
    BAD_REQUEST,
    BROKEN,
    HEAD_TOO_LARGE,
    NOT_AN_UPGRADE,
    TLS_ON_PLAIN_PORT,
    Refusal,
    refusal_bytes,
    unavailable,
)
from voltaro.gateway.limits import Limits
from voltaro.gateway.websocket import WebSocket, lone_text, text_frame
from voltaro.ports import Clock

log = structlog.get_logger(__name__)


class Phase(Enum):
    """Where a wire is in its life."""

    HEAD = "head"
    JUDGING = "judging"
    OPEN = "open"
    CLOSING = "closing"
    GONE = "gone"


# Looking members up on the enum costs more than a message may.
_HEAD, _JUDGING, _OPEN, _CLOSING, _GONE = Phase.HEAD, Phase.JUDGING, Phase.OPEN, Phase.CLOSING, Phase.GONE
_CLIENT_HELLO = b"\x16\x03"
"""How TLS begins: no HTTP request does (RFC 8446 section 5.1)."""
_CONT, _TEXT, _BINARY, _PONG = Opcode.CONT, Opcode.TEXT, Opcode.BINARY, Opcode.PONG


class Receiver(Protocol):
    """What stands behind an open wire."""

    def message(self, raw: bytes) -> None:
        """A whole text message, valid UTF-8."""
        ...

    def garbled(self, raw: bytes) -> bool:
        """A whole text message that is no UTF-8. True when something could be made of it, else the line is closed (RFC 6455
        section 8.1)."""
        ...

    def lost(self, code: int, reason: str) -> None:
        """The wire is gone; called once."""
        ...

    def sweep(self, now: float) -> None:
        """Look at the deadlines."""
        ...

    def rest(self) -> bool:
        """The wire is about to be closed: begin nothing more. True when nothing is in hand; may be asked again."""
        ...


class House(Protocol):
    """What a wire needs of the server it belongs to."""

    limits: Limits
    clock: Clock
    view: memoryview

    def judge(self, wire: Wire, request: Request) -> None:
        """Decide on a request: ``wire.refuse`` or ``wire.open`` follows, now or later."""
        ...

    def forget(self, wire: Wire) -> None:
        """The wire is gone."""
        ...

    def close_soon(self, wire: Wire, code: int, reason: str) -> None:
        """Close an open wire when its turn comes."""
        ...

    def refused(self, wire: Wire, reason: AttemptReason, detail: str) -> None:
        """The wire has been refused, or given up before its request was whole."""
        ...


class Wire(Connection):
    """The connection of a charger, or of whoever claims to be one."""

    __slots__ = (
        "_close",
        "_deadline",
        "_early",
        "_house",
        "_parts",
        "_phase",
        "_ping_at",
        "_probed_at",
        "_reading",
        "_receiver",
        "_silence_s",
        "_ws",
        "caller",
        "habit",
        "task",
    )

    def __init__(self, house: House, *, secure: bool) -> None:
        super().__init__(house.view, house.clock, secure=secure)
        self._house = house
        self._phase = _HEAD
        self._ws = WebSocket(house.limits.message_bytes)
        self._receiver: Receiver | None = None
        self._early: bytearray | None = bytearray()
        self._parts: list[bytes] | None = None
        self._close: tuple[int, str] | None = None
        self._deadline = self._heard + house.limits.handshake_s
        self._ping_at = 0.0
        self._probed_at = 0.0
        self._reading = False
        self._silence_s = house.limits.silence_s
        self.caller: Caller | None = None
        """Who tries to connect, once the request has been read."""
        self.habit: Habit | None = None
        """What was found out about the charger, for its next line."""
        self.task: asyncio.Task[None] | None = None
        """Whoever makes the connection or judges the request; cancelled when the wire is lost meanwhile."""

    def __repr__(self) -> str:
        return f"<Wire {self.remote} {self._phase.value}>"

    # --- what the line and the server ask for ------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def receiver(self) -> Receiver | None:
        return self._receiver

    @property
    def waits_for_head_since(self) -> float:
        """Monotonic seconds when a connection in the phase HEAD was made."""
        return self._deadline - self._house.limits.handshake_s

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
        if self._phase not in (_HEAD, _JUDGING):
            return
        metrics.HANDSHAKES.labels(refusal.result).inc()
        if not refusal.quiet:
            log.info("handshake.refused", remote=self.remote, status=int(refusal.status), result=refusal.result)
        self._house.refused(self, refusal.reason, refusal.detail)
        self._refuse_with(refusal_bytes(refusal, self._clock.now()))

    def refuse_upgrade(self, response: Response) -> None:
        """Answer a request that is no WebSocket handshake as the package proposes."""
        metrics.HANDSHAKES.labels("not_websocket").inc()
        log.info("handshake.refused", remote=self.remote, status=response.status_code, result="not_websocket")
        self._house.refused(self, NOT_AN_UPGRADE.reason, "")
        self._refuse_with(response.serialize())

    def open(
        self,
        response: Response,
        receiver: Receiver | None,
        protocol: str | None,
        *,
        max_size: int | None = None,
        silence_s: float | None = None,
    ) -> None:
        """Send the 101, and from now on hand messages to ``receiver``. ``silence_s``: where not the usual time, as with Q-08."""
        if silence_s is not None:
            self._silence_s = silence_s
        if protocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = protocol
        if max_size is not None:
            self._ws.max_message_size = max_size
        self._ws.send_response(response)
        self._flush()
        self._phase = _OPEN
        self._receiver = receiver
        self._ping_at = self._clock.monotonic() + self._house.limits.ping_s
        self.task = None

    def start(self) -> None:
        """Read what came in before the 101 was out. Call after ``open``."""
        early, self._early = self._early, None
        self._release(HOLD_EARLY)
        if early and self._phase in (_OPEN, _CLOSING):
            self.take(bytes(early))

    def send(self, message: bytes) -> None:
        """Send a text message; forgotten when the wire is closing."""
        ws = self._ws
        if self._phase is _OPEN and ws.state is WEBSOCKET_OPEN:
            if ws.extensions:
                ws.send_text(message)
            elif self._reading or ws.writes or self._transport is None:
                ws.writes.append(text_frame(message))
            else:
                self._transport.write(text_frame(message))
                return
            if not self._reading:
                self._flush()

    @property
    def was_left(self) -> bool:
        """Whether the charger ended the line, or lost it, before we did."""
        ws = self._ws
        return ws.close_sent is None or ws.close_rcvd_then_sent is True

    def is_open(self) -> bool:
        """Whether a message sent now would leave."""
        return self._phase is _OPEN and self._ws.state is WEBSOCKET_OPEN

    def close(self, code: int, reason: str) -> None:
        """Close politely: our close frame now, the connection when the charger has answered it, at the latest at its deadline."""
        if self._phase is _OPEN:
            reason = _short(reason)
            self._closing(code, reason)
            if self._ws.state is WEBSOCKET_OPEN:
                self._ws.send_close(code, reason)
            if not self._reading:
                self._flush()

    def close_soon(self, code: int, reason: str) -> None:
        """Close politely when this wire's turn has come: for what befalls many wires at once."""
        self._house.close_soon(self, code, reason)

    def rest(self) -> bool:
        """The wire is about to be closed: begin nothing more. True when nothing is in hand, so that it may be closed now."""
        return self._phase is not _OPEN or self._receiver is None or self._receiver.rest()

    def hold_last(self) -> None:
        """Read nothing more but a close frame."""
        self._hold(HOLD_LAST)

    def probe(self) -> None:
        """Ask whether the charger lives: cut the connection when it stays silent for ``probe_s``."""
        if self._phase is _OPEN and not self._probed_at and self._ws.state is WEBSOCKET_OPEN:
            self._probed_at = self._clock.monotonic()
            self._ws.send_ping(b"")
            self._flush()

    def hang_up(self, code: int, reason: str) -> None:
        """Close because nothing good can come any more: what the charger still sends is not even parsed."""
        if self._phase is _OPEN:
            reason = _short(reason)
            self._closing(code, reason)
            self._ws.fail(code, reason)
            if not self._reading:
                self._flush()

    def broken(self, where: str) -> None:
        """Our own fault: call while handling the exception. Logs it and closes this wire alone."""
        log.exception("wire.broken", where=where, remote=self.remote)
        if self._phase is _OPEN:
            self.hang_up(CloseCode.INTERNAL_ERROR, "the server failed")
        elif self._phase in (_HEAD, _JUDGING):
            self.refuse(BROKEN)
        else:
            self.abort()

    def hold_calls(self, hold: bool) -> None:
        """Stop or resume reading because too many calls wait."""
        if hold:
            self._hold(HOLD_CALLS)
        else:
            self._release(HOLD_CALLS)

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

    def gone(self) -> None:
        self._phase = _GONE
        self._house.forget(self)
        if self.task is not None:
            self.task.cancel()
            self.task = None
        code, reason = self._end()
        receiver, self._receiver = self._receiver, None
        self._parts = self._early = None
        self._ws.parser.close()  # the parser and its protocol hold each other; let them go without the garbage collector
        if receiver is not None:
            try:
                receiver.lost(code, reason)
            except Exception:
                log.exception("wire.broken", where="lost", remote=self.remote)

    def sweep(self, now: float) -> None:
        """Look at the deadlines."""
        try:
            if self._phase is _OPEN:
                self._sweep_open(now)
            elif now >= self._deadline:
                self._overdue()
        except Exception:  # noqa: BLE001 -- rule 2
            self.broken("sweep")

    # --- in ----------------------------------------------------------------------------------------------------------

    def take(self, data: bytes) -> None:
        try:
            phase = self._phase
            if phase is _OPEN:
                if self._early is not None:
                    self._keep(data)
                elif self._message_since or (text := lone_text(data)) is None or len(text) > (self._ws.max_message_size or 0):
                    self._read(data)
                else:
                    self._deliver(text)
            elif phase is _HEAD:
                self._read_head(data)
            elif phase is _JUDGING:
                self._keep(data)
            elif phase is _CLOSING:
                self._read_farewell(data)
        except Exception:  # noqa: BLE001 -- rule 2
            self._reading = False
            self.broken("receive")

    def _read_head(self, data: bytes) -> None:
        head = self._early
        assert head is not None
        searched = max(0, len(head) - 3)
        head += data
        if head.startswith(_CLIENT_HELLO) and not self.secure:
            self.refuse(TLS_ON_PLAIN_PORT)
            return
        end = head.find(b"\r\n\r\n", searched) + 4
        limit = self._house.limits.head_bytes
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
            self._phase = _JUDGING
            self._deadline = self._heard + self._house.limits.handshake_s
            self._house.judge(self, events[0])
        elif any(ws.writes):
            self.refuse(HEAD_TOO_LARGE)
        else:
            self.refuse(BAD_REQUEST)

    def _keep(self, data: bytes) -> None:
        if self._early is not None:
            self._early += data
            if len(self._early) > self._house.limits.early_bytes:
                self._hold(HOLD_EARLY)

    def _read(self, data: bytes) -> None:
        ws = self._ws
        self._reading = True
        ws.receive_data(data)
        frames = cast(list[Frame], ws.events)
        if frames:
            ws.events = []
            whole = False
            for frame in frames:
                opcode = frame.opcode
                if opcode is _TEXT and frame.fin:
                    whole = True
                    self._deliver(bytes(frame.data))
                elif opcode is _TEXT or opcode is _CONT:
                    whole = self._assemble(frame) or whole
                elif opcode is _PONG:
                    self.habit = Habit.ANSWERS_PINGS
                elif opcode is _BINARY:
                    self.hang_up(CloseCode.UNSUPPORTED_DATA, "OCPP is text")
                if self._phase is not _OPEN:
                    break
            if self._parts is not None:
                if whole or not self._message_since:
                    self._message_since = self._heard
            else:
                self._message_since = 0.0
        elif not self._message_since:
            self._message_since = self._heard  # in the middle of a frame
        self._reading = False
        if ws.writes:
            self._flush()
        if ws.state is not WEBSOCKET_OPEN and self._phase is _OPEN:
            self._ended_by_peer()

    def _assemble(self, frame: Frame) -> bool:
        """Add a fragment; True when it was the message's last."""
        parts = self._parts
        if parts is None:
            parts = self._parts = []
        parts.append(bytes(frame.data))
        if len(parts) > self._house.limits.fragments:
            self.hang_up(CloseCode.MESSAGE_TOO_BIG, f"a message has at most {self._house.limits.fragments} fragments")
            return False
        if frame.fin:
            self._parts = None
            self._deliver(b"".join(parts))
        return frame.fin

    def _deliver(self, raw: bytes) -> None:
        if not raw.isascii():
            try:
                raw.decode()
            except UnicodeDecodeError:
                if self._receiver is not None and self._receiver.garbled(raw):
                    return
                metrics.ANOMALIES.labels("bad_utf8").inc()
                self.hang_up(CloseCode.INVALID_DATA, "text is UTF-8")
                return
        if self._receiver is not None:
            self._receiver.message(raw)

    def _read_farewell(self, data: bytes) -> None:
        if self._ws.state is WEBSOCKET_OPEN or self._early is not None:
            return  # a refusal is out; nothing more is parsed
        self._ws.receive_data(data)
        self._ws.events.clear()
        self._flush()

    # --- out ---------------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        ws = self._ws
        writes = ws.writes
        transport = self._transport
        if not writes or transport is None:
            return
        ws.writes = []
        if writes[-1]:
            transport.write(writes[0] if len(writes) == 1 else b"".join(writes))
            return
        # The package's mark for "half-close now" comes last.
        if len(writes) > 1:
            transport.write(b"".join(writes))
        if ws.close_rcvd is None:
            self._half_close()
        else:
            transport.close()

    def _refuse_with(self, answer: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._phase = _CLOSING
        self._deadline = self._clock.monotonic() + self._house.limits.closing_s
        self._release(HOLD_EARLY)
        task, self.task = self.task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        transport.write(answer)
        self._half_close()

    # --- ends --------------------------------------------------------------------------------------------------------

    def _closing(self, code: int, reason: str) -> None:
        self._phase = _CLOSING
        self._close = (int(code), reason)
        self._deadline = self._clock.monotonic() + self._house.limits.closing_s
        self._message_since = 0.0
        self._release(HOLD_CALLS | HOLD_LAST)  # its close frame is still to be read

    def _ended_by_peer(self) -> None:
        """The charger closed, or the package refused what it sent and said so."""
        ws = self._ws
        failure = ws.parser_exc
        if failure is not None:
            metrics.ANOMALIES.labels("message_too_big" if isinstance(failure, PayloadTooBig) else "bad_frame").inc()
            if ws.extensions and not isinstance(failure, PayloadTooBig):
                self.habit = Habit.DEFLATE_BROKEN
        sent = ws.close_rcvd or ws.close_sent
        self._closing(int(sent.code), sent.reason) if sent is not None else self._closing(int(CloseCode.ABNORMAL_CLOSURE), "")

    def _end(self) -> tuple[int, str]:
        if self._close is not None:
            return self._close
        received = self._ws.close_rcvd
        if received is not None:
            return int(received.code), received.reason
        return int(CloseCode.ABNORMAL_CLOSURE), "the connection was lost"

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def _sweep_open(self, now: float) -> None:
        limits = self._house.limits
        if self._stalled_since and now - self._stalled_since >= limits.send_s:
            self._cut("wire.not_reading", CloseCode.GOING_AWAY, "does not read")
            return
        if not self._holds:
            if now - self._heard >= self._silence_s:
                if self.habit is None:
                    self.habit = Habit.PINGS_UNANSWERED
                self._silent()
                return
            if self._message_since and now - self._message_since >= limits.message_s:
                metrics.ANOMALIES.labels("endless_message").inc()
                self.hang_up(CloseCode.POLICY_VIOLATION, f"a message takes at most {limits.message_s:g} s")
                return
        if self._probed_at:
            if self._heard > self._probed_at:
                self._probed_at = 0.0
            elif now - self._probed_at >= limits.probe_s and not self._holds:
                self._silent()
                return
        if now >= self._ping_at:
            self._ping_at = now + limits.ping_s
            if self._ws.state is WEBSOCKET_OPEN and not self._stalled_since:
                self._ws.send_ping(b"")
                self._flush()
        if self._receiver is not None:
            self._receiver.sweep(now)

    def _silent(self) -> None:
        """Half-open: nobody will answer a close frame, so it is sent for whoever hears it and the connection cut."""
        self.hang_up(CloseCode.GOING_AWAY, "no sign of life")
        self.abort()

    def _cut(self, event: str, code: int, reason: str) -> None:
        log.info(event, remote=self.remote)
        self._closing(code, reason)
        self.abort()

    def give_way(self) -> None:
        """Cut a connection whose request is taking too long to come in."""
        metrics.HANDSHAKES.labels("timeout").inc()
        log.debug("handshake.refused", remote=self.remote, result="timeout")
        self._house.refused(self, AttemptReason.NO_REQUEST, "")
        self._deadline = float("inf")
        self.abort()

    def _overdue(self) -> None:
        if self._phase is _HEAD:
            self.give_way()
        elif self._phase is _CLOSING:
            self._deadline = float("inf")
            self.abort()
        else:
            self.refuse(unavailable())  # whoever judges it took too long


def _short(reason: str) -> str:
    """A close reason fits a control frame: 123 bytes (RFC 6455 section 5.5)."""
    return reason.encode()[:123].decode(errors="ignore")

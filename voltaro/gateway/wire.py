"""The socket side of a line: bytes in and out, message assembly, limits and deadlines. Its way in is ``gateway/entrance.py``.

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

from typing import Protocol, cast

import structlog
from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN as WEBSOCKET_OPEN

from voltaro import metrics
from voltaro.domain.attempt import AttemptReason
from voltaro.gateway.connection import HOLD_CALLS, HOLD_LAST
from voltaro.gateway.entrance import CLOSING, GONE, HEAD, JUDGING, OPEN, Entrance
from voltaro.gateway.habits import Habit
from voltaro.gateway.handshake import BROKEN
from voltaro.gateway.limits import Limits
from voltaro.gateway.receiver import Receiver
from voltaro.gateway.websocket import lone_text, text_frame
from voltaro.ports import Clock

log = structlog.get_logger(__name__)

# Looking members up on the enum costs more than a message may.
_CONT, _TEXT, _BINARY, _PONG = Opcode.CONT, Opcode.TEXT, Opcode.BINARY, Opcode.PONG


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


class Wire(Entrance):
    """The connection of a charger, or of whoever claims to be one."""

    __slots__ = ("_close", "_house", "_parts", "_ping_at", "_probed_at", "_reading", "_receiver", "_silence_s", "habit")

    def __init__(self, house: House, *, secure: bool) -> None:
        super().__init__(house.view, house.clock, house.limits, secure=secure)
        self._house = house
        self._receiver: Receiver | None = None
        self._parts: list[bytes] | None = None
        self._close: tuple[int, str] | None = None
        self._ping_at = 0.0
        self._probed_at = 0.0
        self._reading = False
        self._silence_s = house.limits.silence_s
        self.habit: Habit | None = None
        """What was found out about the charger, for its next line."""

    def __repr__(self) -> str:
        return f"<Wire {self.remote} {self._phase.value}>"

    # --- what the line and the server ask for ------------------------------------------------------------------------

    @property
    def receiver(self) -> Receiver | None:
        return self._receiver

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
        self._phase = OPEN
        self._receiver = receiver
        self._ping_at = self._clock.monotonic() + self._limits.ping_s
        self.task = None

    def send(self, message: bytes) -> None:
        """Send a text message; forgotten when the wire is closing."""
        ws = self._ws
        if self._phase is OPEN and ws.state is WEBSOCKET_OPEN:
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
        return self._phase is OPEN and self._ws.state is WEBSOCKET_OPEN

    def close(self, code: int, reason: str) -> None:
        """Close politely: our close frame now, the connection when the charger has answered it, at the latest at its deadline."""
        if self._phase is OPEN:
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
        return self._phase is not OPEN or self._receiver is None or self._receiver.rest()

    def hold_last(self) -> None:
        """Read nothing more but a close frame."""
        self._hold(HOLD_LAST)

    def probe(self) -> None:
        """Ask whether the charger lives: cut the connection when it stays silent for ``probe_s``."""
        if self._phase is OPEN and not self._probed_at and self._ws.state is WEBSOCKET_OPEN:
            self._probed_at = self._clock.monotonic()
            self._ws.send_ping(b"")
            self._flush()

    def hang_up(self, code: int, reason: str) -> None:
        """Close because nothing good can come any more: what the charger still sends is not even parsed."""
        if self._phase is OPEN:
            reason = _short(reason)
            self._closing(code, reason)
            self._ws.fail(code, reason)
            if not self._reading:
                self._flush()

    def broken(self, where: str) -> None:
        """Our own fault: call while handling the exception. Logs it and closes this wire alone."""
        log.exception("wire.broken", where=where, remote=self.remote)
        if self._phase is OPEN:
            self.hang_up(CloseCode.INTERNAL_ERROR, "the server failed")
        elif self._phase in (HEAD, JUDGING):
            self.refuse(BROKEN)
        else:
            self.abort()

    def hold_calls(self, hold: bool) -> None:
        """Stop or resume reading because too many calls wait."""
        if hold:
            self._hold(HOLD_CALLS)
        else:
            self._release(HOLD_CALLS)

    # --- what its other half and asyncio ask for ---------------------------------------------------------------------

    def judge(self, request: Request) -> None:
        self._house.judge(self, request)

    def refused(self, reason: AttemptReason, detail: str) -> None:
        self._house.refused(self, reason, detail)

    def gone(self) -> None:
        self._phase = GONE
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
            if self._phase is OPEN:
                self._sweep_open(now)
            elif now >= self._deadline:
                self.overdue()
        except Exception:  # noqa: BLE001 -- rule 2
            self.broken("sweep")

    # --- in ----------------------------------------------------------------------------------------------------------

    def take(self, data: bytes) -> None:
        try:
            phase = self._phase
            if phase is OPEN:
                if self._early is not None:
                    self.keep(data)
                elif self._message_since or (text := lone_text(data)) is None or len(text) > (self._ws.max_message_size or 0):
                    self._read(data)
                else:
                    self._deliver(text)
            elif phase is HEAD:
                self.read_head(data)
            elif phase is JUDGING:
                self.keep(data)
            elif phase is CLOSING:
                self._read_farewell(data)
        except Exception:  # noqa: BLE001 -- rule 2
            self._reading = False
            self.broken("receive")

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
                if self._phase is not OPEN:
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
        if ws.state is not WEBSOCKET_OPEN and self._phase is OPEN:
            self._ended_by_peer()

    def _assemble(self, frame: Frame) -> bool:
        """Add a fragment; True when it was the message's last."""
        parts = self._parts
        if parts is None:
            parts = self._parts = []
        parts.append(bytes(frame.data))
        if len(parts) > self._limits.fragments:
            self.hang_up(CloseCode.MESSAGE_TOO_BIG, f"a message has at most {self._limits.fragments} fragments")
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

    # --- ends --------------------------------------------------------------------------------------------------------

    def _closing(self, code: int, reason: str) -> None:
        self._phase = CLOSING
        self._close = (int(code), reason)
        self._deadline = self._clock.monotonic() + self._limits.closing_s
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
        limits = self._limits
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


def _short(reason: str) -> str:
    """A close reason fits a control frame: 123 bytes (RFC 6455 section 5.5)."""
    return reason.encode()[:123].decode(errors="ignore")

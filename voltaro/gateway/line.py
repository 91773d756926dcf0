"""The line to one charger: its conversation, the call in hand, the calls that wait, and our own CALLs.

The line, not the actor, owns the frame in hand. An actor that crashes is given the frame once more; a frame that crashes it
twice is put aside and answered, so that the charger goes on.

Rule 1: one CALL of the charger in hand at a time, in the order they came; the answer to our CALL never waits behind it.
Rule 2: nothing that is recorded is answered with an error because of us. Where it cannot be kept, the line is closed (1013) and
the charger queues it. An Authorize is refused: a charger may judge tags by itself.
Rule 3: ``line_down`` follows ``line_up`` exactly once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, cast

import structlog
from websockets.frames import CloseCode

from voltaro import metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.fact import Fact
from voltaro.domain.profiles import PLAIN, Link
from voltaro.gateway import frame_log, tally
from voltaro.gateway.limits import Limits
from voltaro.gateway.oddities import Oddities
from voltaro.gateway.wire import Wire
from voltaro.ocpp.conversation import AnswerReceived, Conversation, LateAnswer, Odd, Received, Replay, Reply, ReusedId, StrictConversation
from voltaro.ports import (
    ActorCrashed,
    ActorUnavailable,
    Call,
    Clock,
    Dialect,
    Line,
    Outcome,
    OutcomeKind,
    Pending,
    Request,
    StoreUnavailable,
)

log = structlog.get_logger(__name__)

_LATE_KEPT = 8
_MOST_ODD = 50
"""Different oddities that are counted between two sweeps."""

Done = Callable[[Outcome], None]


class Desk(Protocol):
    """Where calls are handed in: the part of ``ports.Calls`` that a line needs."""

    async def line_up(self, line: Line) -> None: ...

    def line_down(self, line: Line, code: int, reason: str) -> None: ...

    def hand(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]: ...

    def crashed(self, line: Line, call: Call) -> bool: ...

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None: ...

    def is_behind(self) -> bool: ...

    async def put_aside(self, line: Line, call: Call, reason: str) -> None: ...

    def log_exchange(self, exchange: Fact) -> None: ...


class ChargerLine:
    """``ports.Line``: one open WebSocket of one charger."""

    __slots__ = (
        "_attempts",
        "_call_deadline",
        "_clock",
        "_conversation",
        "_desk",
        "_done",
        "_end",
        "_envelope",
        "_in_hand",
        "_in_hand_since",
        "_keeps_frames",
        "_late",
        "_limits",
        "_mended",
        "_odd",
        "_odd_since",
        "_oddities",
        "_queue",
        "_queued_bytes",
        "_sent_at",
        "_task",
        "_up",
        "_waiting",
        "_wire",
        "charger_id",
        "connected_at",
        "dialect",
        "is_known",
        "link",
        "number",
        "remote",
    )

    def __init__(
        self,
        number: int,
        charger_id: str,
        dialect: Dialect,
        wire: Wire,
        desk: Desk,
        clock: Clock,
        limits: Limits,
        *,
        keeps_frames: bool,
        is_known: bool = True,
        link: Link = PLAIN,
        strict: bool = False,
    ) -> None:
        self.number = number
        self.link = link
        self.charger_id = charger_id
        self.dialect = dialect
        self.is_known = is_known
        self.remote = wire.remote
        self.connected_at = clock.now()
        self._wire = wire
        self._desk = desk
        self._clock = clock
        self._limits = limits
        self._keeps_frames = keeps_frames
        self._odd = 0
        self._odd_since = 0.0
        self._conversation = StrictConversation(dialect) if strict else Conversation(dialect)
        self._up = False
        self._end: tuple[int, str] | None = None

        # The charger's CALLs. Collections are made when they are first needed: an idle line has none.
        self._in_hand: Call | None = None
        self._in_hand_since = 0.0
        self._attempts = 0
        self._queue: deque[tuple[Call, float]] | None = None
        self._queued_bytes = 0
        self._task: asyncio.Task[None] | None = None

        # What is odd: what was repaired of the call in hand, and what is counted.
        self._mended: str | None = None
        self._envelope: Odd | None = None
        self._oddities: Oddities | None = None

        # Our CALLs.
        self._done: Done | None = None
        self._call_deadline = 0.0
        self._sent_at: datetime | None = None
        self._waiting: deque[tuple[Request, Done, Callable[[], object] | None]] | None = None
        self._late: dict[str, Done] | None = None

    def __repr__(self) -> str:
        return f"<ChargerLine {self.number} {self.charger_id} {self.dialect.protocol} {self.remote}>"

    # --- ports.Line --------------------------------------------------------------------------------------------------

    def call(self, request: Request, done: Done, sent: Callable[[], object] | None = None) -> bool:
        if self._end is not None or not self._wire.is_open():
            asyncio.get_running_loop().call_soon(done, Outcome(OutcomeKind.LOST, sent=False))
            return False
        if self._conversation.outstanding is None:
            self._send_call(request, done)
            return True
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append((request, done, sent))
        return False

    def waits_for(self, message_id: str) -> bool:
        outstanding = self._conversation.outstanding
        if outstanding is not None and outstanding.message_id == message_id:
            return True
        return any(request.message_id == message_id for request, _, _ in self._waiting or ())

    def mended(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        if self._keeps_frames and self._in_hand is not None and self._in_hand.raw is call.raw:
            self._mended = frame_log.mended(payload, anomalies)

    def _take_mended(self, call: Call) -> str | None:
        """What was repaired of the call that is finished, its envelope too, for the log."""
        mended, self._mended = self._mended, None
        envelope = self._envelope
        if envelope is not None:
            told = envelope.received.call if isinstance(envelope.received, ReusedId) else envelope.received
            if isinstance(told, Call) and told.raw is call.raw:
                self._envelope = None
                mended = frame_log.with_envelope(told, envelope.anomalies, mended)
        return mended

    def close(self, code: int, reason: str) -> None:
        self._wire.close(code, reason)

    def last_heard(self) -> float:
        return self._wire.heard

    # --- up and down -------------------------------------------------------------------------------------------------

    async def rise(self) -> None:
        """Tell the desk that the line is up; CALLs that come meanwhile wait."""
        try:
            await self._desk.line_up(self)
        except (StoreUnavailable, ActorUnavailable) as error:
            log.info("line.refused", charger=self.charger_id, remote=self.remote, error=type(error).__name__)
            self._wire.close(CloseCode.TRY_AGAIN_LATER, "try again later")
            return
        self._up = True
        metrics.LINES.inc()
        if self._end is not None:
            self._down(*self._end)
        else:
            self._work()

    def rest(self) -> bool:
        """Begin nothing more. What waits is not answered, so the charger sends it again over its next line."""
        self._drop_queue()
        ours = self._conversation.outstanding is not None
        if not ours:
            self._wire.hold_last()
        return self._in_hand is None and not ours

    def lost(self, code: int, reason: str) -> None:
        """The wire is gone."""
        self._end = (code, reason)
        log.info("line.closed", charger=self.charger_id, line=self.number, code=code, reason=reason)
        metrics.LINES_CLOSED.labels(_code_label(code)).inc()
        if self._in_hand is not None:
            self._log_unanswered(self._in_hand)
        self._drop_queue()
        done, self._done = self._done, None
        outstanding = self._conversation.outstanding
        waiting, self._waiting = self._waiting, None
        try:
            if done is not None:
                lost = Outcome(OutcomeKind.LOST, sent=True)
                if outstanding is not None:
                    self._log_ours(outstanding, lost, None)
                done(lost)
            for _, waits, _ in waiting or ():
                waits(Outcome(OutcomeKind.LOST, sent=False))
        finally:
            if self._up:
                self._down(code, reason)

    def _drop_queue(self) -> None:
        """Let go of the calls that wait: the charger sends them again over its next line."""
        for call, _ in self._queue or ():
            self._log_unanswered(call)
        if self._queue:
            self._queue.clear()
            self._queued_bytes = 0

    def _down(self, code: int, reason: str) -> None:
        metrics.LINES.dec()
        if self._oddities is not None:
            self._oddities.tell()
        self._desk.line_down(self, code, reason)

    # --- what comes in -----------------------------------------------------------------------------------------------

    def message(self, raw: bytes) -> None:
        """A whole message of the charger."""
        received = self._conversation.receive(raw, self._clock.now())
        if type(received) is Call:
            self._called(received)
        else:
            self._take(received, raw)

    def garbled(self, raw: bytes) -> bool:
        """A whole message that is no UTF-8; False when nothing can be made of it."""
        received = self._conversation.receive(raw, self._clock.now())
        if type(received) is not Odd:
            return False
        self._take(received, raw)
        return True

    def _take(self, received: Received, raw: bytes) -> None:
        """What is no CALL, or no plain one."""
        if isinstance(received, Odd):
            for anomaly in received.anomalies:
                metrics.ANOMALIES.labels(anomaly.code).inc()
                self._note(anomaly, received.received)
            if received.raw is not raw and self._keeps_frames:
                self._envelope = received
            self._take(received.received, received.raw)
        elif isinstance(received, Call):
            self._called(received)
        elif isinstance(received, ReusedId):
            self._noticed("reused_message_id", received.call)
            self._called(received.call)
        elif isinstance(received, AnswerReceived):
            self._answered_us(received.request, received.outcome, raw)
        elif isinstance(received, Replay):
            if received.answer:
                self._wire.send(received.answer)
            self._repeated(received.call, received.answer)
        elif isinstance(received, LateAnswer):
            self._answered_late(received.request, received.outcome, raw)
        elif isinstance(received, Reply):
            self._noticed("bad_message")
            log.debug("line.bad_message", charger=self.charger_id, code=received.code)
            self._wire.send(received.frame)
            if self._has_room_for_odd():
                self._desk.log_exchange(frame_log.refused(self.charger_id, raw, received, self._clock.now()))
        else:
            self._noticed(received.reason if received.reason == "unknown_answer" else "ignored_message")
            log.debug("line.ignored_message", charger=self.charger_id, reason=received.reason)
            if self._has_room_for_odd():
                self._desk.log_exchange(frame_log.ignored(self.charger_id, raw, received.reason, self._clock.now()))

    def _noticed(self, code: str, received: object = None) -> None:
        metrics.ANOMALIES.labels(code).inc()
        self._note(Anomaly(code), received)

    def _note(self, anomaly: Anomaly, received: object) -> None:
        if self._oddities is None:
            self._oddities = Oddities(partial(self._desk.noticed, self))
        self._oddities.note(anomaly, str(received.message_id) if isinstance(received, Call) else None, at_once=self._up)

    def _called(self, call: Call) -> None:
        if self._in_hand is None and self._up:
            self._in_hand = call
            self._in_hand_since = self._wire.heard
            self._attempts = 0
            self._hand()
        else:
            self._wait(call)

    def _wait(self, call: Call) -> None:
        in_hand = self._in_hand
        if in_hand is not None and in_hand.message_id == call.message_id and in_hand.raw == call.raw:
            self._repeated(call, None)  # it is being handled: one answer will do for both
            return
        if self._queue is None:
            self._queue = deque()
        elif any(waits.message_id == call.message_id and waits.raw == call.raw for waits, _ in self._queue):
            self._repeated(call, None)
            return
        self._queue.append((call, self._wire.heard))
        self._queued_bytes += len(call.raw)
        most = 1 if self._desk.is_behind() else self._limits.queued_calls
        if len(self._queue) >= most or self._queued_bytes >= self._limits.queued_bytes:
            self._wire.hold_calls(True)

    def _work(self) -> None:
        """Take waiting calls until one has to be waited for."""
        while self._queue and self._in_hand is None and self._wire.is_open():
            call, heard = self._queue.popleft()
            self._queued_bytes -= len(call.raw)
            if not self._queue:
                self._wire.hold_calls(False)
            self._in_hand = call
            self._in_hand_since = heard
            self._attempts = 0
            self._hand()

    # --- the call in hand --------------------------------------------------------------------------------------------

    def _hand(self) -> None:
        """Hand the call in hand to the desk; again, when its actor crashed."""
        call = self._in_hand
        assert call is not None
        while True:
            self._attempts += 1
            answer = self._desk.hand(self, call)
            if type(answer) is bytes:
                self._finish(call, answer)
                return
            future = cast("asyncio.Future[bytes]", answer)
            if not future.done():
                listen = future.then if isinstance(future, Pending) else future.add_done_callback
                listen(self._handed)
                return
            if not self._settle(call, future):
                return

    def _handed(self, future: asyncio.Future[bytes]) -> None:
        call = self._in_hand
        if call is None or self._end is not None:
            if not future.cancelled() and isinstance(future.exception(), ActorCrashed) and call is not None:
                self._desk.crashed(self, call)  # nobody waits for this answer any more, but the crash counts
            self._in_hand = None
            return
        try:
            if self._settle(call, future):
                self._hand()
            self._work()
        except BaseException:  # noqa: BLE001 -- whatever it is, it is ours and ends this line alone; it is logged there
            self._wire.broken("answer")

    def _settle(self, call: Call, future: asyncio.Future[bytes]) -> bool:
        """Take the actor's answer or its failure. True: hand the call over once more."""
        try:
            answer = future.result()
        except ActorCrashed as crash:
            if self._desk.crashed(self, call) and self._attempts < 2:
                return True
            self._aside(call, f"crashed its actor twice: {crash}")
        except (ActorUnavailable, asyncio.CancelledError):
            if self._is_session_message(call):
                self._aside(call, "its actor takes no messages")
            else:
                self._finish(call, self.dialect.refusal(call, "InternalError", "not available now, try again later"))
        except StoreUnavailable:
            self._store_away(call)
        else:
            self._finish(call, answer)
        return False

    def _finish(self, call: Call, answer: bytes) -> None:
        self._in_hand = None
        self._conversation.answered(call, answer)
        if answer and not call.send:
            self._wire.send(answer)
        tally.CALLS.count(self.dialect.protocol, call.action, answer)
        metrics.CALL_SECONDS.observe(self._clock.monotonic() - self._in_hand_since)
        if self._keeps_frames:
            mended = None if self._mended is None and self._envelope is None else self._take_mended(call)
            self._desk.log_exchange(frame_log.answered_call(self.charger_id, call, answer, self._clock.now(), mended))

    def _aside(self, call: Call, reason: str) -> None:
        """Put the call aside, then answer it; meanwhile it stays in hand."""
        self._task = asyncio.get_running_loop().create_task(self._put_aside(call, reason))

    async def _put_aside(self, call: Call, reason: str) -> None:
        try:
            log.error("line.call_put_aside", charger=self.charger_id, action=call.action, message_id=call.message_id, reason=reason)
            try:
                await self._desk.put_aside(self, call, reason)
            except StoreUnavailable:
                self._store_away(call)
            else:
                self._finish(call, self.dialect.safe_answer(call))
            self._task = None
            self._work()
        except Exception:  # noqa: BLE001 -- as above
            self._wire.broken("put aside")

    def _is_session_message(self, call: Call) -> bool:
        """What a charger keeps and sends again when the line breaks (1.6 section 3.7.1, 2.x E04): losing one loses money."""
        return self.dialect.safe_answer(call)[1:2] == b"3"

    def _store_away(self, call: Call) -> None:
        if call.action != "Authorize":
            # It stays in hand, so nothing is answered any more.
            log.warning("line.store_unavailable", charger=self.charger_id, action=call.action)
            self._wire.close_soon(CloseCode.TRY_AGAIN_LATER, "cannot record now, try again later")
        else:
            self._finish(call, self.dialect.refusal(call, "InternalError", "cannot record now, try again later"))

    # --- our calls ---------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        if self._oddities is not None and self._up:
            self._oddities.tell()
        if self._call_deadline and now >= self._call_deadline:
            self._expire()

    def _send_call(self, request: Request, done: Done) -> None:
        self._conversation.begin(request)
        self._done = done
        self._call_deadline = self._clock.monotonic() + self._limits.call_s
        if self._keeps_frames:
            self._sent_at = self._clock.now()
        self._wire.send(request.frame)

    def _send_next(self) -> None:
        while self._waiting and self._conversation.outstanding is None and self._wire.is_open():
            request, done, sent = self._waiting.popleft()
            self._send_call(request, done)
            if sent is not None:
                sent()

    def _answered_us(self, request: Request, outcome: Outcome, raw: bytes) -> None:
        done, self._done = self._done, None
        self._call_deadline = 0.0
        self._log_ours(request, outcome, raw)
        self._send_next()
        if done is not None:
            done(outcome)

    def _expire(self) -> None:
        request = self._conversation.outstanding
        done, self._done = self._done, None
        self._call_deadline = 0.0
        if request is None:
            return
        self._conversation.expire()
        expired = Outcome(OutcomeKind.TIMEOUT)
        self._log_ours(request, expired, None)
        if done is not None:
            if self._late is None:
                self._late = {}
            elif len(self._late) >= _LATE_KEPT:
                del self._late[next(iter(self._late))]
            self._late[request.message_id] = done
        self._send_next()
        if done is not None:
            done(expired)

    def _answered_late(self, request: Request, outcome: Outcome, raw: bytes) -> None:
        self._noticed("late_answer")
        outcome = outcome if outcome.late else outcome._replace(late=True)
        self._log_ours(request, outcome, raw)
        done = self._late.pop(request.message_id, None) if self._late else None
        if done is not None:
            done(outcome)

    # --- the message log ---------------------------------------------------------------------------------------------

    def _log_ours(self, request: Request, outcome: Outcome, answer: bytes | None) -> None:
        if self._keeps_frames:
            now = self._clock.now()
            sent_at = now if outcome.late else self._sent_at or now
            self._desk.log_exchange(frame_log.our_call(self.charger_id, request, outcome, answer, sent_at, now))

    def _log_unanswered(self, call: Call) -> None:
        if self._keeps_frames:
            self._desk.log_exchange(frame_log.unanswered_call(self.charger_id, call))

    def _repeated(self, call: Call, answer: bytes | None) -> None:
        self._noticed("replay", call)
        if self._has_room_for_odd():
            self._desk.log_exchange(frame_log.replay(self.charger_id, call, answer, self._clock.now()))

    def _has_room_for_odd(self) -> bool:
        """Whether one more frame that is no call of its own is logged: a charger that sends nothing else fills no disk."""
        if not self._keeps_frames:
            return False
        now = self._clock.monotonic()
        if now - self._odd_since >= frame_log.ODD_S:
            self._odd, self._odd_since = 0, now
        self._odd += 1
        return self._odd <= frame_log.MOST_ODD


def _code_label(code: int) -> str:
    """Close codes that a charger may choose freely share a label."""
    return str(code) if 1000 <= code <= 1015 or code == 4001 else "other"

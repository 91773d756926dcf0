"""The line to one charger: its conversation, the call in hand, the calls that wait. Our own CALLs are sent by ``calling_line.py``.

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
from collections.abc import Sequence
from functools import partial
from typing import cast

import structlog
from websockets.frames import CloseCode

from voltaro import metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.profiles import PLAIN, Link
from voltaro.gateway import frame_log, tally
from voltaro.gateway.calling_line import CallingLine
from voltaro.gateway.desk import Desk
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
    Pending,
    StoreUnavailable,
)

log = structlog.get_logger(__name__)


class ChargerLine(CallingLine):
    """``ports.Line``: one open WebSocket of one charger."""

    __slots__ = (
        "_attempts",
        "_in_hand",
        "_in_hand_since",
        "_oddities",
        "_queue",
        "_queued_bytes",
        "_task",
        "_up",
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
        conversation = StrictConversation(dialect) if strict else Conversation(dialect)
        super().__init__(charger_id, wire, conversation, desk, clock, limits, keeps_frames=keeps_frames)
        self.number = number
        self.link = link
        self.dialect = dialect
        self.is_known = is_known
        self.remote = wire.remote
        self.connected_at = clock.now()
        self._up = False

        # The charger's CALLs. Collections are made when they are first needed: an idle line has none.
        self._in_hand: Call | None = None
        self._in_hand_since = 0.0
        self._attempts = 0
        self._queue: deque[tuple[Call, float]] | None = None
        self._queued_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._oddities: Oddities | None = None

    def __repr__(self) -> str:
        return f"<ChargerLine {self.number} {self.charger_id} {self.dialect.protocol} {self.remote}>"

    # --- ports.Line --------------------------------------------------------------------------------------------------

    def mended(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        if self._keeps_frames and self._in_hand is not None and self._in_hand.raw is call.raw:
            self._mended = frame_log.mended(payload, anomalies)

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
        try:
            self._lose_ours()
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
            self._noticed("late_answer")
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

    def _repeated(self, call: Call, answer: bytes | None) -> None:
        self._noticed("replay", call)
        self._log_repeated(call, answer)

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

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        if self._oddities is not None and self._up:
            self._oddities.tell()
        if self._call_deadline and now >= self._call_deadline:
            self._expire()


def _code_label(code: int) -> str:
    """Close codes that a charger may choose freely share a label."""
    return str(code) if 1000 <= code <= 1015 or code == 4001 else "other"

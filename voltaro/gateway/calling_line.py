"""Our CALLs over one line: one at a time, each with a deadline; an answer that comes after it is told as late."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime

from voltaro.gateway.desk import Desk
from voltaro.gateway.limits import Limits
from voltaro.gateway.logged_line import LoggedLine
from voltaro.gateway.wire import Wire
from voltaro.ocpp.conversation import Conversation
from voltaro.ports import Clock, Outcome, OutcomeKind, Request

_LATE_KEPT = 8

Done = Callable[[Outcome], None]


class CallingLine(LoggedLine):
    """The part of a line that sends our CALLs. ``gateway/line.py`` is the whole."""

    __slots__ = ("_call_deadline", "_conversation", "_done", "_end", "_late", "_limits", "_sent_at", "_waiting", "_wire")

    def __init__(
        self, charger_id: str, wire: Wire, conversation: Conversation, desk: Desk, clock: Clock, limits: Limits, *, keeps_frames: bool
    ) -> None:
        super().__init__(charger_id, desk, clock, keeps_frames=keeps_frames)
        self._wire = wire
        self._conversation = conversation
        self._limits = limits
        self._end: tuple[int, str] | None = None
        """How the wire was lost."""
        self._done: Done | None = None
        self._call_deadline = 0.0
        self._sent_at: datetime | None = None
        self._waiting: deque[tuple[Request, Done, Callable[[], object] | None]] | None = None
        self._late: dict[str, Done] | None = None

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

    # --- one at a time -----------------------------------------------------------------------------------------------

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
        self._log_ours(request, outcome, raw, self._sent_at)
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
        self._log_ours(request, expired, None, self._sent_at)
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
        outcome = outcome if outcome.late else outcome._replace(late=True)
        self._log_ours(request, outcome, raw, self._sent_at)
        done = self._late.pop(request.message_id, None) if self._late else None
        if done is not None:
            done(outcome)

    def _lose_ours(self) -> None:
        """The wire is gone: nothing of ours is answered any more."""
        done, self._done = self._done, None
        outstanding = self._conversation.outstanding
        waiting, self._waiting = self._waiting, None
        if done is not None:
            lost = Outcome(OutcomeKind.LOST, sent=True)
            if outstanding is not None:
                self._log_ours(outstanding, lost, None, self._sent_at)
            done(lost)
        for _, waits, _ in waiting or ():
            waits(Outcome(OutcomeKind.LOST, sent=False))

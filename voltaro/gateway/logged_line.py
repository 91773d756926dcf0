"""What a line puts into the message log: calls and answers, and of frames that are neither no more than a bounded number a minute."""

from __future__ import annotations

from datetime import datetime

from voltaro.gateway import frame_log
from voltaro.gateway.desk import Desk
from voltaro.ocpp.conversation import Odd, ReusedId
from voltaro.ports import Call, Clock, Outcome, Request


class LoggedLine:
    """The part of a line that logs. ``gateway/line.py`` is the whole."""

    __slots__ = ("_clock", "_desk", "_envelope", "_keeps_frames", "_mended", "_odd", "_odd_since", "charger_id")

    def __init__(self, charger_id: str, desk: Desk, clock: Clock, *, keeps_frames: bool) -> None:
        self.charger_id = charger_id
        self._desk = desk
        self._clock = clock
        self._keeps_frames = keeps_frames
        self._odd = 0
        self._odd_since = 0.0
        self._mended: str | None = None
        """What was repaired of the call in hand."""
        self._envelope: Odd | None = None
        """What was repaired around it."""

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

    def _log_ours(self, request: Request, outcome: Outcome, answer: bytes | None, sent_at: datetime | None) -> None:
        if self._keeps_frames:
            now = self._clock.now()
            sent = now if outcome.late else sent_at or now
            self._desk.log_exchange(frame_log.our_call(self.charger_id, request, outcome, answer, sent, now))

    def _log_unanswered(self, call: Call) -> None:
        if self._keeps_frames:
            self._desk.log_exchange(frame_log.unanswered_call(self.charger_id, call))

    def _log_repeated(self, call: Call, answer: bytes | None) -> None:
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

"""The calls of one charger that wait to be sent, and the one that waits for its answer.

Rule 1: one CALL at a time; the next leaves when the answer is here or its time is up (OCPP-J section 4.1.1).
Rule 2: messages about sessions leave in the order they were made, whatever else overtakes them, and survive
a lost line (OCPP 1.6 section 3.7.1). Anything else dies with the line.
Rule 3: a message about a session that the central system failed to process is sent again after
``retry interval x number of failures`` and given up after so many attempts. A lost line is not a failure to process.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from voltaro.simulator.ledger import SessionRecord

LONGEST_QUEUE = 5000
"""Readings of a session are dropped above this many queued messages; starts and ends never are."""


class End(Enum):
    """How a call ended."""

    ANSWERED = "answered"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"


Done = Callable[[End, Mapping[str, Any]], None]


@dataclass(slots=True, eq=False)
class Outgoing:
    """A CALL to be sent. ``session`` is given for messages about a session, which are kept and retried."""

    action: str
    payload: dict[str, Any]
    done: Done | None = None
    session: SessionRecord | None = None
    early: bool = False
    """May leave before the central system has accepted the charger: BootNotification, and what was triggered."""
    reading: bool = False
    """A message between start and end: the first to go when memory runs short."""
    order: int = 0
    message_id: str = ""
    sent_at: float = 0.0
    failures: int = 0
    not_before: float = 0.0


class Outbox:
    """Two queues and the call in hand. The caller says when; nothing here reads a clock."""

    __slots__ = ("_order", "_other", "_sessions", "dropped", "in_hand", "timeout_s")

    def __init__(self, timeout_s: float) -> None:
        self._other: deque[Outgoing] = deque()
        self._sessions: deque[Outgoing] = deque()
        self._order = 0
        self.in_hand: Outgoing | None = None
        self.timeout_s = timeout_s
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._other) + len(self._sessions) + (self.in_hand is not None)

    @property
    def session_messages(self) -> int:
        """How many messages about sessions are not acknowledged yet."""
        return len(self._sessions) + (self.in_hand is not None and self.in_hand.session is not None)

    def concerns(self, session: SessionRecord) -> bool:
        """Whether a message about this session is not acknowledged yet."""
        in_hand = self.in_hand is not None and self.in_hand.session is session
        return in_hand or any(call.session is session for call in self._sessions)

    def put(self, call: Outgoing) -> None:
        self._order += 1
        call.order = self._order
        if call.session is None:
            self._other.append(call)
        elif call.reading and len(self._sessions) >= LONGEST_QUEUE:
            self.dropped += 1
        else:
            self._sessions.append(call)

    def take(self, now: float, message_id: str, *, accepted: bool) -> Outgoing | None:
        """The next call to send, which is then in hand; None when there is none or one is in hand.

        Before the charger is ``accepted`` only early calls leave.
        """
        if self.in_hand is not None:
            return None
        call = self._next(now) if accepted else next((each for each in self._other if each.early), None)
        if call is None:
            return None
        if call.session is None:
            self._other.remove(call)
        else:
            self._sessions.popleft()
        call.message_id = call.message_id or message_id
        call.sent_at = now
        self.in_hand = call
        return call

    def due(self, *, accepted: bool) -> float:
        """When to look again although nothing arrived: a time-out, or a retry."""
        if self.in_hand is not None:
            return self.in_hand.sent_at + self.timeout_s
        return self._sessions[0].not_before if accepted and self._sessions else math.inf

    def answered(self, message_id: str) -> Outgoing | None:
        """The call this message id belongs to, no longer in hand; None for an answer nobody waits for."""
        call = self.in_hand
        if call is None or call.message_id != message_id:
            return None
        self.in_hand = None
        return call

    def overdue(self, now: float) -> Outgoing | None:
        """The call in hand when its time is up, no longer in hand."""
        call = self.in_hand
        if call is None or now < call.sent_at + self.timeout_s:
            return None
        self.in_hand = None
        return call

    def try_again(self, call: Outgoing, now: float, *, attempts: int, interval_s: float, same_id: bool) -> bool:
        """Queue a failed message about a session once more, at its old place. False when it was the last attempt."""
        call.failures += 1
        if call.failures >= attempts:
            return False
        call.not_before = now + interval_s * call.failures
        if not same_id:
            call.message_id = ""
        self._sessions.appendleft(call)
        return True

    def put_back(self, call: Outgoing) -> None:
        """A message about a session that was not even looked at: as if it had never been sent."""
        call.message_id = ""
        self._sessions.appendleft(call)

    def line_lost(self, *, same_id: bool) -> list[Outgoing]:
        """Keep what is about sessions, at once ready to be sent again; return the calls that died."""
        dead = list(self._other)
        self._other.clear()
        call, self.in_hand = self.in_hand, None
        if call is not None and call.session is not None:
            if not same_id:
                call.message_id = ""
            self._sessions.appendleft(call)
        elif call is not None:
            dead.insert(0, call)
        for waiting in self._sessions:
            waiting.not_before = 0.0
        return dead

    def _next(self, now: float) -> Outgoing | None:
        """The older head of the two queues; a message that waits for its retry holds back only its own queue."""
        session = self._sessions[0] if self._sessions and self._sessions[0].not_before <= now else None
        other = self._other[0] if self._other else None
        if session is None or other is None:
            return session or other
        return session if session.order < other.order else other

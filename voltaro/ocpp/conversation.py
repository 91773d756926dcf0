"""The conversation on one line: what each frame means, given what was said before. No I/O.

Rule 1: ``receive`` is total. Any bytes become one of the eight ``Received``; nothing raises.
Rule 2: one CALL of ours is outstanding at a time; the charger's CALLs may cross it (OCPP-J 1.6 section 4.1.1).
Rule 3: a CALL that is repeated byte for byte gets the stored answer, with no second effect (conformance TR-60). One that says the
same in other bytes is a new call with a used id: facts are idempotent by content, so that costs nothing.
Rule 4: secrets in answers to our CALLs are masked here: nobody behind needs them, and what nobody has, nobody shows.
Rule 5: only CALLs are answered. What is wrong with an answer, a CALLRESULTERROR or a SEND is noted and no more.
"""

from __future__ import annotations

import base64
from collections import deque
from datetime import datetime
from typing import Any, NamedTuple

from voltaro.domain.anomaly import Anomaly
from voltaro.ocpp import envelope, frames
from voltaro.ocpp.schemas import UNSTORABLE
from voltaro.ocpp.secrets import conceal, secrets_of
from voltaro.ports import Call, Dialect, Outcome, OutcomeKind, Request

REPLAYED_ANSWERS = 16
"""Answers kept for replay on a line."""
LATE_CALLS = 4
"""Timed-out CALLs of ours whose late answer is still told apart from nonsense."""
LONGEST_REPLAYED_ID = 255
MESSAGE_ID = 36
"""Characters of a message id (conformance TR-46)."""
SIGNED = "-Signed"
"""Suffix of a signed message's action (2.x part 4, section 7)."""


class ReusedId(NamedTuple):
    """A CALL to be handled like any other, whose id belongs to another message that was answered before."""

    call: Call


class Replay(NamedTuple):
    """A CALL that was answered before: send ``answer`` again."""

    call: Call
    answer: bytes


class AnswerReceived(NamedTuple):
    """The charger's answer to our outstanding CALL, which is outstanding no more."""

    request: Request
    outcome: Outcome


class LateAnswer(NamedTuple):
    """The charger's answer to a CALL of ours that had timed out."""

    request: Request
    outcome: Outcome


class Reply(NamedTuple):
    """Something malformed that is answered at once with ``frame``; ``code`` is the error code in it."""

    frame: bytes
    code: str


class Ignored(NamedTuple):
    """Something that gets no answer; ``reason`` is one of a few fixed words, fit to be counted."""

    reason: str


class Odd(NamedTuple):
    """What was received, read although it is not written as it should be. ``raw`` is the frame, mended where it was no JSON."""

    received: Call | ReusedId | Replay | AnswerReceived | LateAnswer | Reply | Ignored
    anomalies: tuple[Anomaly, ...]
    raw: bytes


Received = Call | ReusedId | Replay | AnswerReceived | LateAnswer | Reply | Ignored | Odd
"""A ``Call`` is a CALL or SEND to be handled."""


class Conversation:
    """One line's conversation in its dialect."""

    __slots__ = ("_answers", "_dialect", "_late", "_outstanding", "_spelling", "_two")

    mends = True
    """Whether what is not written as it should be is read all the same, where it can be."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._two = dialect.protocol != "ocpp1.6"
        self._spelling = {} if self._two else SPELLING_OF_16
        self._outstanding: Request | None = None
        self._late: deque[Request] | None = None
        self._answers: dict[str, tuple[int, bytes]] | None = None

    @property
    def outstanding(self) -> Request | None:
        """Our CALL that waits for its answer."""
        return self._outstanding

    def begin(self, request: Request) -> None:
        """Our CALL has been written. Raises RuntimeError while another one is outstanding: the caller must queue."""
        if self._outstanding is not None:
            raise RuntimeError("one CALL is outstanding already: queue this one until it is answered or has expired")
        self._outstanding = request

    def expire(self) -> None:
        """Our outstanding CALL has timed out: the next may begin; a late answer is still recognised."""
        if self._outstanding is None:
            return
        if self._late is None:
            self._late = deque(maxlen=LATE_CALLS)
        self._late.append(self._outstanding)
        self._outstanding = None

    def answered(self, call: Call, answer: bytes) -> None:
        """Remember the answer to a CALL for replay, if the action is durable and the answer is a CALLRESULT."""
        if call.action not in REPLAYED_ACTIONS or not answer.startswith(b"[3") or len(call.message_id) > LONGEST_REPLAYED_ID:
            return
        if self._answers is None:
            self._answers = {}
        self._answers.pop(call.message_id, None)
        if len(self._answers) >= REPLAYED_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._answers[call.message_id] = (hash(call.raw), answer)

    def receive(self, raw: bytes, received_at: datetime) -> Received:
        """What a frame means. Never raises."""
        try:
            frame = frames.read(raw)
        except frames.NotJson:
            return self._mended(raw, received_at) or self._without_id("not_json", "the frame is not JSON text")
        except frames.TooDeep:
            return self._too_deep(raw, received_at)
        if type(frame) is not list or not frame:
            return (
                self._refused(frames.NO_ID, "RpcFrameworkError", "the frame is not a JSON array") if self._two else Ignored("not_an_array")
            )
        kind = frame[0]
        if kind == frames.CALL:
            return self._call(frame, raw, received_at)
        if kind == frames.CALL_RESULT:
            return self._result(frame, raw)
        if kind == frames.CALL_ERROR:
            return self._error(frame)
        if self._dialect.protocol == "ocpp2.1":
            if kind == frames.SEND:
                return self._send(frame, raw, received_at)
            if kind == frames.CALL_RESULT_ERROR:
                return Ignored("call_result_error")
        if self._two and len(frame) > 1 and type(frame[1]) is str:
            return self._refused(frame[1], "MessageTypeNotSupported", "the message type is none that this version of OCPP has")
        return Ignored("unknown_message_type")

    def _call(self, frame: list[Any], raw: bytes, received_at: datetime, message_id: str | None = None) -> Received:
        if message_id is None:
            if len(frame) < 2 or type(frame[1]) is not str:
                return self._call_with_odd_id(frame, raw, received_at)
            message_id = frame[1]
        if len(frame) < 4:
            return self._unreadable(frame, message_id, raw, received_at) or self._refused(
                message_id, "FormatViolation" if self._two else "ProtocolError", "a CALL has four elements"
            )
        action = frame[2]
        if type(action) is not str:
            return self._refused(message_id, "FormatViolation" if self._two else "ProtocolError", "the action is no text")
        if b"\\u" in raw and frames.has_unstorable_text(frame[1:3]):
            return self._refused(message_id, "FormatViolation", "the message id or the action holds NUL or half a surrogate pair")
        payload = frame[3]
        if payload is None:
            payload = {}
        elif type(payload) is not dict:
            return self._unreadable(frame, message_id, raw, received_at) or self._refused(
                message_id, "FormatViolation", "the payload is not a JSON object"
            )
        if self._two and action.endswith(SIGNED):
            action = action.removesuffix(SIGNED)
            payload = _signed_content(payload)
            if payload is None:
                return self._refused(message_id, "FormatViolation", "the payload is not a signed JSON object (RFC 7515)")
        call = Call(message_id, action, payload, raw, received_at)
        known = None if self._answers is None else self._answers.get(message_id)
        if known is None:
            return call
        return Replay(call, known[1]) if known[0] == hash(raw) else ReusedId(call)

    def _call_with_odd_id(self, frame: list[Any], raw: bytes, received_at: datetime) -> Received:
        message_id = _message_id(frame, raw)
        if message_id is None:
            return self._without_id("unreadable_message_id", "the message id is missing or is no text")
        received = self._call(frame, raw, received_at, message_id)
        assert not isinstance(received, Odd)
        return Odd(received, (Anomaly("numeric_message_id", "", message_id[:MESSAGE_ID]),), raw)

    def _unreadable(self, frame: list[Any], message_id: str, raw: bytes, received_at: datetime) -> Call | None:
        """A session message is not refused for what it says: with an empty payload it is invalid, kept raw, and answered."""
        if not self.mends or len(frame) < 3 or type(frame[2]) is not str or frames.has_unstorable_text([message_id, frame[2]]):
            return None
        call = Call(message_id, frame[2], {}, raw, received_at)
        return call if self._dialect.safe_answer(call).startswith(b"[3") else None

    def _mended(self, raw: bytes, received_at: datetime) -> Odd | None:
        """A frame that is no JSON, where little makes it a message that fits its schema (quirk Q-18)."""
        found = envelope.mended(raw) if self.mends else None
        if found is None:
            return None
        received = self.receive(found.text, received_at)
        anomalies = found.anomalies
        if isinstance(received, Odd):
            anomalies += received.anomalies
            received = received.received
        if isinstance(received, Call | ReusedId):
            call = received if isinstance(received, Call) else received.call
            if not call.message_id or not self._dialect.takes(call):
                return None
            call = call._replace(raw=raw)
            return Odd(call if isinstance(received, Call) else ReusedId(call), anomalies, found.text)
        return Odd(received, anomalies, found.text) if isinstance(received, AnswerReceived | LateAnswer) else None

    def _send(self, frame: list[Any], raw: bytes, received_at: datetime) -> Received:
        message_id = _message_id(frame, raw)
        if message_id is None or len(frame) < 4 or type(frame[2]) is not str or frames.has_unstorable_text(frame[1:3]):
            return Ignored("malformed_send")
        action, payload = frame[2], {} if frame[3] is None else frame[3]
        if type(payload) is dict and action.endswith(SIGNED):
            action, payload = action.removesuffix(SIGNED), _signed_content(payload)
        if type(payload) is not dict:
            return Ignored("malformed_send")
        return Call(message_id, action, payload, raw, received_at, send=True)

    def _result(self, frame: list[Any], raw: bytes) -> Received:
        payload = frame[2] if len(frame) > 2 and frame[2] is not None else {}
        matched = self._match(frame)
        if matched is None:
            return Ignored("unknown_answer")
        request, late = matched
        if self._two and type(payload) is dict and _is_signed(payload):
            payload = _signed_content(payload) or payload
        invalid = self._dialect.check_result(request.action, payload)
        if frames.has_unstorable_text(payload):
            payload, invalid = frames.storable(payload), invalid or UNSTORABLE.description
        told = secrets_of(request.payload)
        payload = conceal(payload, told)
        mended = None if invalid is None or not self.mends else self._dialect.mended_result(request.action, payload)
        outcome = Outcome(OutcomeKind.RESULT, payload=payload, invalid=invalid, late=late)
        if mended is not None:
            outcome = outcome._replace(mended=mended[0], invalid=None)
        received = LateAnswer(request, outcome) if late else AnswerReceived(request, outcome)
        return received if mended is None or not mended[1] else Odd(received, _of_answer(request.action, mended[1]), raw)

    def _error(self, frame: list[Any]) -> Received:
        matched = self._match(frame)
        if matched is None:
            return Ignored("unknown_answer")
        request, late = matched
        code = frame[2] if len(frame) > 2 and type(frame[2]) is str and frame[2] else "GenericError"
        description = frame[3] if len(frame) > 3 and type(frame[3]) is str else ""
        told = secrets_of(request.payload)
        code, description = (conceal(frames.storable(text), told) for text in (SPELLING_OF_2.get(code, code), description))
        outcome = Outcome(OutcomeKind.ERROR, code=code, description=description, late=late)
        return LateAnswer(request, outcome) if late else AnswerReceived(request, outcome)

    def _match(self, frame: list[Any]) -> tuple[Request, bool] | None:
        message_id = frame[1] if len(frame) > 1 else None
        request = self._outstanding
        if request is not None and request.message_id == message_id:
            self._outstanding = None
            return request, False
        for request in self._late or ():
            if request.message_id == message_id:
                assert self._late is not None
                self._late.remove(request)
                return request, True
        return None

    def _too_deep(self, raw: bytes, received_at: datetime) -> Received:
        head = frames.call_head(raw)
        if head is None:
            return self._without_id("too_deep", "the frame is nested deeper than any of OCPP")
        message_id, action = head
        return self._unreadable([frames.CALL, message_id, action], message_id, raw, received_at) or self._refused(
            message_id, "FormatViolation", "the message is nested deeper than any of OCPP"
        )

    def _without_id(self, reason: str, description: str) -> Received:
        """2.x answers under the id ``-1``; 1.6 has no words for it."""
        return self._refused(frames.NO_ID, "RpcFrameworkError", description) if self._two else Ignored(reason)

    def _refused(self, message_id: str, code: str, description: str) -> Reply:
        code = self._spelling.get(code, code)
        return Reply(frames.error(message_id, code, description), code)


class StrictConversation(Conversation):
    """One with a charger that is to be certified: nothing is read that is not written as it should be."""

    __slots__ = ()

    mends = False

    def _call(self, frame: list[Any], raw: bytes, received_at: datetime, message_id: str | None = None) -> Received:
        if len(frame) > 1 and type(frame[1]) is str and len(frame[1]) > MESSAGE_ID:
            return self._refused(frame[1], "FormatViolation" if self._two else "ProtocolError", "a message id has at most 36 characters")
        return super()._call(frame, raw, received_at, message_id)

    def _call_with_odd_id(self, frame: list[Any], raw: bytes, received_at: datetime) -> Received:
        message_id = _message_id(frame, raw)
        if message_id is None or self._two:
            return self._without_id("unreadable_message_id", "the message id is missing or is no text")
        return self._refused(message_id, "ProtocolError", "a message id is text")


def _of_answer(action: str, anomalies: tuple[Anomaly, ...]) -> tuple[Anomaly, ...]:
    """What was done to the answer to a CALL of ours: its fields are named with the action."""
    return tuple(anomaly._replace(field=f"{action}.conf{anomaly.field}") for anomaly in anomalies)


def _message_id(frame: list[Any], raw: bytes) -> str | None:
    if len(frame) < 2:
        return None
    message_id = frame[1]
    if type(message_id) is str:
        return message_id
    if type(message_id) is int or type(message_id) is float:
        return frames.number_id(raw, message_id)
    return None


def _is_signed(payload: dict[str, Any]) -> bool:
    """Whether a payload is a JSON Web Signature; no message of OCPP has a member ``payload`` at its top."""
    return type(payload.get("payload")) is str and ("signature" in payload or "signatures" in payload)


def _signed_content(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The object inside a JSON Web Signature (RFC 7515 section 7.2), not verified; None when there is none."""
    encoded = payload.get("payload")
    if type(encoded) is not str:
        return None
    try:
        content = frames.read(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return None
    return content if type(content) is dict else None


SPELLING_OF_16 = {
    "FormatViolation": "FormationViolation",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "RpcFrameworkError": "ProtocolError",
    "MessageTypeNotSupported": "ProtocolError",
}
"""Codes of 2.x that 1.6 spells otherwise (its misprints are the standard, errata 5.1 and 5.2) or does not have."""

SPELLING_OF_2 = {"FormationViolation": "FormatViolation", "OccurenceConstraintViolation": "OccurrenceConstraintViolation"}

REPLAYED_ACTIONS = frozenset(
    {
        "StartTransaction",
        "StopTransaction",
        "TransactionEvent",
        "MeterValues",
        "SecurityEventNotification",
        "NotifyReport",
        "NotifyEvent",
        "DataTransfer",
    }
)
"""Actions whose answers are kept for replay: what was recorded before it was answered. Never Heartbeat or BootNotification,
whose answers hold the time."""

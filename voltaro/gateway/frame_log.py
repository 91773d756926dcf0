"""The message log, as a line writes it: calls with their answers, and frames that are neither. Pure: facts out of frames.

Secrets are masked here, before anything leaves the line. What is no call of OCPP is cut to ``LONGEST_ODD`` characters, and a line
logs at most ``MOST_ODD`` such frames a minute: nonsense fills no disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.fact import ExchangeLogged, FrameLogged
from voltaro.ocpp import frames
from voltaro.ocpp.conversation import Reply
from voltaro.ocpp.secrets import mask_answer, mask_payload, mask_secrets
from voltaro.ports import Call, Outcome, OutcomeKind, Request

Logged = ExchangeLogged | FrameLogged

LONGEST_ODD = 8192
MOST_ODD = 60
ODD_S = 60.0


def answered_call(charger_id: str, call: Call, answer: bytes, now: datetime, mended: str | None = None) -> Logged:
    """A call of the charger, or a SEND, with our answer; an empty one is none. ``mended`` says how it was repaired."""
    request = mask_secrets(call.raw.decode() if mended is None else _text(call.raw))
    message_id = str(call.message_id)  # one that came as a number is a kind of text that only the conversation knows
    if not answer:
        outcome, kind = ("sent", "send") if call.send else ("unanswered", "call")
        return FrameLogged(charger_id, "in", message_id, call.action, request, None, outcome, call.received_at, None, kind, repaired=mended)
    shown = mask_secrets(answer.decode())
    if answer[1:2] != b"4":
        if mended is None:
            return ExchangeLogged(charger_id, "in", message_id, call.action, request, shown, "result", call.received_at, now)
        return FrameLogged(charger_id, "in", message_id, call.action, request, shown, "result", call.received_at, now, repaired=mended)
    told = _error_of(answer)
    return FrameLogged(charger_id, "in", message_id, call.action, request, shown, "error", call.received_at, now, "call", *told, mended)


def mended(payload: str, anomalies: Sequence[Anomaly]) -> str:
    """A repaired payload (JSON, secrets masked) and what was done to it."""
    done = json.dumps([{"code": code, "field": field} for code, field, _ in anomalies], ensure_ascii=False)
    return f'{{"payload":{payload},"repairs":{done}}}'


def with_envelope(call: Call, anomalies: Sequence[Anomaly], mended: str | None) -> str:
    """The same of a call whose frame was no JSON; ``mended`` is what was done to its payload."""
    before: dict[str, Any] = {"payload": mask_payload(call.payload), "repairs": []} if mended is None else json.loads(mended)
    repairs = [{"code": code, "field": field} for code, field, _ in anomalies]
    return json.dumps({"payload": before["payload"], "repairs": repairs + before["repairs"]}, ensure_ascii=False)


def unanswered_call(charger_id: str, call: Call) -> FrameLogged:
    """A call that the charger will send again, because its line was lost before the answer."""
    shown, error = mask_secrets(call.raw.decode()), "the line was lost before it was answered"
    return FrameLogged(charger_id, "in", str(call.message_id), call.action, shown, None, "unanswered", call.received_at, None, error=error)


def our_call(charger_id: str, request: Request, outcome: Outcome, answer: bytes | None, sent_at: datetime, now: datetime) -> Logged:
    """A call of ours, as it ended: with the charger's answer, or without one."""
    shown = mask_secrets(request.frame.decode())
    if answer is None:
        error = "the charger did not answer in time" if outcome.kind is OutcomeKind.TIMEOUT else "the line was lost before the answer"
        return FrameLogged(
            charger_id, "out", request.message_id, request.action, shown, None, outcome.kind.value, sent_at, None, error=error
        )
    told = mask_answer(answer.decode(), request.payload)
    if outcome.kind is OutcomeKind.RESULT and outcome.invalid is None and not outcome.late:
        return ExchangeLogged(charger_id, "out", request.message_id, request.action, shown, told, "result", sent_at, now)
    return FrameLogged(
        charger_id,
        "out",
        request.message_id,
        request.action,
        shown,
        told,
        outcome.kind.value,
        sent_at,
        now,
        "late_answer" if outcome.late else "call",
        outcome.code,
        outcome.invalid or outcome.description or None,
    )


def replay(charger_id: str, call: Call, answer: bytes | None, now: datetime) -> FrameLogged:
    """A call that came again: its answer was sent again, or is still to come (None)."""
    return FrameLogged(
        charger_id,
        "in",
        str(call.message_id),
        call.action,
        _odd(call.raw),
        None if answer is None else _odd(answer),
        "ignored" if answer is None else "result",
        call.received_at,
        None if answer is None else now,
        "replay",
        error="it came again while it was being handled" if answer is None else "it came again after it was answered",
    )


def refused(charger_id: str, raw: bytes, reply: Reply, now: datetime) -> FrameLogged:
    """Something malformed that was answered with an error at once."""
    message_id, action = frames.call_head(raw) or ("", "")
    code, description = _error_of(reply.frame)
    return FrameLogged(
        charger_id, "in", _id(message_id), _id(action), _odd(raw), _odd(reply.frame), "error", now, now, "refused", code, description
    )


def ignored(charger_id: str, raw: bytes, reason: str, now: datetime) -> FrameLogged:
    """Something that can have no answer; ``reason`` is one of the conversation's fixed words."""
    return FrameLogged(charger_id, "in", "", "", _odd(raw), None, "ignored", now, None, "ignored", error=reason.replace("_", " "))


def _error_of(frame: bytes) -> tuple[str | None, str | None]:
    """The code and description of a CALLERROR of ours."""
    told = frames.storable(frames.read(frame))
    return str(told[2]) or None, str(told[3]) or None


def _text(raw: bytes) -> str:
    """The text of a frame that need not be JSON, nor UTF-8, fit to be stored."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if "\0" not in text else text.replace("\0", "\ufffd")


def _odd(raw: bytes) -> str:
    """Any bytes as a text that can be stored and shown."""
    shown = mask_secrets(raw.decode(errors="replace")).replace("\0", "\ufffd")
    return shown if len(shown) <= LONGEST_ODD else f"{shown[:LONGEST_ODD]}... ({len(raw)} bytes in all)"


def _id(text: object) -> str:
    return frames.storable(str(text))[:255]  # type: ignore[no-any-return]

"""Puts a CALL through a dialect and reads its answer."""

from __future__ import annotations

import json
from typing import Any

from tests.ocpp.examples import dialect
from tests.ocpp.stations import NOW, FakeStation, at_once
from voltaro.ocpp.conversation import Conversation, Odd
from voltaro.ports import Call


def call_of(protocol: str, action: str, payload: Any, message_id: Any = "1", kind: int = 2) -> Call:
    """The call that a charger's frame is."""
    received = Conversation(dialect(protocol)).receive(json.dumps([kind, message_id, action, payload]).encode(), NOW)
    if isinstance(received, Odd):
        received = received.received
    assert isinstance(received, Call), received
    return received


def ask(protocol: str, action: str, payload: Any, station: FakeStation | None = None) -> list[Any]:
    """The whole answer frame, as JSON."""
    answer = dialect(protocol).answer(station or FakeStation(), call_of(protocol, action, payload))
    frame: list[Any] = json.loads(answer if isinstance(answer, bytes) else at_once(answer))
    return frame


def answered(protocol: str, action: str, payload: Any, station: FakeStation | None = None) -> dict[str, Any]:
    """The payload of the CALLRESULT."""
    frame = ask(protocol, action, payload, station)
    assert frame[:2] == [3, "1"], frame
    payload_of_answer: dict[str, Any] = frame[2]
    return payload_of_answer


def refused(protocol: str, action: str, payload: Any, station: FakeStation | None = None) -> str:
    """The code of the CALLERROR."""
    frame = ask(protocol, action, payload, station)
    assert frame[:2] == [4, "1"], frame
    assert frame[4] == {}
    code: str = frame[2]
    return code

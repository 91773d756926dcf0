"""Generated frames against a conversation and its dialect: each CALL has one answer that is valid, whatever it says."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ocpp.examples import dialect
from tests.ocpp.stations import NOW, FakeStation, at_once
from tests.ocpp.wild import PACKAGES, Frame, Wild, owed_answer, result_errors
from voltaro.ocpp.conversation import Conversation, Ignored, Odd, Replay, Reply, ReusedId
from voltaro.ports import Call

FRAMES = 25
"""Frames of one conversation."""


def answer_of(protocol: str, conversation: Conversation, frame: Frame, station: FakeStation) -> list[Any] | None:
    """What goes back to the charger."""
    received = conversation.receive(frame.text.encode("utf-8", "surrogatepass"), NOW)
    if isinstance(received, Odd):
        received = received.received
    if isinstance(received, Reply):
        return list(json.loads(received.frame))
    if isinstance(received, Replay):
        return list(json.loads(received.answer))
    if isinstance(received, ReusedId):
        received = received.call
    if not isinstance(received, Call):
        assert isinstance(received, Ignored), received
        return None
    answer = dialect(protocol).answer(station, received)
    raw = answer if isinstance(answer, bytes) else at_once(answer)
    conversation.answered(received, raw)
    assert received.send == (raw == b"")
    return list(json.loads(raw)) if raw else None


def check(protocol: str, frame: Frame, answer: list[Any] | None) -> None:
    if answer is None:
        assert not owed_answer(frame), "a CALL without an answer"
        return
    assert answer[0] in (3, 4)
    if frame.call_id is not None:
        assert answer[1] in (frame.call_id, "-1")
    if owed_answer(frame):
        assert answer[1] == frame.call_id
    if answer[0] == 3:
        assert result_errors(protocol, frame.action, answer[2]) == []
        return
    assert not frame.durable, f"{frame.action} was refused: {answer}"
    assert len(answer) == 5
    assert len(answer[3]) <= 255
    assert answer[4] == {}


@pytest.mark.parametrize("protocol", PACKAGES)
@settings(max_examples=80)
@given(seed=st.integers(0, 2**63))
def test_every_call_has_one_answer_and_a_session_message_no_error(protocol: str, seed: int) -> None:
    wild = Wild(protocol, Random(seed))
    conversation, station = Conversation(dialect(protocol)), FakeStation()
    for _ in range(FRAMES):
        frame = wild.frame()
        try:
            check(protocol, frame, answer_of(protocol, conversation, frame, station))
        except Exception as error:
            error.add_note(f"seed {seed}: {frame.text[:2000]!r}")
            raise


@pytest.mark.parametrize("protocol", PACKAGES)
def test_valid_payloads_of_the_generator_are_valid(protocol: str) -> None:
    """Else the fuzz would only ever knock at the outermost door."""
    wild = Wild(protocol, Random(1))
    conversation, station = Conversation(dialect(protocol)), FakeStation()
    results = 0
    for _ in range(400):
        frame = wild._valid()
        answer = answer_of(protocol, conversation, frame, station)
        results += answer is not None and answer[0] == 3
    assert station.heard
    assert results > 100
    assert len(station.kept) < 20, station.kept[:3]

"""The queue of calls: what leaves when, and what survives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.outbox import LONGEST_QUEUE, Outbox, Outgoing

SESSION = SessionRecord(1, "TAG1", datetime(2031, 5, 4, tzinfo=UTC), 0)


@given(st.lists(st.sampled_from(["put", "take", "answer", "fail", "lose"]), max_size=60))
def test_messages_about_sessions_are_acknowledged_in_the_order_they_were_made(steps: Sequence[str]) -> None:
    outbox, now, made, acknowledged = Outbox(30.0), 0.0, 0, []
    for step in [*steps, "lose", *["take", "answer"] * (len(steps) + 1)]:
        now += 1000.0
        match step:
            case "put":
                made += 1
                outbox.put(Outgoing(str(made), {}, session=SESSION))
            case "take":
                outbox.take(now, f"id-{now:g}", accepted=True)
            case "answer" if outbox.in_hand is not None:
                call = outbox.answered(outbox.in_hand.message_id)
                assert call is not None
                acknowledged.append(int(call.action))
            case "fail" if outbox.in_hand is not None:
                call = outbox.answered(outbox.in_hand.message_id)
                assert call is not None
                assert outbox.try_again(call, now, attempts=1000, interval_s=1.0, same_id=False)
            case "lose":
                assert outbox.line_lost(same_id=False) == []
    assert acknowledged == list(range(1, made + 1))


def test_what_is_not_about_a_session_dies_with_the_line() -> None:
    outbox = Outbox(30.0)
    for action in ("Heartbeat", "Authorize"):
        outbox.put(Outgoing(action, {}))
    outbox.put(Outgoing("StartTransaction", {}, session=SESSION))
    outbox.take(0.0, "1", accepted=True)
    assert [call.action for call in outbox.line_lost(same_id=False)] == ["Heartbeat", "Authorize"]
    assert outbox.session_messages == 1


def test_a_retry_may_keep_its_message_id() -> None:
    for same_id, expected in ((True, "1"), (False, "2")):
        outbox = Outbox(30.0)
        outbox.put(Outgoing("StartTransaction", {}, session=SESSION))
        call = outbox.take(0.0, "1", accepted=True)
        assert call is not None
        assert outbox.answered("1") is call
        assert outbox.try_again(call, 0.0, attempts=3, interval_s=10.0, same_id=same_id)
        assert outbox.take(9.9, "2", accepted=True) is None
        again = outbox.take(10.0, "2", accepted=True)
        assert again is not None
        assert again.message_id == expected


def test_readings_are_dropped_before_starts_and_ends() -> None:
    outbox = Outbox(30.0)
    for _ in range(LONGEST_QUEUE + 5):
        outbox.put(Outgoing("MeterValues", {}, session=SESSION, reading=True))
    outbox.put(Outgoing("StopTransaction", {}, session=SESSION))
    assert outbox.dropped == 5
    assert outbox.session_messages == LONGEST_QUEUE + 1

"""Our own CALLs over a line: one at a time, crossing, late, lost with it."""

from __future__ import annotations

import json

import pytest

from tests.gateway.fakes import House, call, credential, receive
from tests.gateway.talk import Outcomes, Slow, our_call, silence
from voltaro.ports import Outcome, OutcomeKind


async def test_our_call_is_answered() -> None:
    async with House(credential()) as house, house.connect() as client:
        line, outcomes = await house.line(), Outcomes()
        request = our_call()
        line.call(request, outcomes)
        assert await receive(client) == [2, request.message_id, "ClearCache", {}]
        await client.send(json.dumps([3, request.message_id, {"status": "Accepted"}]))
        outcome = await outcomes.next()
        assert (outcome.kind, outcome.payload, outcome.invalid) == (OutcomeKind.RESULT, {"status": "Accepted"}, None)


@pytest.mark.conformance("TR-43", "VT-T18")
async def test_our_calls_go_out_one_at_a_time() -> None:
    async with House(credential()) as house, house.connect() as client:
        line = await house.line()
        requests = [our_call() for _ in range(3)]
        ends = [Outcomes() for _ in requests]
        for request, outcomes in zip(requests, ends, strict=True):
            line.call(request, outcomes)
        for request, outcomes in zip(requests, ends, strict=True):
            assert (await receive(client))[1] == request.message_id
            await silence(client)
            await client.send(json.dumps([4, request.message_id, "InternalError", "", {}]))
            assert (await outcomes.next()).kind is OutcomeKind.ERROR


async def test_the_answer_to_our_call_passes_a_call_in_hand() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        line, outcomes, request = await house.line(), Outcomes(), our_call()
        line.call(request, outcomes)
        await receive(client)
        await client.send(call("1"))
        await client.send(call("2"))
        await client.send(json.dumps([3, request.message_id, {"status": "Accepted"}]))
        assert (await outcomes.next()).kind is OutcomeKind.RESULT
        slow.finish("1")
        assert await receive(client) == [3, "1", {}]


@pytest.mark.conformance("TR-44", "VT-T17")
async def test_a_charger_that_waits_for_its_own_answer_first_is_given_it() -> None:
    async with House(credential()) as house, house.connect() as client:
        line, outcomes, request = await house.line(), Outcomes(), our_call()
        line.call(request, outcomes)
        await receive(client)
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]
        await client.send(json.dumps([3, request.message_id, {"status": "Accepted"}]))
        assert (await outcomes.next()).kind is OutcomeKind.RESULT


@pytest.mark.conformance("TR-45", "VT-T19", "Q-24")
async def test_a_late_answer_is_recorded_and_the_next_call_is_not_touched_by_it() -> None:
    async with House(credential(), frame_log=True) as house, house.connect() as client:
        line, first, second = await house.line(), Outcomes(), Outcomes()
        requests = our_call(), our_call()
        left: list[bool] = []
        assert line.call(requests[0], first)
        assert not line.call(requests[1], second, lambda: left.append(True))
        assert (await receive(client))[1] == requests[0].message_id
        house.pass_time(29)
        assert (first, left, line.waits_for(requests[0].message_id)) == ([], [], True)
        house.pass_time(1)
        assert ([outcome.kind for outcome in first], left) == ([OutcomeKind.TIMEOUT], [True])
        assert (await receive(client))[1] == requests[1].message_id
        await client.send(json.dumps([3, requests[0].message_id, {"status": "Accepted"}]))
        first.came.clear()
        late = await first.next()
        assert (late.kind, late.late) == (OutcomeKind.RESULT, True)
        assert (second, line.waits_for(requests[0].message_id), line.waits_for(requests[1].message_id)) == ([], False, True)
        await client.send(json.dumps([3, requests[1].message_id, {"status": "Rejected"}]))
        assert (await second.next()).payload == {"status": "Rejected"}
        told = [(entry.message_id, entry.outcome, getattr(entry, "kind", "call")) for entry in house.calls.exchanges]
        assert told == [
            (requests[0].message_id, "timeout", "call"),
            (requests[0].message_id, "result", "late_answer"),
            (requests[1].message_id, "result", "call"),
        ]


async def test_all_our_calls_end_with_the_line() -> None:
    async with House(credential()) as house:
        first, second, third = Outcomes(), Outcomes(), Outcomes()
        async with house.connect() as client:
            line = await house.line()
            line.call(our_call(), first)
            line.call(our_call(), second)
            await receive(client)
        await house.calls.until(lambda: house.calls.down)
        line.call(our_call(), third)
        assert third == []
        assert await third.next() == Outcome(OutcomeKind.LOST, sent=False)
        assert (first, second) == ([Outcome(OutcomeKind.LOST, sent=True)], [Outcome(OutcomeKind.LOST, sent=False)])

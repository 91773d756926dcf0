"""Closing many lines: at a pace, each after its call in hand; and taking over from a line that is hung."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from tests.gateway.fakes import House, call, closed, credential, receive
from tests.gateway.talk import START, Outcomes, Slow, our_call
from tests.websocket import masked, upgrade
from voltaro.domain.fact import EventHappened
from voltaro.gateway.limits import Limits
from voltaro.ports import Outcome, OutcomeKind, StoreUnavailable


async def test_a_draining_gateway_finishes_the_call_in_hand_and_begins_no_other() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        for number in "12":
            await client.send(call(number))
        await house.calls.until(lambda: slow.futures)
        draining = asyncio.create_task(house.gateway.drain())
        async with asyncio.timeout(30):
            while house.gateway._wires and not all(wire._holds for wire in house.gateway._wires):
                await asyncio.sleep(0)
        slow.finish("1")
        assert await receive(client) == [3, "1", {}]
        assert (await closed(client))[0] == 1012
        await draining
        assert [each.message_id for each in house.calls.handed] == ["1"]


async def test_a_draining_gateway_waits_for_the_answer_to_our_call() -> None:
    async with House(credential()) as house, house.connect() as client:
        line, outcomes, request = await house.line(), Outcomes(), our_call()
        line.call(request, outcomes)
        await receive(client)
        draining = asyncio.create_task(house.gateway.drain())
        await asyncio.sleep(0)
        await client.send(json.dumps([3, request.message_id, {"status": "Accepted"}]))
        assert (await outcomes.next()).kind is OutcomeKind.RESULT
        assert (await closed(client))[0] == 1012
        await draining


async def test_a_draining_gateway_does_not_wait_for_ever() -> None:
    async with House(credential(), limits=Limits(in_hand_s=0.0)) as house, house.connect() as client:
        house.calls.answer = Slow()
        await client.send(call("1"))
        await house.calls.until(lambda: house.calls.handed)
        await house.gateway.drain()
        assert (await closed(client))[0] == 1012


async def test_a_charger_is_served_until_its_turn_has_come_and_newcomers_are_refused() -> None:
    limits = Limits(closes_per_second=20)
    async with House(*[credential(f"CP{number}") for number in range(6)], limits=limits) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(house.connect(f"/CP{number}")) for number in range(5)]
        await house.line(5)
        draining = asyncio.create_task(house.gateway.drain())
        while house.gateway._open_wires() and len(house.gateway._open_wires()) == 5:
            await asyncio.sleep(0)
        last = house.gateway._open_wires()[-1].receiver
        [client] = [client for number, client in enumerate(clients) if getattr(last, "charger_id", "") == f"CP{number}"]
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]
        async with await house.raw() as newcomer:
            newcomer.send(upgrade("/CP5"))
            assert (await newcomer.rest()).startswith(b"HTTP/1.1 503 ")
        await draining
        assert {(await closed(client))[0] for client in clients} == {1012}


async def test_lines_are_closed_at_a_pace_and_no_more_once_that_is_taken_back() -> None:
    chargers = [credential(f"CP{number}") for number in range(6)]
    async with House(*chargers, limits=Limits(away_closes_per_second=20)) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(house.connect(f"/CP{number}")) for number in range(6)]
        await house.line(6)
        house.gateway.close_lines(1013, "later")
        assert len(house.gateway._open_wires()) == 5, "one in a twentieth of a second"
        await house.calls.until(lambda: len(house.calls.down) >= 2)
        house.gateway.keep_lines()
        left = len(house.gateway._open_wires())
        assert left <= 4
        assert {code for _, code, _ in house.calls.down} == {1013}
        for wire in house.gateway._open_wires():
            number = int(getattr(wire.receiver, "charger_id", "CP").removeprefix("CP"))
            await clients[number].send(call("1"))
            assert await receive(clients[number]) == [3, "1", {}]


async def test_lines_that_cannot_record_are_closed_at_a_pace() -> None:
    chargers = [credential(f"CP{number}") for number in range(6)]
    async with House(*chargers, limits=Limits(away_closes_per_second=20)) as house, AsyncExitStack() as stack:
        house.calls.answer = slow = Slow()
        clients = [await stack.enter_async_context(house.connect(f"/CP{number}")) for number in range(6)]
        for number, client in enumerate(clients):
            await client.send(call(f"{number}", "StartTransaction", START))
        await house.calls.until(lambda: len(slow.futures) == 6)
        for future in slow.futures.values():
            future.set_exception(StoreUnavailable())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(house.gateway._open_wires()) == 5
        assert {(await closed(client))[0] for client in clients} == {1013}


# --- take-over -------------------------------------------------------------------------------------------------------


async def test_a_line_that_is_taken_over_hands_nothing_more_over() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        for number in "123":
            await client.send(call(number))
        await house.calls.until(lambda: slow.futures)
        (await house.line()).close(4001, "taken over")
        slow.finish("1")
        assert (await closed(client))[0] == 4001
        await house.calls.until(lambda: house.calls.down)
        assert [each.message_id for each in house.calls.handed] == ["1"]


@pytest.mark.conformance("Q-09")
async def test_a_hung_line_that_is_taken_over_is_cut_and_its_commands_end_as_unknown() -> None:
    async with House(credential()) as house, await house.raw() as hung:
        hung.ask()
        await hung.head()
        old, outcomes = await house.line(), Outcomes()
        old.call(our_call(), outcomes)
        async with house.connect() as newer:
            new = await house.line(2)
            old.close(4001, "taken over")
            await newer.send(call("1"))
            assert await receive(newer) == [3, "1", {}], "the newer one is served at once"
            house.pass_time(5)
            await house.calls.until(lambda: house.calls.down)
            assert [(line, code) for line, code, _ in house.calls.down] == [(old, 4001)]
            assert outcomes == [Outcome(OutcomeKind.LOST, sent=True)]
            hung.send(masked(1, call("late").encode()))
            await newer.send(call("2"))
            assert await receive(newer) == [3, "2", {}]
            assert new.charger_id == "CP1"
        assert "late" not in [each.message_id for each in house.calls.handed]


async def test_a_take_over_is_in_the_chargers_timeline_with_both_addresses() -> None:
    async with House(credential()) as house, house.connect(), house.connect():
        old, new = await house.line(1), await house.line(2)
        [fact] = house.calls.noted
        assert isinstance(fact, EventHappened)
        assert (fact.type, fact.charger_id, fact.data) == ("charger.taken_over", "CP1", {"old": old.remote, "new": new.remote})


async def test_a_charger_that_comes_back_after_it_has_left_takes_nothing_over() -> None:
    async with House(credential()) as house:
        async with house.connect():
            await house.line(1)
        await house.calls.until(lambda: house.calls.down)
        async with house.connect():
            await house.line(2)
        assert house.calls.noted == []

"""The line: calls in order, crossing calls, crashes of the actor, the store away, take-over."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.gateway.fakes import House, call, closed, credential, receive
from tests.gateway.talk import START, Outcomes, Slow, our_call, silence
from voltaro.gateway.connection import HOLD_CALLS
from voltaro.gateway.limits import Limits
from voltaro.ocpp import dialect_for
from voltaro.ports import ActorCrashed, ActorUnavailable, Call, StoreUnavailable

# --- the charger's calls ---------------------------------------------------------------------------------------------


async def test_a_call_is_answered_by_its_actor() -> None:
    async with House(credential()) as house, house.connect() as client:
        await client.send(call("17"))
        assert await receive(client) == [3, "17", {}]
        [handed] = house.calls.handed
        assert (handed.action, handed.message_id, handed.received_at) == ("Heartbeat", "17", house.clock.now())


async def test_an_answer_that_comes_later_is_sent_then() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        await client.send(call("1"))
        await house.calls.until(lambda: house.calls.handed)
        await silence(client)
        slow.finish("1")
        assert await receive(client) == [3, "1", {}]


async def test_one_call_is_in_hand_at_a_time_and_the_others_wait_in_order() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        for number in "123":
            await client.send(call(number))
        for number in "123":
            await house.calls.until(lambda number=number: number in slow.futures)
            assert [each.message_id for each in house.calls.handed] == list("123"[: int(number)])
            slow.finish(number)
            assert await receive(client) == [3, number, {}]


async def test_pings_are_answered_while_a_call_is_in_hand() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = Slow()
        await client.send(call("1"))
        await house.calls.until(lambda: house.calls.handed)
        async with asyncio.timeout(30):
            await (await client.ping())


async def test_a_call_sent_again_while_it_is_in_hand_is_answered_once() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        for text in (call("1"), call("1"), call("2"), call("2")):
            await client.send(text)
        await house.calls.until(lambda: "1" in slow.futures)
        slow.finish("1")
        await house.calls.until(lambda: "2" in slow.futures)
        slow.finish("2")
        assert [await receive(client), await receive(client)] == [[3, "1", {}], [3, "2", {}]]
        await silence(client)
        assert len(house.calls.handed) == 2


async def test_an_answered_session_message_is_replayed_without_its_actor() -> None:
    async with House(credential()) as house, house.connect() as client:
        for _ in range(2):
            await client.send(call("1", "MeterValues", {"connectorId": 1, "meterValue": []}))
            assert await receive(client) == [3, "1", {}]
        assert len(house.calls.handed) == 1


async def test_a_flood_of_calls_is_not_read_beyond_the_queue() -> None:
    async with House(credential(), limits=Limits(queued_calls=4)) as house, house.connect() as client:
        house.calls.answer = slow = Slow()
        for number in range(200):
            await client.send(call(str(number), "DataTransfer", {"vendorId": "v", "data": "x" * 4000}))
        await house.calls.until(lambda: "0" in slow.futures)
        house.pass_time(60)  # a charger that is not listened to is not silent
        for number in range(200):
            name = str(number)
            await house.calls.until(lambda name=name: name in slow.futures)
            slow.finish(name)
            assert (await receive(client))[1] == name


async def test_calls_that_come_before_the_line_is_up_wait_for_it() -> None:
    async with House(credential()) as house:
        house.calls.rising = asyncio.Event()
        async with house.connect() as client:
            await client.send(call("1"))
            await silence(client)
            assert house.calls.handed == []
            house.calls.rising.set()
            assert await receive(client) == [3, "1", {}]


@pytest.mark.parametrize("error", [StoreUnavailable(), ActorUnavailable()])
async def test_a_line_that_cannot_come_up_is_closed_to_come_again(error: Exception) -> None:
    async with House(credential()) as house:
        house.calls.rise_error = error
        async with house.connect() as client:
            assert (await closed(client))[0] == 1013
        assert house.calls.down == []


async def test_a_line_lost_while_it_comes_up_goes_down_once_it_is_up() -> None:
    async with House(credential()) as house:
        house.calls.rising = asyncio.Event()
        async with house.connect():
            pass
        async with asyncio.timeout(30):
            while house.gateway.wires:
                await asyncio.sleep(0)
        assert house.calls.down == []
        house.calls.rising.set()
        await house.calls.until(lambda: house.calls.down)


async def test_an_answer_that_comes_after_the_line_is_gone_harms_nothing() -> None:
    async with House(credential()) as house:
        house.calls.answer = slow = Slow()
        async with house.connect() as client:
            await client.send(call("1"))
            await client.send(call("2"))
            await house.calls.until(lambda: "1" in slow.futures)
        await house.calls.until(lambda: house.calls.down)
        slow.finish("1")
        await asyncio.sleep(0)
        assert [each.message_id for each in house.calls.handed] == ["1"]


async def test_the_last_call_before_a_close_is_still_handed_over() -> None:
    async with House(credential()) as house:
        async with house.connect() as client:
            await client.send(call("1", "StopTransaction"))
        await house.calls.until(lambda: house.calls.handed)


# --- when our side fails ---------------------------------------------------------------------------------------------


async def test_a_frame_whose_actor_crashes_once_is_handed_over_again() -> None:
    async with House(credential()) as house, house.connect() as client:
        crashes = [ActorCrashed("boom")]

        def answer(call: Call) -> bytes:
            if crashes:
                raise crashes.pop()
            return b'[3,"1",{}]'

        house.calls.answer = answer
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]
        assert len(house.calls.handed) == 2
        assert house.calls.aside == []


def _crash(call: Call) -> bytes:
    raise ActorCrashed("boom")


async def test_a_frame_that_crashes_its_actor_twice_is_put_aside_and_answered() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = _crash
        await client.send(call("1", "StartTransaction", START))
        await client.send(call("2"))
        answer = await receive(client)
        assert answer[:2] == [3, "1"]
        assert len([each for each in house.calls.handed if each.message_id == "1"]) == 2
        assert house.calls.aside[0][0].action == "StartTransaction"
        assert (await receive(client))[:3] == [4, "2", "InternalError"]
        assert [each.message_id for each, _ in house.calls.aside] == ["1", "2"]


async def test_a_session_message_that_cannot_even_be_put_aside_is_not_answered() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = _crash
        house.calls.aside_refused = True
        await client.send(call("1", "StartTransaction", START))
        assert (await closed(client))[0] == 1013


def _gone(call: Call) -> bytes:
    raise ActorUnavailable


async def test_session_messages_of_a_quarantined_actor_are_put_aside_and_others_refused() -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = _gone
        await client.send(call("1", "StopTransaction", {"meterStop": 1, "timestamp": "2026-05-01T12:00:00Z", "transactionId": 1}))
        assert (await receive(client))[:2] == [3, "1"]
        await client.send(call("2"))
        assert (await receive(client))[:3] == [4, "2", "InternalError"]
        assert [each.message_id for each, _ in house.calls.aside] == ["1"]


def _away(call: Call) -> bytes:
    raise StoreUnavailable


METER = {"connectorId": 1, "meterValue": []}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


@pytest.mark.parametrize(("action", "payload"), [("MeterValues", METER), ("BootNotification", BOOT)])
async def test_while_the_store_is_away_what_is_recorded_is_not_answered_and_the_line_closes(
    action: str, payload: dict[str, object]
) -> None:
    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = _away
        await client.send(call("1", "Authorize", {"idTag": "A"}))
        assert (await receive(client))[:3] == [4, "1", "InternalError"]
        await client.send(call("2", action, payload))
        assert (await closed(client))[0] == 1013
        with pytest.raises(Exception, match="1013"):
            await client.recv()


def _bug(call: Call) -> bytes:
    raise ZeroDivisionError


@pytest.mark.parametrize("later", [False, True])
async def test_an_unexpected_exception_closes_its_line_alone(later: bool) -> None:
    async with House(credential(), credential("CP2")) as house, house.connect() as client, house.connect("/CP2") as neighbour:
        slow = Slow()
        house.calls.answer = slow if later else _bug
        await client.send(call("1"))
        if later:
            await house.calls.until(lambda: slow.futures)
            slow.futures["1"].set_exception(ZeroDivisionError())
        assert (await closed(client))[0] == 1011
        house.calls.answer = lambda call: b'[3,"2",{}]'
        await neighbour.send(call("2"))
        assert await receive(neighbour) == [3, "2", {}]


async def test_while_facts_gather_a_charger_is_read_no_further_than_it_is_answered_and_others_are_served() -> None:
    async with House(credential(), credential("CP2")) as house, house.connect() as client, house.connect("/CP2") as other:
        house.calls.behind = True
        slow = Slow()
        house.calls.answer = lambda call: slow(call) if call.action == "MeterValues" else b'[3,"%s",{}]' % call.message_id.encode()
        await client.send(call("0", "MeterValues"))
        await house.calls.until(lambda: slow.futures)
        [reading] = [wire for wire in house.gateway._wires if wire.receiver is house.calls.up[0]]
        await client.send(call("1", "MeterValues"))
        async with asyncio.timeout(30):
            while not reading._holds & HOLD_CALLS:
                await asyncio.sleep(0)
        for number in range(2, 5):
            await client.send(call(f"{number}", "MeterValues"))
        await other.send(call("beat"))
        assert await receive(other) == [3, "beat", {}]
        house.calls.behind = False
        for number in range(5):
            await house.calls.until(lambda number=number: f"{number}" in slow.futures)
            slow.finish(f"{number}")
            assert await receive(client) == [3, f"{number}", {}]


# --- ends ------------------------------------------------------------------------------------------------------------


async def test_the_code_the_charger_closes_with_is_told() -> None:
    async with House(credential()) as house:
        async with house.connect() as client:
            line = await house.line()
            await client.close(3000, "going")
        await house.calls.until(lambda: house.calls.down)
        assert house.calls.down == [(line, 3000, "going")]


async def test_a_connection_that_breaks_is_told_as_1006() -> None:
    async with House(credential()) as house:
        async with house.connect() as client:
            await house.line()
            client.transport.abort()
        await house.calls.until(lambda: house.calls.down)
        assert house.calls.down[0][1] == 1006


async def test_a_replaced_line_goes_down_itself_and_leaves_the_newer_one_alone() -> None:
    async with House(credential()) as house, house.connect() as older:
        first = await house.line()
        async with house.connect() as newer:
            second = await house.line(2)
            assert second.number > first.number
            first.close(4001, "taken over")
            assert await closed(older) == (4001, "taken over")
            await house.calls.until(lambda: house.calls.down)
            assert [line for line, _, _ in house.calls.down] == [first]
            await newer.send(call("1"))
            assert await receive(newer) == [3, "1", {}]


async def test_calls_after_our_close_frame_are_not_handed_over() -> None:
    async with House(credential()) as house, house.connect() as client:
        (await house.line()).close(4001, "taken over")
        await client.send(call("1"))
        await closed(client)
        assert house.calls.handed == []


# --- bad messages and the log ----------------------------------------------------------------------------------------


async def test_broken_json_does_not_close_the_line() -> None:
    async with House(credential()) as house, house.connect(protocols=("ocpp2.0.1",)) as client:
        await client.send('{"not": closed')
        assert (await receive(client))[:3] == [4, "-1", "RpcFrameworkError"]
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]


async def test_both_directions_are_logged_with_their_answers_and_without_secrets() -> None:
    async with House(credential(), frame_log=True) as house, house.connect() as client:
        line, outcomes = await house.line(), Outcomes()
        dialect = dialect_for("ocpp1.6")
        assert dialect is not None
        request = dialect.request("ChangeConfiguration", {"key": "AuthorizationKey", "value": "0123456789abcdef"})
        line.call(request, outcomes)
        await receive(client)
        house.clock.advance(2)
        await client.send(json.dumps([3, request.message_id, {"status": "Accepted"}]))
        await client.send(call("1"))
        await receive(client)
        out, into = house.calls.exchanges
        assert (out.direction, out.action, out.outcome, into.direction, into.outcome) == (
            "out",
            "ChangeConfiguration",
            "result",
            "in",
            "result",
        )
        assert "0123456789abcdef" not in out.request
        assert out.answered_at is not None
        assert (out.answered_at - out.at).total_seconds() == 2
        assert (into.charger_id, into.request, into.answer) == ("CP1", call("1"), '[3,"1",{}]')


async def test_what_stays_unanswered_is_logged_as_such() -> None:
    async with House(credential(), frame_log=True) as house:
        house.calls.answer = slow = Slow()
        outcomes = Outcomes()
        async with house.connect() as client:
            line = await house.line()
            line.call(our_call(), outcomes)
            await receive(client)
            house.pass_time(30)
            line.call(our_call(), outcomes)
            await receive(client)
            await client.send(call("1"))
            await house.calls.until(lambda: slow.futures)
        await house.calls.until(lambda: house.calls.down)
        assert [(each.direction, each.outcome, each.answer) for each in house.calls.exchanges] == [
            ("out", "timeout", None),
            ("in", "unanswered", None),
            ("out", "lost", None),
        ]

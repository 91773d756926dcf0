"""The server as a whole: starting, stopping, many lines at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.fakes import House, call, closed, credential, receive
from voltaro.gateway.limits import Limits


async def test_stopping_closes_every_line_with_service_restart() -> None:
    async with (
        House(*[credential(f"CP{number}") for number in range(30)], limits=Limits(closes_per_second=200)) as house,
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(house.connect(f"/CP{number}")) for number in range(30)]
        await house.line(30)
        await house.gateway.stop()
        assert {(await closed(client))[0] for client in clients} == {1012}
        assert len(house.calls.down) == 30


async def test_stopping_answers_the_call_in_hand_and_takes_no_other() -> None:
    async with House(credential()) as house, house.connect() as client:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        house.calls.answer = lambda _: answer
        await client.send(call("1"))
        await house.calls.until(lambda: house.calls.handed)
        stopping = asyncio.create_task(house.gateway.stop())
        await asyncio.sleep(0)
        await client.send(call("2"))
        answer.set_result(b'[3,"1",{}]')
        assert await receive(client) == [3, "1", {}]
        assert (await closed(client))[0] == 1012
        await stopping
        assert [each.message_id for each in house.calls.handed] == ["1"]


async def test_stopping_cuts_who_does_not_answer() -> None:
    async with House(credential()) as house, await house.raw() as deaf, await house.raw() as slow:
        deaf.ask()
        await deaf.head()
        slow.send(b"GET /")
        await house.line()
        await house.gateway.stop(patience_s=0.01)
        assert house.gateway.wires == 0
        assert [code for _, code, _ in house.calls.down] == [1012]


async def test_stopping_refuses_who_is_being_judged() -> None:
    async with House(credential()) as house, await house.raw() as client:
        house.calls.looking_up = asyncio.Event()
        client.ask()
        async with asyncio.timeout(30):
            while not any(wire.phase.value == "judging" for wire in house.gateway._wires):
                await asyncio.sleep(0)
        stopping = asyncio.create_task(house.gateway.stop(patience_s=1))
        assert (await client.rest()).startswith(b"HTTP/1.1 503 ")
        client.writer.close()
        await stopping


async def test_a_stopped_gateway_listens_no_more() -> None:
    async with House(credential()) as house:
        await house.gateway.stop()
        with pytest.raises(OSError):
            await house.raw()


async def test_the_address_bound_is_told() -> None:
    async with House() as house:
        [(host, port)] = house.gateway.addresses
        assert host == "127.0.0.1"
        assert port > 0


async def test_two_hundred_chargers_at_once_are_all_served() -> None:
    async def charge(house: House, number: int) -> None:
        async with house.connect(f"/CP{number}") as client:
            for turn in range(5):
                await client.send(call(f"{turn}"))
                assert await receive(client) == [3, f"{turn}", {}]

    async with House(*[credential(f"CP{number}") for number in range(200)]) as house:
        await asyncio.gather(*(charge(house, number) for number in range(200)))
        await house.calls.until(lambda: len(house.calls.down) == 200)
        assert house.gateway.wires == 0


async def test_a_refused_client_is_told_why_in_http() -> None:
    async with House() as house:
        with pytest.raises(InvalidStatus) as refused:
            async with house.connect("/CP1"):
                pass
        assert refused.value.response.status_code == 401

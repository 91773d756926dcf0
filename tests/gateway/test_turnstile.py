"""The pace of the door: a burst at once, then so many a second; a short wait, then a refusal."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.gateway.fakes import FakeClock, House, credential
from tests.websocket import upgrade
from voltaro.gateway.limits import Limits
from voltaro.gateway.turnstile import Turnstile

SLOW = Limits(upgrade_burst=2, upgrades_per_second=10, upgrade_wait_s=0.3)


async def test_a_burst_enters_at_once_the_others_in_order_at_the_pace() -> None:
    clock, entered = FakeClock(), list[int]()
    turnstile = Turnstile(clock, entered.append, burst=2, per_second=10, wait_s=0.3)
    assert [turnstile.come(number) for number in range(6)] == [True] * 5 + [False]
    assert entered == [0, 1]
    clock.advance(0.1)
    turnstile.let_in()
    assert entered == [0, 1, 2]
    clock.advance(10)
    turnstile.let_in()
    assert entered == [0, 1, 2, 3, 4]
    assert turnstile.come(6)
    assert turnstile.clear() == [6]
    assert len(turnstile) == 0


async def test_nobody_overtakes_who_waits() -> None:
    clock, entered = FakeClock(), list[int]()
    turnstile = Turnstile(clock, entered.append, burst=1, per_second=10, wait_s=1)
    turnstile.come(1)
    turnstile.come(2)
    clock.advance(1)
    turnstile.come(3)
    turnstile.let_in()
    assert entered == [1, 2]
    assert turnstile.clear() == [3]


async def test_a_storm_waits_its_turn_and_what_is_too_much_is_told_when_to_come_again() -> None:
    async with House(*[credential(f"CP{number}") for number in range(8)], limits=SLOW) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await house.raw()) for _ in range(8)]
        for number, client in enumerate(clients):
            client.ask(f"/CP{number}")
            await _read(house, number + 1)
        refused = [await client.rest() for client in clients[5:]]
        assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in refused)
        assert all(5 <= int(answer.partition(b"Retry-After: ")[2].split(b"\r\n")[0]) <= 10 for answer in refused)
        assert len(house.calls.looked_up) == 2, "who waits costs no look at the store"
        for client in clients[:5]:
            house.clock.advance(0.1)
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")


async def test_who_waits_while_the_gateway_pauses_is_told_to_come_again() -> None:
    async with House(credential(), limits=Limits(upgrade_burst=0, upgrades_per_second=10)) as house, await house.raw() as client:
        client.send(upgrade())
        await _read(house, 1)
        house.gateway.pause()
        assert (await client.rest()).startswith(b"HTTP/1.1 503 ")


async def test_who_leaves_while_it_waits_leaves_nothing_behind() -> None:
    async with House(credential(), limits=Limits(upgrade_burst=0, upgrades_per_second=10)) as house:
        async with await house.raw() as client:
            client.send(upgrade())
            await _read(house, 1)
        async with asyncio.timeout(30):
            while house.gateway.wires:
                await asyncio.sleep(0)
        house.clock.advance(1)
        house.gateway._reception.let_in()
        assert house.calls.looked_up == []


async def _read(house: House, requests: int) -> None:
    """Wait until so many requests have been read whole."""
    async with asyncio.timeout(30):
        while sum(wire.phase.value not in ("head", "gone") for wire in house.gateway._wires) < requests:
            await asyncio.sleep(0)

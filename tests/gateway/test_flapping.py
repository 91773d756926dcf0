"""A charger whose lines come and go all the time keeps the one it has."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.gateway.fakes import FakeClock, House, RawClient, call, credential
from tests.websocket import masked, upgrade
from voltaro.gateway.flapping import Flapping

FIVE_MINUTES = 300.0


def test_fifteen_ends_in_a_minute_hold_a_charger_for_five() -> None:
    clock = FakeClock()
    flapping = Flapping(clock, 15, FIVE_MINUTES)
    told = []
    for _ in range(20):
        told.append(flapping.ended("CP1"))
        clock.advance(1)
    assert told == [False] * 14 + [True] + [False] * 5
    assert flapping.held_s("CP1") == FIVE_MINUTES - 6
    assert flapping.held_s("CP2") == 0.0
    clock.advance(FIVE_MINUTES)
    assert flapping.held_s("CP1") == 0.0


def test_a_charger_that_comes_and_goes_now_and_then_is_never_held() -> None:
    clock = FakeClock()
    flapping = Flapping(clock, 15, FIVE_MINUTES)
    for _ in range(200):
        assert not flapping.ended("CP1")
        clock.advance(5)
    assert flapping.held_s("CP1") == 0.0


def test_what_is_over_is_forgotten() -> None:
    clock = FakeClock()
    flapping = Flapping(clock, 15, FIVE_MINUTES)
    for number in range(1000):
        flapping.ended(f"CP{number}")
    clock.advance(61)
    flapping.ended("CP1")
    assert len(flapping) == 1


async def _flap(house: House, times: int) -> None:
    """Open and close a line so often."""
    for number in range(times):
        async with await house.raw() as client:
            client.ask()
            await client.head()
            await house.line(number + 1)
        await house.calls.until(lambda number=number: len(house.calls.down) > number)


async def _in(house: House, stack: AsyncExitStack) -> RawClient:
    client = await stack.enter_async_context(await house.raw())
    client.ask()
    assert (await client.head()).startswith(b"HTTP/1.1 101 ")
    return client


@pytest.mark.conformance("Q-10")
async def test_newcomers_of_a_charger_that_flaps_are_held_off_while_its_line_lives() -> None:
    async with House(credential()) as house, AsyncExitStack() as stack:
        await _flap(house, 15)
        [fact] = house.calls.noted
        assert (fact.charger_id, fact.data["code"]) == ("CP1", "flapping")
        incumbent = await _in(house, stack)
        line = await house.line(16)
        for _ in range(3):
            assert await _refused(house)
            assert await incumbent.frame() == (9, b""), "it is asked whether it lives"
            house.clock.advance(1)
            incumbent.send(masked(10, b""))
            await _heard(line.last_heard, house.clock.monotonic())
            house.gateway.sweep()
        house.pass_time(5)
        incumbent.send(masked(1, call("1").encode()))
        while (frame := await incumbent.frame())[0] == 9:
            pass
        assert frame == (1, b'[3,"1",{}]')
        assert len(house.calls.up) == 16


async def test_a_held_line_that_is_dead_makes_room_within_six_seconds() -> None:
    async with House(credential()) as house, AsyncExitStack() as stack:
        await _flap(house, 15)
        await _in(house, stack)
        await house.line(16)
        house.clock.advance(1)
        assert await _refused(house)
        house.pass_time(6)
        await house.calls.until(lambda: len(house.calls.down) == 16)
        await _in(house, stack)
        await house.line(17)


@pytest.mark.conformance("Q-10")
async def test_a_charger_that_flaps_and_has_no_line_is_let_in() -> None:
    async with House(credential()) as house, AsyncExitStack() as stack:
        await _flap(house, 20)
        await _in(house, stack)


async def test_after_the_hold_the_newest_line_wins_again() -> None:
    async with House(credential()) as house, AsyncExitStack() as stack:
        await _flap(house, 15)
        await _in(house, stack)
        house.clock.advance(FIVE_MINUTES)
        await _in(house, stack)
        await house.line(17)


async def _refused(house: House) -> bool:
    async with await house.raw() as newcomer:
        newcomer.send(upgrade())
        answer = await newcomer.rest()
        return answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: " in answer


async def _heard(last_heard: object, since: float) -> None:
    assert callable(last_heard)
    async with asyncio.timeout(30):
        while last_heard() < since:
            await asyncio.sleep(0)

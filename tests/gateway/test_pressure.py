"""Few files or little memory left: newcomers are refused, those who are in are served on."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator

import pytest

from tests.gateway.fakes import House, call, credential, receive
from tests.websocket import upgrade
from voltaro.gateway.pressure import Pressure, raise_file_limit


@pytest.fixture
def file_limit() -> Iterator[int]:
    """A limit of files not far above what this process has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = len(os.listdir("/proc/self/fd")) * 2 + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    yield limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_newcomers_are_refused_at_nine_tenths_of_the_files_and_cut_near_the_end(file_limit: int) -> None:
    pressure = Pressure(0)
    pressure.look(0)
    others = len(os.listdir("/proc/self/fd"))
    room = file_limit - others
    assert not pressure.refuses(int(room * 0.5))
    assert pressure.refuses(int(file_limit * 0.9) - others + 2)
    assert not pressure.cuts(int(file_limit * 0.9) - others + 2)
    assert pressure.cuts(int(file_limit * 0.97) - others)


def test_newcomers_are_refused_above_the_memory_limit() -> None:
    small, large = Pressure(1024), Pressure(1 << 40)
    small.look(1)
    large.look(1)
    assert small.refuses(1)
    assert not small.cuts(1)
    assert not large.refuses(1)


def test_the_file_limit_is_raised_as_far_as_it_may() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        assert raise_file_limit() > 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_full_server_tells_newcomers_to_come_later_and_serves_who_is_in() -> None:
    async with House(credential(), credential("CP2")) as house, house.connect() as client:
        await house.line()
        house.gateway._pressure = full = Pressure(1024)
        full.look(1)
        async with await house.raw() as newcomer:
            newcomer.send(upgrade("/CP2"))
            answer = await newcomer.rest()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: " in answer
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]


async def test_close_to_the_last_file_newcomers_are_cut(file_limit: int) -> None:
    async with House(credential()) as house:
        pressure = house.gateway._pressure = Pressure(0)
        pressure.look(0)
        pressure._cut_at = pressure._other_files + 2
        async with await house.raw() as first, await house.raw() as second:
            assert await second.rest() == b""
            first.ask()
            assert (await first.head()).startswith(b"HTTP/1.1 101 ")
            await house.line()
        async with asyncio.timeout(30):
            while house.gateway.wires:
                await asyncio.sleep(0)

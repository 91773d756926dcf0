"""Listening: all who wait are accepted in one turn of the loop; running out of files does not make it spin."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from voltaro.cli.common import loop_factory
from voltaro.gateway.listener import Listener, bound

WAITING = 100


async def _listening(welcome: Callable[[socket.socket], object]) -> Listener:
    [listening] = await bound("127.0.0.1", 0, send_buffer=65536, silence_s=40)
    listener = Listener(listening, welcome)
    listener.start(1024)
    return listener


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("factory", [None, loop_factory()], ids=["asyncio", "the server's loop"])
def test_all_who_wait_are_accepted_in_one_turn(factory: Callable[[], asyncio.AbstractEventLoop] | None) -> None:
    async def accept() -> None:
        accepted: list[socket.socket] = []
        listener = await _listening(accepted.append)
        with ExitStack() as stack:
            for _ in range(WAITING):
                stack.enter_context(socket.create_connection(listener.address))
            await _turns(3)
            assert len(accepted) == WAITING
            for each in accepted:
                each.close()
        listener.close()
        listener.close()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(accept())


async def test_without_files_it_waits_and_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: list[socket.socket] = []
    monkeypatch.setattr("voltaro.gateway.listener._PAUSE_S", 0.01)
    listener = await _listening(accepted.append)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 1, hard))
        fillers: list[socket.socket] = []
        try:
            with contextlib.suppress(OSError):
                while True:
                    fillers.append(socket.socket())
            assert client.connect_ex(listener.address) in (0, errno.EINPROGRESS)
            await _turns(20)
            assert accepted == []
            assert listener._pause is not None, "it does not look again before a while has passed"
        finally:
            for each in fillers:
                each.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        async with asyncio.timeout(30):
            while not accepted:
                await asyncio.sleep(0.01)
        accepted[0].close()
    listener.close()


async def test_an_address_that_is_taken_is_named() -> None:
    listener = await _listening(lambda accepted: None)
    with pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1 port") as taken:
        await bound("127.0.0.1", listener.address[1], send_buffer=65536, silence_s=40)
    assert taken.value.errno == errno.EADDRINUSE
    listener.close()


async def test_what_is_set_on_the_listener_holds_for_what_it_accepts() -> None:
    accepted: list[socket.socket] = []
    listener = await _listening(accepted.append)
    with socket.create_connection(listener.address):
        await _turns(3)
        [one] = accepted
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 40_000
        one.close()
    listener.close()

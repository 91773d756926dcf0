"""Both ends of a line in tests: an actor that takes its time, what has come of a CALL of ours, and silence."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection

from voltaro.ocpp import dialect_for
from voltaro.ports import Call, Outcome, Request

START = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-05-01T12:00:00Z"}


def our_call(action: str = "ClearCache") -> Request:
    """A CALL of ours."""
    dialect = dialect_for("ocpp1.6")
    assert dialect is not None
    return dialect.request(action, {})


class Slow:
    """An actor that answers when the test says so, in whatever order."""

    def __init__(self) -> None:
        self.futures: dict[str, asyncio.Future[bytes]] = {}

    def __call__(self, call: Call) -> asyncio.Future[bytes]:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.futures[call.message_id] = future
        return future

    def finish(self, message_id: str) -> None:
        self.futures[message_id].set_result(b'[3,"%s",{}]' % message_id.encode())


class Outcomes(list[Outcome]):
    """The outcomes of one CALL of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    def __call__(self, outcome: Outcome) -> None:
        self.append(outcome)
        self.came.set()

    async def next(self) -> Outcome:
        async with asyncio.timeout(30):
            await self.came.wait()
        self.came.clear()
        return self[-1]


async def silence(client: ClientConnection) -> None:
    """The server says nothing: it answers a ping first."""
    async with asyncio.timeout(30):
        await (await client.ping())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await client.recv()

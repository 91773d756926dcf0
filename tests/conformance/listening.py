"""A charger by hand that answers what it is asked, beside a test that looks at the API."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.error import HTTPError

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.e2e.talking import dial
from tests.running import RunningServer

Answer = Mapping[str, Any] | None
"""The payload of a CALLRESULT; None: a CALLERROR."""
NEVER: Answer = {"never": "answered"}
"""No answer at all."""


class Listening:
    """Answers CALLs by action with what ``answers`` gives for their payload; ``asked`` are the CALLs in the order they came."""

    def __init__(self, socket: ClientConnection, answers: Mapping[str, Callable[[dict[str, Any]], Answer]]) -> None:
        self.socket = socket
        self.answers = dict(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.results: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                frame = json.loads(text)
                if frame[0] == 2:
                    self.asked.append((frame[2], frame[3]))
                    answer = self.answers[frame[2]](frame[3]) if frame[2] in self.answers else None
                    if answer is not NEVER:
                        await self.socket.send(json.dumps(_reply(frame[1], answer)))
                    self._changed.set()
                else:
                    self.results.put_nowait(frame)

    async def ask(self, action: str, payload: object) -> list[Any]:
        """Say something as the charger does; the answer."""
        await self.socket.send(json.dumps([2, "m", action, payload]))
        async with asyncio.timeout(15):
            return await self.results.get()

    async def until_asked(self, action: str, times: int = 1) -> dict[str, Any]:
        """The payload of the CALL of ``action`` that came as the ``times``th, when it has come."""
        async with asyncio.timeout(20):
            while len(self.of(action)) < times:
                self._changed.clear()
                await self._changed.wait()
        return self.of(action)[times - 1]

    def of(self, action: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.asked if name == action]


def _reply(message_id: str, answer: Answer) -> list[Any]:
    return [4, message_id, "NotSupported", "", {}] if answer is None else [3, message_id, answer]


@contextlib.asynccontextmanager
async def listening(
    server: RunningServer,
    identity: str,
    answers: Mapping[str, Callable[[dict[str, Any]], Answer]],
    protocol: str = "ocpp1.6",
    firmware: str | None = None,
) -> AsyncIterator[Listening]:
    """A charger that has booted."""
    async with dial(server, identity, protocol) as socket:
        charger = Listening(socket, answers)
        work = asyncio.create_task(charger.listen())
        try:
            boot: dict[str, Any] = {"chargePointVendor": "V", "chargePointModel": "M"}
            if firmware is not None:
                boot["firmwareVersion"] = firmware
            if protocol != "ocpp1.6":
                boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
            assert (await charger.ask("BootNotification", boot))[2]["status"] == "Accepted"
            yield charger
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work


async def shown(server: RunningServer, path: str, holds: Callable[[Any], bool]) -> Any:
    """What the API shows at ``path``, as soon as it ``holds``."""
    async with asyncio.timeout(20):
        while not holds(found := await server.api("GET", path)):
            await asyncio.sleep(0)
    return found


async def refused(server: RunningServer, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    """The status and the problem of a request that is refused."""
    try:
        await server.api(method, path, body)
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
    raise AssertionError("it was not refused")

"""A charger by hand that answers what it is asked, as a test has told it, beside whatever the test does."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

Payload = dict[str, Any]
Answer = Mapping[str, Any] | None
"""The payload of a CALLRESULT; None: a CALLERROR."""
NEVER: Answer = {"never": "answered"}
"""No answer at all."""


class Answering:
    """``answers`` by action: what is answered, or what makes it of the CALL's payload; other actions are not supported. ``heard`` are
    our CALLs, in the order they came."""

    def __init__(self, socket: ClientConnection, answers: Mapping[str, Answer | Callable[[Payload], Answer]] | None = None) -> None:
        self.socket = socket
        self.answers: dict[str, Answer | Callable[[Payload], Answer]] = dict(answers or {})
        self.heard: list[tuple[str, Payload]] = []
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[list[Any]]] = {}
        self._came = asyncio.Event()

    async def ask(self, action: str, payload: object) -> list[Any]:
        """Say something as the charger does; the whole answer."""
        message_id = f"c{next(self._ids)}"
        answered = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(30):
            return await answered

    def of(self, action: str) -> list[Payload]:
        """The payloads of our CALLs of an action."""
        return [payload for name, payload in self.heard if name == action]

    async def until_asked(self, action: str, times: int = 1) -> Payload:
        """The payload of the CALL of an action that came as the ``times``th, when it has come."""
        async with asyncio.timeout(30):
            while len(self.of(action)) < times:
                self._came.clear()
                await self._came.wait()
        return self.of(action)[times - 1]

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer meanwhile; the line is closed in the end."""
        work = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            await self.socket.close()
            await work

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                frame = json.loads(text)
                if frame[0] != 2:
                    self._waiting.pop(frame[1]).set_result(frame)
                    continue
                _, message_id, action, payload = frame
                self.heard.append((action, payload))
                answer = self.answers.get(action)
                told = answer(payload) if callable(answer) else answer
                if told is not NEVER:
                    reply = [4, message_id, "NotSupported", "", {}] if told is None else [3, message_id, told]
                    await self.socket.send(json.dumps(reply))
                self._came.set()

"""A charger by hand over a real socket that answers our CALLs as a test has told it, and says what the test lets it say."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.error import HTTPError

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.e2e.talking import BOOT, dial
from tests.running import RunningServer

Payload = dict[str, Any]
BOOTS = {
    "ocpp1.6": BOOT,
    "ocpp2.0.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
}
_names = itertools.count(1)


class Obedient:
    """``answers`` by action: a payload, or what makes one of the CALL's; others are NotSupported. ``heard``: our CALLs, in order."""

    def __init__(self, server: RunningServer, socket: ClientConnection, charger_id: str) -> None:
        self.server = server
        self.id = charger_id
        self.answers: dict[str, Payload | Callable[[Payload], Payload]] = {}
        self.heard: list[tuple[str, Payload]] = []
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Payload]] = {}
        self._heard = asyncio.Event()

    async def say(self, action: str, payload: object) -> Payload:
        """Say something as the charger does; the payload of the CALLRESULT."""
        message_id = f"c{next(self._ids)}"
        answered = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(15):
            return await answered

    async def status(self, connector_id: int, status: str) -> None:
        await self.say("StatusNotification", {"connectorId": connector_id, "errorCode": "NoError", "status": status})

    async def boot(self, **more: Any) -> None:
        answer = await self.say("BootNotification", BOOTS["ocpp1.6"] | more)
        assert answer["status"] == "Accepted"

    async def start(self, id_tag: str, connector_id: int = 1, **more: Any) -> Payload:
        """Start a session; the answer. Its content is its own."""
        at = f"2026-06-01T10:{next(_names) % 60:02}:00Z"
        return await self.say("StartTransaction", {"connectorId": connector_id, "idTag": id_tag, "meterStart": 0, "timestamp": at} | more)

    async def api(self, method: str, path: str, body: object = None, *, wait: bool = True) -> Any:
        """Ask the API below this charger; a path that begins with a slash is taken as it is. Waits for what the charger answers."""
        where = f"/api/v1{path}" if path.startswith("/") else f"/api/v1/chargers/{self.id}/{path}"
        return await self.server.api(method, where, body, {"Prefer": "wait=10"} if wait else None)

    async def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """The status of a problem and the pointer of its first offender."""
        try:
            answer = await self.api(method, path, body)
        except HTTPError as error:
            told = json.loads(error.read())
            return error.code, (told.get("errors") or [{"pointer": ""}])[0]["pointer"]
        raise AssertionError(f"it was taken: {answer}")

    def of(self, action: str) -> list[Payload]:
        """The payloads of our CALLs of an action."""
        return [payload for name, payload in self.heard if name == action]

    async def asked(self, action: str, times: int = 1) -> Payload:
        """The payload of the ``times``th CALL of an action, when it has come."""
        async with asyncio.timeout(20):
            while len(self.of(action)) < times:
                self._heard.clear()
                await self._heard.wait()
        return self.of(action)[times - 1]

    async def until(self, path: str, holds: Callable[[Any], object]) -> Any:
        """What the API says at a path, once something holds of it."""
        async with asyncio.timeout(20):
            while not holds(found := await self.api("GET", path)):
                await asyncio.sleep(0.02)
        return found

    async def listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                frame = json.loads(text)
                if frame[0] != 2:
                    assert frame[0] == 3, frame
                    self._waiting.pop(frame[1]).set_result(frame[2])
                    continue
                _, message_id, action, payload = frame
                self.heard.append((action, payload))
                answer = self.answers.get(action)
                told = answer(payload) if callable(answer) else answer
                reply = [4, message_id, "NotSupported", "", {}] if told is None else [3, message_id, told]
                await self._socket.send(json.dumps(reply))
                self._heard.set()


@contextlib.asynccontextmanager
async def obedient(server: RunningServer, charger_id: str | None = None, protocol: str = "ocpp1.6") -> AsyncIterator[Obedient]:
    """A charger that has booted; one nobody has heard of unless it is named."""
    identity = charger_id or f"OBEY{next(_names)}"
    async with dial(server, identity, protocol) as socket:
        charger = Obedient(server, socket, identity)
        listening = asyncio.create_task(charger.listen())
        try:
            assert (await charger.say("BootNotification", BOOTS[protocol]))["status"] == "Accepted"
            yield charger
        finally:
            await socket.close()
            await listening

"""A charger by hand over a real socket that answers our CALLs as a test has told it, and says what the test lets it say."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.conformance.answering import Answering, Payload
from tests.e2e.talking import BOOT, dial
from tests.looking import refusal, until
from tests.running import RunningServer

BOOTS = {
    "ocpp1.6": BOOT,
    "ocpp2.0.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
}
_names = itertools.count(1)


class Obedient(Answering):
    """See ``Answering``; it knows the server too."""

    def __init__(self, server: RunningServer, socket: ClientConnection, charger_id: str) -> None:
        super().__init__(socket)
        self.server = server
        self.id = charger_id

    async def say(self, action: str, payload: object) -> Payload:
        """Say something as the charger does; the payload of the CALLRESULT."""
        kind, _, answer = await self.ask(action, payload)
        assert kind == 3, answer
        told: Payload = answer
        return told

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
        status, told = await refusal(self.api(method, path, body))
        return status, (told.get("errors") or [{"pointer": ""}])[0]["pointer"]

    async def asked(self, action: str, times: int = 1) -> Payload:
        """See ``until_asked``."""
        return await self.until_asked(action, times)

    async def until(self, path: str, holds: Callable[[Any], object]) -> Any:
        """What the API says at a path, once something holds of it."""
        return await until(lambda: self.api("GET", path), holds)


@contextlib.asynccontextmanager
async def obedient(server: RunningServer, charger_id: str | None = None, protocol: str = "ocpp1.6") -> AsyncIterator[Obedient]:
    """A charger that has booted; one nobody has heard of unless it is named."""
    identity = charger_id or f"OBEY{next(_names)}"
    async with dial(server, identity, protocol) as socket:
        charger = Obedient(server, socket, identity)
        async with charger.listening():
            assert (await charger.say("BootNotification", BOOTS[protocol]))["status"] == "Accepted"
            yield charger

"""A charger by hand that is asked something over the API: what it was sent, what it says, and what the API then tells of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.e2e.talking import answer, ask, boot, dial
from tests.looking import until
from tests.running import RunningServer

SETTLED = "wait=20"
SEEN = "wait=20; until=effective"
_numbers = itertools.count(1)


def now() -> str:
    """The time, as a charger writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Asked:
    """A request to the API that waits for its command."""

    task: asyncio.Task[Any]
    call: list[Any] = field(default_factory=list)

    async def command(self) -> Any:
        """The command as the API tells it in the end."""
        return await self.task


@dataclass
class ByHand:
    """A 1.6 charger, open and booted, on a real socket."""

    server: RunningServer
    identity: str
    socket: ClientConnection

    @property
    def path(self) -> str:
        return f"/api/v1/chargers/{self.identity}"

    async def say(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask as a charger does; the payload of the CALLRESULT."""
        result = await ask(self.socket, action, payload, f"m{next(_numbers)}")
        assert result[0] == 3, result
        told: dict[str, Any] = result[2]
        return told

    async def status(self, status: str, connector: int = 1, error: str = "NoError") -> None:
        await self.say("StatusNotification", {"connectorId": connector, "errorCode": error, "status": status, "timestamp": now()})

    async def start(self, tag: str, connector: int = 1, meter: int = 0) -> int:
        """Start a transaction; its id."""
        told = await self.say("StartTransaction", {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": now()})
        assert told["idTagInfo"]["status"] == "Accepted"
        return int(told["transactionId"])

    async def stop(self, transaction: int, reason: str, meter: int = 100) -> None:
        await self.say("StopTransaction", {"transactionId": transaction, "meterStop": meter, "timestamp": now(), "reason": reason})

    def order(self, path: str, body: object = None, prefer: str = SEEN, **headers: str) -> Asked:
        """Ask the API for something; it is sent while this test goes on."""
        asked = self.server.api("POST", f"{self.path}/{path}", body or {}, {"Prefer": prefer, **headers})
        return Asked(asyncio.create_task(asked))

    async def asked(self, path: str, body: object = None, prefer: str = SEEN) -> Asked:
        """The same, with the CALL that comes of it."""
        asked = self.order(path, body, prefer)
        heard = asyncio.create_task(answer(self.socket))
        await asyncio.wait((heard, asked.task), return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            heard.cancel()
            raise AssertionError(asked.task.result())
        asked.call = heard.result()
        return asked

    async def reply(self, asked: Asked, status: str | None, **more: Any) -> None:
        """Answer what was asked."""
        payload = ({} if status is None else {"status": status}) | more
        await self.socket.send(json.dumps([3, asked.call[1], payload]))

    async def done(self, path: str, body: object, status: str, prefer: str = SEEN) -> tuple[list[Any], Any]:
        """The action and payload that an order made, and what became of it once the charger has answered so."""
        asked = await self.asked(path, body, prefer)
        await self.reply(asked, status)
        return asked.call[2:], await asked.command()

    async def newest(self, holds: Callable[[Any], bool]) -> Any:
        """The newest command to this charger, as soon as something holds of it."""

        async def newest() -> Any:
            return (await self.server.api("GET", f"{self.path}/commands"))["items"][0]

        return await until(newest, holds)

    async def sessions(self) -> list[Any]:
        return list((await self.server.api("GET", f"/api/v1/sessions?charger_id={self.identity}"))["items"])


@contextlib.asynccontextmanager
async def by_hand(server: RunningServer, identity: str | None = None, *, booted: bool = True) -> AsyncIterator[ByHand]:
    """A charger of its own; an identity that was there before is the same charger once more."""
    name = identity or f"HAND{next(_numbers)}"
    async with dial(server, name) as socket:
        if booted:
            assert await boot(socket) == "Accepted"
        yield ByHand(server, name, socket)


async def add_tag(server: RunningServer, id_tag: str) -> None:
    await server.api("POST", "/api/v1/tags", {"id_tag": id_tag})

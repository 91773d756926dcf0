"""A real server with a charger by hand on its line, for tests of what it is asked and how it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection

from tests.e2e.talking import BOOT, answer, ask, dial
from tests.looking import until
from tests.running import ADMIN_TOKEN, RunningServer, running_server


@dataclass
class Bench:
    """A server and a charger on its line that answers by hand."""

    server: RunningServer
    socket: ClientConnection
    charger_id: str = "CP1"

    async def order(self, path: str, body: object, told: dict[str, Any] | None) -> tuple[str, Any, dict[str, Any]]:
        """Ask for something; the action and payload that came to the charger, which answers ``told`` (None: a CALLERROR), and
        the command as it has settled."""
        url = f"/api/v1/chargers/{self.charger_id}/{path}"
        asking = asyncio.create_task(self.server.api("POST", url, body, {"Prefer": "wait=10"}))
        kind, message_id, action, payload = await answer(self.socket)
        assert kind == 2
        await self.socket.send(json.dumps([4, message_id, "NotSupported", "", {}] if told is None else [3, message_id, told]))
        return action, payload, await asking

    async def report(self, action: str, *states: str, **members: Any) -> None:
        """Report states one after the other; each is answered."""
        for state in states:
            assert await ask(self.socket, action, {"status": state, **members}) == [3, "m", {}]

    async def jobs(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.server.api("GET", f"/api/v1/chargers/{self.charger_id}/jobs"))["items"]
        return items

    async def job_once(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The newest job, once it is so."""
        return (await until(self.jobs, lambda found: found and is_so(found[0])))[0]

    async def boot(self, version: str) -> None:
        status = (await ask(self.socket, "BootNotification", {**BOOT, "firmwareVersion": version}))[2]["status"]
        assert status == "Accepted"

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """The stored events of these types, oldest first."""
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN_TOKEN}", "Last-Event-ID": "0"}) as client:
            found: list[dict[str, Any]] = []
            async with client.get(f"{self.server.http_url}/api/v1/events", timeout=aiohttp.ClientTimeout(total=15)) as stream:
                kind = ""
                async for line in stream.content:
                    text = line.decode().strip()
                    if text.startswith("event: "):
                        kind = text[7:]
                    elif text.startswith("data: ") and kind in types:
                        found.append(json.loads(text[6:]))
                        if len(found) >= len(types):
                            return found
        raise AssertionError(f"only {found} came")


@asynccontextmanager
async def a_bench(database_url: str, data_dir: Path, *flags: str) -> AsyncIterator[Bench]:
    async with running_server(database_url, data_dir, "--unknown-chargers", "accept", *flags) as server, dial(server, "CP1") as socket:
        bench = Bench(server, socket)
        await bench.boot("1.0")
        yield bench

"""A real server as a process of its own, for tests that look at Voltaro from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import urllib.error
import urllib.request
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.nursery import Child, fork

ADMIN_TOKEN = "an-admin-token-for-tests-of-40-characters"
READY_S = 60.0
STOP_S = 30.0


@dataclass
class RunningServer:
    """A running ``voltaro serve``; ``log`` is what it has written to standard error."""

    process: Child | Process
    http_url: str
    ocpp_url: str
    ocpps_url: str = ""
    log: list[str] = field(default_factory=list)

    async def api(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """Ask the API with all scopes; the decoded answer. Raises HTTPError for 4xx and 5xx."""
        return (await self.answer(method, path, body, headers))[1]

    async def answer(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """The status and the decoded answer. Raises HTTPError for 4xx and 5xx."""
        return await asyncio.to_thread(self._ask, method, path, body, headers or {})

    async def stop(self) -> int:
        """End it as an operator does; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        await self.process.wait()

    def _ask(self, method: str, path: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json", **headers}
        url = path if path.startswith("http") else self.http_url + path
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            read = answer.read()
            return answer.status, json.loads(read) if "/json" in (answer.headers["Content-Type"] or "") else read.decode()


@contextlib.asynccontextmanager
async def running_server(database_url: str | None, data_dir: Path, *flags: str, files: int | None = None) -> AsyncIterator[RunningServer]:
    """Start ``voltaro serve`` on free ports and wait until it says that it is ready; it is ended when the block is left.

    ``files``: how many it may have open, where that is not what this process may.
    """
    where = ("--data-dir", str(data_dir), *(() if database_url is None else ("--database-url", database_url)))
    arguments = ("serve", "--http-port", "0", "--ocpp-port", "0", *where, *flags)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOLTARO_")}
    environment["VOLTARO_ADMIN_TOKEN"] = ADMIN_TOKEN
    process = await fork(arguments, environment, files)
    log: list[str] = []
    listening = asyncio.create_task(_listen(process, log))
    try:
        async with asyncio.timeout(READY_S):
            line = (await process.stdout.readline()).decode().strip()
        assert line.startswith("voltaro ready "), "\n".join([line, *log[-40:]])
        said = dict(word.split("=", 1) for word in line.split()[2:])
        server = RunningServer(process, said["http"], said["ocpp"], said.get("ocpps", ""), log)
        yield server
        code = await server.stop()
        assert code in (0, -signal.SIGKILL), "\n".join([f"exit {code}", *log[-40:]])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening
        process.close()


async def _listen(process: Child, log: list[str]) -> None:
    async for line in process.stderr:
        log.append(line.decode(errors="replace").rstrip())

"""``voltaro demo`` as a process of its own, as somebody runs it who has just cloned it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.nursery import Child
from tests.running import READY_S, STOP_S, RunningServer

_LINK = re.compile(r"https?://\S+/login/\S+")


@dataclass
class RunningDemo:
    """``printed`` is what it has written to standard output, ``log`` to standard error."""

    server: RunningServer
    link: str
    printed: str
    log: list[str] = field(default_factory=list)

    @property
    def process(self) -> Child | Process:
        return self.server.process

    async def interrupt(self) -> int:
        """Ctrl-C; its exit code."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running_demo(data_dir: Path, *flags: str, environment: dict[str, str] | None = None) -> AsyncIterator[RunningDemo]:
    """Start it and wait until all is printed; it is ended when the block is left. On free ports, unless ``flags`` name some."""
    ports = () if "--http-port" in flags else ("--http-port", "0", "--ocpp-port", "0")
    command = (sys.executable, "-m", "voltaro", "demo", "--data-dir", str(data_dir), *ports, *flags)
    shell = {name: value for name, value in os.environ.items() if not name.startswith("VOLTARO_")}
    shell |= {"PYTHONUNBUFFERED": "1", "VOLTARO_ADMIN_TOKEN": "an-admin-token-for-tests-of-40-characters", **(environment or {})}
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=shell)
    log: list[str] = []
    hearing = asyncio.create_task(_hear(process, log))
    try:
        printed = await _greeting(process, log)
        said = dict(re.findall(r"(http|ocpp)=(\S+)", printed))
        http_url = said["http"].replace("0.0.0.0", "127.0.0.1")
        found = _LINK.search(printed)
        assert found is not None, printed
        yield RunningDemo(RunningServer(process, http_url, said["ocpp"], log=log), found.group(), printed, log)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(STOP_S):
                await process.wait()
        await hearing
        process._transport.close()  # type: ignore[attr-defined]


async def _greeting(process: Process, log: list[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(READY_S):
        async for line in process.stdout:
            lines.append(line.decode().rstrip())
            if "Ctrl-C" in lines[-1]:
                return "\n".join(lines)
    raise AssertionError("\n".join([*lines, *log[-40:]]))


async def _hear(process: Process, log: list[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        log.append(line.decode(errors="replace").rstrip())

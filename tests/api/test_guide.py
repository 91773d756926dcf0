"""What ``docs/api.md`` tells people to type works as it stands, in order, and shows what is written below it."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import ADMIN_TOKEN, RunningServer, running_server
from voltaro.simulator import SimulatedCharger

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
CURL = Path(__file__).parent / "curl.py"
BETWEEN = "---- the next example ----"


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, tmp_path / "data", "--unknown-chargers", "accept") as running:
        charger = SimulatedCharger(f"{running.ocpp_url}/ocpp", "CP1", "ocpp1.6")
        try:
            await charger.connect()
            await charger.booted()
            yield running
        finally:
            await charger.close()


async def test_the_examples_of_the_guide_do_what_it_says(server: RunningServer, tmp_path: Path) -> None:
    found = re.findall(r"```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?", GUIDE.read_text(), re.DOTALL)
    assert len(found) > 8
    script = f"\necho '{BETWEEN}'\n".join(commands for commands, _ in found)
    if shutil.which("curl") is None:
        script = f'curl() {{ {shlex.quote(sys.executable)} {shlex.quote(str(CURL))} "$@"; }}\n{script}'
    environment = {**os.environ, "VOLTARO_URL": server.http_url, "VOLTARO_TOKEN": ADMIN_TOKEN, "BASH_ENV": ""}
    shell = await asyncio.create_subprocess_exec(
        "bash", "-eu", "-c", script, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        said, _ = await shell.communicate()
    assert shell.returncode == 0, said.decode()
    parts = said.decode().split(BETWEEN)
    assert len(parts) == len(found)
    for (commands, wanted), part in zip(found, parts, strict=True):
        at = 0
        for line in wanted.splitlines():
            assert line in part[at:], f"{commands}\nshould show {line!r} after what went before, and shows:\n{part}"
            at = part.index(line, at) + len(line)

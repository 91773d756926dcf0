"""PostgreSQL stays away: chargers are sent away at a pace so that they queue, and come back when it does."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import urllib.error
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.talking import ask, boot, closing, dial
from tests.running import RunningServer, running_server
from voltaro import embedded

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    """A folder that the cluster's own user gets into."""
    made = Path(tempfile.mkdtemp(prefix="voltaro-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.conformance("VT-X20", "X-01")
async def test_chargers_are_sent_away_while_the_database_is_and_come_back_with_it(folder: Path, tmp_path: Path) -> None:
    cluster = await asyncio.to_thread(embedded.start, folder)
    try:
        async with running_server(cluster.url, tmp_path, "--database-grace-s", "4") as server, AsyncExitStack() as stack:
            names = [f"CP{number}" for number in range(20)]
            for name in names:
                await server.api("POST", "/api/v1/chargers", {"id": name, "security_profile": 0})
            sockets = [await stack.enter_async_context(dial(server, name)) for name in names]
            for socket in sockets:
                assert await boot(socket) == "Accepted"
            await asyncio.to_thread(cluster.stop)
            await sockets[0].send(json.dumps([2, "start", "StartTransaction", START]))
            assert {await closing(socket) for socket in sockets} == {1013}
            for _ in range(3):
                with pytest.raises(InvalidStatus) as refused:
                    async with dial(server, "CP1"):
                        pass
                assert refused.value.response.status_code == 503
                assert 30 <= int(refused.value.response.headers["Retry-After"]) <= 120
            assert await _status(server, "/livez") == 200
            assert await _status(server, "/readyz") == 503
            cluster = await asyncio.to_thread(embedded.start, folder)
            async with asyncio.timeout(30):
                while await _status(server, "/readyz") != 200 or not await _lets_in(server, "CP0"):
                    await asyncio.sleep(0.1)
            async with dial(server, "CP0") as socket:
                assert (await ask(socket, "StartTransaction", START, "again"))[0] == 3
            sessions = (await server.api("GET", "/api/v1/sessions"))["items"]
            assert [session["charger_id"] for session in sessions] == ["CP0"]
    finally:
        await asyncio.to_thread(cluster.stop)


async def _status(server: RunningServer, path: str) -> int:
    try:
        return (await server.answer("GET", path))[0]
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def _lets_in(server: RunningServer, identity: str) -> bool:
    try:
        async with dial(server, identity):
            return True
    except InvalidStatus:
        return False

"""A command to many real chargers: each its own result, and no doubt after the server was killed in the middle."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.e2e.talking import ask, asked, boot, dial
from tests.running import RunningServer, running_server

CLEAR = {"verb": "clear-cache", "payload": {}}


async def _counts(server: RunningServer, batch_id: str, **wanted: int) -> dict[str, Any]:
    """The batch, once its counts are these."""
    async with asyncio.timeout(30):
        while (batch := await server.api("GET", f"/api/v1/command-batches/{batch_id}"))["counts"] != wanted:
            await asyncio.sleep(0.05)
    return dict(batch)


async def test_each_charger_has_its_own_result(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        await server.api("POST", "/api/v1/chargers", {"id": "AWAY"})
        async with dial(server, "YES") as yes, dial(server, "NO") as no:
            assert [await boot(socket) for socket in (yes, no)] == ["Accepted"] * 2
            status, batch = await server.answer("POST", "/api/v1/commands:batch", {**CLEAR, "charger_ids": ["YES", "NO", "AWAY", "WHO"]})
            assert status == 202
            for socket, said in ((yes, "Accepted"), (no, "Rejected")):
                await socket.send(json.dumps([3, (await asked(socket, "ClearCache"))[1], {"status": said}]))
            await _counts(server, batch["id"], accepted=1, rejected=1, failed=2)
        results = (await server.api("GET", f"/api/v1/command-batches/{batch['id']}/results"))["items"]
        assert [(result["charger_id"], result["state"], result["response_status"], result["error"]) for result in results] == [
            ("YES", "accepted", "Accepted", None),
            ("NO", "rejected", "Rejected", None),
            ("AWAY", "failed", None, "not_connected"),
            ("WHO", "failed", None, "unknown_charger"),
        ]
        commands = (await server.api("GET", "/api/v1/chargers/YES/commands"))["items"]
        assert [command["id"] for command in commands if command["action"] == "ClearCache"] == [results[0]["command_id"]]


async def test_after_a_kill_in_the_middle_nothing_is_sent_twice_and_the_rest_is_told_as_not_sent(database_url: str, tmp_path: Path) -> None:
    names = [f"AWAY-{number:03}" for number in range(110)]
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server:
        for name in names:
            await server.api("POST", "/api/v1/chargers", {"id": name, "security_profile": 0})
        async with dial(server, "CP1") as socket:
            assert await boot(socket) == "Accepted"
            batch = await server.api("POST", "/api/v1/commands:batch", {**CLEAR, "charger_ids": ["CP1", *names]})
            await asked(socket, "ClearCache")
            await server.kill()
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept") as server, dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
        after = await server.api("GET", f"/api/v1/command-batches/{batch['id']}")
        assert after["state"] == "interrupted"
        results = (await server.api("GET", f"/api/v1/command-batches/{batch['id']}/results"))["items"]
        assert results[0]["charger_id"] == "CP1"
        waited = (await server.api("GET", f"/api/v1/command-batches/{batch['id']}/results?state=not_sent&limit=200"))["items"]
        assert {"AWAY-109", "AWAY-100"} <= {result["charger_id"] for result in waited}, "the second wave had not begun"
        assert {result["error"] for result in waited} == {"restarted"}
        assert results[0]["command_id"] is not None, "its key says that it was recorded, and so may have been sent"
        commands = (await server.api("GET", "/api/v1/chargers/CP1/commands"))["items"]
        assert [command["id"] for command in commands if command["action"] == "ClearCache"] == [results[0]["command_id"]]

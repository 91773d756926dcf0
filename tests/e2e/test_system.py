"""How the server stands, and the bundle for whoever helps: everything that is needed, and nothing that is secret."""

from __future__ import annotations

import asyncio
import io
import json
import urllib.request
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from persistence import migrations
from tests.e2e.talking import ask, boot, dial
from tests.looking import until
from tests.running import ADMIN_TOKEN, RunningServer, running_server
from voltaro import __version__

TAG = "PLANTEDTAG0042"
PASSWORD = "PlantedChargerPassword0042"
PERSONS = "PlantedPersonPassword0042"
OF_AUTHORISER = "PlantedAuthoriserPassword"


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    outside = f"http://someone:{OF_AUTHORISER}@127.0.0.1:1/ask?key={OF_AUTHORISER}"
    flags = ("--authoriser-url", outside, "--fault-injection", "--heartbeat-s", "77")
    async with running_server(database_url, tmp_path, *flags) as running:
        yield running


async def test_versions_database_settings_and_health_are_shown(server: RunningServer) -> None:
    shown = await server.api("GET", "/api/v1/system")
    assert (shown["versions"]["voltaro"], shown["versions"]["schema"]) == (__version__, migrations.newest())
    assert {"python", "postgresql", "aiohttp", "pykka"} <= shown["versions"].keys()
    database = shown["database"]
    assert database["bytes"] > 1_000_000
    assert database["connections"] <= database["max_connections"]
    tables = {table["name"]: table for table in database["tables"]}
    assert {"chargers", "sessions", "messages", "meter_values"} <= tables.keys()
    assert not any(name.startswith("messages_") for name in tables), "partitions are counted with their table"
    assert shown["disk_free_bytes"] <= shown["disk_total_bytes"]
    settings = {setting["name"]: setting for setting in shown["settings"]}
    assert (settings["heartbeat_s"]["value"], settings["heartbeat_s"]["origin"]) == ("77", "flag --heartbeat-s")
    assert settings["offline_grace_s"]["origin"] == "default"
    assert (settings["admin_token"]["value"], settings["admin_token"]["origin"]) == ("***", "environment VOLTARO_ADMIN_TOKEN")
    states = {check["check"]: check["state"] for check in shown["checks"]}
    assert (states["database"], states["fault_injection"]) == ("well", "warning")
    assert all(check["advice"] for check in shown["checks"] if check["state"] != "well")


async def test_figures_of_the_last_minutes_gather(server: RunningServer) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": "CP1", "security_profile": 0})
    async with dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"

        async def history() -> Any:
            await ask(socket, "Heartbeat", {})
            return (await server.api("GET", "/api/v1/system"))["history"]

        moments = await until(history, lambda seen: any(moment["calls"] and moment["requests"] for moment in seen))
    assert all(moment["memory_bytes"] > 0 for moment in moments)
    assert any(moment["commit_ms"] for moment in moments)


async def test_a_viewer_sees_no_settings_and_no_paths(server: RunningServer, tmp_path: Path) -> None:
    token = (await server.api("POST", "/api/v1/tokens", {"name": "viewer", "scopes": ["chargers:read"]}))["token"]
    shown = await server.api("GET", "/api/v1/system", headers={"Authorization": f"Bearer {token}"})
    assert (shown["settings"], shown["data_dir"]) == ([], None)
    assert str(tmp_path) not in json.dumps(shown)
    assert shown["database"]["version"]


async def test_the_bundle_holds_what_helps_and_no_secret(server: RunningServer) -> None:
    planted = await plant(server)
    parts = await bundle(server)
    assert {"README.txt", "system.json", "checks.json", "settings.json", "actors.json", "log.ndjson", "metrics.txt"} == parts.keys()
    assert "charger/CP1" in parts["actors.json"]
    assert "voltaro_calls_total" in parts["metrics.txt"]
    assert '"event":"line.opened"' in parts["log.ndjson"]
    for name, text in parts.items():
        found = [secret for secret in planted if secret.casefold() in text.casefold()]
        assert found == [], name


async def plant(server: RunningServer) -> list[str]:
    """Use secrets and a tag in every way there is, a crash that quotes the tag too; what must not be found."""
    await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": PERSONS})
    token = (await server.api("POST", "/api/v1/tokens", {"name": "planted", "scopes": ["admin"]}))["token"]
    await server.api("POST", "/api/v1/tags", {"id_tag": TAG})
    await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": PASSWORD})
    async with dial(server, "CP1", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}
        await server.api("POST", "/api/v1/faults", {"target": "charger/CP1", "kind": "poison"})
        assert (await ask(socket, "StartTransaction", start))[0] == 3
        assert (await ask(socket, "StartTransaction", {**start, "meterStart": f"many of {TAG}"}, "m2"))[0] in (3, 4)
    await until(lambda: server.api("GET", "/api/v1/dead-letters"), lambda page: page["items"])
    return [TAG, PASSWORD, PERSONS, token, ADMIN_TOKEN, OF_AUTHORISER]


async def bundle(server: RunningServer) -> dict[str, str]:
    """The files in the bundle, by name."""

    def fetch() -> bytes:
        request = urllib.request.Request(f"{server.http_url}/api/v1/system/bundle", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    with zipfile.ZipFile(io.BytesIO(await asyncio.to_thread(fetch))) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}

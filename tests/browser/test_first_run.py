"""``voltaro demo`` as it is met for the first time: from the printed link to a charger that charges, in a real browser."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.demonstration import RunningDemo, running_demo
from tests.looking import until
from voltaro.simulator import SimulatedCharger

expect.set_options(timeout=20_000)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def chargers(demo: RunningDemo) -> dict[str, bool]:
    """Every charger that is known, and whether it is simulated."""
    return {one["id"]: one["simulated"] for one in (await demo.server.api("GET", "/api/v1/chargers?limit=100"))["items"]}


async def test_a_first_run_shows_a_charging_charger_and_the_link_works_once(browser: Browser, data_dir: Path) -> None:
    async with running_demo(data_dir, "--chargers", "6") as demo:
        page = await browser.new_page(locale="en-US")
        await page.goto(demo.link)
        await expect(page.get_by_role("main").locator("[data-state='charging']").first).to_be_visible()
        await expect(page.get_by_text("This is a demonstration: 6 simulated chargers.")).to_be_visible()
        sessions = (await demo.server.api("GET", "/api/v1/sessions"))["items"]
        assert {session["simulated"] for session in sessions} == {True}
        stranger = await browser.new_page(locale="en-US")
        await stranger.goto(demo.link)
        await expect(stranger.get_by_role("heading", name="This link has been used")).to_be_visible()
        assert "/ocpp/<identity>" in demo.printed
        assert "from this machine alone" in demo.printed
        assert "works offline" in demo.printed
        assert "voltaro serve" in demo.printed
        assert await demo.interrupt() == 0
        await page.close()
        await stranger.close()
    assert not [line for line in demo.log if "Traceback" in line or "[error" in line or "[critical" in line]


async def test_a_second_start_keeps_what_the_operator_has_added(data_dir: Path) -> None:
    async with running_demo(data_dir, "--chargers", "3") as demo:
        own = SimulatedCharger(f"{demo.server.ocpp_url}/ocpp", "MINE-1")
        await own.connect()
        await own.booted()
        await own.close()
        await demo.server.api("POST", "/api/v1/tags", {"id_tag": "MINE"})
    async with running_demo(data_dir) as demo:
        known = await until(lambda: chargers(demo), lambda seen: len(seen) == 25)
        assert known == {"MINE-1": False, **{f"DEMO-{number:03d}": True for number in range(1, 25)}}
        assert (await demo.server.api("GET", "/api/v1/tags/MINE"))["id_tag"] == "MINE"
        online = await until(lambda: demo.server.api("GET", "/api/v1/overview"), lambda seen: seen["online"] == 24)
        assert online["chargers"] == 25


async def test_a_demonstration_that_was_dropped_does_not_come_back_by_itself(data_dir: Path) -> None:
    async with running_demo(data_dir, "--chargers", "3") as demo:
        assert (await demo.server.api("DELETE", "/api/v1/demo-data"))["chargers"] == 3
    async with running_demo(data_dir) as demo:
        assert await chargers(demo) == {}
        assert "the demonstration was dropped" in demo.printed
    async with running_demo(data_dir, "--chargers", "2") as demo:
        assert await until(lambda: chargers(demo), bool) == {"DEMO-001": True, "DEMO-002": True}


async def test_a_port_that_is_taken_is_said_and_replaced_by_a_free_one(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        async with running_demo(data_dir, "--http-port", taken, "--ocpp-port", "0", "--chargers", "1") as demo:
            assert f"Port {taken} is taken" in demo.printed
            assert f":{taken}" not in demo.server.http_url
            assert (await demo.server.api("GET", "/livez")) == {"status": "ok"}


async def test_on_the_network_the_addresses_for_a_real_charger_are_printed(data_dir: Path) -> None:
    async with running_demo(data_dir, "--lan", "--chargers", "1") as demo:
        assert "from this machine alone" not in demo.printed
        assert "127.0.0.1" in demo.link
        port = demo.server.ocpp_url.rpartition(":")[2]
        assert f":{port}/ocpp/<identity>" in demo.printed
        assert await until(lambda: demo.server.api("GET", "/api/v1/overview"), lambda seen: seen["online"] == 1)
        assert json.dumps(await chargers(demo)) == '{"DEMO-001": true}'

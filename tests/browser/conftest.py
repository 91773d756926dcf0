"""A real Chromium that looks at a real server. Where there is no Chromium, these tests are skipped, and say so loudly.

The Chromium of a worker serves all its tests, each in windows of its own; so they run on one event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.chromium import NONE_FOUND, at_hand
from tests.running import RunningServer, running_server
from voltaro.simulator import SimulatedCharger

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "a-password-for-tests"
TAG = "BROWSERTAG"
EXPECTED_REFUSALS = ("/api/v1/me", "/api/v1/login")
"""Where a 401 is part of a test: nobody is signed in yet, or the password is wrong."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


windowed = pytest_asyncio.fixture(loop_scope="session")
"""A fixture on the event loop on which tests with windows run."""


@dataclass
class Onlooker:
    """A person's browser window. ``complaints`` is what the browser found wrong: script errors, refused content, failed requests."""

    page: Page
    server: RunningServer
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.server.http_url + path)

    async def sign_in(self, name: str = "ada", password: str = PASSWORD, at: str = "/") -> None:
        """Sign in, past the form, and open a page; the overview, where nothing else is said, is there when this returns."""
        answer = await self.page.request.post(f"{self.server.http_url}/api/v1/login", data={"name": name, "password": password})
        assert answer.ok, await answer.text()
        await self.open(at)
        if at == "/":
            await self.page.get_by_role("heading", name="Overview").wait_for()

    async def fill_in(self, name: str, password: str) -> None:
        """Sign in by the form."""
        await self.open("/")
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()

    def heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        where = message.location["url"]
        if "401" in message.text and where.endswith(EXPECTED_REFUSALS):
            return
        self.complaints.append(f"{message.text} ({where})")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium: the one VOLTARO_CHROMIUM names, one on the PATH, or Playwright's own."""
    async with async_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = at_hand() or (own if Path(own).exists() else None)
        if found is None:
            pytest.skip(NONE_FOUND)
        launched = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield launched
        finally:
            await launched.close()


@windowed
async def voltaro_server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that lets every charger in and can be made to crash, with one person and one tag."""
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--fault-injection") as server:
        await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": PASSWORD})
        await server.api("POST", "/api/v1/tags", {"id_tag": TAG})
        yield server


Look = Callable[..., Awaitable[Onlooker]]


@windowed
async def look(browser: Browser, voltaro_server: RunningServer) -> AsyncIterator[Look]:
    """Open a window: ``await look(width=390, color_scheme="dark")``. At the end, no window may have complained."""
    windows: list[tuple[Onlooker, BrowserContext]] = []

    async def opened(*, width: int = 1280, height: int = 860, **options: object) -> Onlooker:
        window: Any = {"locale": "en-US", **options}
        context = await browser.new_context(viewport={"width": width, "height": height}, **window)
        context.set_default_timeout(20_000)
        onlooker = Onlooker(await context.new_page(), voltaro_server)
        onlooker.page.on("console", onlooker.heard)
        onlooker.page.on("pageerror", lambda error: onlooker.complaints.append(error.stack or str(error)))
        windows.append((onlooker, context))
        return onlooker

    yield opened
    complaints = [complaint for onlooker, _ in windows for complaint in onlooker.complaints]
    for _, context in windows:
        await context.close()
    assert "\n".join(complaints) == ""


Plug = Callable[..., Awaitable[SimulatedCharger]]


@windowed
async def plug(voltaro_server: RunningServer) -> AsyncIterator[Plug]:
    """Connect a virtual charger that reports its meter every second: ``await plug("CP1")``."""
    connected: list[SimulatedCharger] = []

    async def plugged(identity: str, protocol: str = "ocpp1.6") -> SimulatedCharger:
        charger = SimulatedCharger(f"{voltaro_server.ocpp_url}/ocpp", identity, protocol, speed=60, meter_interval_s=1)
        connected.append(charger)
        await charger.connect()
        await charger.booted()
        return charger

    yield plugged
    for charger in connected:
        await charger.close()

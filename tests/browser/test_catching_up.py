"""What is told while the dashboard reads the fleet: nothing of it is lost, overwritten by what was read, or asked for one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, Request, Route, expect

from tests.browser.conftest import Look
from tests.browser.telling import Teller
from tests.e2e.talking import asked, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)

HEAR = """
async () => {
  const { hear } = await import("app/live.js");
  window.told = [];
  hear((events) => window.told.push(...events));
}
"""
"""From here on ``window.told`` has what the page hears."""
SNAPSHOT = "async () => { const { snapshot } = await import('app/store.js'); window.read = snapshot(); }"
"""The page reads everything anew; ``window.read`` is over when it has."""
THRICE = "async () => { const { snapshot } = await import('app/store.js'); window.later = [snapshot(), snapshot(), snapshot()]; }"
RUNNING = "**/api/v1/sessions?*state=active*"
CHARGERS = "**/api/v1/chargers?view=brief*"


class Answered(asyncio.Event):
    """The server has answered, and the page has not heard it yet."""

    async def soon(self) -> None:
        async with asyncio.timeout(30):
            await self.wait()


@asynccontextmanager
async def held(page: Page, part: str) -> AsyncIterator[Answered]:
    """The first answer to a part of the reading arrives when this is left; the event says when it has been given."""
    answered, let_through = Answered(), asyncio.Event()

    async def hold(route: Route) -> None:
        response = await route.fetch()
        answered.set()
        await let_through.wait()
        await route.fulfill(response=response)

    await page.route(part, hold, times=1)
    try:
        yield answered
    finally:
        let_through.set()


@asynccontextmanager
async def reading(page: Page, part: str) -> AsyncIterator[None]:
    """Meanwhile the page reads everything anew: the answer to a part of that has been given, and arrives when this is left."""
    async with held(page, part) as answered:
        await page.evaluate(HEAR)
        await page.evaluate(SNAPSHOT)
        await answered.soon()
        yield
    await page.evaluate("window.read")


def running_row(page: Page, number: int) -> Locator:
    """A session among those that run, on the overview."""
    return page.get_by_role("region", name="Active sessions").locator(f"[data-session='{number}']")


@asynccontextmanager
async def charging(look: Look, server: RunningServer) -> AsyncIterator[tuple[Page, Teller, int, Locator]]:
    """The overview with a session on it, from 1000 Wh: the page, its charger, its number and its row."""
    async with dial(server, "CP1") as socket:
        await boot(socket)
        teller = Teller.of_late(socket)
        number = await teller.start(meter_wh=1000)
        onlooker = await look()
        await onlooker.sign_in()
        row = running_row(onlooker.page, number)
        await expect(row).to_be_visible()
        yield onlooker.page, teller, number, row


async def told(page: Page, kind: str, **data: object) -> None:
    """The page has heard of such an event, with this in its data."""
    told = "([kind, data]) => window.told.some((event) => event.type === kind && data.every(([name, value]) => event.data[name] === value))"
    await page.wait_for_function(told, arg=[kind, list(data.items())])


async def test_a_session_that_ends_while_the_sessions_are_read_does_not_run_on(look: Look, voltaro_server: RunningServer) -> None:
    async with charging(look, voltaro_server) as (page, teller, number, row):
        async with reading(page, RUNNING):
            await teller.say("StopTransaction", {"transactionId": number, "meterStop": 9000, "timestamp": teller.at(30)})
            await told(page, "session.ended")
        await expect(row).to_have_count(0)


async def test_figures_that_come_while_the_sessions_are_read_are_not_overwritten(look: Look, voltaro_server: RunningServer) -> None:
    async with charging(look, voltaro_server) as (page, teller, number, row):
        async with reading(page, RUNNING):
            await teller.measures(number, 20, 6000, 11_000, 40)
            await told(page, "session.updated", energy_wh=5000)
        await expect(row).to_contain_text("5.00 kWh")


async def test_a_charger_that_goes_while_the_chargers_are_read_is_away(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    page = onlooker.page
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        await Teller.of_late(socket).stands("Available", 1)
        await onlooker.sign_in(at="/chargers")
        row = page.locator("[data-charger='CP1']")
        await expect(row).to_have_attribute("data-state", "available")
        async with reading(page, CHARGERS):
            await socket.close()
            await told(page, "charger.disconnected")
    await expect(row).to_have_attribute("data-state", "offline")


async def test_what_is_told_of_a_charger_while_it_is_fetched_holds(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    page = onlooker.page
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        teller = Teller.of_late(socket)
        await teller.stands("Available", 1)
        await onlooker.sign_in(at="/chargers")
        row = page.locator("[data-charger='CP1']")
        await expect(row).to_have_attribute("data-state", "available")
        one = "/api/v1/chargers/CP1"
        again = page.expect_request(lambda request: request.url.endswith(one) and answered.is_set())
        async with again, held(page, f"**{one}") as answered:
            await page.evaluate(HEAR)
            await page.evaluate("async () => (await import('app/store.js')).refetch('CP1')")
            await answered.soon()
            await teller.stands("Unavailable", 2)
            await told(page, "connector.status")
        # Now the older answer is here, and that was not the last word.
        await expect(row).to_have_attribute("data-state", "unavailable")


async def test_sessions_that_move_while_they_are_read_are_not_asked_for_one_by_one(look: Look, voltaro_server: RunningServer) -> None:
    """As thousands do while a page opens: the list that is on its way has them all."""
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        teller = Teller.of_late(socket)
        number = await teller.start(meter_wh=1000)
        onlooker = await look()
        page = onlooker.page
        asked: list[str] = []

        def note(request: Request) -> None:
            if request.url.endswith((f"/api/v1/sessions/{number}", "/api/v1/chargers/CP1")):
                asked.append(request.url)

        page.on("request", note)
        async with held(page, RUNNING):
            await onlooker.sign_in()
            await page.evaluate(HEAR)
            await teller.measures(number, 20, 6000, 11_000, 40)
            await told(page, "session.updated", energy_wh=5000)
        await expect(running_row(page, number)).to_contain_text("5.00 kWh")
        assert asked == []


async def test_everything_is_read_once_at_a_time(look: Look, voltaro_server: RunningServer) -> None:
    """Who asks meanwhile gets a reading that begins after; however many ask, it is one."""
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    lists: list[str] = []
    page.on("request", lambda request: lists.append(request.url) if "view=brief" in request.url else None)
    async with reading(page, CHARGERS):
        await page.evaluate(THRICE)
        assert len(lists) == 1
    await page.evaluate("Promise.all(window.later)")
    assert len(lists) == 2


async def test_a_reading_whose_line_has_died_is_given_up_and_begun_anew(look: Look, voltaro_server: RunningServer) -> None:
    """As in a computer that slept while the page read."""
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1"})
    onlooker = await look()
    page = onlooker.page
    await page.clock.install()
    async with held(page, CHARGERS) as answered:
        await onlooker.sign_in(at="/chargers")
        await answered.soon()
        await page.clock.fast_forward(60_000)
        await expect(page.get_by_text("The server does not answer.")).to_be_visible()
        await page.clock.fast_forward(10_000)
        await page.clock.fast_forward(10_000)
        await expect(page.locator("[data-charger='CP1']")).to_be_visible()
        await expect(page.get_by_text("The server does not answer.")).to_have_count(0)


async def test_what_says_nothing_of_the_chargers_row_fetches_nothing(look: Look, voltaro_server: RunningServer) -> None:
    """As when a fleet has been read for its configuration."""
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    page = onlooker.page
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP2"})
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        await Teller.of_late(socket).stands("Available", 1)
        await expect(page.locator("[data-charger='CP1']")).to_have_attribute("data-state", "available")
        await page.evaluate(HEAR)
        # It is asked some seconds after it came: what was fetched of it because it came has long been fetched.
        _, message_id, *_ = await asked(socket, "GetConfiguration")
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url) if "/chargers" in request.url else None)
        await socket.send(
            json.dumps([3, message_id, {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}])
        )
        await told(page, "charger.configuration")
        # What is fetched after it is fetched with it.
        async with page.expect_request("**/api/v1/chargers/CP2"):
            await page.evaluate("async () => (await import('app/store.js')).refetch('CP2')")
    assert [url.partition("/api/v1")[2] for url in fetched] == ["/chargers/CP2"]

"""Lists that come in pages: what is asked by now is what is shown, nothing twice, and nothing left out."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Look
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def held_back(page: Page, part: str) -> tuple[asyncio.Event, asyncio.Event]:
    """The answers to requests whose address holds ``part`` wait for the second event; the first says that one was asked."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def wait(route: Route) -> None:
        asked.set()
        await let_go.wait()
        await route.continue_()

    await page.route(lambda url: part in url, wait)
    return asked, let_go


async def filtered(page: Page, label: str, text: str) -> None:
    await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_label(label, exact=True).press("Enter")


async def test_an_answer_to_an_older_filter_is_dropped(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/audit")
    page = onlooker.page
    await expect(page.locator("[data-deed]").first).to_be_visible()
    asked, let_go = await held_back(page, "action=user.added")
    await filtered(page, "What", "user.added")
    await asyncio.wait_for(asked.wait(), 30)
    await filtered(page, "What", "tag.added")
    await expect(page.locator("[data-deed]")).to_have_count(1)
    async with page.expect_response(lambda response: "action=user.added" in response.url) as late:
        let_go.set()
    await (await late.value).finished()
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await page.locator("[data-deed]").get_attribute("data-deed") == "tag.added"


async def test_a_further_page_that_was_asked_before_another_filter_is_not_joined_to_it(look: Look, voltaro_server: RunningServer) -> None:
    for number in range(110):
        await voltaro_server.api("POST", "/api/v1/drivers", {"name": f"Driver {number}"})
    onlooker = await look()
    await onlooker.sign_in(at="/drivers")
    page = onlooker.page
    rows = page.locator("[data-driver]")
    await expect(rows).to_have_count(100)
    asked, let_go = await held_back(page, "cursor=")
    await page.get_by_role("button", name="More drivers").click()
    await asyncio.wait_for(asked.wait(), 30)
    await page.get_by_label("Search drivers").fill("Driver 109")
    await expect(rows).to_have_count(1)
    async with page.expect_response(lambda response: "cursor=" in response.url) as late:
        let_go.set()
    await (await late.value).finished()
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await rows.count() == 1
    await page.get_by_label("Search drivers").fill("")
    await expect(rows).to_have_count(100)
    await page.get_by_role("button", name="More drivers").dblclick()
    await expect(rows).to_have_count(110)


async def test_news_leaves_what_came_with_further_pages_and_no_gap(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"

        async def happens(number: int) -> None:
            what = {"type": f"Event{number}", "timestamp": f"2026-03-01T10:{number:02}:00Z"}
            assert (await ask(socket, "SecurityEventNotification", what, f"s{number}"))[0] == 3

        for number in range(30):
            await happens(number)
        onlooker = await look()
        await onlooker.sign_in(at="/chargers/CP1?tab=security")
        page = onlooker.page
        rows = page.locator("[data-security-event]")
        await expect(rows).to_have_count(20)
        await page.get_by_role("button", name="Older events").click()
        await expect(rows).to_have_count(30)
        await happens(30)
        await expect(rows.first).to_have_attribute("data-security-event", "Event30")
        shown = await rows.evaluate_all("(rows) => rows.map((row) => row.dataset.securityEvent)")
        assert shown == [f"Event{number}" for number in range(30, -1, -1)]


async def test_what_was_listed_for_older_letters_is_not_chosen(look: Look, voltaro_server: RunningServer) -> None:
    for name in ("Dora", "Otto"):
        await voltaro_server.api("POST", "/api/v1/drivers", {"name": name})
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    await page.get_by_role("button", name="Add a tag").click()
    field = page.get_by_role("combobox", name="Driver")
    options = page.locator("#driver-choices").get_by_role("option")
    await field.fill("dor")
    await expect(options).to_have_text(["Dora"])
    asked, let_go = await held_back(page, "search=otto")
    await field.fill("otto")
    await asyncio.wait_for(asked.wait(), 30)
    await field.press("Enter")
    await expect(field).to_have_value("otto")
    let_go.set()
    await expect(options).to_have_text(["Otto"])
    await field.press("Enter")
    await expect(field).to_have_value("Otto")

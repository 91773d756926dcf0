"""A server that does not answer for a moment: what was asked meanwhile is asked again by itself, and nothing is taken away."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import TAG, Look, Onlooker
from tests.running import RunningServer

expect.set_options(timeout=20_000)
AWAY = "The server does not answer"


class Hiccup:
    """For as long as it ``lasts``, no request for some addresses gets an answer."""

    def __init__(self) -> None:
        self.lasts = True

    async def holds(self, page: Page, pattern: str) -> Hiccup:
        await page.route(pattern, self._answer)
        return self

    async def _answer(self, route: Route) -> None:
        await (route.abort("connectionrefused") if self.lasts else route.fallback())


def forgive(onlooker: Onlooker) -> None:
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "ERR_" not in complaint]


@pytest.mark.parametrize(
    ("path", "pattern", "heading"),
    [
        ("/users", "**/api/v1/users?*", "Users"),
        ("/users/1", "**/api/v1/users/1", "admin"),
        ("/sessions", "**/api/v1/sessions?limit*", "Sessions"),
        ("/sessions/unresolved", "**/api/v1/sessions?*unresolved*", "Unresolved sessions"),
        ("/actors", "**/api/v1/actors?*", "Actors"),
        ("/system", "**/api/v1/system*", "System"),
    ],
)
async def test_a_page_that_got_no_answer_tries_again_by_itself(path: str, pattern: str, heading: str, look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    hiccup = await Hiccup().holds(onlooker.page, pattern)
    await onlooker.open(path)
    trouble = onlooker.page.get_by_text(AWAY)
    await expect(trouble).to_be_visible()
    hiccup.lasts = False
    await expect(trouble).to_have_count(0)
    await expect(onlooker.page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
    forgive(onlooker)


async def test_a_list_stays_while_news_of_it_cannot_be_read(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    row = page.locator(f"[data-tag={TAG}]")
    await expect(row).to_be_visible()
    hiccup = await Hiccup().holds(page, "**/api/v1/tags?*")
    await page.locator("input[type=search]").fill(TAG)
    await expect(page.get_by_text(AWAY)).to_be_visible()
    await expect(row).to_be_visible()
    hiccup.lasts = False
    await expect(page.get_by_text(AWAY)).to_have_count(0)
    await expect(row).to_be_visible()
    forgive(onlooker)


async def test_a_charger_that_could_not_be_read_when_it_was_told_of_is_read_later(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP7"})
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    page = onlooker.page
    await expect(page.locator("[data-charger=CP7]")).to_be_visible()
    await expect(page.locator(".pill")).to_have_text("Live")
    hiccup = await Hiccup().holds(page, "**/api/v1/chargers/CP7")
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/chargers/CP7")):
        await voltaro_server.api("PATCH", "/api/v1/chargers/CP7", {"name": "By the gate"})
    hiccup.lasts = False
    await expect(page.locator("[data-charger=CP7]")).to_contain_text("By the gate")
    forgive(onlooker)

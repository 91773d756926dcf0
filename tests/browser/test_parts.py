"""Parts of the dashboard that are loaded when first seen: a server that is away at that moment keeps none of them away for good."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Look, Onlooker, Plug

expect.set_options(timeout=20_000)


def forgive_lost_requests(onlooker: Onlooker) -> None:
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "net::ERR_" not in complaint]


async def test_a_page_that_could_not_be_loaded_says_so_and_comes_by_itself(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    await page.route("**/pages/tags.js", lambda route: route.abort())
    await page.get_by_role("link", name="Tags").click()
    await expect(page.get_by_role("alert")).to_contain_text("A part of the dashboard could not be loaded")
    await page.unroute("**/pages/tags.js")
    await expect(page.get_by_role("heading", name="Tags", level=1)).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    forgive_lost_requests(onlooker)


async def test_a_chart_whose_drawing_could_not_be_loaded_comes_by_itself(look: Look, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/uplot.js")):
        await page.route("**/uplot.js", lambda route: route.abort())
        await onlooker.sign_in()
    await expect(page.locator(".uplot")).to_have_count(0)
    await page.unroute("**/uplot.js")
    await expect(page.locator(".uplot").first).to_be_visible()
    forgive_lost_requests(onlooker)

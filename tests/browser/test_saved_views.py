"""Saved views: what a list is filtered by, its order and its shape, kept in this browser under a name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Look
from tests.running import RunningServer

expect.set_options(timeout=20_000)

HOSTILE = "<img src=x onerror=alert(1)> \u202eevil"
REFUSED = """
Object.defineProperty(Storage.prototype, "setItem", { value() { throw new DOMException("no", "QuotaExceededError"); } });
"""


async def _fleet(server: RunningServer) -> None:
    for name in ("NORTH1", "NORTH2", "SOUTH1"):
        await server.api("POST", "/api/v1/chargers", {"id": name, "name": f"At {name}"})


async def _kept(page: Page) -> Any:
    return json.loads(await page.evaluate("localStorage.getItem('voltaro.views') ?? 'null'"))


async def _keep(page: Page, name: str) -> None:
    menu = page.get_by_role("dialog", name="Saved views")
    if not await menu.is_visible():
        await page.locator("[data-views]").click()
    await menu.get_by_label("Keep what is shown as").fill(name)
    await menu.get_by_label("Keep what is shown as").press("Enter")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
async def test_a_view_is_kept_chosen_renamed_replaced_and_removed(
    look: Look, voltaro_server: RunningServer, width: int, theme: str
) -> None:
    await _fleet(voltaro_server)
    window = await look(width=width, height=844, color_scheme=theme)
    await window.sign_in(at="/chargers")
    page = window.page
    await expect(page.locator("[data-shown='3']")).to_be_visible()
    button, menu = page.locator("[data-views]"), page.get_by_role("dialog", name="Saved views")
    await button.click()
    await expect(menu).to_contain_text("No views yet")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_label("Search chargers").fill("north")
    await page.get_by_role("button", name="Wall").click()
    await expect(page.locator("[data-shown='2']")).to_be_visible()
    await _keep(page, "  The   north ")
    await expect(button).to_contain_text("The north")
    assert await _kept(page) == [{"name": "The north", "path": "/chargers", "query": "search=north&view=wall"}]
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await window.open("/chargers?sort=-id")
    await expect(page.locator("[data-shown='3']")).to_be_visible()
    await button.click()
    await menu.get_by_role("link", name="The north").click()
    await expect(menu).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"/chargers\?search=north&view=wall$"))
    await expect(page.locator("[data-shown='2']")).to_be_visible()

    await page.get_by_label("Search chargers").fill("south")
    await button.click()
    await menu.get_by_role("button", name="Change the view").click()
    await menu.get_by_role("button", name="Replace by what is shown").click()
    await expect(button).to_contain_text("The north")
    await menu.get_by_role("button", name="Change the view").click()
    assert await violations(page) == []
    await menu.get_by_label("Name", exact=True).fill("The south")
    await menu.get_by_role("button", name="Rename").click()
    await expect(button).to_contain_text("The south")
    assert await _kept(page) == [{"name": "The south", "path": "/chargers", "query": "search=south&view=wall"}]
    await menu.get_by_role("button", name="Change the view").click()
    await menu.get_by_role("button", name="Remove").click()
    await expect(menu).to_contain_text("No views yet")
    assert await _kept(page) == []


async def test_views_are_worked_with_the_keys_alone_and_are_in_the_palette(look: Look, voltaro_server: RunningServer) -> None:
    await _fleet(voltaro_server)
    window = await look()
    await window.sign_in(at="/chargers?search=north")
    page = window.page
    await expect(page.locator("[data-shown='2']")).to_be_visible()
    menu = page.get_by_role("dialog", name="Saved views")
    await page.keyboard.press("v")
    await expect(menu.get_by_label("Keep what is shown as")).to_be_focused()
    await page.keyboard.type("b view")
    await page.keyboard.press("Enter")
    await expect(menu.get_by_role("link", name="b view")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await window.open("/chargers?state=offline&sort=-id")
    await expect(page.locator("[data-shown='3']")).to_be_visible()
    await page.keyboard.press("v")
    await expect(menu.get_by_role("link", name="b view")).to_be_focused()
    await menu.get_by_label("Keep what is shown as").fill("a view")
    await page.keyboard.press("Enter")
    await expect(menu.get_by_role("link", name="a view")).to_have_attribute("aria-current", "true")
    await page.keyboard.press("Escape")
    await page.keyboard.press("v")
    await expect(menu.get_by_role("link", name="a view")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(menu.get_by_role("link", name="b view")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/chargers\?search=north$"))
    await expect(menu).to_be_hidden()

    await window.open("/")
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("a view")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("Chargers")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/chargers\?sort=-id&state=offline$"))
    await expect(page.locator("[data-charger]").first).to_have_attribute("data-charger", "SOUTH1")


async def test_each_list_has_views_of_its_own_and_one_name_is_replaced(look: Look) -> None:
    window = await look()
    await window.sign_in(at="/sessions?state=active&sort=-energy_wh")
    page = window.page
    button, menu = page.locator("[data-views]"), page.get_by_role("dialog", name="Saved views")
    await _keep(page, "Mine")
    await expect(button).to_contain_text("Mine")
    for path, query in (
        ("/audit", "actor=ada"),
        ("/tags", "status=blocked"),
        ("/drivers", "disabled=true"),
        ("/dead-letters", "state=all"),
    ):
        await window.open(f"{path}?{query}")
        await button.click()
        await expect(menu.get_by_role("link")).to_have_count(0)
        await _keep(page, "Mine")
        await expect(menu.get_by_role("link", name="Mine")).to_have_attribute("href", f"{path}?{query}")
    assert len(await _kept(page)) == 5
    await window.open("/sessions?state=ended")
    await button.click()
    await menu.get_by_label("Keep what is shown as").fill("Mine")
    await menu.get_by_role("button", name="Replace", exact=True).click()
    await expect(button).to_contain_text("Mine")
    assert len(await _kept(page)) == 5
    assert {"name": "Mine", "path": "/sessions", "query": "state=ended"} in await _kept(page)


async def test_names_are_shown_as_text_and_no_more_than_fifty_are_kept(look: Look) -> None:
    window = await look()
    await window.sign_in(at="/tags?status=blocked")
    page = window.page
    menu = page.get_by_role("dialog", name="Saved views")
    await _keep(page, HOSTILE)
    await expect(menu.locator("li bdi")).to_have_text(HOSTILE)
    many = [{"name": f"View {n}", "path": "/tags", "query": f"search={n}"} for n in range(60)]
    await page.evaluate("(kept) => localStorage.setItem('voltaro.views', kept)", json.dumps(many))
    await page.reload()
    await page.locator("[data-views]").click()
    await expect(menu.get_by_role("link")).to_have_count(50)
    await expect(menu).to_contain_text("No more than 50 views are kept")
    await menu.get_by_role("button", name="Change the view").first.click()
    await menu.get_by_role("button", name="Remove").click()
    await expect(menu.get_by_label("Keep what is shown as")).to_be_visible()
    assert await violations(page) == []


@pytest.mark.parametrize("kept", ["{", "null", '[1, null, {"name": "x", "path": "//evil.example", "query": ""}]'])
async def test_what_others_have_written_there_is_no_view(look: Look, kept: str) -> None:
    window = await look()
    await window.sign_in(at="/tags")
    page = window.page
    await page.evaluate("(kept) => localStorage.setItem('voltaro.views', kept)", kept)
    await page.reload()
    await page.locator("[data-views]").click()
    await expect(page.get_by_role("dialog", name="Saved views")).to_contain_text("No views yet")


async def test_a_browser_that_keeps_nothing_says_so_and_has_them_until_the_page_is_left(look: Look) -> None:
    window = await look()
    await window.page.add_init_script(REFUSED)
    await window.sign_in(at="/tags?status=blocked")
    page = window.page
    await _keep(page, "Blocked")
    menu = page.get_by_role("dialog", name="Saved views")
    await expect(menu).to_contain_text("This browser keeps nothing")
    await expect(menu.get_by_role("link", name="Blocked")).to_be_visible()


async def test_what_is_kept_in_one_tab_is_there_in_the_other(look: Look) -> None:
    window = await look()
    await window.sign_in(at="/tags?status=blocked")
    other = await window.page.context.new_page()
    await other.goto(f"{window.server.http_url}/tags?status=blocked")
    await expect(other.locator("[data-views]")).to_have_text("Views")
    await _keep(window.page, "Blocked")
    await expect(other.locator("[data-views]")).to_have_text("Blocked")

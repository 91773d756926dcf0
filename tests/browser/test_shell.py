"""The frame around every page: the menu, the command palette, keys, language, time zone, theme."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Look, Plug


async def test_the_palette_goes_to_a_page_and_to_a_charger(look: Look, plug: Plug) -> None:
    await plug("PALETTE1")
    window = await look()
    await window.sign_in()
    page = window.page
    await expect(page.locator("[data-figure=online]")).to_contain_text("1")
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("ses")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("Sessions")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("palette1")
    await page.get_by_role("option", name=re.compile("PALETTE1")).click()
    await expect(page.get_by_role("heading", name="PALETTE1", level=1)).to_be_visible()


async def test_keys_go_places_but_not_while_typing(look: Look) -> None:
    window = await look()
    await window.sign_in()
    page = window.page
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(page.get_by_role("heading", name="Tags", level=1)).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.locator("main input[type=search]").first).to_be_focused()
    await page.keyboard.type("gs?")
    await expect(page.get_by_role("heading", name="Tags", level=1)).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("main").focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Search on this page")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


async def test_the_language_changes_on_the_spot_and_is_remembered(look: Look) -> None:
    window = await look(timezone_id="America/New_York")
    await window.sign_in()
    page = window.page
    await page.get_by_role("button", name="ada: preferences").click()
    await page.get_by_label("Language").select_option("de")
    await expect(page.get_by_role("navigation").get_by_role("link", name="Ladevorgänge")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "de"
    await page.reload()
    await expect(page.get_by_role("navigation").get_by_role("link", name="Ladevorgänge")).to_be_visible()


async def test_a_german_browser_is_met_in_german(look: Look) -> None:
    window = await look(locale="de-AT")
    await window.open("/")
    await expect(window.page.get_by_role("button", name="Anmelden")).to_be_visible()
    assert await violations(window.page) == []


async def test_times_are_shown_in_the_chosen_zone(look: Look, plug: Plug) -> None:
    await plug("ZONE1")
    window = await look(timezone_id="Asia/Kathmandu")
    await window.sign_in()
    page = window.page
    format_ = "(zone) => import('app/format.js').then(({ time }) => time('2026-01-02T03:04:05Z', zone))"
    assert await page.evaluate(format_, None) == "08:49:05"
    await page.get_by_role("button", name="ada: preferences").click()
    await page.get_by_label("Times shown in").select_option("utc")
    assert await page.evaluate(format_, "Europe/Vienna") == "03:04:05"
    await page.get_by_label("Times shown in").select_option("site")
    assert await page.evaluate(format_, "Europe/Vienna") == "04:04:05"
    assert await page.evaluate(format_, None) == "08:49:05"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_frame_is_accessible_on_a_phone(look: Look, theme: str) -> None:
    window = await look(width=390, height=844, color_scheme=theme)
    await window.sign_in()
    page = window.page
    await expect(page.get_by_role("link", name="Actors")).to_be_hidden()
    await page.get_by_role("button", name="More").click()
    await expect(page.get_by_role("link", name="Actors")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("link", name="Actors").click()
    await expect(page.get_by_role("heading", name="Actors", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="Dead letters")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="ada: preferences").click()
    await page.get_by_label("Theme").select_option("dark" if theme == "light" else "light")
    assert await page.evaluate("document.documentElement.dataset.theme") != theme
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

"""The wall of chargers alone, on a screen that everybody sees: all of it in sight, and never old state as if it were live."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, TAG, Look, Onlooker, Plug
from tests.running import RunningServer, running_server

expect.set_options(timeout=20_000)

WATCH_LOCK = """
window.__locks = [];
const request = navigator.wakeLock.request.bind(navigator.wakeLock);
navigator.wakeLock.request = async (kind) => {
  const lock = await request(kind);
  window.__locks.push(lock);
  return lock;
};
"""
UNTIL_LOCK = """
async (released) => {
  while (window.__locks.length !== 1 || window.__locks[0].released !== released) await new Promise((done) => requestAnimationFrame(done));
}
"""
CLIPPED = """() => [...document.querySelectorAll("[data-charger]")].filter((tile) => {
  const [own, area] = [tile.getBoundingClientRect(), document.querySelector(".kiosk-area").getBoundingClientRect()];
  return own.bottom > area.bottom + 1 || own.right > area.right + 1;
}).map((tile) => tile.dataset.charger)"""
"""Tiles that are not wholly in sight."""
SPILLED = """() => [...document.querySelectorAll("[data-charger] > *")].filter((part) => getComputedStyle(part).display !== "none"
  && part.getBoundingClientRect().bottom > part.parentElement.getBoundingClientRect().bottom + 1).map((part) => part.outerHTML)"""
"""What does not fit into its tile."""


async def _add(server: RunningServer, count: int) -> None:
    rows = "".join(f"CP{n:04},Bay {n},{'north' if n < 3 else ''}\n" for n in range(count))
    await server.api("POST", "/api/v1/sites", {"id": "north", "name": "North", "time_zone": "UTC"})
    listed = f"id,name,site_id\n{rows}".encode()
    await server.api("POST", "/api/v1/chargers/import", listed, {"Content-Type": "text/csv"})


async def _opened(window: Onlooker, query: str = "") -> Page:
    await window.sign_in(at=f"/chargers?kiosk{query}")
    await expect(window.page.locator("[data-charger]").first).to_be_visible()
    return window.page


@pytest.mark.parametrize(
    ("width", "height", "theme"), [(1920, 1080, "dark"), (1920, 1080, "light"), (390, 844, "dark"), (844, 390, "light")]
)
async def test_the_wall_stands_alone_with_its_counts_its_clock_and_how_live_it_is(
    look: Look, plug: Plug, voltaro_server: RunningServer, width: int, height: int, theme: str
) -> None:
    charger = await plug("CP0001")
    await charger.plug_in()
    assert await charger.present_tag(TAG) == "Accepted"
    await _add(voltaro_server, 12)
    window = await look(width=width, height=height, color_scheme=theme)
    page = await _opened(window)
    await expect(page.locator("[data-charger]")).to_have_count(12)
    await expect(page.locator("[data-count=offline]")).to_contain_text("11")
    await expect(page.locator("[data-count=charging]")).to_contain_text("1")
    await expect(page.locator("[data-charger=CP0001]")).to_contain_text("kW")
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".kiosk-now time")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    for hidden in ("navigation", "link", "textbox", "searchbox", "combobox"):
        await expect(page.get_by_role(hidden)).to_have_count(0)
    await expect(page.get_by_role("button")).to_have_count(1)
    assert await page.evaluate(CLIPPED) == []
    assert await page.evaluate(SPILLED) == []
    root = "document.documentElement"
    assert await page.evaluate(f"{root}.scrollWidth <= innerWidth && {root}.scrollHeight <= innerHeight")
    assert await violations(page) == []


async def test_the_screen_is_kept_awake_as_long_as_the_wall_is_shown(look: Look, voltaro_server: RunningServer) -> None:
    await _add(voltaro_server, 2)
    window = await look()
    await window.page.context.grant_permissions(["screen-wake-lock"])
    await window.page.add_init_script(WATCH_LOCK)
    page = await _opened(window)
    await page.evaluate(UNTIL_LOCK, False)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Chargers", level=1)).to_be_visible()
    await page.evaluate(UNTIL_LOCK, True)


async def test_a_key_and_the_palette_open_the_wall_and_escape_or_its_button_leave_it(look: Look, voltaro_server: RunningServer) -> None:
    await _add(voltaro_server, 5)
    window = await look()
    await window.sign_in()
    page = window.page
    await page.keyboard.press("w")
    await expect(page).to_have_url(re.compile(r"/chargers\?kiosk$"))
    await expect(page.locator("[data-charger]")).to_have_count(5)
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile(r"/chargers\?view=wall$"))
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    await page.get_by_label("Search chargers").fill("CP0001")
    await expect(page.locator("[data-charger]")).to_have_count(1)
    await page.get_by_role("button", name="The wall alone").click()
    await expect(page).to_have_url(re.compile(r"/chargers\?kiosk&search=CP0001$"))
    await expect(page.locator("[data-charger]")).to_have_count(1)
    await page.get_by_role("button", name="Leave the wall").click()
    await expect(page.get_by_label("Search chargers")).to_have_value("CP0001")
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("screen")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Leave the wall")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("The wall alone")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Leave the wall")).to_be_visible()


async def test_a_wall_of_one_site_shows_and_counts_these_alone(look: Look, voltaro_server: RunningServer) -> None:
    await _add(voltaro_server, 8)
    page = await _opened(await look(), "&site_id=north&sort=-id")
    await expect(page.locator("[data-charger]")).to_have_count(3)
    await expect(page.locator("[data-charger]").first).to_have_attribute("data-charger", "CP0002")
    await expect(page.locator("[data-count=offline]")).to_contain_text("3")
    await expect(page.locator(".kiosk-scope")).to_have_text("Site: north")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (390, 844)])
async def test_more_than_fit_are_shown_page_by_page_and_none_is_cut_off(
    look: Look, voltaro_server: RunningServer, width: int, height: int
) -> None:
    await _add(voltaro_server, 330)
    page = await _opened(await look(width=width, height=height))
    at = page.locator(".kiosk-ways .number")
    await expect(at).to_have_text(re.compile(r"Page 1 of \d+"))
    pages = int((await at.inner_text()).split()[-1])
    assert pages > 1
    await page.get_by_role("button", name="Stay on this page").click()
    seen: list[str] = []
    for number in range(1, pages + 1):
        await expect(at).to_have_text(f"Page {number} of {pages}")
        seen += await page.locator("[data-charger]").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.charger)")
        assert await page.evaluate(CLIPPED) == []
        assert await page.evaluate(SPILLED) == []
        await page.keyboard.press("ArrowRight")
    assert seen == [f"CP{n:04}" for n in range(330)]
    await expect(at).to_have_text(f"Page 1 of {pages}")
    assert await violations(page) == []


async def test_a_page_of_the_wall_turns_by_itself_unless_it_is_to_stay(look: Look, voltaro_server: RunningServer) -> None:
    await _add(voltaro_server, 330)
    window = await look(width=1920, height=1080)
    page = await _opened(window)
    at = page.locator(".kiosk-ways .number")
    await expect(at).to_have_text("Page 1 of 2")
    await page.clock.install()
    await page.keyboard.press("ArrowRight")
    await expect(at).to_have_text("Page 2 of 2")
    await page.clock.run_for(16_000)
    await expect(at).to_have_text("Page 1 of 2")
    await page.keyboard.press(" ")
    await expect(page.get_by_role("button", name="Stay on this page")).to_have_attribute("aria-pressed", "true")
    await page.clock.run_for(60_000)
    await expect(at).to_have_text("Page 1 of 2")


async def test_a_server_that_is_away_makes_the_wall_say_so_large(look: Look, database_url: str, tmp_path: Path) -> None:
    window = await look(width=1920, height=1080)
    await _add(window.server, 4)
    page = await _opened(window)
    port = window.server.http_url.rpartition(":")[2]
    assert await window.server.stop() == 0
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Not live")
    await expect(alert).to_contain_text("This is how it stood at")
    await expect(page.locator(".kiosk")).to_have_attribute("data-live", "false")
    assert await violations(page) == []
    async with running_server(database_url, tmp_path, "--http-port", port):
        await expect(page.locator(".pill")).to_have_text("Live")
        await expect(alert).to_have_count(0)
    window.complaints = [complaint for complaint in window.complaints if "ERR_" not in complaint]


@pytest.mark.parametrize(("width", "height", "theme"), [(1920, 1080, "dark"), (390, 844, "light")])
async def test_a_wall_whose_sign_in_has_ended_says_so_and_shows_nothing(
    look: Look, voltaro_server: RunningServer, width: int, height: int, theme: str
) -> None:
    await _add(voltaro_server, 4)
    window = await look(width=width, height=height, color_scheme=theme)
    page = await _opened(window)
    me = await voltaro_server.api("GET", "/api/v1/users")
    (ada,) = (user for user in me["items"] if user["name"] == "ada")
    await voltaro_server.api("PATCH", f"/api/v1/users/{ada['id']}", {"disabled": True})
    await expect(page.get_by_role("alert")).to_contain_text("This screen is signed out")
    await expect(page.locator("[data-charger]")).to_have_count(0)
    assert await violations(page) == []
    await voltaro_server.api("PATCH", f"/api/v1/users/{ada['id']}", {"disabled": False})
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("[data-charger]")).to_have_count(4)
    await expect(page.locator(".pill")).to_have_text("Live")
    window.complaints = [complaint for complaint in window.complaints if "401" not in complaint]


async def test_the_wall_of_the_list_says_its_states_on_a_phone_too(look: Look, voltaro_server: RunningServer) -> None:
    await _add(voltaro_server, 3)
    window = await look(width=390, height=844)
    await window.sign_in(at="/chargers?view=wall")
    page = window.page
    await expect(page.locator("[data-charger]")).to_have_count(3)
    inside = """() => [...document.querySelectorAll(".fleet-tile > *")].every((part) => part.clientHeight > 10
      && part.getBoundingClientRect().bottom <= part.parentElement.getBoundingClientRect().bottom)"""
    assert await page.evaluate(inside)

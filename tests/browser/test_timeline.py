"""The life of a charger on its page: the timeline by pointer and by keys, its twin in words, uptime, and notes."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look
from tests.browser.lived import lived
from tests.conformance.obedient import obedient
from tests.running import RunningServer

expect.set_options(timeout=20_000)
WINDOWS = [(1280, 860, "light"), (390, 844, "dark")]


@pytest.mark.parametrize(("width", "height", "scheme"), WINDOWS)
async def test_a_day_lies_on_lanes_and_grows_by_what_happens(
    look: Look, voltaro_server: RunningServer, database_url: str, width: int, height: int, scheme: str
) -> None:
    session_id = await lived(database_url)
    onlooker = await look(width=width, height=height, color_scheme=scheme)
    await onlooker.sign_in(at="/chargers/CP1")
    page = onlooker.page
    await page.get_by_role("button", name="Timeline").click()
    lanes = page.get_by_role("application")
    line = lanes.locator("[data-lane='line']")
    await expect(line.locator(".span")).to_have_count(4)  # came, lost, came again, and was gone when this server began
    await expect(lanes.locator("[data-lane='connector 1.1'] .span")).to_have_count(7)
    await expect(lanes.locator("[data-lane='connector 2.1'] .span")).to_have_count(1)
    await expect(lanes.locator("[data-lane='sessions'] .span")).to_have_count(1)
    await expect(page.locator("[data-uptime='24']")).to_contain_text(re.compile(r"\d+(\.\d+)? ?% 24 hours, 1 disconnection"))
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await violations(page) == []
    async with obedient(voltaro_server, "CP1") as charger:
        await charger.status(1, "Charging")
        await expect(lanes.locator("[data-lane='connector 1.1'] .span")).to_have_count(8)
        await expect(line.locator(".span").last).to_have_class(re.compile("tone-free"))
    await page.get_by_text("The same as a list").click()
    row = page.get_by_role("row").filter(has_text="Faulted")
    await expect(row).to_contain_text("GroundFailure, E-17, <b>RCD</b> tripped")
    await expect(page.get_by_role("row").filter(has_text="boom")).to_contain_text("<b>boom</b>")
    assert await violations(page) == []
    await page.get_by_role("link", name=f"Session {session_id}").click()
    await expect(page.get_by_role("heading", name=f"Session {session_id}")).to_be_visible()


async def test_keys_walk_zoom_and_open_and_the_address_has_the_window(look: Look, voltaro_server: RunningServer, database_url: str) -> None:
    session_id = await lived(database_url)
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1?tab=timeline&range=7d")
    page = onlooker.page
    lanes, said = page.get_by_role("application"), page.locator("#timeline-said")
    await expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    await expect(lanes.locator("[data-lane='sessions'] .span")).to_have_count(1)
    await lanes.focus()
    await page.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("Connection")
    await expect(said).to_contain_text("Online")
    await page.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("the line broke, 1006")
    await page.keyboard.press("ArrowDown")
    await expect(said).to_contain_text("Connector 1")
    while "Sessions" not in await said.inner_text():
        await page.keyboard.press("ArrowDown")
    await expect(said).to_contain_text(f"Session {session_id}")
    await page.keyboard.press("+")
    await expect(page).to_have_url(re.compile(r"since=.*until="))
    narrower = page.url
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page).not_to_have_url(narrower)
    await page.reload()  # the address alone shows the same window
    await expect(page.get_by_role("button", name="Now")).to_be_visible()
    await page.get_by_role("button", name="Now").click()
    await expect(page).not_to_have_url(re.compile("since="))
    await lanes.focus()
    await page.keyboard.press("ArrowRight")
    while "Sessions" not in await said.inner_text():
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/sessions/{session_id}$"))


async def test_the_pointer_shows_a_moment_and_the_wheel_zooms(look: Look, voltaro_server: RunningServer, database_url: str) -> None:
    await lived(database_url)
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1?tab=timeline")
    page = onlooker.page
    lanes, said = page.get_by_role("application"), page.locator("#timeline-said")
    fault = lanes.locator("[data-lane='connector 1.1'] .tone-bad .body")
    await fault.hover()
    await expect(said).to_contain_text("Connector 1")
    await expect(said).to_contain_text("Faulted GroundFailure, E-17")
    notes = lanes.locator("[data-lane='notes'] .point")
    known = await notes.count()
    await voltaro_server.api("POST", "/api/v1/chargers/CP1/notes", {"text": "News, while somebody points"})
    await voltaro_server.api("PATCH", "/api/v1/chargers/CP1", {"name": "North"})
    await expect(notes).to_have_count(known + 1)
    await expect(said).to_contain_text("Connector 1")
    box = await lanes.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 6)
    await expect(said).to_contain_text("Connection: Online")
    await expect(lanes.locator(".cross")).to_have_count(1)
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -240)
    await page.keyboard.up("Control")
    await expect(page).to_have_url(re.compile(r"since=.*until="))
    crash = lanes.locator("[data-lane='trouble'] .point")
    await page.get_by_role("button", name="24 hours").click()
    await crash.first.click()
    await expect(page).to_have_url(re.compile("/actors"))


@pytest.mark.parametrize(("width", "height", "scheme"), WINDOWS)
async def test_notes_are_written_changed_and_taken_away(
    look: Look, voltaro_server: RunningServer, database_url: str, width: int, height: int, scheme: str
) -> None:
    await lived(database_url)
    await voltaro_server.api("POST", "/api/v1/chargers/CP1/notes", {"text": "from a script"})
    onlooker = await look(width=width, height=height, color_scheme=scheme)
    await onlooker.sign_in(at="/chargers/CP1?tab=notes")
    page = onlooker.page
    await page.get_by_label("New note").fill("Key at the gate\n<b>4711</b> https://example.com")
    await page.get_by_role("button", name="Save").click()
    mine = page.locator("[data-note]").first
    await expect(mine.locator(".note-text")).to_have_text("Key at the gate\n<b>4711</b> https://example.com")
    await expect(mine.get_by_role("link")).to_have_count(0)
    await expect(page.locator("[data-note]").last.get_by_role("button", name="Change")).to_have_count(0)
    await mine.get_by_role("button", name="Change").click()
    await page.get_by_label("Change the note").fill("Key at the desk")
    await mine.get_by_role("button", name="Save").click()
    await expect(mine.locator(".note-text")).to_have_text("Key at the desk")
    await expect(mine).to_contain_text("changed")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await mine.get_by_role("button", name="Take away").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    await expect(page.locator("[data-note]")).to_have_count(1)


async def test_a_viewer_reads_notes_and_has_no_button_to_write_one(look: Look, voltaro_server: RunningServer, database_url: str) -> None:
    await lived(database_url)
    await voltaro_server.api("POST", "/api/v1/chargers/CP1/notes", {"text": "read me"})
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera", at="/chargers/CP1?tab=notes")
    panel = onlooker.page.get_by_role("region", name="Notes")
    await expect(panel.locator("[data-note]")).to_contain_text("read me")
    await expect(panel.get_by_role("button")).to_have_count(0)

"""Sites: made with a place on the map, chargers assigned, shown on the map and as a list, removed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Look, Plug
from tests.browser.test_overview import WINDOWS, is_too_wide
from tests.running import RunningServer

expect.set_options(timeout=20_000)
DEPOT = {"id": "depot", "name": "Depot North", "latitude": 52.52, "longitude": 13.4, "time_zone": "Europe/Berlin"}


@pytest.fixture(params=WINDOWS)
def window(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The window looked through: a desktop in light, a phone in the dark."""
    chosen: dict[str, Any] = WINDOWS[request.param]
    return chosen


async def test_a_site_is_made_with_a_click_on_the_map_and_chargers_are_assigned(
    look: Look, plug: Plug, voltaro_server: RunningServer, window: dict[str, Any]
) -> None:
    await plug("CP1")
    onlooker = await look(**window)
    await onlooker.sign_in(at="/sites")
    page = onlooker.page
    await expect(page.get_by_text("No sites yet")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Add a site").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Depot North")
    await dialog.get_by_label("Time zone").fill("Europe/Nowhere")
    await dialog.get_by_label("Address").fill("Harbour Street 1")
    box = await dialog.locator(".map").bounding_box()
    assert box is not None
    await dialog.locator(".map").click(position={"x": box["width"] * 0.53, "y": box["height"] * 0.4})
    await expect(dialog.get_by_label("Latitude")).not_to_have_value("")
    await expect(dialog.locator(".map-mark.pin")).to_be_visible()
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("no IANA")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "422" not in complaint]
    assert await violations(page) == []
    await dialog.get_by_label("Time zone").fill("Europe/Berlin")
    await dialog.get_by_label("Latitude").fill("52.52")
    await dialog.get_by_label("Longitude").fill("13.405")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", name="Depot North")).to_be_visible()
    await page.get_by_role("button", name="Assign chargers").first.click()
    await dialog.get_by_role("checkbox", name=re.compile("CP1")).check()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Assign 1").click()
    await expect(page.locator("tr[data-charger=CP1]")).to_be_visible()
    await expect(page.locator("[data-figure=site-online]")).to_contain_text("1")
    assert (await voltaro_server.api("GET", "/api/v1/chargers/CP1"))["site_id"] == page.url.rpartition("/")[2]
    assert await violations(page) == []
    assert await is_too_wide(page) <= 0


async def test_the_fleet_is_on_the_map_and_in_a_list(look: Look, voltaro_server: RunningServer, window: dict[str, Any]) -> None:
    await voltaro_server.api("POST", "/api/v1/sites", DEPOT)
    await voltaro_server.api("POST", "/api/v1/sites", {"id": "yard", "name": "Yard", "latitude": 52.53, "longitude": 13.41})
    await voltaro_server.api("POST", "/api/v1/sites", {"id": "lost", "name": "Lost & found"})
    await voltaro_server.api("POST", "/api/v1/sites", {"id": "rio", "name": "Rio", "latitude": -22.9, "longitude": -43.2})
    for name, site in (("CP1", "depot"), ("CP2", "depot"), ("CP3", "yard"), ("CP4", "lost")):
        await voltaro_server.api("POST", "/api/v1/chargers", {"id": name, "site_id": site, "security_profile": 0})
    onlooker = await look(**window)
    await onlooker.sign_in()
    page = onlooker.page
    card = page.get_by_role("region", name="Where the fleet stands")
    berlin = card.locator("[data-mark]").filter(has_text="3")
    await expect(berlin).to_be_visible()
    await expect(card.locator("[data-mark]")).to_have_count(2)
    await berlin.click()
    picked = card.get_by_role("dialog")
    await expect(picked).to_contain_text("Depot North")
    await expect(picked).to_contain_text("2 Offline")
    assert await violations(page) == []
    await picked.get_by_role("button", name="Close").click()
    await card.locator(".map").focus()
    for _ in range(3):
        await page.keyboard.press("+")
    await page.keyboard.press("0")
    await expect(card.locator("[data-mark]")).to_have_count(2)
    await card.locator("details.unplaced summary").click()
    await expect(card.locator("details.unplaced")).to_contain_text("Lost & found")
    await card.get_by_role("button", name="List").click()
    row = card.locator("tbody tr").filter(has_text="Depot North")
    await expect(row).to_contain_text("Offline")
    assert "map=list" in page.url
    assert await violations(page) == []
    assert await is_too_wide(page) <= 0
    await row.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Depot North")).to_be_visible()
    await expect(page.get_by_text("Europe/Berlin")).to_be_visible()


async def test_a_site_is_edited_listed_and_removed_with_its_chargers_moved(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/sites", DEPOT)
    await voltaro_server.api("POST", "/api/v1/sites", {"id": "yard", "name": "Yard"})
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1", "site_id": "depot", "security_profile": 0})
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    await page.get_by_role("link", name="Sites").first.click()
    await page.locator("tr[data-site=depot]").get_by_role("link").click()
    await page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Depot South")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Depot South")).to_be_visible()
    await page.get_by_role("button", name="Remove").click()
    await expect(dialog).to_contain_text("1 charger stands")
    await dialog.get_by_label("Its chargers go to").select_option("yard")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Remove").click()
    await expect(page.locator("tr[data-site=depot]")).to_have_count(0)
    await expect(page.locator("tr[data-site=yard]")).to_contain_text("/ 1")
    assert (await voltaro_server.api("GET", "/api/v1/chargers/CP1"))["site_id"] == "yard"
    assert await violations(page) == []


async def test_names_of_sites_and_chargers_are_text_and_nothing_else(look: Look, voltaro_server: RunningServer) -> None:
    hostile = "<img src=x onerror=window.hacked=1>\u202edlrow"
    await voltaro_server.api("POST", "/api/v1/sites", {**DEPOT, "name": hostile, "address": hostile, "note": hostile})
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1", "name": hostile, "site_id": "depot", "security_profile": 0})
    onlooker = await look()
    await onlooker.sign_in()
    for path in ("/", "/?map=list", "/sites", "/sites/depot"):
        await onlooker.open(path)
        shown = onlooker.page.get_by_text("<img src=x").or_(onlooker.page.get_by_role("button", name="<img src=x"))
        await expect(shown.first).to_be_attached()
        assert await onlooker.page.evaluate("window.hacked") is None

"""The variables of a 2.x charger on its page: reported, grouped, filtered, edited in their place, compared."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Look, Plug
from tests.running import RunningServer

expect.set_options(timeout=20_000)

SIZES: list[dict[str, Any]] = [{}, {"width": 390, "height": 844, "color_scheme": "dark"}]


@pytest.mark.parametrize("size", SIZES, ids=["light", "phone"])
async def test_variables_are_reported_edited_and_compared(
    size: dict[str, Any], look: Look, plug: Plug, voltaro_server: RunningServer
) -> None:
    await plug("CP1", "ocpp2.0.1")
    await plug("CP2", "ocpp2.1")
    onlooker = await look(**size)
    page = onlooker.page
    await onlooker.sign_in(at="/chargers/CP1?tab=configuration")
    panel = page.get_by_role("region", name="Configuration")
    await expect(panel).to_contain_text("Its variables have not been reported.")
    await panel.get_by_role("button", name="Read again").click()
    await panel.get_by_label("Search keys").fill("heartbeat")
    row = panel.locator("[data-key=HeartbeatInterval]")
    await row.get_by_role("button", name="Edit").click()
    field = row.get_by_label("New value of HeartbeatInterval")
    await expect(field).to_have_attribute("type", "number")
    await field.fill("77")
    await row.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("answered Accepted")
    await expect(row).to_have_attribute("data-state", "confirmed")  # it was read back
    await panel.get_by_label("Search keys").fill("WebSocketPing")
    row = panel.locator("[data-key=WebSocketPingInterval]")
    await row.get_by_role("button", name="Edit").click()
    await row.get_by_label("New value").fill("30")
    await row.get_by_role("button", name="Save").click()
    await expect(row).to_have_attribute("data-state", "reboot_required")
    await expect(panel.locator("header").first).to_contain_text("Reboot required")
    await panel.get_by_label("Search keys").fill("")
    await panel.get_by_label("Which settings").select_option("drift")
    await expect(panel.locator("[data-key]")).to_have_count(1)
    await voltaro_server.api("POST", "/api/v1/chargers/CP2/variables/refresh", {}, {"Prefer": "wait=10"})
    await panel.get_by_label("Which settings").select_option("")
    await expect(panel.locator("[data-key=Model]")).to_contain_text("read-only")
    await panel.get_by_label("Compare with a charger").fill("CP2")
    await panel.get_by_label("Compare with a charger").press("Enter")
    await panel.get_by_label("Which settings").select_option("other")
    row = panel.locator("[data-key=HeartbeatInterval]")
    await expect(row).to_contain_text("differs")
    assert "with=CP2" in page.url
    assert await violations(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_what_is_half_typed_stays_while_the_page_is_drawn_anew(look: Look, plug: Plug, voltaro_server: RunningServer) -> None:
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/chargers/CP1?tab=configuration")
    field = page.get_by_label("Compare with a charger")
    await field.fill("CP")
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP2"})
    await expect(page.locator("#other-chargers option[value=CP2]")).to_be_attached()  # the page has been drawn anew
    await expect(field).to_have_value("CP")
    await field.fill(" CP2 ")
    await field.press("Enter")
    await expect(page).to_have_url(re.compile("with=CP2"))
    await expect(field).to_have_value("CP2")

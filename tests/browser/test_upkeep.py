"""What the page of a charger shows of its upkeep: what is only the last known, and what is out of service."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Look
from tests.conformance.charger import asked, booted, plugged, status
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_a_state_from_before_the_line_says_so_until_it_is_reported_again(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    async with plugged(voltaro_server, "CP1") as cp:
        await booted(cp)
        await status(cp, 1, "Available")
        await onlooker.open("/chargers/CP1")
        connector = onlooker.page.locator("[data-evse='1']")
        await expect(connector).to_contain_text("Available")
        await expect(connector.locator("[data-stale]")).to_have_count(0)
    await expect(connector.locator("[data-stale]")).to_have_text("last known")
    async with plugged(voltaro_server, "CP1") as cp:
        await expect(onlooker.page.locator(".charger-head")).to_contain_text("Online")
        await expect(connector.locator("[data-stale]")).to_be_visible()
        await status(cp, 1, "Available")
        await expect(connector.locator("[data-stale]")).to_have_count(0)


async def test_what_is_out_of_service_is_shown_as_kept_and_a_restless_charger_as_left_in_peace(
    look: Look, voltaro_server: RunningServer
) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    async with plugged(voltaro_server, "CP1") as cp:
        await booted(cp)
        await status(cp, 1, "Available")
        await onlooker.open("/chargers/CP1")
        await onlooker.page.locator("[data-evse='1']").get_by_role("button", name="Out of service").click()
        assert (await asked(cp, {"status": "Accepted"}))[0] == "ChangeAvailability"
        await status(cp, 1, "Unavailable")
        await expect(onlooker.page.locator("[data-out-of-service]")).to_contain_text("Connector 1 is out of service")
        for _ in range(6):
            await booted(cp)
        await expect(onlooker.page.locator("[data-restless]")).to_be_visible()

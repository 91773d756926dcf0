"""The simulator's page, and the demonstration that goes with one click, as a person at the desk works them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, TAG, Look, Plug, windowed
from tests.looking import until
from tests.running import RunningServer, running_server

expect.set_options(timeout=20_000)
PHONE = {"width": 390, "height": 844, "color_scheme": "dark"}


@windowed
async def voltaro_server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server with a simulator, two people and one tag."""
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--simulator") as server:
        await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": PASSWORD})
        await server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
        await server.api("POST", "/api/v1/tags", {"id_tag": TAG})
        yield server


async def test_a_virtual_charger_is_added_plugged_in_charges_and_breaks(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/simulator")
    await expect(page.get_by_text("No virtual chargers")).to_be_visible()
    assert await violations(page) == []
    form = page.get_by_role("region", name="Add virtual chargers")
    await form.get_by_label("How many").fill("2")
    await form.get_by_label("OCPP version").select_option("ocpp2.0.1")
    await form.get_by_role("button", name="Add").click()
    await expect(page.locator("[data-virtual]")).to_have_count(2)
    row = page.locator("[data-virtual='SIM-001']")
    await expect(row).to_contain_text("Online")
    await row.get_by_role("button", name="SIM-001").click()
    detail = page.get_by_role("region", name="Virtual charger SIM-001")
    first = detail.locator("[data-connector='1']")
    await first.get_by_role("button", name="Plug in").click()
    await expect(first).to_contain_text("Preparing")
    await first.get_by_role("button", name="Tap card").click()
    await expect(first).to_contain_text("Charging")
    await expect(detail.locator(".tail")).to_contain_text("TransactionEvent")
    page_of_sessions = await until(lambda: voltaro_server.api("GET", "/api/v1/sessions"), lambda sessions: sessions["items"])
    assert [session["simulated"] for session in page_of_sessions["items"]] == [True]
    await detail.locator("[data-connector='2']").get_by_role("button", name="Break").click()
    await expect(detail.locator("[data-connector='2']")).to_contain_text("Faulted")
    await detail.locator("[data-connector='2']").get_by_role("button", name="Repair").click()
    await expect(detail.locator("[data-connector='2']")).to_contain_text("Free")
    await detail.get_by_label("It refuses every command").check()
    await detail.get_by_label("Its clock is").select_option("3600")
    await detail.get_by_role("button", name="Go offline").click()
    await expect(row).to_contain_text("Stays offline")
    await detail.get_by_role("button", name="Go online").click()
    await expect(row).to_contain_text("Online")
    shown = await voltaro_server.api("GET", "/api/v1/simulator/chargers/SIM-001")
    assert (shown["refuses"], shown["clock_offset_s"]) == (True, 3600)
    assert await violations(page) == []
    await detail.get_by_role("button", name="Remove").click()
    await expect(page.locator("[data-virtual]")).to_have_count(1)


async def test_ten_cars_arrive_on_a_phone(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/simulator/chargers", {"count": 6, "protocol": "mixed", "connectors": 2})
    onlooker = await look(**PHONE)
    page = onlooker.page
    await onlooker.sign_in(at="/simulator")
    await expect(page.locator("[data-virtual]").filter(has_text="Online")).to_have_count(6)
    await page.get_by_role("button", name="Ten cars arrive").click()
    await expect(page.get_by_role("main")).to_contain_text("10 cars charge")
    # A charger of OCPP 2.x charges before it has told of it: the session may follow what the simulator shows.
    await until(lambda: voltaro_server.api("GET", "/api/v1/sessions?state=active"), lambda sessions: len(sessions["items"]) == 10)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.locator("[data-virtual='SIM-002'] button").click()
    await expect(page.locator(".tail li").first).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_viewer_looks_at_the_simulator_and_finds_no_buttons(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/simulator/chargers", {})
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in("vera", at="/simulator?charger=SIM-001")
    await expect(page.locator(".tail li").first).to_be_visible()
    names = await page.get_by_role("main").get_by_role("button").all_text_contents()
    assert [name for name in names if name] == ["SIM-001"]
    await expect(page.get_by_text("This is a demonstration: 1 simulated charger.")).to_be_visible()


async def test_the_demonstration_is_dropped_and_the_own_charger_stays(look: Look, voltaro_server: RunningServer, plug: Plug) -> None:
    await plug("MINE-1")
    await voltaro_server.api("POST", "/api/v1/simulator/chargers", {"count": 3, "protocol": "mixed"})
    onlooker, bystander = await look(), await look(**PHONE)
    for window in (onlooker, bystander):
        await window.sign_in(at="/chargers")
        await expect(window.page.get_by_text("This is a demonstration: 3 simulated chargers.")).to_be_visible()
    page = onlooker.page
    await page.get_by_role("button", name="Keep my chargers, drop the demo").click()
    dialog = page.get_by_role("dialog", name="Drop the demonstration")
    await expect(dialog).to_contain_text("Your own charger stays")
    await expect(dialog.get_by_role("listitem").filter(has_text="Simulated chargers")).to_contain_text("3")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Drop the demo").click()
    await expect(page.locator(".notices")).to_contain_text("The demonstration is gone: 3 simulated chargers.")
    for window in (onlooker, bystander):
        await expect(window.page.locator(".demo-banner")).to_have_count(0)
        await expect(window.page.get_by_role("main")).to_contain_text("MINE-1")
        await expect(window.page.get_by_role("main")).not_to_contain_text("SIM-001")
    assert [one["id"] for one in (await voltaro_server.api("GET", "/api/v1/chargers"))["items"]] == ["MINE-1"]

"""The overview: figures that move, what needs attention, the plot of the day, the map; light on a desktop and dark on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, TAG, Look, Onlooker, Plug
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)
WINDOWS = {"desktop": {}, "phone": {"width": 390, "height": 844, "color_scheme": "dark", "has_touch": True, "is_mobile": True}}


@pytest.fixture(params=WINDOWS)
def window(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The window looked through: a desktop in light, a phone in the dark."""
    chosen: dict[str, Any] = WINDOWS[request.param]
    return chosen


async def is_too_wide(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def settled(onlooker: Onlooker) -> None:
    """Everything on the overview is here."""
    await expect(onlooker.page.locator(".loading")).to_have_count(0)
    await expect(onlooker.page.locator(".pill")).to_contain_text("Live")


async def test_a_fault_is_told_grouped_muted_and_shown_again(
    look: Look, plug: Plug, voltaro_server: RunningServer, window: dict[str, Any]
) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in()
    page = onlooker.page
    await expect(page.get_by_text("Nothing needs you now.")).to_be_visible()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        fault = {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted"}
        await ask(socket, "StatusNotification", fault)
        worry = page.locator(".worry[data-kind=faulted]")
        await expect(worry).to_contain_text("Connector 1: GroundFailure")
        await expect(worry).to_contain_text("Critical")
        await expect(page.locator("[data-figure=faulted]")).to_have_text("1")
        await worry.get_by_role("button", name="Mute CP1 Faulted").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("combobox").select_option("1 day")
        await dialog.get_by_label("Note for colleagues").fill("technician comes")
        assert await violations(page) == []
        await dialog.get_by_role("button", name="Mute").click()
        await expect(worry).to_have_count(0)
        await page.get_by_role("button", name="1 muted").click()
        await expect(page.locator(".muted-rows")).to_contain_text("technician comes")
        await page.get_by_role("button", name="Show again").click()
        await expect(worry).to_be_visible()
        for number in (2, 3, 4):
            await ask(socket, "StatusNotification", fault | {"connectorId": number})
        group = page.locator(".worry-group[data-kind=faulted]")
        await expect(group).to_contain_text("4 faulted connectors")
        await group.locator("summary").click()
        await expect(group.locator(".worry")).to_have_count(4)
        await settled(onlooker)
        assert await violations(page) == []
        assert await is_too_wide(page) <= 0
    audit = (await voltaro_server.api("GET", "/api/v1/audit"))["items"]
    assert [entry["action"] for entry in audit if entry["action"].startswith("attention.")] == ["attention.unmuted", "attention.muted"]


async def test_the_day_is_plotted_told_in_words_and_as_a_table(look: Look, plug: Plug, window: dict[str, Any]) -> None:
    charger = await plug("CP1")
    await charger.plug_in()
    assert await charger.present_tag(TAG) == "Accepted"
    onlooker = await look(**window)
    await onlooker.sign_in()
    page = onlooker.page
    figure = page.locator("[data-figure=energy]")
    await expect(figure).to_contain_text("kWh")
    before = await figure.inner_text()
    await expect(figure).not_to_have_text(before)
    plot = page.get_by_role("region", name="Power over time")
    await expect(plot.locator("canvas")).to_be_visible()
    await expect(plot.locator(".sentence")).to_have_text(re.compile("delivered in the last 24 hours|recorded yet|Nothing was delivered"))
    await plot.get_by_role("button", name="7 days").click()
    await expect(plot.locator(".sentence")).to_have_text(re.compile("7 days|recorded yet"))
    await plot.get_by_role("button", name="Table").click()
    await expect(plot.get_by_role("columnheader", name="Most power")).to_be_visible()
    assert "range=week" in page.url
    assert "history=table" in page.url
    await settled(onlooker)
    assert await violations(page) == []
    assert await is_too_wide(page) <= 0


async def test_the_feed_is_filtered(look: Look, plug: Plug) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    charger = await plug("CP1")
    feed = onlooker.page.get_by_role("region", name="What happens")
    await expect(feed.locator("li").filter(has_text="connected")).to_be_visible()
    await feed.get_by_role("button", name="Sessions").click()
    await expect(feed).to_contain_text("Nothing of this kind")
    await charger.plug_in()
    await charger.present_tag(TAG)
    await expect(feed.locator("li")).to_have_count(1)
    await expect(feed.locator("li")).to_contain_text("session started")


async def test_a_viewer_mutes_nothing(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera")
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "StatusNotification", {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted"})
        worry = onlooker.page.locator(".worry[data-kind=faulted]")
        await expect(worry).to_be_visible()
        await expect(worry.get_by_role("button")).to_have_count(0)
        await onlooker.open("/sites")
        await expect(onlooker.page.get_by_text("No sites yet")).to_be_visible()
        await expect(onlooker.page.get_by_role("button", name=re.compile("Add"))).to_have_count(0)

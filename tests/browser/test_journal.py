"""The message log on the dashboard, searched and linked; and what was seen of a command."""

from __future__ import annotations

import asyncio
import json

from playwright.async_api import expect

from tests.browser.conftest import TAG, Look
from tests.e2e.talking import ask, asked, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_the_message_log_is_searched_exported_and_linked(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "DataTransfer", {"vendorId": "<b>Needle</b>"}, "needle-1")
        assert (await ask(socket, "Authorize", {}, "bad-1"))[0] == 4
        await socket.send("this is no JSON")
        await ask(socket, "Heartbeat", {}, "m3")
    onlooker = await look(width=390, color_scheme="dark")
    await onlooker.sign_in(at="/chargers/CP1?tab=messages")
    page = onlooker.page
    await expect(page.locator("ol.messages > li")).to_have_count(5)
    await page.get_by_label("Trouble only").check()
    await expect(page.locator("ol.messages > li")).to_have_count(2)
    await expect(page.locator("[data-action=Authorize]")).to_contain_text("idTag")
    await expect(page.get_by_role("list", name="Messages, newest first")).to_contain_text("not a call")
    await page.get_by_label("Trouble only").uncheck()
    await page.get_by_label("Find text in a frame").fill("needle")
    await page.get_by_label("Find text in a frame").press("Enter")
    await expect(page.locator("ol.messages > li")).to_have_count(1)
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="NDJSON").click()
    (line,) = (await (await saved.value).path()).read_text().splitlines()
    assert json.loads(line)["message_id"] == "needle-1"
    await page.get_by_text("Export", exact=True).click()
    await page.locator(".message-line").click()
    await page.get_by_role("link", name="Link to this message").click()
    await expect(page.get_by_role("heading", name="DataTransfer")).to_be_visible()
    await expect(page.locator(".message-detail").get_by_text("<b>Needle</b>")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="DataTransfer")).to_be_visible()


async def test_a_command_that_nothing_followed_says_why(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}, "s1")
        onlooker = await look()
        await onlooker.sign_in(at="/chargers/CP1?tab=commands")
        started = asyncio.create_task(voltaro_server.api("POST", "/api/v1/chargers/CP1/start", {"id_tag": TAG}))
        call = await asked(socket, "RemoteStartTransaction")
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        await started
        steps = onlooker.page.locator(".steps").first
        await expect(steps).to_contain_text("effect awaited")
        await ask(socket, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}, "s2")
        await expect(steps).to_contain_text("nothing seen")
        await expect(onlooker.page.get_by_text("nothing was plugged in in time")).to_be_visible()

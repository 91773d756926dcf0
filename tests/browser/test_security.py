"""A charger's security on the dashboard: what is shown of it, and what an operator changes."""

from __future__ import annotations

import json

from playwright.async_api import expect

from tests.browser.conftest import Look
from tests.e2e.talking import asked, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_a_new_password_is_sent_and_what_came_of_it_is_shown(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
    onlooker = await look(width=390, color_scheme="dark")
    await onlooker.sign_in()
    async with dial(voltaro_server, "CP1", password="sixteen-old-ones") as socket:
        assert await boot(socket) == "Accepted"
        await onlooker.open("/chargers/CP1?tab=security")
        panel = onlooker.page.get_by_role("region", name="Security", exact=True)
        await expect(panel).to_contain_text("1: password")
        await panel.get_by_role("button", name="New password").click()
        call = await asked(socket, "ChangeConfiguration")
        await expect(panel).to_contain_text("the old and the new one are good")
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        await expect(panel).to_contain_text("the charger has the new one")
        await panel.get_by_role("button", name="Higher profile").click()
        await onlooker.page.get_by_role("button", name="2: password over TLS").click()
        await expect(onlooker.page.get_by_role("region", name="Answers of the charger")).to_contain_text("no TLS for chargers")
        await panel.get_by_role("button", name="Certificate").click()
        dialog = onlooker.page.get_by_role("dialog")
        await dialog.get_by_label("Common name").fill("<b>S-1</b>")
        await dialog.get_by_role("button", name="Save").click()
        await expect(panel).to_contain_text("<b>S-1</b>")
    assert (await voltaro_server.api("GET", "/api/v1/chargers/CP1/security"))["certificate"]["set_by"] == "ada"
    onlooker.complaints[:] = [said for said in onlooker.complaints if "409" not in said]

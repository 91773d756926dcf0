"""What a charger does oddly, on its page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Look
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_an_anomaly_is_explained_and_its_raw_frame_stands_beside_what_was_read(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        odd = {"connectorId": "1", "errorCode": "NoError", "status": "Available", "info": "<b>x</b>", "vendorExtra": "<i>y</i>"}
        assert (await ask(socket, "StatusNotification", odd, "odd"))[0] == 3
    onlooker = await look(width=390)
    await onlooker.sign_in(at="/chargers/CP1?tab=anomalies")
    row = onlooker.page.locator("[data-anomaly='text_as_number']")
    await expect(row).to_contain_text("A number came as text")
    await expect(row).to_contain_text("/connectorId")
    await expect(onlooker.page.locator("[data-anomaly='unknown_member']")).to_contain_text("<i>y</i>")
    await row.get_by_role("button", name="Show the frame").click()
    await expect(row.locator("pre").first).to_contain_text('"connectorId": "1"')
    await expect(row.locator("pre").last).to_contain_text('"connectorId": 1')

"""What an operator sees and does with a charger's configuration keys and local list on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import TAG, Look
from tests.conformance.answering import Answer
from tests.conformance.listening import listening
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_keys_are_read_searched_and_written_with_the_chargers_answer_beside_them(look: Look, voltaro_server: RunningServer) -> None:
    keys = {"MeterValueSampleInterval": "30", "HeartbeatInterval": "300", "Vendor<b>Key": "<i>x</i>"}
    statuses = {"MeterValueSampleInterval": "Accepted", "HeartbeatInterval": "RebootRequired"}

    def told(asked: dict[str, Any]) -> Answer:
        return {"configurationKey": [{"key": key, "readonly": key not in statuses, "value": value} for key, value in keys.items()]}

    def changed(asked: dict[str, Any]) -> Answer:
        if statuses[asked["key"]] == "Accepted":
            keys[asked["key"]] = asked["value"]
        return {"status": statuses[asked["key"]]}

    answers: dict[str, Callable[[dict[str, Any]], Answer]] = {
        "GetConfiguration": told,
        "ChangeConfiguration": changed,
        "SendLocalList": lambda _: {"status": "Accepted"},
    }
    async with listening(voltaro_server, "CP1", answers) as charger:
        onlooker = await look(width=390, color_scheme="dark")
        page = onlooker.page
        await onlooker.sign_in(at="/chargers/CP1?tab=configuration")
        panel = page.get_by_role("region", name="Configuration")
        await panel.get_by_role("button", name="Read again").click()
        await expect(panel.locator("[data-key='Vendor<b>Key']")).to_contain_text("<i>x</i>")
        await panel.get_by_label("Search keys").fill("interval")
        await expect(panel.locator("[data-key]")).to_have_count(2)
        row = panel.locator("[data-key=MeterValueSampleInterval]")
        await row.get_by_role("button", name="Edit").click()
        await row.get_by_label("New value").fill("60")
        await row.get_by_role("button", name="Save").click()
        await expect(row).to_contain_text("answered Accepted")
        await expect(row).to_have_attribute("data-state", "confirmed")
        row = panel.locator("[data-key=HeartbeatInterval]")
        await row.get_by_role("button", name="Edit").click()
        await row.get_by_label("New value").fill("60")
        await row.get_by_role("button", name="Save").click()
        await expect(row).to_have_attribute("data-state", "reboot_required")
        await expect(panel.locator("header")).to_contain_text("Reboot required")
        local = page.get_by_role("region", name="Local authorization list")
        await local.get_by_role("button", name="Send all").click()
        await expect(local).to_have_attribute("data-state", "synced")
        assert [entry["idTag"] for entry in charger.of("SendLocalList")[0]["localAuthorizationList"]] == [TAG]
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

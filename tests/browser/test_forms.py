"""Commands as forms: every command of every version has one that works, and what the charger answers stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import TAG, Look, Onlooker
from tests.conformance.listening import Listening, listening
from tests.running import RunningServer
from voltaro.ocpp.book import Book

expect.set_options(timeout=20_000)

PROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
SIZES: list[dict[str, Any]] = [{}, {"width": 390, "height": 844, "color_scheme": "dark"}]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_every_command_has_a_form_whose_least_payload_fits_the_schema(
    protocol: str, look: Look, voltaro_server: RunningServer
) -> None:
    spoken = Book().actions(protocol)
    assert spoken is not None
    async with listening(voltaro_server, "CP1", {}, protocol):
        onlooker = await look()
        actions = await offered(onlooker)
        assert sorted(actions) == [action.name for action in spoken if action.to_charger]
        for action in actions:
            await asking(onlooker.page, action)
            await onlooker.page.get_by_role("button", name="The least").click()
            await send(onlooker.page)
            await expect(answers(onlooker.page, action)).to_have_count(1)  # the server found nothing wrong: the charger was asked


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_every_example_fits_its_schema(protocol: str, look: Look, voltaro_server: RunningServer) -> None:
    """With a session running, so that those that need one are offered too."""
    async with listening(voltaro_server, "CP1", {}, protocol) as charger:
        await started(charger, protocol)
        onlooker = await look()
        tried = 0
        for action in await offered(onlooker):
            await asking(onlooker.page, action)
            examples = onlooker.page.get_by_role("group", name="Examples").get_by_role("button")
            for place in range(await examples.count() - 1):
                await examples.nth(place).click()
                await send(onlooker.page)
                await expect(answers(onlooker.page, action)).to_have_count(place + 1)
                tried += 1
        assert tried > 20


async def offered(onlooker: Onlooker) -> list[str]:
    """The commands that the charger's page offers."""
    await onlooker.sign_in()
    await onlooker.open("/chargers/CP1?tab=commands")
    await onlooker.page.locator("[data-choose]").first.wait_for()
    names: list[str] = await onlooker.page.locator("[data-choose]").evaluate_all("all => all.map(one => one.dataset.choose)")
    return names


async def asking(page: Page, action: str) -> None:
    """Choose another command."""
    back = page.get_by_role("button", name="All commands")
    if await back.count():
        await back.click()
    await page.locator(f"[data-choose={action}]").click()
    await page.locator(f"[data-form={action}] form.sender").wait_for()


async def send(page: Page) -> None:
    """Send what is in the form, and confirm it where that is asked for."""
    await page.get_by_role("button", name="Send", exact=True).click()
    if await page.locator("[data-risk]").count():
        await page.get_by_role("dialog").get_by_role("button", name="Send it").click()


def answers(page: Page, action: str) -> Any:
    """What has come of the commands of an action: the charger refuses them all."""
    return page.locator(f"[data-command=failed][data-asked={action}]")


async def started(charger: Listening, protocol: str) -> None:
    """A session runs at connector 1."""
    at = "2026-06-01T10:00:00Z"
    if protocol == "ocpp1.6":
        await charger.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
        await charger.ask("StartTransaction", {"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": at})
    else:
        await charger.ask("StatusNotification", {"timestamp": at, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1})
        info = {"transactionId": "T1", "chargingState": "Charging"}
        event = {"eventType": "Started", "timestamp": at, "triggerReason": "Authorized", "seqNo": 0, "transactionInfo": info}
        await charger.ask(
            "TransactionEvent", {**event, "evse": {"id": 1, "connectorId": 1}, "idToken": {"idToken": TAG, "type": "ISO14443"}}
        )

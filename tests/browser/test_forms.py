"""Commands as forms: every command of every version has one that works, and what the charger answers stands beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, TAG, Look, Onlooker, Plug
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


@pytest.mark.parametrize("size", SIZES, ids=["light", "phone"])
async def test_what_is_wrong_is_said_at_its_field_before_and_after_the_server_has_looked(
    size: dict[str, Any], look: Look, plug: Plug
) -> None:
    await plug("CP1")
    onlooker = await look(**size)
    page = onlooker.page
    await onlooker.sign_in(at="/chargers/CP1?tab=commands&action=ReserveNow")
    tag = page.locator("[data-field='/idTag']")
    await expect(tag.locator("input")).to_have_value(TAG)  # a card that is known here
    await expect(tag.locator("datalist option")).to_have_count(1)
    await tag.locator("input").fill("a-tag-that-is-far-too-long")
    await expect(tag).to_contain_text("26 / 20")
    await page.locator("[data-field='/reservationId'] input").fill("")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(tag.locator(".form-error")).to_have_text("is longer than 20 characters")
    await page.locator(".form-wrong").get_by_role("link", name="/reservationId").click()
    await expect(page.locator("[data-field='/reservationId'] input")).to_be_focused()
    assert await violations(page) == []
    await onlooker.open("/chargers/CP1?tab=commands&action=ChangeConfiguration")
    await page.locator("[data-field='/key'] input").fill("SecurityProfile")
    await page.locator("[data-field='/value'] input").fill("9")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Send it").click()
    await expect(page.locator("[data-field='/value'] .form-error")).to_have_text("a security profile is 0, 1, 2 or 3")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "422" not in complaint]


@pytest.mark.parametrize("size", SIZES, ids=["light", "phone"])
async def test_a_nested_payload_is_built_by_hand_and_seen_as_json_both_ways(
    size: dict[str, Any], look: Look, voltaro_server: RunningServer
) -> None:
    async with listening(voltaro_server, "CP1", {"SetChargingProfile": lambda _: {"status": "Accepted"}}, "ocpp2.1") as charger:
        onlooker = await look(**size)
        page = onlooker.page
        await onlooker.sign_in(at="/chargers/CP1?tab=commands&action=SetChargingProfile")
        await page.get_by_role("button", name="16 A for the charger").click()
        schedule = "/chargingProfile/chargingSchedule/0"
        await page.get_by_role("button", name="Add an element to chargingSchedulePeriod").click()
        second = page.locator(f"[data-field='{schedule}/chargingSchedulePeriod/1/startPeriod'] input")
        await second.fill("3600")
        await page.locator(f"[data-field='{schedule}/chargingSchedulePeriod/1']").get_by_text("More fields").click()
        await page.locator(f"[data-field='{schedule}/chargingSchedulePeriod/1/limit'] input").fill("7.5")
        await page.get_by_role("group", name="View").get_by_role("button", name="JSON").click()
        text = page.get_by_label("Payload, in OCPP's spelling")
        payload = json.loads(await text.input_value())
        assert payload["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][1] == {"startPeriod": 3600, "limit": 7.5}
        await text.fill("{")
        await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        payload["chargingProfile"]["stackLevel"] = 3
        await text.fill(json.dumps(payload))
        await page.get_by_role("group", name="View").get_by_role("button", name="Form").click()
        await expect(page.locator("[data-field='/chargingProfile/stackLevel'] input")).to_have_value("3")
        await page.locator(f"[data-field='{schedule}/chargingSchedulePeriod/1']").get_by_role("button", name="Remove").click()
        await expect(second).to_have_count(0)
        assert await violations(page) == []
        await page.get_by_role("button", name="Send", exact=True).click()
        sent = await charger.until_asked("SetChargingProfile")
        assert (sent["chargingProfile"]["stackLevel"], len(sent["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"])) == (
            3,
            1,
        )
        answer = page.locator("[data-asked=SetChargingProfile]").first
        await expect(answer.locator(".steps")).to_contain_text("Accepted")
        await answer.locator(".asked-line").click()
        await expect(answer.get_by_role("list", name="Messages it brought").locator("[data-action=SetChargingProfile]")).to_be_visible()
        await answer.get_by_role("button", name="Send again").click()
        await charger.until_asked("SetChargingProfile", 2)
        await expect(page.locator("[data-asked=SetChargingProfile]")).to_have_count(2)
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_who_may_only_look_finds_no_button_to_send(look: Look, plug: Plug, voltaro_server: RunningServer) -> None:
    await plug("CP1")
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera", at="/chargers/CP1?tab=commands&action=Reset")
    await expect(onlooker.page.get_by_text("Viewers may look at it, and not send it.")).to_be_visible()
    await expect(onlooker.page.get_by_role("button", name="Send", exact=True)).to_have_count(0)
    await onlooker.open("/chargers/CP1?tab=configuration")
    await expect(onlooker.page.locator("[data-key=HeartbeatInterval]")).to_be_visible()
    await expect(onlooker.page.get_by_role("button", name="Edit")).to_have_count(0)


async def offered(onlooker: Onlooker) -> list[str]:
    """The commands that the charger's page offers."""
    await onlooker.sign_in(at="/chargers/CP1?tab=commands")
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

"""The message tail of a charger: live, paused, filtered, long; its payloads as trees; a message amid its neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import TAG, Look, Onlooker, Plug
from tests.browser.test_dashboard import charging
from tests.e2e.talking import ask, boot, dial
from tests.looking import until
from tests.running import RunningServer

expect.set_options(timeout=20_000)

SIZES: list[dict[str, Any]] = [{}, {"width": 390, "height": 844, "color_scheme": "dark"}]
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}
COPIES = "navigator.clipboard.readText()"


async def tail(onlooker: Onlooker, query: str = "") -> None:
    await onlooker.sign_in(at=f"/chargers/CP1?tab=messages{query}")
    await onlooker.page.locator("ol.messages > li").first.wait_for()


@pytest.mark.parametrize("size", SIZES, ids=["light", "phone"])
async def test_a_payload_is_a_tree_that_keys_walk_and_whose_fields_are_explained(
    size: dict[str, Any], look: Look, voltaro_server: RunningServer
) -> None:
    reading = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": 12, "unit": "Wh"}, {"value": "230", "phase": "L1"}]}
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "MeterValues", {"connectorId": 1, "meterValue": [reading]}, "m1")
    onlooker = await look(**size, permissions=["clipboard-read", "clipboard-write"])
    await tail(onlooker)
    page = onlooker.page
    await page.locator("[data-action=MeterValues] .message-line").click()
    await expect(page.locator("[data-fault=charger]")).to_contain_text("The charger's fault")
    await expect(page.get_by_role("table", name="What was repaired")).to_contain_text('"12"')
    tree = page.get_by_role("tree", name="Payload of the request")
    await tree.get_by_role("treeitem").first.focus()
    await page.keyboard.press("End")
    phase = tree.locator("[data-path='/meterValue/0/sampledValue/1/phase']")
    await expect(phase).to_be_focused()
    await expect(page.locator(".tree-about").first).to_contain_text("L3-L1")  # the words that OCPP has for it
    await page.get_by_role("button", name="Copy the path").first.click()
    assert await page.evaluate(COPIES) == "/meterValue/0/sampledValue/1/phase"
    await page.get_by_role("button", name="Copy the value").first.click()
    assert await page.evaluate(COPIES) == "L1"
    await phase.focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect(tree.locator("[data-path='/meterValue/0/sampledValue/1']")).to_have_attribute("aria-expanded", "false")
    await expect(phase).to_have_count(0)
    assert await violations(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_what_comes_while_paused_waits_and_is_counted(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await tail(onlooker)
        page = onlooker.page
        await ask(socket, "StatusNotification", STATUS, "before")
        await expect(page.locator("[data-action=StatusNotification]")).to_have_count(1)
        await page.get_by_role("button", name="Pause").click()
        for number in range(3):
            await ask(socket, "Heartbeat", {}, f"h{number}")
        await expect(page.get_by_role("button", name="Resume (3)")).to_be_visible()
        await expect(page.locator("[data-action=Heartbeat]")).to_have_count(0)
        await page.get_by_role("button", name="Resume (3)").click()
        await expect(page.locator("[data-action=Heartbeat]")).to_have_count(3)
        await page.locator("[data-action=StatusNotification] .message-line").click()
        await expect(page.get_by_role("link", name="Link to this message")).to_be_visible()  # it came live, and is stored by now


async def test_filters_are_in_the_address_and_hold_for_what_comes_live(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "StatusNotification", STATUS, "s1")
        await ask(socket, "Heartbeat", {}, "h1")
        await tail(onlooker, "&action=StatusNotification,BootNotification")
        page = onlooker.page
        rows = page.locator("ol.messages > li")
        await expect(rows).to_have_count(2)
        await ask(socket, "Heartbeat", {}, "h2")
        await ask(socket, "StatusNotification", STATUS, "s2")
        await expect(rows).to_have_count(3)
        await page.get_by_text("2 actions").click()
        await page.get_by_role("group", name="Actions that occur").get_by_label("BootNotification").uncheck()
        await expect(rows).to_have_count(2)
        await page.get_by_label("Direction").select_option("To the charger")
        await expect(page.get_by_text("No message fits the filter")).to_be_visible()
        await page.get_by_role("search").get_by_role("button", name="No filters").click()
        await expect(page.locator("[data-action=Heartbeat]")).to_have_count(2)
        await page.get_by_text("More filters").click()
        await page.get_by_label("Message id").fill("s2")
        await expect(rows).to_have_count(1)
        assert "message_id=s2" in page.url


async def test_of_a_long_log_only_what_is_in_sight_is_in_the_page(look: Look, voltaro_server: RunningServer) -> None:
    """Older ones come by scrolling, and what comes in meanwhile moves nothing of what is read."""
    onlooker = await look()
    page = onlooker.page
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        for number in range(400):
            await ask(socket, "DataTransfer", {"vendorId": f"v{number}"}, f"d{number}")
        await tail(onlooker)
        most = 0
        while not await page.locator("[data-action=BootNotification]").count():
            await page.mouse.wheel(0, 600)
            most = max(most, await page.locator("ol.messages > li").count())
            await page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
        assert most < 60

        async def shown() -> int:
            """How many rows there are; what we ask of a charger after it has booted may be among them."""
            return int(await page.locator("[data-shown]").get_attribute("data-shown") or 0)

        await page.mouse.wheel(0, -3000)
        await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        place = """() => {
            const row = [...document.querySelectorAll("ol.messages > li")].find(row => row.getBoundingClientRect().top > 100);
            return [row.textContent, row.getBoundingClientRect().top];
        }"""
        before, before_count = await page.evaluate(place), await shown()
        for number in range(5):
            await ask(socket, "Heartbeat", {}, f"h{number}")
        await until(shown, lambda count: count >= before_count + 5)
        text, top = await page.evaluate(place)
        assert (text, abs(top - before[1]) < 2) == (before[0], True)


@pytest.mark.parametrize("size", SIZES, ids=["light", "phone"])
async def test_a_message_stands_amid_its_neighbours_and_leads_to_its_session(size: dict[str, Any], look: Look, plug: Plug) -> None:
    charger = await plug("CP1")
    await charging(charger)
    onlooker = await look(**size)
    await tail(onlooker, "&action=StartTransaction")
    page = onlooker.page
    await page.locator("[data-action=StartTransaction] .message-line").click()
    await page.get_by_role("link", name="Link to this message").click()
    await expect(page.get_by_role("heading", name="StartTransaction")).to_be_visible()
    await expect(page.get_by_role("list", name="Before it").locator("li")).not_to_have_count(0)
    await expect(page.locator(".message-here")).to_contain_text(TAG)
    assert await violations(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await page.locator(".message-here").get_by_role("link", name="Session 1").click()
    await page.wait_for_url("**/sessions/1")


async def test_a_message_is_compared_with_the_one_before_and_copied_in_other_forms(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look(permissions=["clipboard-read", "clipboard-write"])
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await ask(socket, "StatusNotification", STATUS, "s1")
        await ask(socket, "StatusNotification", {**STATUS, "status": "Faulted", "info": "<i>hot</i>"}, "s2")
        await voltaro_server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "DataTransfer", "payload": {"vendorId": "it's"}})
        await tail(onlooker)
        page = onlooker.page
        newest = page.locator("[data-action=StatusNotification]").first
        await newest.locator(".message-line").click()
        await newest.get_by_role("button", name="Difference").click()
        table = newest.get_by_role("table", name="Difference to the one before")
        await expect(table.get_by_role("row")).to_have_count(3)
        await expect(table).to_contain_text("<i>hot</i>")
        await newest.get_by_role("button", name="Copy as test case").click()
        case = json.loads(await page.evaluate(COPIES))
        assert case["from_charger"]["frame"][2:] == ["StatusNotification", {**STATUS, "status": "Faulted", "info": "<i>hot</i>"}]
        await page.get_by_label("Direction").select_option("To the charger")
    ours = page.locator("[data-action=DataTransfer]")
    await ours.locator(".message-line").click()
    await ours.get_by_role("button", name="Copy as curl").click()
    assert """-d '{"action":"DataTransfer","payload":{"vendorId":"it'\\''s"}}'""" in await page.evaluate(COPIES)
    await expect(page.locator("[data-fault=line]")).to_be_visible()
    await ours.get_by_role("link", name="Edit and send again").click()
    await expect(page.locator("[data-form=DataTransfer] [data-field='/vendorId'] input")).to_have_value("it's")


JOINED = """async () => {
  const { joined } = await import("app/message-order.js");
  const row = (id, at, outcome) => ({ id, at, outcome, direction: "out", message_id: at, action: "Reset", charger_id: "CP1" });
  const stored = [row(2, "2026-01-01T00:00:02Z", "pending"), row(1, "2026-01-01T00:00:01Z", "answered")];
  const news = [row(undefined, "2026-01-01T00:00:02Z", "lost"), row(undefined, "2026-01-01T00:00:03Z", "answered")];
  return joined(stored, news).map(({ id, outcome }) => [id ?? null, outcome]);
}"""


async def test_news_of_a_stored_message_does_not_take_its_address_away(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    assert await onlooker.page.evaluate(JOINED) == [[None, "answered"], [2, "lost"], [1, "answered"]]

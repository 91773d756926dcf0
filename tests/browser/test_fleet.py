"""The list of ten thousand chargers on the dashboard: drawn where it is seen, filtered, sorted, walked with the keys, worked on in bulk."""

from __future__ import annotations

import asyncio
import re

import psycopg
from playwright.async_api import Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import Look, Plug, windowed
from tests.running import ADMIN_TOKEN, RunningServer

expect.set_options(timeout=20_000)

MANY = 10_000
LISTED = 9_990
"""Of these the first are on the north site; the others are few enough to count."""
INSERT = """
INSERT INTO chargers (id, registration, security_profile, vendor, model, firmware_version, protocol, site_id, last_seen)
SELECT 'CP-' || lpad(n::text, 5, '0'), CASE WHEN n %% 100 = 0 THEN 'pending' ELSE 'accepted' END, n %% 3, 'Acme', 'Model ' || n %% 5,
    '1.' || n %% 4, CASE WHEN n %% 2 = 0 THEN 'ocpp1.6' ELSE 'ocpp2.0.1' END, CASE WHEN n <= %(listed)s THEN 'north' ELSE 'south' END,
    now() - n * interval '1 minute'
FROM generate_series(1, %(many)s) AS n
"""
CONNECTORS = """
INSERT INTO connectors (charger_id, evse_id, connector_id, status, state, error_code, updated_at, received_at)
SELECT chargers.id, evse, 1, 'Available', 'available', 'NoError', now(), now() FROM chargers, generate_series(1, 2) AS evse
"""
READ = """
async () => {
  const { loaded } = await import("app/store.js");
  while (!loaded.value) await new Promise((done) => requestAnimationFrame(done));
}
"""
"""Until the list of chargers has been read."""


async def test_a_charger_that_no_list_has_told_of_yet_is_shown_all_the_same(look: Look, plug: Plug) -> None:
    """As one that comes with a later part of a long list, or has been added meanwhile."""
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    listed = asyncio.Event()

    async def without(route: Route) -> None:
        await route.fulfill(body="", content_type="application/x-ndjson")

    async def later(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    await page.route("**/api/v1/chargers?view=brief*", without)
    await page.route("**/api/v1/chargers/CP1", later)
    await onlooker.sign_in(at="/chargers/CP1")
    await page.evaluate(READ)
    listed.set()
    await expect(page.get_by_role("heading", name="CP1")).to_be_visible()


async def test_what_somebody_else_adds_names_imports_and_removes_is_seen_without_asking(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/chargers")
    await page.evaluate(READ)
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1"})
    row = page.locator("[data-charger='CP1']")
    await expect(row).to_be_visible()
    await voltaro_server.api("PATCH", "/api/v1/chargers/CP1", {"name": "At the gate"})
    await expect(row).to_contain_text("At the gate")
    answer = await page.request.post(
        f"{voltaro_server.http_url}/api/v1/chargers/import",
        data="id,name\nCP2,In the yard\n",
        headers={"Content-Type": "text/csv", "Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    assert answer.ok, await answer.text()
    await expect(page.locator("[data-charger='CP2']")).to_contain_text("In the yard")
    await voltaro_server.api("DELETE", "/api/v1/chargers/CP1")
    await expect(row).to_have_count(0)


@windowed
async def many(database_url: str, voltaro_server: RunningServer) -> None:
    """Ten thousand chargers that are away, each with two connectors."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(INSERT, {"listed": LISTED, "many": MANY})
        await connection.execute(CONNECTORS)


async def test_ten_thousand_chargers_are_listed_and_only_those_in_sight_are_drawn(look: Look, many: None) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    page = onlooker.page
    await expect(page.locator("[data-shown='10000']")).to_be_visible()
    drawn = page.locator("[data-charger]")
    assert 15 <= await drawn.count() <= 60
    await expect(drawn.first).to_have_attribute("data-charger", "CP-00001")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(page.locator("[data-charger='CP-10000']")).to_be_visible()
    assert await drawn.count() <= 60
    assert await page.locator("[data-charger='CP-00001']").count() == 0
    await page.evaluate("scrollTo(0, 0)")
    await page.get_by_role("button", name="Wall").click()
    await expect(page.locator(".fleet-tile").first).to_be_visible()
    assert 30 <= await drawn.count() <= 200
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(page.locator("[data-charger='CP-10000']")).to_be_visible()
    assert await drawn.count() <= 200
    assert await violations(page) == []


async def test_filters_search_and_order_are_in_the_address(look: Look, many: None) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    page = onlooker.page
    await expect(page.locator("[data-shown='10000']")).to_be_visible()
    await page.get_by_label("Search chargers").fill("cp-0999")
    await expect(page.locator("[data-shown='10']")).to_be_visible()
    await page.get_by_text("Filters", exact=True).click()
    await page.locator(".filter-fields").get_by_label("Site").select_option("south")
    await expect(page.locator("[data-shown='9']")).to_be_visible()
    await page.locator(".filter-fields").get_by_label("Firmware").select_option("1.0")
    await expect(page).to_have_url(re.compile(r"search=cp-0999&site_id=south&firmware_version=1.0"))
    await expect(page.locator("[data-charger]")).to_have_count(2)
    await page.reload()
    await expect(page.locator("[data-charger]")).to_have_count(2)
    await page.get_by_role("button", name="Take away the filter Firmware").click()
    await page.get_by_role("button", name="Charger", exact=True).click()
    await expect(page.locator("[data-charger]").first).to_have_attribute("data-charger", "CP-09999")
    await expect(page.get_by_role("columnheader", name="Charger")).to_have_attribute("aria-sort", "descending")
    await onlooker.open("/chargers?sort=seen&registration=pending&protocol=ocpp1.6")
    await expect(page.locator("[data-shown='100']")).to_be_visible()
    await expect(page.locator("[data-charger]").first).to_have_attribute("data-charger", "CP-00100")
    assert await violations(page) == []


async def test_the_list_is_walked_and_marked_with_the_keys(look: Look, many: None) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    page = onlooker.page
    await expect(page.locator("[data-shown='10000']")).to_be_visible()
    await page.locator("[data-charger='CP-00001'] a").focus()
    await page.keyboard.press("j")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[data-charger='CP-00003'] a")).to_be_focused()
    await page.keyboard.press(" ")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+J")
    await expect(page.get_by_text("3 chargers chosen")).to_be_visible()
    await page.keyboard.press("End")
    await expect(page.locator("[data-charger='CP-10000'] a")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="CP-10000")).to_be_visible()


async def test_work_on_all_that_fit_has_a_result_for_each_and_is_tried_again(look: Look, many: None, plug: Plug) -> None:
    charger = await plug("CP-09996")
    onlooker = await look()
    await onlooker.sign_in(at="/chargers?site_id=south")
    page = onlooker.page
    await expect(page.locator("[data-shown='10']")).to_be_visible()
    await expect(page.locator("[data-charger]")).to_have_count(10)
    await expect(page.locator("[data-charger='CP-09996'][data-state=available]")).to_be_visible()
    await page.get_by_label("Choose all that fit").check()
    await expect(page.get_by_text("10 chargers chosen")).to_be_visible()
    await page.get_by_role("button", name="Ask for a message").click()
    await page.get_by_role("dialog").get_by_label("Message").select_option("Heartbeat")
    assert await violations(page) == []
    await page.get_by_role("button", name="Do it for 10 chargers").click()
    await expect(page.get_by_role("heading", name="Ask for a message")).to_be_visible()
    await expect(page.locator("[data-result='CP-09991']")).to_contain_text("It is not connected")
    await expect(page.locator("[data-result='CP-09996']")).to_contain_text("Accepted")
    await expect(page.get_by_role("group", name="Results").get_by_role("button", name="Failed")).to_contain_text("9")
    await expect(page.locator(".page-head .status")).to_contain_text("Done")
    assert await violations(page) == []
    assert charger.online
    await page.get_by_role("button", name="Try 9 again").click()
    await expect(page.locator("[data-result]")).to_have_count(9)
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Bulk work").click()
    await expect(page.locator("[data-batch]")).to_have_count(2)
    assert await violations(page) == []


async def test_a_list_is_imported_after_it_was_tried(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look(width=390, height=844, color_scheme="dark")
    await onlooker.sign_in(at="/chargers?import=1")
    page = onlooker.page
    await voltaro_server.api("POST", "/api/v1/sites", {"id": "north", "name": "North"})
    content = b"id,name,site_id\nNEW-1,First,north\nNEW-2,Second,\nA:B,,\n"
    await page.locator("input[type=file]").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": content})
    tried = page.locator("[data-tried]")
    await expect(tried).to_contain_text("2 are new")
    await expect(tried).to_contain_text("Line 4, id")
    assert (await voltaro_server.api("GET", "/api/v1/chargers"))["items"] == []
    assert await violations(page) == []
    await page.get_by_role("button", name="Import 2 lines").click()
    await expect(page.get_by_text("Passwords were made for 2 chargers")).to_be_visible()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Save the passwords").click()
    lines = (await (await saved.value).path()).read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["id", '"NEW-1"', '"NEW-2"']
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator("[data-charger='NEW-2']")).to_be_visible()


async def test_the_list_is_cards_on_a_phone(look: Look, many: None, plug: Plug) -> None:
    await plug("CP-00003")
    onlooker = await look(width=390, height=844, color_scheme="dark")
    await onlooker.sign_in()
    page = onlooker.page
    for path in ("/chargers", "/chargers?view=wall", "/connect?id=CP-00001", "/batches"):
        await onlooker.open(path)
        await page.locator("h1").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert await violations(page) == [], path
    await onlooker.open("/chargers")
    await page.get_by_label("Choose CP-00002").check()
    await expect(page.get_by_text("1 charger chosen")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_viewer_sees_the_list_and_may_change_nothing(look: Look, many: None, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": "a-password-for-tests"})
    onlooker = await look()
    await onlooker.sign_in("vera", at="/chargers")
    page = onlooker.page
    await expect(page.locator("[data-charger='CP-00002']")).to_be_visible()
    assert await page.get_by_role("checkbox").count() == 0
    assert await page.get_by_role("button", name="Add a charger").count() == 0
    await onlooker.open("/connect")
    await expect(page.get_by_role("heading", name="Addresses of this server")).to_be_visible()
    assert await page.get_by_role("link", name="Add a charger").count() == 0
    assert await violations(page) == []

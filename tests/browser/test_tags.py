"""Tags on the dashboard: learned at a charger, changed without undoing what another has changed, and tens of thousands of them."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import TAG, Look
from tests.browser.test_sessions import DESK, PHONE, fits
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_card_is_learned_by_showing_it_at_a_charger(look: Look, voltaro_server: RunningServer, window: dict[str, object]) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in()
    page = onlooker.page
    async with dial(voltaro_server, "CP1") as socket, dial(voltaro_server, "CP2") as other:
        assert await boot(socket) == "Accepted"
        assert await boot(other) == "Accepted"
        await onlooker.open("/tags")
        await page.get_by_role("button", name="Learn a card").click()
        await expect(page.get_by_text("Waiting for a card")).to_be_visible()
        assert (await ask(socket, "Authorize", {"idTag": "04A1B2C3"}))[2]["idTagInfo"]["status"] == "Invalid"
        row = page.locator("[data-presented='04A1B2C3']")
        await expect(row).to_contain_text("Refused: unknown")
        await expect(row).to_contain_text("CP1")
        assert await violations(page) == []
        assert await fits(page)
        await page.get_by_label("Charger at which the card is shown").fill("CP2")
        await page.get_by_label("Charger at which the card is shown").press("Enter")
        await expect(row).to_have_count(0)
        await ask(other, "Authorize", {"idTag": TAG})
        await expect(page.locator(f"[data-presented={TAG}]")).to_contain_text("Known: Accepted")
        await page.get_by_label("Charger at which the card is shown").fill("")
        await page.get_by_label("Charger at which the card is shown").press("Enter")
        await row.get_by_role("button", name="Add").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Note").fill("Grace's card")
        await dialog.get_by_label("Group").fill("STAFF")
        await dialog.get_by_role("button", name="Add").click()
        await expect(page.locator("[data-tag='04A1B2C3']")).to_contain_text("Grace's card")
        await expect(row).to_contain_text("Known: Accepted")
        assert (await ask(socket, "Authorize", {"idTag": "04a1b2c3"}))[2]["idTagInfo"]["status"] == "Accepted"
    assert (await voltaro_server.api("GET", "/api/v1/tags/04A1B2C3"))["parent"] == "STAFF"


async def test_what_another_has_changed_meanwhile_is_told_and_not_overwritten(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    await page.get_by_role("button", name=f"Change {TAG}").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("mine")
    await voltaro_server.api("PATCH", f"/api/v1/tags/{TAG}", {"status": "blocked", "note": "theirs"})
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Status: \u2068Accepted\u2069 became \u2068Blocked\u2069")
    await expect(dialog.get_by_role("alert")).to_contain_text("theirs")
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["note"] == "theirs"
    assert await violations(page) == []
    await dialog.get_by_label("Status").select_option("blocked")
    await dialog.get_by_role("button", name="Save all the same").click()
    await expect(page.locator(f"[data-tag={TAG}]")).to_contain_text("mine")
    tag = await voltaro_server.api("GET", f"/api/v1/tags/{TAG}")
    assert (tag["note"], tag["status"]) == ("mine", "blocked")
    listed = asyncio.Event()

    async def later(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    await page.route("**/api/v1/tags?*", later)  # the list would follow by itself, were it quick enough
    await voltaro_server.api("PATCH", f"/api/v1/tags/{TAG}", {"note": "theirs again"})
    await page.locator(f"[data-tag={TAG}]").get_by_role("button", name="Unblock").click()
    await expect(page.locator(".notices")).to_contain_text("was changed by somebody else")
    await expect(page.locator(f"[data-tag={TAG}]")).to_contain_text("theirs again")
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["status"] == "blocked"
    listed.set()
    told = [complaint for complaint in onlooker.complaints if "412 (Precondition Failed)" in complaint]
    assert onlooker.complaints == told, "the browser notes each refusal, and nothing else"
    onlooker.complaints.clear()


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_of_thousands_of_tags_only_those_in_sight_are_in_the_page(
    look: Look, voltaro_server: RunningServer, window: dict[str, object]
) -> None:
    lines = "\n".join(f"CARD{number:05},Van {number},FLEET" for number in range(3000))
    done = await voltaro_server.api("POST", "/api/v1/tags/import", f"id_tag,note,parent\n{lines}".encode(), {"Content-Type": "text/csv"})
    assert done["added"] == 3000
    onlooker = await look(**window)
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    rows = page.locator("[data-tag]")
    await expect(rows.first).to_be_visible()
    assert await rows.count() < 80
    assert await violations(page) == []
    assert await fits(page)
    seen = page.locator(".page-head .quiet")
    await expect(seen).to_have_text("500+")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(seen).to_have_text("1,000+")
    assert await rows.count() < 80
    await page.get_by_label("Search tags").fill("van 2999")
    await expect(rows).to_have_count(1)
    await expect(rows).to_have_attribute("data-tag", "CARD02999")


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_tag_is_given_to_a_driver_by_name(look: Look, voltaro_server: RunningServer, window: dict[str, object]) -> None:
    ids = {}
    for name, mail in (("Dora Lang", "dora@example.org"), ("Otto Kurz", None), ("Dora Kurz", "kurz@example.org")):
        ids[name] = (await voltaro_server.api("POST", "/api/v1/drivers", {"name": name, "email": mail}))["id"]
    onlooker = await look(**window)
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    await page.get_by_role("button", name=f"Change {TAG}").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("combobox", name="Driver")
    await field.fill("dor")
    options = dialog.locator("#driver-choices").get_by_role("option")
    await expect(options).to_have_text(["Dora Kurzkurz@example.org", "Dora Langdora@example.org"])
    assert await violations(page) == []
    assert await fits(page)
    await dialog.get_by_role("button", name="Save").click()
    assert await field.evaluate("(field) => field.validationMessage") == "Choose one of the drivers that are listed, or leave this empty."
    await field.focus()
    await field.press("ArrowDown")
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(field).to_have_value("Dora Lang")
    await expect(options).to_have_count(0)
    await dialog.get_by_role("button", name="Save").click()
    link = page.locator(f"[data-tag={TAG}]").get_by_role("link", name="Dora Lang")
    await expect(link).to_be_visible()
    assert await fits(page)
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["user_id"] == ids["Dora Lang"]
    await page.get_by_role("button", name=f"Change {TAG}").click()
    await expect(field).to_have_value("Dora Lang")
    await dialog.get_by_label("Note").fill("hers still")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator(f"[data-tag={TAG}]")).to_contain_text("hers still")
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["user_id"] == ids["Dora Lang"]
    await link.click()
    await expect(page.get_by_role("heading", name="Dora Lang")).to_be_visible()
    await onlooker.open("/tags")
    await expect(link).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name=f"Change {TAG}").click()
    await field.fill("")
    await field.press("Escape")
    await dialog.get_by_role("button", name="Save").click()
    await expect(link).to_have_count(0)
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["user_id"] is None
    await page.get_by_role("button", name="Add a tag").click()
    await dialog.get_by_label("Tag", exact=True).fill("04FF")
    await field.fill("otto")
    await options.first.click()
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("[data-tag='04FF']").get_by_role("link", name="Otto Kurz")).to_be_visible()


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_tags_are_imported_after_a_look_from_a_file_of_any_kind(
    look: Look, voltaro_server: RunningServer, window: dict[str, object]
) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    dialog = page.get_by_role("dialog")
    rows = page.locator("[data-tag]")

    async def gives(name: str, content: str) -> None:
        await dialog.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content.encode()})

    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(dialog).to_contain_text("Only the column id_tag is required")
    assert await violations(page) == []
    await gives("wrong.csv", "id_tag,status\nA1,accepted\nA2,lost\n")
    await expect(dialog).to_contain_text("Line 3, status")
    await expect(dialog).to_contain_text("1 line is wrong. Nothing is imported before it is right:")
    await expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    assert await violations(page) == []
    assert await fits(page)
    await gives("broken.json", '[{"id_tag": "A1"},')
    await expect(page.locator(".notices")).to_contain_text("JSON")
    await expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    await gives("wrong.json", '[\n  {"id_tag": "A1"},\n  {"id_tag": "A2",\n   "status": "lost"}\n]')
    await expect(dialog).to_contain_text("Entry 2, status")
    await gives("list.json", '[\n  {"id_tag": "A1", "note": "one"},\n  {"id_tag": "A2"}\n]')
    await dialog.get_by_role("button", name="Import 2 lines").click()
    await expect(rows).to_have_count(3)
    answer = await voltaro_server.api("GET", "/api/v1/tags")
    for tag in answer["items"]:
        tag["note"] = "changed" if tag["id_tag"] != TAG else tag["note"]
    for name, content in (
        ("answer.json", json.dumps(answer, indent=1)),
        ("rows.ndjson", '{"id_tag": "A3"}\n{"id_tag": "A4"}\n'),
        ("nameless", '\ufeff{"id_tag": "A5"}\n{"id_tag": "A6"}'),
        ("sheet.csv", "\ufeffid_tag;note\nA7;seven\n"),
    ):
        await page.get_by_role("button", name="Import", exact=True).click()
        await gives(name, content)
        await dialog.get_by_role("button", name=re.compile(r"Import \d line")).click()
        await expect(dialog).to_have_count(0)
    await expect(rows).to_have_count(8)
    tags = {tag["id_tag"]: tag["note"] for tag in (await voltaro_server.api("GET", "/api/v1/tags"))["items"]}
    assert tags == {TAG: None, "A1": "changed", "A2": "changed", "A3": None, "A4": None, "A5": None, "A6": None, "A7": "seven"}

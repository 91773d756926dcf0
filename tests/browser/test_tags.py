"""Tags on the dashboard: learned at a charger, changed without undoing what another has changed, and tens of thousands of them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

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
    await voltaro_server.api("PATCH", f"/api/v1/tags/{TAG}", {"note": "theirs again"})
    await page.locator(f"[data-tag={TAG}]").get_by_role("button", name="Unblock").click()
    await expect(page.locator(".notices")).to_contain_text("was changed by somebody else")
    await expect(page.locator(f"[data-tag={TAG}]")).to_contain_text("theirs again")
    assert (await voltaro_server.api("GET", f"/api/v1/tags/{TAG}"))["status"] == "blocked"
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

"""Lists of people and tags follow what somebody else changes, in a window that nobody touches."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_a_tag_that_somebody_else_adds_changes_and_removes_is_seen(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    watching, working = await look(width=390, height=844, color_scheme="dark"), await look()
    await watching.sign_in("vera", at="/tags")
    await expect(watching.page.locator("[data-tag]")).to_have_count(1)
    await working.sign_in(at="/tags")
    await working.page.get_by_role("button", name="Add a tag").click()
    await working.page.get_by_role("dialog").get_by_label("Tag").fill("CARD1")
    await working.page.get_by_role("dialog").get_by_role("button", name="Add").click()
    row = watching.page.locator("[data-tag=CARD1]")
    await expect(row).to_be_visible()
    await working.page.get_by_role("button", name="Block CARD1").click()
    await expect(row).to_contain_text("Blocked")
    driver = await voltaro_server.api("POST", "/api/v1/drivers", {"name": "Dora"})
    await voltaro_server.api("PATCH", "/api/v1/tags/CARD1", {"user_id": driver["id"]})
    await expect(row).to_contain_text("Dora")
    await voltaro_server.api("PATCH", f"/api/v1/drivers/{driver['id']}", {"name": "Dorothea"})
    await expect(row).to_contain_text("Dorothea")
    assert await violations(watching.page) == []
    await working.page.get_by_role("button", name="Delete CARD1").click()
    await working.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)


async def test_what_was_scrolled_to_and_what_is_half_typed_stay(look: Look, voltaro_server: RunningServer) -> None:
    rows = "".join(f"T{n:04}\n" for n in range(700))
    await voltaro_server.api("POST", "/api/v1/tags/import", f"id_tag\n{rows}".encode(), {"Content-Type": "text/csv"})
    window = await look()
    await window.sign_in(at="/tags")
    page = window.page
    await expect(page.locator(".page-head .quiet")).to_have_text("500+")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(page.locator(".page-head .quiet")).to_have_text("701")
    await page.evaluate("scrollTo(0, 0)")
    await page.get_by_role("button", name="Change T0").first.click()
    note = page.get_by_role("dialog").get_by_label("Note")
    await note.fill("half ty")
    await voltaro_server.api("POST", "/api/v1/tags", {"id_tag": "NEWEST"})
    await expect(page.locator(".page-head .quiet")).to_have_text("702")
    await expect(note).to_have_value("half ty")


async def test_drivers_that_somebody_else_adds_renames_and_removes_are_seen(look: Look, voltaro_server: RunningServer) -> None:
    window = await look()
    await window.sign_in(at="/drivers")
    page = window.page
    await expect(page.get_by_text("No drivers yet")).to_be_visible()
    driver = await voltaro_server.api("POST", "/api/v1/drivers", {"name": "Dora"})
    row = page.locator(f"[data-driver='{driver['id']}']")
    await expect(row).to_contain_text("Dora")
    await voltaro_server.api("PATCH", f"/api/v1/drivers/{driver['id']}", {"name": "Dorothea"})
    await expect(row).to_contain_text("Dorothea")
    await voltaro_server.api("POST", "/api/v1/drivers/import", b"name,external_id\nEmil,7\n", {"Content-Type": "text/csv"})
    await expect(page.locator("[data-driver]")).to_have_count(2)
    await voltaro_server.api("DELETE", f"/api/v1/drivers/{driver['id']}")
    await expect(row).to_have_count(0)
    await expect(page.locator("[data-driver]")).to_contain_text("Emil")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_users_whom_somebody_else_lets_in_and_disables_are_seen(look: Look, voltaro_server: RunningServer, theme: str) -> None:
    watching, working = await look(color_scheme=theme), await look()
    await watching.sign_in(at="/users")
    await expect(watching.page.locator("[data-user=ada]")).to_be_visible()
    await working.sign_in(at="/users")
    await working.page.get_by_role("button", name="Let somebody in").click()
    await working.page.get_by_role("dialog").get_by_label("Name").fill("otto")
    await working.page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    await working.page.get_by_role("dialog").get_by_role("button", name="Let in").click()
    row = watching.page.locator("[data-user=otto]")
    await expect(row).to_contain_text("Operator")
    (otto,) = (user for user in (await voltaro_server.api("GET", "/api/v1/users"))["items"] if user["name"] == "otto")
    await voltaro_server.api("PATCH", f"/api/v1/users/{otto['id']}", {"disabled": True})
    await expect(row).to_contain_text("Disabled")
    assert await violations(watching.page) == []

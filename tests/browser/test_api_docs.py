"""The API's page: every operation can be read and tried, by whoever is signed in or has a token."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Look, Onlooker
from tests.running import ADMIN_TOKEN
from web.app import all_endpoints

LOOKS = [{"color_scheme": "light"}, {"color_scheme": "dark", "width": 390, "height": 844}]


async def opened(onlooker: Onlooker, operation: str) -> Page:
    await onlooker.open(f"/api/docs#{operation}")
    await onlooker.page.locator("article").wait_for()
    return onlooker.page


async def overflow(page: Page) -> int:
    wide: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


@pytest.mark.parametrize("looks", LOOKS)
async def test_groups_operations_and_problems_are_found(look: Look, looks: dict[str, object]) -> None:
    onlooker = await look(**looks)
    page = await opened(onlooker, "")
    await expect(page.get_by_role("heading", name="Voltaro API")).to_be_visible()
    await expect(page.get_by_role("row", name="too_many_requests")).to_be_visible()
    assert await violations(page) == []
    assert await overflow(page) <= 0
    await page.get_by_label("Find").fill("tags:write post")
    links = page.get_by_role("navigation", name="Operations").get_by_role("link")
    await expect(links).to_have_count(2)
    await links.first.click()
    await expect(page.get_by_role("heading", name="Make a tag.")).to_be_focused()


@pytest.mark.parametrize("looks", LOOKS)
async def test_an_operation_is_read_and_tried_by_whoever_is_signed_in(look: Look, looks: dict[str, object]) -> None:
    onlooker = await look(**looks)
    await onlooker.sign_in()
    page = await opened(onlooker, "add_tag")
    await expect(page.get_by_text("signed in as ada")).to_be_visible()
    await expect(page.get_by_text("which the roles operator, admin have")).to_be_visible()
    body = page.get_by_label("Body (application/json)")
    assert "04A2B3C4" in await body.input_value()
    assert await violations(page) == []
    await body.fill('{"id_tag": "O\'NEIL"}')
    await expect(page.get_by_label("The same as a line for a shell")).to_contain_text("'{\"id_tag\": \"O'\\''NEIL\"}'")
    await page.get_by_role("button", name="Send POST").click()
    await expect(page.get_by_role("status")).to_contain_text("201 Created")
    await expect(page.get_by_label("Answer", exact=True)).to_contain_text('"id_tag": "O\'NEIL"')
    await expect(page.get_by_label("Headers of the answer")).to_contain_text("etag")
    assert await violations(page) == []
    assert await overflow(page) <= 0


async def test_nobody_is_told_to_sign_in_and_a_token_will_do(look: Look) -> None:
    onlooker = await look()
    page = await opened(onlooker, "list_tags")
    send = page.get_by_role("button", name="Send GET")
    await expect(send).to_be_disabled()
    await expect(page.get_by_text("Sign in to the dashboard, or paste a token above")).to_be_visible()
    await page.get_by_label("Token").fill(ADMIN_TOKEN)
    await page.get_by_label("limit", exact=True).fill("1")
    await page.locator("select[name=Accept]").select_option("text/csv")
    await expect(page.get_by_label("The same as a line for a shell")).to_contain_text('--header "Authorization: Bearer $VOLTARO_TOKEN"')
    assert ADMIN_TOKEN not in await page.get_by_label("The same as a line for a shell").inner_text()
    await send.click()
    await expect(page.get_by_label("Answer", exact=True)).to_contain_text("id_tag,type,status")


async def test_the_stream_is_followed_until_it_is_stopped(look: Look) -> None:
    onlooker = await look()
    page = await opened(onlooker, "read_events")
    await page.get_by_label("Token").fill(ADMIN_TOKEN)
    await page.get_by_role("button", name="Send GET").click()
    await expect(page.get_by_role("status")).to_contain_text("200 OK")
    await page.get_by_role("button", name="Stop the stream").click()
    await expect(page.get_by_role("button", name="Stop the stream")).to_have_count(0)


async def test_what_is_within_an_answer_is_opened_on_demand(look: Look) -> None:
    onlooker = await look()
    page = await opened(onlooker, "show_charger")
    await page.get_by_text("members of evses").click()
    await page.get_by_text("members of connectors").click()
    await expect(page.get_by_text("error_code", exact=True)).to_be_visible()
    await page.get_by_text("types of problem").first.click()


async def test_every_operation_can_be_drawn(look: Look) -> None:
    onlooker = await look(width=390, color_scheme="dark")
    page = await opened(onlooker, "")
    for endpoint in all_endpoints():
        await page.evaluate("id => { location.hash = id }", endpoint.name)
        await expect(page.locator("article .address code")).to_have_text(endpoint.path)
        assert await overflow(page) <= 0, endpoint.name


async def test_its_own_words_are_in_the_language_of_the_dashboard_and_the_reference_is_marked_as_english(look: Look) -> None:
    onlooker = await look(width=390, height=844, color_scheme="dark", locale="de-DE")
    page = await opened(onlooker, "add_tag")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.get_by_role("heading", name="Ausprobieren")).to_be_visible()
    await expect(page.get_by_role("heading", name="Make a tag.")).to_have_attribute("lang", "en")
    await expect(page.get_by_text("nicht angemeldet")).to_be_visible()
    assert await violations(page) == []
    assert await overflow(page) <= 0

"""What a page says while there is nothing on it: what to do, and nothing that who is there may not do."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look
from tests.running import RunningServer

expect.set_options(timeout=20_000)

TEACHING = {
    "/": "Chargers appear here once an operator has added them.",
    "/chargers": "Chargers appear here once an operator has added them.",
    "/batches": "What operators do to many chargers at once is listed here",
    "/sessions": "A session appears here when a car charges.",
    "/drivers": "Drivers appear here once an operator has added them.",
}


@pytest.mark.parametrize("looks", [{"width": 1280}, {"width": 390, "height": 844, "color_scheme": "dark"}], ids=["desk", "phone"])
async def test_a_viewer_is_told_what_will_appear_and_offered_nothing_to_do(
    look: Look, voltaro_server: RunningServer, looks: dict[str, object]
) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look(**looks)
    await onlooker.sign_in("vera")
    for path, taught in TEACHING.items():
        await onlooker.open(path)
        await expect(onlooker.page.locator(".empty").filter(has_text=taught)).to_be_visible()
        await expect(onlooker.page.locator("main .empty").get_by_role("button")).to_have_count(0)
        await expect(onlooker.page.locator("main button.primary")).to_have_count(0)


async def test_a_page_for_administrators_tells_a_viewer_so_and_asks_the_server_nothing(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera")
    for path in ("/users", "/users/1", "/tokens", "/audit"):
        await onlooker.open(path)
        await expect(onlooker.page.get_by_text("This page is not for your role")).to_be_visible()
        await expect(onlooker.page.locator("main button")).to_have_count(0)
    assert await violations(onlooker.page) == []


async def test_whoever_operates_is_led_to_the_first_charger(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await expect(onlooker.page.locator(".empty").get_by_role("link", name="Add a charger")).to_be_visible()
    await onlooker.open("/batches")
    await onlooker.page.get_by_role("link", name="To the chargers").click()
    await expect(onlooker.page.get_by_text("Add the first one here")).to_be_visible()

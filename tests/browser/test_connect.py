"""The connection doctor on the dashboard: addresses, who waits, and why somebody does not get in, as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Route, expect
from websockets.exceptions import InvalidStatus

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look, windowed
from tests.e2e.talking import boot, closing, dial
from tests.running import RunningServer, running_server

expect.set_options(timeout=20_000)


@windowed
async def voltaro_server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server at which strangers wait."""
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": PASSWORD})
        yield server


async def test_an_attempt_appears_as_it_happens_with_what_to_do(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "the-right-one"})
    onlooker = await look()
    await onlooker.sign_in(at="/connect")
    page = onlooker.page
    await expect(page.get_by_text("No attempt since the server started")).to_be_visible()
    with pytest.raises(InvalidStatus):
        await dial(voltaro_server, "CP1", password="a-wrong-one")
    attempt = page.locator("[data-attempt=password_wrong]")
    await expect(attempt).to_contain_text("CP1")
    await expect(attempt).to_contain_text("Set a new password on its security page")
    with pytest.raises(InvalidStatus):
        await dial(voltaro_server, "CP1", password="a-wrong-one")
    await expect(attempt).to_contain_text("2 times")
    async with dial(voltaro_server, "cp_1") as stranger:
        assert await boot(stranger) == "Pending"
        await expect(page.locator("[data-attempt=unknown_waits]")).to_contain_text("Did it mean CP1")
    await page.get_by_role("button", name="Refused").click()
    await expect(page.locator("[data-attempt]")).to_have_count(1)
    assert await violations(page) == []


async def test_what_happens_between_the_first_reading_and_the_first_hearing_is_seen(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "the-right-one"})
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    attempted = asyncio.Event()

    async def held(route: Route) -> None:
        await attempted.wait()
        await route.continue_()

    await page.add_init_script("delete window.SharedWorker")  # a stream of the page's own is one that can be held up
    await page.route("**/api/v1/events?**", held)
    await onlooker.open("/connect")
    await expect(page.get_by_text("No attempt since the server started")).to_be_visible()
    with pytest.raises(InvalidStatus):
        await dial(voltaro_server, "CP1", password="a-wrong-one")
    attempted.set()
    await expect(page.locator("[data-attempt=password_wrong]")).to_contain_text("CP1")


async def test_addresses_are_completed_drawn_and_tested(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look(width=390, height=844, color_scheme="dark")
    await onlooker.sign_in(at="/connect")
    page = onlooker.page
    await expect(page.get_by_text("Chargers on the network cannot reach this")).to_be_visible()
    await page.get_by_label("Identity of the charger").fill("CP 7/ü")
    whole = f"{voltaro_server.ocpp_url}/CP%207%2F%C3%BC"
    await expect(page.get_by_text(whole, exact=True)).to_be_visible()
    await page.get_by_role("button", name=f"QR code of {whole}").click()
    picture = page.get_by_role("img", name=f"QR code of {whole}")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    await page.get_by_role("button", name="Test from here").click()
    await expect(page.locator(".address .status")).to_contain_text("answers")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_stranger_is_accepted_with_a_made_password_and_another_is_rejected(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/connect")
    page = onlooker.page
    async with dial(voltaro_server, "NEW-1") as one, dial(voltaro_server, "<b>NEW-2") as other:
        assert [await boot(one), await boot(other)] == ["Pending", "Pending"]
        await page.locator("[data-stranger='<b>NEW-2']").get_by_role("button", name="Reject").click()
        await closing(other)
        await page.locator("[data-stranger='NEW-1']").get_by_role("button", name="Accept").click()
        assert await violations(page) == []
        await page.get_by_role("dialog").get_by_role("button", name="Accept").click()
        await closing(one)
    password = await page.get_by_role("dialog").locator("code").inner_text()
    async with dial(voltaro_server, "NEW-1", password=password) as one:
        assert await boot(one) == "Accepted"
    await expect(page.locator("[data-stranger]")).to_have_count(0)


async def test_after_adding_a_charger_the_dialog_waits_for_it_and_says_what_goes_wrong(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/chargers?add=1")
    page = onlooker.page
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Identity").fill("NEW-1")
    await dialog.get_by_label("Password", exact=False).first.fill("the-right-one")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog).to_contain_text("Waiting for it to connect")
    with pytest.raises(InvalidStatus):
        await dial(voltaro_server, "NEW-1")
    await expect(dialog.locator("[data-attempt=password_missing]")).to_contain_text("sent none")
    async with dial(voltaro_server, "NEW-1", password="the-right-one") as charger:
        assert await boot(charger) == "Accepted"
        await expect(dialog).to_contain_text("It is connected")
    assert await violations(page) == []

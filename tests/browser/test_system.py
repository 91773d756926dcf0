"""The system page: health with what to do, figures, settings for administrators, and the bundle for whoever helps."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look, Plug
from tests.running import RunningServer
from voltaro import __version__

expect.set_options(timeout=20_000)


async def test_an_administrator_sees_how_the_server_stands_and_saves_a_bundle(look: Look, plug: Plug, tmp_path: Path) -> None:
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/system")
    await expect(page.get_by_role("main")).to_contain_text(f"Voltaro {__version__}")
    await expect(page.locator("[data-check='database']")).to_have_attribute("data-state", "well")
    injected = page.locator("[data-check='fault_injection']")
    await expect(injected).to_contain_text("switch it off where money is earned")
    await expect(page.get_by_role("region", name="Tables")).to_contain_text("meter_values")
    await expect(page.locator("[data-setting='fault_injection']")).to_contain_text("flag --fault-injection")
    await expect(page.locator("[data-setting='heartbeat_s']")).to_have_count(0)
    await page.get_by_label("also those that are as they come").check()
    await expect(page.locator("[data-setting='heartbeat_s']")).to_contain_text("300")
    await expect(page.locator("[data-setting='admin_token']")).to_contain_text("***")
    await expect(page.get_by_role("img", name="Messages in: now")).to_be_visible()
    assert await violations(page) == []
    async with page.expect_download() as awaited:
        await page.get_by_role("button", name="Support bundle").click()
    saved = tmp_path / "bundle.zip"
    await (await awaited.value).save_as(saved)
    assert "system.json" in zipfile.ZipFile(saved).namelist()


async def test_a_viewer_sees_health_on_a_phone_and_no_settings(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look(width=390, height=844, color_scheme="dark")
    page = onlooker.page
    await onlooker.sign_in("vera", at="/system")
    await expect(page.locator("[data-check='database']")).to_contain_text("Well")
    await expect(page.get_by_role("region", name="Settings")).to_have_count(0)
    await expect(page.get_by_role("button", name="Support bundle")).to_have_count(0)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_page_speaks_german(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await onlooker.page.evaluate("localStorage.setItem('voltaro.language', 'de')")
    await onlooker.open("/system")
    await expect(onlooker.page.locator("[data-check='fault_injection']")).to_contain_text("wo Geld verdient wird")
    await expect(onlooker.page.get_by_role("region", name="Datenbank")).to_contain_text("Hin und zurück")

"""The actors page: the tree, what has befallen it, and how soon actors served again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look, Plug
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_recovery_times_are_plotted_by_kind(look: Look, voltaro_server: RunningServer, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/actors")
    await expect(page.get_by_text("Every connected charger has an actor of its own")).to_be_visible()
    await page.get_by_role("button", name="Crash it: charger/CP1", exact=True).click()
    plot = page.get_by_role("region", name="Recovery times")
    await expect(plot.locator("[data-recoveries='crash']")).to_be_visible()
    await voltaro_server.api("POST", "/api/v1/faults", {"target": "registry", "kind": "base_exception"})
    await expect(plot.locator("[data-recoveries='base_exception']")).to_be_visible()
    await expect(plot.locator(".plot path")).to_have_count(2)
    await plot.get_by_role("button", name="Show every one as a table").click()
    await expect(plot.get_by_role("region", name="Every recovery")).to_contain_text("charger/CP1")
    assert await violations(page) == []


async def test_only_those_that_crashed_are_listed_and_searched(look: Look, voltaro_server: RunningServer, plug: Plug) -> None:
    for identity in ("CP1", "CP2"):
        await plug(identity)
    await voltaro_server.api("POST", "/api/v1/faults", {"target": "charger/CP2", "kind": "crash"})
    onlooker = await look(width=390, height=844, color_scheme="dark")
    page = onlooker.page
    await onlooker.sign_in(at="/actors")
    await expect(page.locator("[data-actor='charger/CP1']")).to_be_visible()
    await page.get_by_label("Only those that crashed").check()
    await expect(page.locator("[data-actor='charger/CP1']")).to_have_count(0)
    await expect(page.locator("[data-actor='charger/CP2']")).to_be_visible()
    await page.get_by_label("Search actors").fill("CP1")
    await expect(page.get_by_text("No actor fits.")).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_chaos_strikes_until_it_is_switched_off(look: Look, voltaro_server: RunningServer, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look()
    page = onlooker.page
    await onlooker.sign_in(at="/actors")
    await page.get_by_label("Chaos").check()
    await expect(page.locator("[data-fault]").first).to_be_visible()
    await page.get_by_label("Chaos").uncheck()
    await expect(page.locator("[data-fault][data-over='true']").first).to_be_visible()


async def test_a_viewer_crashes_nobody(look: Look, voltaro_server: RunningServer, plug: Plug) -> None:
    await plug("CP1")
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera", at="/actors")
    await expect(onlooker.page.locator("[data-actor='charger/CP1']")).to_be_visible()
    await expect(onlooker.page.get_by_role("button", name="Crash")).to_have_count(0)
    await expect(onlooker.page.get_by_label("Chaos")).to_have_count(0)

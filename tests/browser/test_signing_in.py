"""Signing in from elsewhere, as a person does: by the button of the sign-in page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.conftest import Onlooker
from tests.running import running_server
from tests.web.identity import CLIENT, SECRET, identity_provider

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("passwords", [True, False], ids=["with passwords", "without"])
async def test_one_signs_in_by_the_button(browser: Browser, database_url: str, tmp_path: Path, passwords: bool) -> None:
    async with identity_provider() as provider:
        flags = (
            "--oidc-issuer",
            provider.url,
            "--oidc-client-id",
            CLIENT,
            "--oidc-client-secret",
            SECRET,
            "--oidc-role-map",
            "ops=operator",
        )
        more = ("--oidc-label", "Our house", *(() if passwords else ("--no-password-login",)))
        async with running_server(database_url, tmp_path, *flags, *more) as server:
            context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US", color_scheme="dark")
            window = Onlooker(await context.new_page(), server)
            window.page.on("console", window.heard)
            await window.open("/")
            button = window.page.get_by_role("link", name="Our house")
            await expect(button).to_be_visible()
            await expect(window.page.get_by_label("Password")).to_have_count(int(passwords))
            assert await violations(window.page) == []
            await button.click()
            await expect(window.page.get_by_role("heading", name="Overview")).to_be_visible()
            await window.open("/account")
            await expect(window.page.get_by_text("your password is kept there")).to_be_visible()
            await expect(window.page.locator("[data-login]")).to_contain_text("Single sign-on")
            assert window.complaints == []
            await context.close()

"""The pages of people: users, drivers, tokens, the audit, one's own account, and signing in from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look, Onlooker
from tests.running import RunningServer

expect.set_options(timeout=20_000)

DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"width": 390, "height": 844, "color_scheme": "dark"}
WINDOWS = pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
NASTY = '<img src=x onerror="alert(1)">'


async def fits(page: Page) -> None:
    """Nothing that axe finds, and no sideways scrolling."""
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def opened(look: Look, window: dict[str, Any], path: str) -> Onlooker:
    onlooker = await look(**window)
    await onlooker.sign_in(at=path)
    return onlooker


@WINDOWS
async def test_somebody_is_let_in_given_another_role_and_disabled(
    look: Look, voltaro_server: RunningServer, window: dict[str, Any]
) -> None:
    onlooker = await opened(look, window, "/users")
    page = onlooker.page
    await expect(page.get_by_role("link", name="ada")).to_be_visible()
    await fits(page)
    await page.get_by_role("button", name="Let somebody in").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("otto")
    await dialog.get_by_label("Password").fill("otto-otto-otto")
    await dialog.get_by_role("button", name="Let in").click()
    await expect(page.locator(".notices")).to_contain_text("everybody tries first")
    onlooker.complaints.clear()  # the refusal, which is what was tried
    await dialog.get_by_label("Password").fill(PASSWORD)
    await fits(page)
    await dialog.get_by_role("button", name="Let in").click()
    await expect(page.get_by_role("heading", name="otto")).to_be_visible()
    await page.get_by_label(re.compile("Viewer")).check()
    await expect(page.locator(".title-line")).to_contain_text("Viewer")
    await fits(page)
    theirs = await look(**window)
    await theirs.sign_in("otto")
    await page.reload()
    await expect(page.locator("[data-login]")).to_have_count(1)
    await page.get_by_role("button", name="Disable").click()
    await expect(page.locator("[data-login]")).to_have_count(0)
    await expect(theirs.page.get_by_role("button", name="Sign in")).to_be_visible()
    theirs.complaints.clear()  # what it asked for after that was refused, as it must be
    users = {user["name"]: user for user in (await voltaro_server.api("GET", "/api/v1/users"))["items"]}
    assert (users["otto"]["role"], users["otto"]["disabled"]) == ("viewer", True)


@WINDOWS
async def test_a_token_is_made_shown_once_and_revoked(look: Look, voltaro_server: RunningServer, window: dict[str, Any]) -> None:
    page = (await opened(look, window, "/tokens")).page
    await expect(page.get_by_text("No tokens yet")).to_be_visible()
    await page.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("billing")
    await expect(dialog.get_by_role("button", name="Make it")).to_be_disabled()
    await dialog.get_by_label("See sessions and meter values").check()
    await dialog.get_by_label("Good for").select_option("30")
    await fits(page)
    await dialog.get_by_role("button", name="Make it").click()
    secret = await dialog.locator("[data-secret]").inner_text()
    told = await voltaro_server.api("GET", "/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert (told["name"], told["scopes"]) == ("token:billing", ["sessions:read"])
    await fits(page)
    await dialog.get_by_role("button", name="I have it").click()
    row = page.locator("[data-token=billing]")
    await expect(row).to_contain_text("made by ada")
    assert secret not in await page.content()
    await fits(page)
    await row.get_by_role("button", name="Revoke billing").click()
    await row.get_by_role("button", name="Really revoke it?").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Revoked").click()
    await expect(row).to_contain_text("Revoked on")
    assert page.url.endswith("state=revoked")


@WINDOWS
async def test_the_audit_is_filtered_and_shows_what_was_before_and_after(
    look: Look, voltaro_server: RunningServer, window: dict[str, Any]
) -> None:
    await voltaro_server.api("PATCH", "/api/v1/tags/BROWSERTAG", {"status": "blocked", "note": NASTY})
    page = (await opened(look, window, "/audit")).page
    await page.get_by_label("What", exact=True).fill("tag.")
    await page.get_by_label("What", exact=True).press("Enter")
    await expect(page.locator("[data-deed]")).to_have_count(2)
    assert "action=tag." in page.url
    deed = page.locator("[data-deed='tag.changed']")
    await deed.locator("summary").click()
    await expect(deed.locator("del")).to_have_text("accepted")
    await expect(deed.locator("ins")).to_have_text(["blocked", NASTY])
    await fits(page)
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV", exact=True).click()
    text = (await (await saved.value).path()).read_text()
    assert [line.split(",")[3] for line in text.splitlines()] == ["action", "tag.changed", "tag.added"]
    await page.get_by_label("To what").fill("nothing of that name")
    await page.get_by_label("To what").press("Enter")
    await expect(page.get_by_text("Nothing fits")).to_be_visible()
    await fits(page)
    await page.get_by_role("button", name="Everything").click()
    await expect(page.locator("[data-deed='login.opened']").first).to_be_visible()


@WINDOWS
async def test_the_audit_is_read_from_either_end(look: Look, voltaro_server: RunningServer, window: dict[str, Any]) -> None:
    for number in range(60):
        await voltaro_server.api("PATCH", "/api/v1/tags/BROWSERTAG", {"note": f"note {number}"})
    page = (await opened(look, window, "/audit?action=tag.")).page
    deeds = page.locator("[data-deed]")
    await expect(deeds).to_have_count(50)
    await expect(deeds.first).to_have_attribute("data-deed", "tag.changed")
    await page.get_by_label("Order").select_option("Oldest first")
    await expect(deeds.first).to_have_attribute("data-deed", "tag.added")
    assert "sort=at" in page.url
    await fits(page)
    await page.get_by_role("button", name="Newer ones").click()
    await expect(deeds).to_have_count(61)
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV", exact=True).click()
    lines = (await (await saved.value).path()).read_text().splitlines()
    assert lines[1].split(",")[3] == "tag.added"


async def test_tokens_come_in_pages(look: Look, voltaro_server: RunningServer) -> None:
    for number in range(102):
        await voltaro_server.api("POST", "/api/v1/tokens", {"name": f"program {number}", "scopes": ["tags:read"]})
    page = (await opened(look, DESK, "/tokens")).page
    rows = page.locator("[data-token]")
    await expect(rows).to_have_count(100)
    await page.get_by_role("button", name="More tokens").click()
    await expect(rows).to_have_count(102)
    await expect(rows.last).to_have_attribute("data-token", "program 0")


@WINDOWS
async def test_a_driver_is_added_given_a_tag_disabled_and_removed(
    look: Look, voltaro_server: RunningServer, window: dict[str, Any]
) -> None:
    page = (await opened(look, window, "/drivers")).page
    await expect(page.get_by_text("No drivers yet")).to_be_visible()
    await fits(page)
    await page.get_by_role("button", name="Add a driver").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(NASTY)
    await dialog.get_by_label("E-mail").fill("dora@example.org")
    await fits(page)
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", name=NASTY)).to_be_visible()
    await page.get_by_label("Give them a tag that is known").fill("BROWSERTAG")
    await page.get_by_role("button", name="Give", exact=True).click()
    await expect(page.locator("[data-tag=BROWSERTAG]")).to_be_visible()
    await page.get_by_role("button", name="Disable").click()
    await expect(page.get_by_text("their tags do not charge")).to_be_visible()
    await fits(page)
    assert (await voltaro_server.api("GET", "/api/v1/tags/BROWSERTAG"))["driver_disabled"] is True
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("Dora")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Dora")).to_be_visible()
    await page.get_by_role("button", name="Remove").click()
    await page.get_by_role("button", name="Really remove?").click()
    await expect(page.get_by_text("No drivers yet")).to_be_visible()
    assert (await voltaro_server.api("GET", "/api/v1/tags/BROWSERTAG"))["user_id"] is None


async def test_drivers_are_imported_after_a_look(look: Look) -> None:
    page = (await opened(look, DESK, "/drivers")).page
    await page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    chooser = dialog.locator("input[type=file]")
    await chooser.set_input_files({"name": "wrong.csv", "mimeType": "text/csv", "buffer": b"name,email\nDora,nowhere\nOtto,\n"})
    await expect(dialog).to_contain_text("Line 2, email: is not written as it has to be")
    await expect(dialog).to_contain_text("Nothing is imported before it is right")
    await expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    await chooser.set_input_files({"name": "right.ndjson", "mimeType": "", "buffer": b'{"name": "Dora"}\n{"name": "Otto"}\n'})
    await expect(dialog).to_contain_text("2 are new")
    await dialog.get_by_role("button", name="Import 2 lines").click()
    await expect(page.locator("[data-driver]")).to_have_count(2)
    await page.get_by_label("Search drivers").fill("ott")
    await expect(page.locator("[data-driver]")).to_have_count(1)


@WINDOWS
async def test_one_changes_ones_password_and_the_other_browser_is_out(look: Look, window: dict[str, Any]) -> None:
    other = await look()
    await other.sign_in()
    page = (await opened(look, window, "/account")).page
    await expect(page.locator("[data-login]")).to_have_count(2)
    await fits(page)
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_label("New password", exact=False).first.fill("another long password")
    await page.get_by_label("New password again").fill("another long password")
    await page.get_by_role("button", name="Change it").click()
    await expect(page.locator(".notices")).to_contain_text("all other sign-ins have ended")
    await expect(page.locator("[data-login]")).to_have_count(1)
    await expect(other.page.get_by_role("button", name="Sign in")).to_be_visible()
    other.complaints.clear()  # what it asked for after that was refused, as it must be
    await page.reload()
    await expect(page.get_by_role("heading", name="My account")).to_be_visible()


async def test_a_viewer_sees_what_a_viewer_may(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    await voltaro_server.api("POST", "/api/v1/drivers", {"name": "Dora"})
    onlooker = await look()
    await onlooker.sign_in("vera")
    menu = onlooker.page.get_by_role("navigation", name="Main")
    await expect(menu.get_by_role("link", name="Drivers")).to_be_visible()
    for word in ("Users", "Tokens", "Audit"):
        await expect(menu.get_by_role("link", name=word)).to_have_count(0)
    await menu.get_by_role("link", name="Drivers").click()
    await onlooker.page.get_by_role("link", name="Dora").click()
    await expect(onlooker.page.get_by_role("heading", name="Dora")).to_be_visible()
    for word in ("Edit", "Disable", "Remove", "Give"):
        await expect(onlooker.page.get_by_role("button", name=word)).to_have_count(0)


async def test_whoever_comes_by_a_link_chooses_a_password(look: Look, voltaro_server: RunningServer) -> None:
    """``serve`` printed the link, because nobody could sign in when it started."""
    [line] = [line for line in voltaro_server.log if "this link makes you admin" in line]
    onlooker = await look()
    await onlooker.page.goto(line.rpartition(" ")[2])
    await expect(onlooker.page.get_by_role("heading", name="Overview")).to_be_visible()
    await onlooker.open("/account")
    await expect(onlooker.page.get_by_text("You came by a one-time link")).to_be_visible()
    await onlooker.page.get_by_label("New password", exact=False).first.fill("a first long password")
    await onlooker.page.get_by_label("New password again").fill("a first long password")
    await onlooker.page.get_by_role("button", name="Set it").click()
    await expect(onlooker.page.get_by_label("Current password")).to_be_visible()
    again = await look()
    await again.sign_in("admin", "a first long password")


async def test_what_is_injected_does_nothing_and_is_reported(browser: Browser, voltaro_server: RunningServer) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => (window.breaches ??= []).push(event.effectiveDirective))"
    )
    await page.goto(voltaro_server.http_url)
    await page.get_by_role("button", name="Sign in").wait_for()
    assert await page.evaluate("window.breaches") is None
    done = await page.evaluate(
        """() => {
          const failed = [];
          const attempt = (word, act) => { try { act(); } catch (error) { failed.push(`${word}: ${error.name}`); } };
          const div = document.body.appendChild(document.createElement("div"));
          attempt("innerHTML", () => (div.innerHTML = "<img src=x onerror='window.owned = 1'>"));
          attempt("insertAdjacentHTML", () => div.insertAdjacentHTML("beforeend", "<b>x</b>"));
          attempt("document.write", () => document.write("<script>window.owned = 1</scr" + "ipt>"));
          attempt("script.src", () => (document.createElement("script").src = "/ui/app/main.js"));
          attempt("a second policy", () => trustedTypes.createPolicy("mine", { createHTML: (text) => text }));
          attempt("the same policy", () => trustedTypes.createPolicy("voltaro", { createHTML: (text) => text }));
          attempt("a worker", () => new Worker("/ui/app/main.js"));
          const script = document.createElement("script");
          attempt("script.text", () => (script.text = "window.owned = 1"));
          attempt("a handler", () => div.setAttribute("onclick", "window.owned = 1"));
          div.click();
          const link = document.createElement("a");
          link.href = "javascript:window.owned = 1";
          document.body.append(link);
          link.click();
          return { failed, inside: div.childNodes.length };
        }"""
    )
    refused = [
        "innerHTML",
        "insertAdjacentHTML",
        "document.write",
        "script.src",
        "a second policy",
        "the same policy",
        "a worker",
        "script.text",
        "a handler",
    ]
    assert done == {"failed": [f"{word}: TypeError" for word in refused], "inside": 0}
    # From a callback, as the page's own script: what a debugger evaluates is not bound by the policy.
    await page.evaluate("setTimeout(() => { try { eval('window.owned = 1'); } catch (error) { window.refused = error.name; } }, 0)")
    await page.wait_for_function("window.refused")
    assert await page.evaluate("window.owned") is None
    assert await page.evaluate("window.breaches.includes('require-trusted-types-for')")
    await context.close()


async def test_the_role_chosen_for_somebody_new_stays_chosen_in_every_language(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/users")
    page = onlooker.page
    await page.get_by_role("button", name="Let somebody in").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Viewer").check()
    for language, title in (("de", "Benutzer hinzufügen"), ("en", "Let somebody in")):
        await page.evaluate("(one) => import('app/languages.js').then(({ chooseLanguage }) => chooseLanguage(one))", language)
        await expect(dialog.get_by_role("heading", name=title)).to_be_visible()
    await dialog.get_by_label("Name").fill("vera")
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Let in").click()
    await expect(page.get_by_role("heading", name="vera")).to_be_visible()
    assert {user["name"]: user["role"] for user in (await voltaro_server.api("GET", "/api/v1/users"))["items"]}["vera"] == "viewer"

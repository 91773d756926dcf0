"""What is typed and not sent yet: a sign-in that ends, a click beside a dialog, or what others do take nothing of it away."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Look, Onlooker
from tests.running import RunningServer

expect.set_options(timeout=20_000)
WINDOWS = pytest.mark.parametrize("window", [{}, {"width": 390, "height": 844, "color_scheme": "dark"}], ids=["desk", "phone"])
ENDED = "dialog.sign-in-again"


async def end_sign_ins(server: RunningServer, name: str = "ada") -> None:
    """As an administrator does who takes somebody's sign-ins away, or the clock does after some hours."""
    users = (await server.api("GET", "/api/v1/users"))["items"]
    await server.api("DELETE", f"/api/v1/users/{next(user['id'] for user in users if user['name'] == name)}/logins")


async def half_typed_tag(onlooker: Onlooker) -> Page:
    """A dialog with a tag that is typed and not sent yet."""
    page = onlooker.page
    await page.get_by_role("button", name="Add a tag").click()
    await page.get_by_role("dialog").locator("input[name=id_tag]").fill("HALF-TYPED")
    return page


async def sign_in_again(page: Page, password: str = PASSWORD) -> None:
    """Over the page whose sign-in has ended."""
    await page.locator(ENDED).get_by_label("Password").fill(password)
    await page.locator(ENDED).get_by_role("button", name="Sign in").click()


def forgive(onlooker: Onlooker) -> None:
    """Nobody is signed in for a while, and the browser says so of each request and of the stream."""
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "401" not in complaint]


@WINDOWS
async def test_what_is_half_typed_waits_for_the_next_sign_in(look: Look, voltaro_server: RunningServer, window: dict[str, Any]) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in(at="/tags")
    page = await half_typed_tag(onlooker)
    await end_sign_ins(voltaro_server)
    await expect(page.locator(ENDED)).to_be_visible()
    await expect(page.get_by_role("heading", name="Tags", exact=True)).to_have_count(0)
    await expect(page.locator("input[name=id_tag]")).to_be_hidden()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page.locator("input[name=name]")).to_have_value("ada")
    await sign_in_again(page, "a-wrong-password")
    await expect(page.get_by_text("do not fit together")).to_be_visible()
    await sign_in_again(page)
    field = page.locator("input[name=id_tag]")
    await expect(field).to_have_value("HALF-TYPED")
    await expect(field).to_be_focused()
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("[data-tag=HALF-TYPED]")).to_be_visible()
    forgive(onlooker)


async def test_a_sign_in_is_one_for_all_tabs(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = await half_typed_tag(onlooker)
    other = await page.context.new_page()
    await other.goto(f"{voltaro_server.http_url}/sessions")
    await expect(other.locator(".pill")).to_have_text("Live")
    await end_sign_ins(voltaro_server)
    await expect(other.locator(ENDED)).to_be_visible()
    await expect(page.locator(ENDED)).to_be_visible()
    await sign_in_again(other)
    await expect(other.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    await expect(page.locator("input[name=id_tag]")).to_have_value("HALF-TYPED")
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("[data-tag=HALF-TYPED]")).to_be_visible()
    forgive(onlooker)


async def test_what_was_refused_for_want_of_a_sign_in_is_read_after_the_next_one(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    await page.route("**/api/v1/me/logins*", lambda route: route.fulfill(status=401, json={"title": "Nobody is signed in."}), times=1)
    await onlooker.open("/account")
    await sign_in_again(page)
    await expect(page.locator(ENDED)).to_have_count(0)
    await expect(page.locator("[data-login]")).not_to_have_count(0)
    forgive(onlooker)


async def test_a_password_that_is_changed_in_one_tab_leaves_the_others_able_to_act(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = await half_typed_tag(onlooker)
    other = await page.context.new_page()
    await other.goto(f"{voltaro_server.http_url}/account")
    await other.get_by_label("Current password").fill(PASSWORD)
    await other.locator("input[name=new]").fill("another-password")
    await other.locator("input[name=again]").fill("another-password")
    await other.get_by_role("button", name="Change it").click()
    await expect(other.locator(".notices")).to_contain_text("Your password is changed")
    await expect(page.locator(ENDED)).to_have_count(0)
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("[data-tag=HALF-TYPED]")).to_be_visible()
    forgive(onlooker)


async def test_whoever_signs_in_with_another_role_gets_pages_of_their_own(look: Look, voltaro_server: RunningServer) -> None:
    user = await voltaro_server.api("POST", "/api/v1/users", {"name": "otto", "role": "operator", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("otto", at="/tags")
    page = await half_typed_tag(onlooker)
    await voltaro_server.api("PATCH", f"/api/v1/users/{user['id']}", {"role": "viewer"}, {"If-Match": f'"{user["version"]}"'})
    await expect(page.locator(ENDED)).to_be_visible()
    await sign_in_again(page)
    await expect(page.get_by_role("button", name=re.compile("^otto"))).to_contain_text("Viewer")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Add a tag")).to_have_count(0)
    forgive(onlooker)


async def test_whoever_signs_out_leaves_no_page_in_any_tab(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = await half_typed_tag(onlooker)
    other = await page.context.new_page()
    await other.goto(f"{voltaro_server.http_url}/sessions")
    await other.get_by_role("button", name="ada: preferences").click()
    await other.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("Sign in to see and steer")).to_be_visible()
    await expect(page.locator("input[name=id_tag]")).to_have_count(0)
    forgive(onlooker)


@WINDOWS
async def test_why_a_dialog_is_refused_is_said_within_it(look: Look, voltaro_server: RunningServer, window: dict[str, Any]) -> None:
    await voltaro_server.api("POST", "/api/v1/tags", {"id_tag": "HALF-TYPED"})
    onlooker = await look(**window)
    await onlooker.sign_in(at="/tags")
    page = await half_typed_tag(onlooker)
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    refusal = page.get_by_role("dialog").get_by_text("is known already")
    await expect(refusal).to_be_in_viewport(ratio=1)
    assert await refusal.evaluate(
        """(said) => {
          const { left, top, width, height } = said.getBoundingClientRect();
          return said.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        }"""
    )
    assert await violations(page) == []
    await page.get_by_role("dialog").locator("input[name=id_tag]").fill("ANOTHER")
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator(".notices")).to_contain_text("ANOTHER is a tag now")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "409" not in complaint]


async def test_the_keys_go_on_where_a_dialog_was_opened(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    opener = page.get_by_role("button", name="Add a tag")
    for ending in ("Escape", "Cancel", "Add"):
        await opener.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("input[name=id_tag]")).to_be_focused()
        if ending == "Escape":
            await page.keyboard.press("Escape")
        elif ending == "Cancel":
            await page.get_by_role("dialog").get_by_role("button", name="Cancel").press("Enter")
        else:
            await page.keyboard.type("HALF-TYPED")
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(opener).to_be_focused()
    row = page.locator("[data-tag=HALF-TYPED]")
    await row.get_by_role("button", name="Delete").press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(row).to_have_count(0)
    await expect(page.locator("#main")).to_be_focused()


async def test_the_page_of_a_charger_that_somebody_removes_says_so(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP7"})
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP7?tab=notes")
    page = onlooker.page
    await expect(page.get_by_role("heading", name="CP7")).to_be_visible()
    await expect(page.locator(".pill")).to_have_text("Live")
    await voltaro_server.api("DELETE", "/api/v1/chargers/CP7")
    await expect(page.get_by_text("No charger is called CP7")).to_be_visible()
    await voltaro_server.api("POST", "/api/v1/chargers", {"id": "CP7"})
    await expect(page.get_by_role("heading", name="CP7", exact=True)).to_be_visible()
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "404" not in complaint]


@pytest.mark.parametrize("kind", ["drivers", "sites"])
async def test_what_another_has_changed_meanwhile_is_overwritten_only_by_who_wants_it(
    kind: str, look: Look, voltaro_server: RunningServer
) -> None:
    item = await voltaro_server.api("POST", f"/api/v1/{kind}", {"name": "Dora"})
    address = f"/api/v1/{kind}/{item['id']}"
    onlooker = await look()
    await onlooker.sign_in(at=f"/{kind}/{item['id']}")
    page = onlooker.page
    await page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("half typed")
    async with page.expect_response(lambda answer: "/api/v1/" in answer.url) if kind == "sites" else contextlib.nullcontext():
        await voltaro_server.api("PATCH", address, {"name": "Dorothea"}, {"If-Match": f'"{item["version"]}"'})
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Somebody else has changed this")).to_be_visible()
    await expect(dialog.get_by_label("Note")).to_have_value("half typed")
    assert (await voltaro_server.api("GET", address))["name"] == "Dorothea"
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    told = await voltaro_server.api("GET", address)
    assert (told["name"], told["note"]) == ("Dora", "half typed")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "412" not in complaint]


async def test_a_click_beside_a_dialog_closes_it_unless_something_was_typed(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    page, dialog = onlooker.page, onlooker.page.get_by_role("dialog")
    await page.get_by_role("button", name="Add a tag").click()
    await expect(dialog).to_be_visible()
    await page.mouse.click(5, 5)
    await expect(dialog).to_have_count(0)
    await half_typed_tag(onlooker)
    await page.mouse.click(5, 5)
    await expect(dialog.locator("input[name=id_tag]")).to_have_value("HALF-TYPED")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

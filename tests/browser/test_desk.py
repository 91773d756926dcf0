"""What an operator decides on the dashboard of sessions and frames that could not be handled by themselves."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import TAG, Look
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)

START = {"connectorId": 1, "idTag": TAG, "meterStart": 1000, "timestamp": "2026-06-01T10:00:00Z"}
STRAY = {"transactionId": -1, "meterStop": 6000, "timestamp": "2026-06-01T11:00:00Z"}


async def test_an_unresolved_stop_is_assigned_to_its_session_and_another_is_discarded(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await onlooker.page.get_by_role("navigation", name="Main").get_by_role("link", name="Sessions").click()
    await onlooker.page.get_by_role("link", name="Unresolved").click()
    await expect(onlooker.page.get_by_text("Everything is explained")).to_be_visible()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        assert (await ask(socket, "StartTransaction", START))[0] == 3
        assert (await ask(socket, "StopTransaction", STRAY))[0] == 3
        assert (await ask(socket, "StopTransaction", {**STRAY, "meterStop": 7000}))[0] == 3
    running, stray, twin = (await voltaro_server.api("GET", "/api/v1/sessions"))["items"][::-1]
    row = onlooker.page.locator(f"[data-session='{stray['id']}']")
    await row.get_by_role("button", name="Assign").click()
    dialog = onlooker.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("nobody has started here")
    await dialog.get_by_label("It belongs to").select_option(str(running["id"]))
    await dialog.get_by_label("Reason").fill("the same car")
    await dialog.get_by_role("button", name="Assign").click()
    await expect(onlooker.page.locator(".notices")).to_contain_text(f"belongs to session {running['id']}")
    other = onlooker.page.locator(f"[data-session='{twin['id']}']")
    await other.get_by_role("button", name="Discard").click()
    await onlooker.page.get_by_role("dialog").get_by_label("Reason").fill("sent twice")
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(other).to_have_count(0)
    shown = {session["id"]: session for session in (await voltaro_server.api("GET", "/api/v1/sessions"))["items"]}
    assert (shown[running["id"]]["state"], shown[running["id"]]["energy_wh"]) == ("ended", stray["meter_stop_wh"] - 1000)
    assert (shown[stray["id"]]["assigned_to"], shown[stray["id"]]["resolved_by"]) == (running["id"], "ada")
    assert (shown[twin["id"]]["state"], shown[twin["id"]]["resolved_reason"]) == ("discarded", "sent twice")
    await onlooker.open(f"/sessions/{stray['id']}")
    await expect(onlooker.page.get_by_label("Facts").get_by_text("the same car")).to_be_visible()
    await expect(onlooker.page.get_by_role("link", name=f"Session {running['id']}", exact=True)).to_be_visible()


async def test_an_open_session_is_closed_from_its_page(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        assert (await ask(socket, "StartTransaction", START))[0] == 3
    onlooker = await look()
    await onlooker.sign_in(at="/sessions/1")
    await onlooker.page.get_by_role("main").get_by_role("button", name="Close").click()
    dialog = onlooker.page.get_by_role("dialog")
    await dialog.get_by_label("Meter at the end").fill("3000")
    await dialog.get_by_role("button", name="Close", exact=True).last.click()
    await expect(onlooker.page.locator(".title-line")).to_contain_text("Ended")
    await expect(onlooker.page.get_by_text("closed by operator")).to_be_visible()
    assert (await voltaro_server.api("GET", "/api/v1/sessions/1"))["energy_wh"] == 2000


async def test_a_dead_letter_appears_is_handed_over_again_and_discarded(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await onlooker.page.get_by_role("navigation", name="Main").get_by_role("link", name="Dead letters").click()
    await expect(onlooker.page.get_by_text("None here")).to_be_visible()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        for number in range(2):
            assert (await ask(socket, "StartTransaction", {**START, "meterStart": "many"}, f"m{number}"))[0] == 3
    letter = onlooker.page.locator("[data-letter]")
    await expect(letter).to_have_count(1)
    await onlooker.open("/chargers/CP1")
    await expect(letter).to_contain_text("2 times")
    await letter.get_by_role("button", name="Hand over again").click()
    await expect(onlooker.page.locator(".notices")).to_contain_text("failed again")
    await letter.get_by_role("button", name="Discard").click()
    await onlooker.page.get_by_role("dialog").get_by_label("Reason").fill("a lab charger")
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(letter).to_have_attribute("data-state", "discarded")
    (frame,) = (await voltaro_server.api("GET", "/api/v1/dead-letters"))["items"]
    assert (frame["state"], frame["outcome"], frame["attempts"], frame["count"]) == ("discarded", "a lab charger", 1, 2)

"""Sessions on the dashboard: the list with its filters and sums, one with its plot and end, the inbox of what nobody could explain."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import TAG, Look, windowed
from tests.browser.telling import OCMF, Teller
from tests.e2e.talking import ask, asked, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)

DESK = {"width": 1280, "color_scheme": "light"}
PHONE = {"width": 390, "height": 844, "color_scheme": "dark"}


async def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@windowed
async def told(voltaro_server: RunningServer) -> AsyncIterator[RunningServer]:
    """Session 1 is over and was measured, session 2 runs, sessions 3 and 4 are ends without a start."""
    async with dial(voltaro_server, "CP1") as first, dial(voltaro_server, "CP2") as second:
        assert await boot(first) == "Accepted"
        assert await boot(second) == "Accepted"
        await Teller.of_late(first).whole_session(reason="Local", idTag=TAG)
        teller = Teller.of_late(second, minutes=10)
        await teller.start(tag="STRANGER")
        for number, minute in ((99_999, 3), (-1, 4)):
            await teller.stop(number, minute, 6000)
        yield voltaro_server


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_sessions_are_filtered_sorted_and_summed_up_in_the_address(
    look: Look, told: RunningServer, window: dict[str, object]
) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in(at="/sessions")
    page = onlooker.page
    rows = page.locator("[data-session]")
    await expect(rows).to_have_count(4)
    await expect(page.locator(".totals")).to_contain_text("4 sessions")
    assert await violations(page) == []
    assert await fits(page)
    await page.get_by_role("button", name="Ended", exact=True).click()
    await expect(rows).to_have_count(1)
    await expect(page.locator(".totals [data-figure=energy]")).to_have_text("4.65 kWh")
    await expect(page.locator(".totals [data-figure=duration]")).to_have_text("31:00")
    await page.get_by_text("More filters").click()
    await page.get_by_label("At least, kWh").fill("5")
    await page.get_by_label("At least, kWh").press("Enter")
    await expect(page.get_by_text("No session fits")).to_be_visible()
    await onlooker.open("/sessions?flags=any&sort=started_at")
    await expect(rows).to_have_count(3)
    await page.reload()
    await expect(rows).to_have_count(3)
    assert [await row.get_attribute("data-session") for row in await rows.all()] == ["2", "3", "4"]
    await onlooker.open("/sessions?tag=stranger")
    await expect(rows).to_have_count(1)


async def test_the_export_is_what_the_filter_leaves(look: Look, told: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/sessions?state=unresolved&sort=started_at")
    async with onlooker.page.expect_download() as saved:
        await onlooker.page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader((await (await saved.value).path()).read_text().splitlines()))
    assert [(row["id"], row["state"]) for row in rows] == [("3", "unresolved"), ("4", "unresolved")]
    async with onlooker.page.expect_download() as saved:
        await onlooker.page.get_by_role("button", name="NDJSON").click()
    lines = (await (await saved.value).path()).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [3, 4]


async def test_a_running_session_moves_in_the_list_and_a_new_one_appears_by_itself(look: Look, told: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/sessions?state=active")
    row = onlooker.page.locator("[data-session='2']")
    await expect(row).to_contain_text("0.00 kWh")
    async with dial(told, "CP3") as socket:
        assert await boot(socket) == "Accepted"
        teller = Teller.of_late(socket, minutes=1)
        number = await teller.start()
        fresh = onlooker.page.locator("[data-session='5']")
        await expect(fresh).to_be_visible()
        await teller.measures(number, 0.5, 3000, 7000, 30)
        await expect(fresh).to_contain_text("2.00 kWh")
        await expect(fresh).to_contain_text("7.0 kW")


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_session_shows_its_plot_over_how_the_connector_stood_and_why_it_ended(
    look: Look, told: RunningServer, window: dict[str, object]
) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in(at="/sessions/1")
    page = onlooker.page
    plots = page.locator(".session-plot [data-bands='3'] canvas")
    await expect(plots).to_have_count(2)
    bands = page.locator(".bands li")
    assert [re.sub(r"\s+\d.*", "", await band.inner_text(), flags=re.DOTALL) for band in await bands.all()] == [
        "Charging",
        "Paused by car",
        "Charging",
    ]
    await expect(page.get_by_label("Why did it end?")).to_contain_text("The driver showed the same card again.")
    await expect(page.get_by_label("Before you bill it")).to_contain_text("No meter values for 16:00")
    await expect(page.get_by_label("What happened")).to_contain_text("Ended: ")
    assert await violations(page) == []
    assert await fits(page)
    await page.get_by_text("Raw frames").click()
    frames = page.locator("a[href^='/messages/']")
    await expect(frames.first).to_have_text("StartTransaction")
    await expect(frames.last).to_have_text("StopTransaction")
    await page.get_by_text("Meter values (").click()
    await page.get_by_text("Charge detail record").click()
    await expect(page.locator(".json")).to_contain_text('"total_energy": 4.65')
    assert await violations(page) == []
    assert await fits(page)
    async with page.expect_download() as saved:
        await page.get_by_label("Signed meter values").get_by_role("link", name="Data").click()
    assert (await (await saved.value).path()).read_text() == OCMF
    await frames.first.click()
    await expect(page.get_by_role("heading", name="StartTransaction")).to_be_visible()


async def test_a_session_that_was_stopped_from_here_says_by_whom_and_what_the_charger_answered(look: Look, told: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    async with dial(told, "CP3") as socket:
        assert await boot(socket) == "Accepted"
        teller = Teller.of_late(socket, minutes=1)
        number = await teller.start()
        await onlooker.open("/sessions/5")
        await page.locator("[data-do=stop]").click()
        call = await asked(socket, "RemoteStopTransaction")
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        await expect(page.locator(".stop-answers [data-command=accepted]")).to_contain_text("Accepted")
        await ask(socket, "StopTransaction", {"transactionId": number, "meterStop": 2000, "timestamp": teller.at(1), "reason": "Remote"})
        await expect(page.get_by_label("Why did it end?")).to_contain_text("ada stopped it from here.")
        await expect(page.get_by_label("What happened")).to_contain_text("ada asked for RemoteStopTransaction")


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_what_nobody_could_explain_is_decided_together(look: Look, told: RunningServer, window: dict[str, object]) -> None:
    onlooker = await look(**window)
    await onlooker.sign_in(at="/sessions/unresolved")
    page = onlooker.page
    await expect(page.locator("[data-session='3']")).to_contain_text("no start ever arrived")
    await expect(page.locator("[data-session='4']")).to_contain_text("without a number")
    assert await violations(page) == []
    assert await fits(page)
    await page.get_by_role("button", name="Choose all").click()
    await told.api("POST", "/api/v1/sessions/3/discard", {"reason": "somebody was quicker"})
    await expect(page.locator("[data-session='3']")).to_have_count(0)
    await page.get_by_role("button", name="Discard the chosen").click()
    await page.get_by_label("Reason").fill("a lab charger")
    await page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(page.get_by_text("1 session discarded")).to_be_visible()
    await expect(page.get_by_text("Everything is explained")).to_be_visible()
    assert (await told.api("GET", "/api/v1/sessions/4"))["resolved_reason"] == "a lab charger"


async def test_a_viewer_sees_sessions_and_no_button_that_changes_one(look: Look, told: RunningServer) -> None:
    await told.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": "a-password-for-tests"})
    onlooker = await look()
    await onlooker.sign_in("vera")
    page = onlooker.page
    for path, shown in {
        "/sessions/2": "Facts",
        "/sessions/unresolved": "Unresolved sessions",
        "/tags": "BROWSERTAG",
        "/dead-letters": "None here",
    }.items():
        await onlooker.open(path)
        await expect(page.get_by_role("main").get_by_text(shown).first).to_be_visible()
        changing = re.compile(r"^(Stop|Assign|Discard|Close|Block|Change|Delete|Add|Learn|Import|Choose|Hand over)\b")
        await expect(page.get_by_role("main").get_by_role("button", name=changing)).to_have_count(0)

"""What an operator sees and does on the dashboard, with a real browser, a real server and virtual chargers."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PASSWORD, TAG, Look, Onlooker, Plug
from tests.running import RunningServer, running_server
from voltaro.simulator import SimulatedCharger

expect.set_options(timeout=20_000)
PAGES = ("/", "/chargers", "/chargers?add=1", "/sessions", "/sessions/unresolved", "/dead-letters", "/tags", "/actors")
TABS = ("", "?tab=messages", "?tab=commands", "?tab=configuration", "?tab=sessions")


async def charging(charger: SimulatedCharger) -> None:
    """A driver plugs in and shows a tag; energy flows when this returns."""
    await charger.plug_in()
    assert await charger.present_tag(TAG) == "Accepted"
    await charger.wait_for("Charging")


async def mark(onlooker: Onlooker) -> None:
    """Leave a mark that a reload would wipe away."""
    await onlooker.page.evaluate("window.sameDocument = true")


async def is_marked(onlooker: Onlooker) -> bool:
    return bool(await onlooker.page.evaluate("window.sameDocument === true"))


async def test_a_wrong_password_is_told_plainly(look: Look) -> None:
    onlooker = await look()
    await onlooker.fill_in("ada", "not-" + PASSWORD)
    await expect(onlooker.page.get_by_role("alert")).to_contain_text("do not fit")


async def test_a_person_signs_in_and_out(look: Look) -> None:
    onlooker = await look()
    await onlooker.fill_in("ada", PASSWORD)
    await expect(onlooker.page.locator(".who-name")).to_contain_text("ada")
    await onlooker.page.get_by_role("button", name="ada: preferences").click()
    await onlooker.page.get_by_role("button", name="Sign out").click()
    await expect(onlooker.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_an_empty_fleet_says_where_to_point_a_charger(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await expect(onlooker.page.get_by_text("No chargers yet")).to_be_visible()
    port = voltaro_server.ocpp_url.rpartition(":")[2]
    await expect(onlooker.page.locator(".empty code").first).to_contain_text(port)


async def test_a_charger_that_connects_appears_by_itself(look: Look, plug: Plug) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await mark(onlooker)
    await plug("CP1", "ocpp2.0.1")
    await expect(onlooker.page.locator("[data-charger=CP1][data-state=available]")).to_be_visible()
    assert await is_marked(onlooker)


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_session_starts_in_a_simulator_and_the_page_shows_it_moving_without_a_reload(look: Look, plug: Plug, protocol: str) -> None:
    charger = await plug("CP1", protocol)
    onlooker = await look()
    await onlooker.sign_in()
    tile = onlooker.page.locator("[data-charger=CP1]")
    await expect(tile).to_be_visible()
    await mark(onlooker)
    await charging(charger)
    await expect(tile).to_have_attribute("data-state", "charging")
    await tile.click()
    energy = onlooker.page.locator("[data-session] [data-figure=energy]")
    await expect(energy).to_contain_text("kWh")
    await expect(energy).not_to_contain_text(re.compile(r"^0\.00"))
    before = await energy.inner_text()
    await expect(energy).not_to_have_text(before)
    await expect(onlooker.page.locator("[data-session] [data-figure=power]")).to_contain_text(re.compile(r"[1-9].*kW"))
    points = onlooker.page.locator(".chart [data-points]")
    drawn = int(await points.get_attribute("data-points") or 0)
    await expect(points).not_to_have_attribute("data-points", str(drawn))
    await expect(onlooker.page.locator(".chart canvas")).to_be_visible()
    assert await is_marked(onlooker)


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_remote_stop_is_clicked_and_the_simulator_stops(look: Look, plug: Plug, protocol: str) -> None:
    charger = await plug("CP1", protocol)
    await charging(charger)
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1")
    await onlooker.page.locator("[data-do=stop]").click()
    await charger.wait_until(lambda: charger.session() is None, "ended its session")
    await expect(onlooker.page.get_by_text("No session runs")).to_be_visible()
    await expect(onlooker.page.locator("[data-command=effective], [data-command=accepted]").first).to_contain_text("Accepted")
    await onlooker.page.get_by_role("button", name="Sessions", exact=True).click()
    await expect(onlooker.page.locator("tr[data-session]")).to_contain_text("Ended")


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_tile_charges_no_longer_when_its_session_ends_and_the_cable_stays(
    look: Look, plug: Plug, voltaro_server: RunningServer, protocol: str
) -> None:
    """In 2.x no status is sent then: the connector was occupied, and still is."""
    charger = await plug("CP1", protocol)
    onlooker = await look()
    await onlooker.sign_in()
    tile = onlooker.page.locator("[data-charger=CP1]")
    await charging(charger)
    await expect(tile).to_have_attribute("data-state", "charging")
    session = charger.session()
    assert session is not None
    await voltaro_server.api("POST", "/api/v1/chargers/CP1/stop", {"transaction_id": str(session.transaction_id)})
    await charger.wait_until(lambda: charger.session() is None, "ended its session")
    await expect(tile).to_have_attribute("data-state", "finishing" if protocol == "ocpp1.6" else "preparing")


async def test_a_start_is_clicked_and_the_simulator_charges(look: Look, plug: Plug) -> None:
    charger = await plug("CP1")
    await charger.plug_in()
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1")
    await onlooker.page.locator("[data-evse='1'] [data-do=start]").click()
    await onlooker.page.get_by_label("Tag that pays for it").fill(TAG)
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Start").click()
    await charger.wait_for("Charging")
    await expect(onlooker.page.locator("[data-session]")).to_contain_text(TAG)
    await expect(onlooker.page.locator("[data-command=effective]")).to_contain_text("effective")


async def test_any_action_is_sent_and_a_wrong_payload_is_refused_with_the_reason(look: Look, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1?tab=commands&action=GetConfiguration")
    await onlooker.page.get_by_role("button", name="Send", exact=True).click()
    answer = onlooker.page.locator("[data-command=accepted]")
    await answer.locator(".asked-line").click()
    await expect(answer).to_contain_text("configurationKey")
    await onlooker.open("/chargers/CP1?tab=commands&action=ChangeConfiguration&json=1")
    await onlooker.page.get_by_label("Payload", exact=False).fill('{"key": "SecurityProfile", "value": "9"}')
    await onlooker.page.get_by_role("button", name="Send", exact=True).click()
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Send it").click()
    await expect(onlooker.page.locator("[data-command=refused]")).to_contain_text("/value")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "422" not in complaint]


async def test_the_message_tail_moves_and_shows_call_and_answer(look: Look, plug: Plug) -> None:
    charger = await plug("CP1")
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1?tab=messages")
    await expect(onlooker.page.locator("[data-action=BootNotification]")).to_be_visible()
    await mark(onlooker)
    await charging(charger)
    meter_values = onlooker.page.locator("[data-action=MeterValues]")
    await expect(meter_values.nth(1)).to_be_visible()
    started = onlooker.page.locator("[data-action=StartTransaction]")
    await started.locator(".message-line").click()
    await expect(started).to_contain_text("transactionId")
    await expect(started).to_contain_text(TAG)
    await onlooker.page.get_by_text("All actions", exact=True).click()
    await onlooker.page.get_by_role("group", name="Actions that occur").get_by_label("BootNotification").check()
    await expect(meter_values).to_have_count(0)
    assert "action=BootNotification" in onlooker.page.url
    assert await is_marked(onlooker)


async def test_a_crashed_actor_is_shown_with_its_recovery(look: Look, plug: Plug) -> None:
    charger = await plug("CP1")
    await charging(charger)
    onlooker = await look()
    await onlooker.sign_in(at="/actors")
    row = onlooker.page.locator("[data-actor='charger/CP1']")
    await row.get_by_role("button", name="Crash it").click()
    await expect(row).to_have_attribute("data-restarts", "1")
    await expect(row).to_have_attribute("data-state", "running")
    await expect(row).to_contain_text("ms")
    await expect(onlooker.page.locator(".notices")).to_contain_text("was back after")
    assert charger.online, "a crash of its actor does not cost a charger its line"


async def test_any_fault_can_be_provoked_and_is_shown_until_it_is_over(look: Look, plug: Plug) -> None:
    charger = await plug("CP1")
    onlooker = await look()
    await onlooker.sign_in(at="/actors")
    await onlooker.page.get_by_role("button", name="Provoke a fault in charger/CP1").click()
    dialog = onlooker.page.get_by_role("dialog")
    await dialog.get_by_label("Kind").select_option("base_exception")
    await dialog.get_by_label("Point").select_option("before_write")
    await dialog.get_by_role("button", name="Provoke").click()
    row = onlooker.page.locator("[data-actor='charger/CP1']")
    await expect(row).to_contain_text("base exception provoked at before_write")
    await expect(onlooker.page.locator("[data-fault=base_exception]")).to_contain_text("waits for its point")
    await charging(charger)
    await expect(onlooker.page.locator("[data-fault=base_exception][data-over=true]")).to_contain_text("served again after")
    await expect(row).to_have_attribute("data-restarts", "1")
    await expect(row).not_to_contain_text("base exception provoked")
    await onlooker.page.get_by_role("button", name="Provoke a fault in supervisor", exact=True).click()
    await onlooker.page.get_by_role("dialog").get_by_label("Point").select_option("restart")
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert charger.online


async def test_a_restart_of_the_server_is_shown_and_the_page_goes_on_by_itself(
    look: Look, database_url: str, tmp_path: Path, plug: Plug
) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    await plug("CP1")
    pill = onlooker.page.locator(".pill")
    await expect(onlooker.page.locator("[data-charger=CP1][data-state=available]")).to_be_visible()
    await mark(onlooker)
    port = onlooker.server.http_url.rpartition(":")[2]
    assert await onlooker.server.stop() == 0
    await expect(pill).to_have_text(re.compile("Reconnecting|Stale since"))
    async with running_server(database_url, tmp_path, "--http-port", port):
        await expect(pill).to_have_text("Live")
        await expect(onlooker.page.locator("[data-charger=CP1][data-state=offline]")).to_be_visible()
        assert await is_marked(onlooker)
        await onlooker.page.goto("about:blank")
    onlooker.complaints = [complaint for complaint in onlooker.complaints if "ERR_" not in complaint]


async def test_a_charger_is_added_and_its_password_is_shown_once(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/chargers?add=1")
    await onlooker.page.get_by_label("Identity").fill("NEW-1")
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Add").click()
    dialog = onlooker.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("/NEW-1")
    await expect(dialog).to_contain_text("shown only now")
    charger = await voltaro_server.api("GET", "/api/v1/chargers/NEW-1")
    assert "password" not in charger
    await onlooker.page.get_by_role("dialog").get_by_role("link", name="Go to the charger").click()
    await expect(onlooker.page.get_by_role("heading", name="NEW-1")).to_be_visible()


async def test_a_tag_is_added_blocked_and_deleted(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    await onlooker.page.get_by_role("button", name="Add a tag").click()
    await onlooker.page.get_by_label("Tag", exact=True).fill("VAN7")
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Add").click()
    row = onlooker.page.locator("[data-tag=VAN7]")
    await row.get_by_role("button", name="Block").click()
    await expect(row).to_contain_text("Blocked")
    assert (await voltaro_server.api("GET", "/api/v1/tags/VAN7"))["status"] == "blocked"
    await row.get_by_role("button", name="Delete VAN7").click()
    await onlooker.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)


async def test_tags_are_imported_after_a_look_at_what_would_happen(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in(at="/tags")
    await onlooker.page.get_by_role("button", name="Import").click()
    csv = f"id_tag,note\n{TAG},known\nVAN8,new\n".encode()
    dialog = onlooker.page.get_by_role("dialog")
    await dialog.locator("input[type=file]").set_input_files({"name": "tags.csv", "mimeType": "text/csv", "buffer": csv})
    await expect(dialog).to_contain_text("1 is new, 1 changes")
    assert [tag["id_tag"] for tag in (await voltaro_server.api("GET", "/api/v1/tags"))["items"]] == [TAG]
    await dialog.get_by_role("button", name="Import 2 lines").click()
    await expect(onlooker.page.locator("[data-tag=VAN8]")).to_be_visible()


async def test_no_page_leaks_over_a_phones_edge(look: Look, plug: Plug) -> None:
    await charging(await plug("A-CHARGER-WITH-QUITE-A-LONG-IDENTITY-1"))
    onlooker = await look(width=360, height=740, has_touch=True, is_mobile=True)
    await onlooker.sign_in()
    for path in (*PAGES, *(f"/chargers/A-CHARGER-WITH-QUITE-A-LONG-IDENTITY-1{tab}" for tab in TABS), "/sessions/1"):
        await onlooker.open(path)
        await expect(onlooker.page.locator("main h1")).to_be_visible()
        await expect(onlooker.page.get_by_role("navigation", name="Main")).to_be_in_viewport()
        await expect(onlooker.page.locator(".loading")).to_have_count(0)
        wide = await onlooker.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} pixels too wide"


async def test_every_page_works_under_the_content_policy(look: Look, plug: Plug) -> None:
    await charging(await plug("CP1"))
    onlooker = await look()
    await onlooker.sign_in()
    answer = await onlooker.page.goto(onlooker.server.http_url + "/")
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for path in (*PAGES, *(f"/chargers/CP1{tab}" for tab in TABS), "/sessions/1", "/nowhere"):
        await onlooker.open(path)
        await expect(onlooker.page.locator("main :is(h1, h3)").first).to_be_visible()
        await expect(onlooker.page.locator(".loading")).to_have_count(0)
        await expect(onlooker.page.locator(".pill")).to_have_text("Live")
    assert onlooker.complaints == []


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
async def test_the_page_is_light_or_dark_as_the_machine_is(look: Look, scheme: str, dark: bool) -> None:
    onlooker = await look(color_scheme=scheme)
    await onlooker.sign_in()
    assert await is_dark(onlooker) is dark


async def test_a_chosen_theme_is_kept(look: Look) -> None:
    onlooker = await look(color_scheme="dark")
    await onlooker.sign_in()
    await onlooker.page.get_by_role("button", name="ada: preferences").click()
    await onlooker.page.get_by_label("Theme").select_option("light")
    assert not await is_dark(onlooker)
    await onlooker.page.reload()
    await expect(onlooker.page.get_by_role("heading", name="Overview")).to_be_visible()
    assert not await is_dark(onlooker)


async def is_dark(onlooker: Onlooker) -> bool:
    background = await onlooker.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    numbers = [int(number) for number in re.findall(r"\d+", background)[:3]]
    return sum(numbers) < 3 * 128


async def test_ten_tabs_share_one_live_stream(look: Look, plug: Plug) -> None:
    first = await look()
    await first.sign_in()
    others = [await first.page.context.new_page() for _ in range(9)]
    for page in others:
        await page.goto(first.server.http_url + "/")
        await expect(page.locator(".pill")).to_have_text("Live")
    await plug("CP1")
    async with asyncio.timeout(60):
        for page in (first.page, *others):
            await expect(page.locator("[data-charger=CP1]")).to_be_visible()

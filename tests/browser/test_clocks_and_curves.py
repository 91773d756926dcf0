"""What is drawn and typed goes by the clock on the screen, and a curve says no more than was measured."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import TAG, Look, Onlooker
from tests.e2e.talking import ask, boot, dial
from tests.looking import until
from tests.running import RunningServer

expect.set_options(timeout=20_000)
BERLIN = "Europe/Berlin"
POWER = {"measurand": "Power.Active.Import", "unit": "W"}


async def choose(onlooker: Onlooker, word: str, value: str) -> None:
    """Change a preference: the clock or the language."""
    await onlooker.page.get_by_role("button", name=re.compile("preferences")).click()
    await onlooker.page.locator("#preferences").get_by_label(word).select_option(value)
    await onlooker.page.keyboard.press("Escape")


async def session_of(server: RunningServer, begin: datetime, readings: list[tuple[datetime, int]], end: datetime | None) -> dict[str, Any]:
    """A session of 1.6 with power at some moments, as the API tells it."""
    async with dial(server, "CP1") as socket:
        await boot(socket)
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 1000, "timestamp": begin.isoformat()}
        number = (await ask(socket, "StartTransaction", start))[2]["transactionId"]
        for at, watts in readings:
            value = {"timestamp": at.isoformat(), "sampledValue": [{"value": str(watts), **POWER}]}
            await ask(socket, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]})
        if end is not None:
            await ask(socket, "StopTransaction", {"transactionId": number, "meterStop": 3000, "timestamp": end.isoformat()})
        found: dict[str, Any] = (await server.api("GET", "/api/v1/sessions?charger_id=CP1"))["items"][0]
    return found


async def test_a_plot_follows_the_clock_and_the_language(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    readings = [(begin + timedelta(minutes=minute), 5000) for minute in range(1, 9)]
    session = await session_of(voltaro_server, begin, readings, begin + timedelta(minutes=10))
    onlooker = await look(timezone_id=BERLIN)
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    legend = onlooker.page.locator(".u-legend").first
    await expect(legend).to_contain_text("11:08:00")
    await choose(onlooker, "Times shown in", "utc")
    await expect(legend).to_contain_text("10:08:00")
    await choose(onlooker, "Language", "de")
    await expect(legend).to_contain_text("Leistung")


async def test_days_of_a_timeline_begin_at_midnight_also_after_clocks_change(look: Look) -> None:
    onlooker = await look(timezone_id=BERLIN)
    await onlooker.sign_in()
    told = await onlooker.page.evaluate(
        """async () => {
          const { ticks } = await import("app/timeline-view.js");
          const window = (from, to) => ({ from: Date.parse(from), to: Date.parse(to) });
          const hours = (from, to, width) => ticks(window(from, to), width).map((mark) => new Date(mark).getHours());
          return {
            autumn: hours("2026-10-21T00:00:00Z", "2026-10-28T00:00:00Z", 700),
            spring: hours("2026-03-25T00:00:00Z", "2026-04-01T00:00:00Z", 700),
            night: hours("2026-03-28T22:30:00Z", "2026-03-29T04:30:00Z", 700),
          };
        }"""
    )
    assert told == {"autumn": [0] * 7, "spring": [0] * 7, "night": [0, 1, 3, 4, 5, 6]}


async def test_a_hole_in_the_readings_is_a_hole_in_the_curve(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    minutes = [*range(0, 61, 5), *range(360, 421, 5)]
    readings = [(begin + timedelta(minutes=minute), 5000) for minute in minutes]
    session = await session_of(voltaro_server, begin, readings, begin + timedelta(minutes=420))
    onlooker = await look()
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    page = onlooker.page
    await expect(page.locator("[data-gap]")).to_contain_text("No meter values for 5:00:00")
    assert await painted(page, 0.07) > 3
    assert await painted(page, 0.5) == 0


async def painted(page: Page, share: float) -> int:
    """How many pixels of the power's own colour stand at a place between the left of a plot and its right."""
    await expect(page.locator(".session-plot canvas").first).to_be_visible()
    count: int = await page.evaluate(
        """async (share) => {
          const { colour } = await import("app/chart.js");
          const canvas = document.querySelector(".session-plot canvas");
          const over = canvas.parentElement.querySelector(".u-over");
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.fillStyle = colour(over, "--charging");
          copy.fillRect(0, 0, 1, 1);
          const [red, green, blue] = copy.getImageData(0, 0, 1, 1).data;
          copy.clearRect(0, 0, 1, 1);
          copy.drawImage(canvas, 0, 0);
          const scale = canvas.width / canvas.clientWidth;
          const x = Math.round((over.offsetLeft + over.clientWidth * share) * scale);
          const { data } = copy.getImageData(x, 0, 3, canvas.height);
          let found = 0;
          for (let at = 0; at < data.length; at += 4) {
            const away = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
            if (data[at + 3] > 200 && away < 24) found++;
          }
          return found;
        }""",
        share,
    )
    return count


async def test_one_reading_makes_no_curve_and_is_not_denied(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    session = await session_of(voltaro_server, begin, [(begin + timedelta(minutes=5), 5000)], begin + timedelta(minutes=10))
    onlooker = await look()
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    await expect(onlooker.page.get_by_text("measured at one moment only")).to_be_visible()
    await expect(onlooker.page.get_by_text("sent no meter values")).to_have_count(0)


async def test_what_flows_back_is_drawn_below_zero_and_said(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    readings = [(begin + timedelta(minutes=minute), 7000 if minute < 5 else -6000) for minute in range(1, 10)]
    session = await session_of(voltaro_server, begin, readings, begin + timedelta(minutes=10))
    onlooker = await look()
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    await expect(onlooker.page.locator(".plot-words")).to_contain_text("given back 6.0 kW at most")
    assert await painted(onlooker.page, 0.9) > 3


async def test_a_session_is_closed_at_the_moment_that_the_clock_on_the_screen_shows(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    session = await session_of(voltaro_server, begin, [], None)
    onlooker = await look(timezone_id=BERLIN)
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    page = onlooker.page
    await choose(onlooker, "Times shown in", "utc")
    await page.locator(".title-line").get_by_role("button", name="Close").click()
    dialog = page.get_by_role("dialog", name="Close session")
    await dialog.get_by_label("Ended").fill("2026-03-03T12:30:00")
    await dialog.get_by_role("button", name="Close", exact=True).last.click()
    await expect(page.locator(".title-line .status")).to_contain_text("Ended")
    closed = await voltaro_server.api("GET", f"/api/v1/sessions/{session['id']}")
    assert closed["ended_at"].startswith("2026-03-03T12:30:00")


async def test_days_of_the_session_list_are_those_of_the_clock_on_the_screen(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    session = await session_of(voltaro_server, begin, [], begin + timedelta(minutes=10))
    onlooker = await look(timezone_id=BERLIN)
    await onlooker.sign_in(at="/sessions?from=2026-03-04&to=2026-03-04")
    row = onlooker.page.locator(f"[data-session='{session['id']}']")
    await expect(row.first).to_be_visible()
    await choose(onlooker, "Times shown in", "utc")
    await expect(row).to_have_count(0)
    await onlooker.open("/sessions?from=2026-03-03&to=2026-03-03")
    await expect(row.first).to_be_visible()


async def test_a_tag_that_is_changed_expires_when_it_did(look: Look, voltaro_server: RunningServer) -> None:
    await voltaro_server.api("POST", "/api/v1/tags", {"id_tag": "LATE", "expires_at": "2030-01-31T22:59:59Z"})
    onlooker = await look(timezone_id=BERLIN)
    await onlooker.sign_in(at="/tags")
    page = onlooker.page
    await choose(onlooker, "Times shown in", "utc")
    await page.locator("[data-tag=LATE]").get_by_role("button", name=re.compile("Change")).click()
    dialog = page.get_by_role("dialog", name="Change")
    await expect(dialog.get_by_label("Expires")).to_have_value("2030-01-31T22:59:59")
    await dialog.get_by_label("Note").fill("of the caretaker")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("[data-tag=LATE]")).to_contain_text("of the caretaker")
    tag = await voltaro_server.api("GET", "/api/v1/tags/LATE")
    assert tag["expires_at"].startswith("2030-01-31T22:59:59")


async def test_what_somebody_else_decides_of_a_session_shows_on_its_open_page(look: Look, voltaro_server: RunningServer) -> None:
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        await ask(socket, "StopTransaction", {"transactionId": 4711, "meterStop": 3000, "timestamp": datetime.now(UTC).isoformat()})
    [session] = (await voltaro_server.api("GET", "/api/v1/sessions?state=unresolved"))["items"]
    onlooker = await look()
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    await expect(onlooker.page.locator(".pill")).to_have_text("Live")
    await expect(onlooker.page.locator(".title-line .status")).to_contain_text("Unresolved")
    await voltaro_server.api("POST", f"/api/v1/sessions/{session['id']}/discard", {"reason": "nobody's"})
    await expect(onlooker.page.locator(".title-line .status")).to_contain_text("Discarded")


async def test_a_charger_that_is_away_draws_nothing_that_we_know_of(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    now = datetime.now(UTC)
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 1000, "timestamp": now.isoformat()}
        number = (await ask(socket, "StartTransaction", start))[2]["transactionId"]
        value = {"timestamp": now.isoformat(), "sampledValue": [{"value": "7000", **POWER}]}
        await ask(socket, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]})
        await expect(page.locator("[data-figure=power]")).to_have_text(re.compile(r"7\.0"))
        await expect(page.locator("[data-charger=CP1] .tile-mid")).to_have_text("7.0 kW")
        site = await voltaro_server.api("POST", "/api/v1/sites", {"name": "Yard"})
        await voltaro_server.api("PATCH", "/api/v1/chargers/CP1", {"site_id": site["id"]})
    await expect(page.locator("[data-charger=CP1] .tile-mid")).to_have_text("Offline")
    await expect(page.locator("[data-figure=power]")).to_have_text(re.compile(r"^0\.0"))
    await expect(page.locator("tr[data-session]")).to_contain_text("\u2013")
    await until(lambda: voltaro_server.api("GET", f"/api/v1/sites/{site['id']}"), lambda told: told["power_w"] == 0)
    await onlooker.open(f"/sites/{site['id']}")
    await expect(page.locator("[data-figure=site-power]")).to_have_text(re.compile(r"^0\.0"))

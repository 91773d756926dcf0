"""The views of one charger, in a light desktop and a dark phone: live figures, errors in plain words, buttons that make sense."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, TAG, Look, Plug
from tests.browser.lived import lived
from tests.conformance.obedient import Obedient, obedient
from tests.running import RunningServer

expect.set_options(timeout=20_000)
WINDOWS = [(1280, 860, "light"), (390, 844, "dark")]
TABS = ("", "timeline", "charging", "maintenance", "security", "anomalies", "notes")
ACCEPTED = {"status": "Accepted"}


async def metered(charger: Obedient, transaction: int, watts: tuple[int, int, int], energy_wh: int) -> None:
    """Meter values of three phases."""
    sampled = [
        {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": "41", "measurand": "SoC", "unit": "Percent"},
    ]
    for number, power in enumerate(watts, 1):
        sampled += [
            {"value": str(power), "measurand": "Power.Active.Import", "unit": "W", "phase": f"L{number}"},
            {"value": f"{power / 230:.1f}", "measurand": "Current.Import", "unit": "A", "phase": f"L{number}"},
            {"value": "229.5", "measurand": "Voltage", "unit": "V", "phase": f"L{number}-N"},
        ]
    value = {"timestamp": "2026-06-01T10:30:00Z", "sampledValue": sampled}
    await charger.say("MeterValues", {"connectorId": 1, "transactionId": transaction, "meterValue": [value]})


@pytest.mark.parametrize(("width", "height", "scheme"), WINDOWS)
async def test_every_view_of_a_busy_charger_is_without_fault(
    look: Look, voltaro_server: RunningServer, database_url: str, width: int, height: int, scheme: str
) -> None:
    await lived(database_url)
    onlooker = await look(width=width, height=height, color_scheme=scheme)
    await onlooker.sign_in()
    page = onlooker.page
    async with obedient(voltaro_server, "CP1") as charger:
        charger.answers |= {"SetChargingProfile": ACCEPTED, "ReserveNow": ACCEPTED, "GetDiagnostics": {"fileName": "log.zip"}}
        await charger.status(2, "Faulted")
        await charger.status(1, "Charging")
        transaction = (await charger.start(TAG))["transactionId"]
        await metered(charger, transaction, (7000, 6900, 6800), 5000)
        period = [{"start_s": 0, "limit": 16}, {"start_s": 21_600, "limit": 0}, {"start_s": 43_200, "limit": 32}]
        for level, daily in ((0, {}), (3, {"duration_s": 36_000})):
            schedule = {"unit": "A", "periods": period, **daily}
            await charger.api(
                "POST", "charging-profiles", {"evse_id": 1, "purpose": "tx_default", "stack_level": level, "schedule": schedule}
            )
        await charger.api("POST", "logs", {"log_type": "diagnostics"})
        await charger.say("DiagnosticsStatusNotification", {"status": "Uploading"})
        await charger.api("POST", "/chargers/CP1/notes", {"text": "Gate code 4711"}, wait=False)
        for tab in TABS:
            await onlooker.open(f"/chargers/CP1?tab={tab}")
            await expect(page.locator("main h1")).to_be_visible()
            await expect(page.locator(".charger-page .card").first).to_be_visible()
            await expect(page.locator(".loading")).to_have_count(0)
            if tab in ("", "charging"):
                await expect(page.locator(".chart canvas").first).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, tab
            assert await violations(page) == [], tab


async def test_a_running_session_shows_each_phase_live_and_its_curve_as_a_table(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    async with obedient(voltaro_server, "CP1") as charger:
        await charger.status(1, "Charging")
        transaction = (await charger.start(TAG))["transactionId"]
        await onlooker.open("/chargers/CP1")
        card = page.locator("[data-session]")
        await expect(card).to_contain_text(TAG)
        await metered(charger, transaction, (7000, 6900, 2300), 5000)
        phases = card.get_by_role("table", name="Each phase")
        await expect(phases.get_by_role("row", name="Power")).to_contain_text("7.0 kW6.9 kW2.3 kW")
        await expect(phases.get_by_role("row", name="Current")).to_contain_text("30.4 A")
        await expect(phases.get_by_role("row", name="Voltage")).to_contain_text("229.5 V")
        await expect(card.locator("[data-figure=current]")).to_contain_text("30.4 A")
        await expect(card.locator("[data-figure=soc]")).to_contain_text("41")
        await card.get_by_role("button", name="As a table").click()
        curve = card.get_by_role("region", name="The curve as a table")
        await expect(curve.get_by_role("row").nth(1)).to_contain_text("kW")
        await card.get_by_role("button", name="15 minutes").click()
        await expect(page).to_have_url(re.compile("window=15m"))
        await expect(card.get_by_role("button", name="15 minutes")).to_have_attribute("aria-pressed", "true")
        await page.get_by_role("link", name="Open session").click()
        await expect(page).to_have_url(re.compile(r"/sessions/\d+$"))


async def test_an_error_is_said_in_plain_words_with_what_to_do(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    async with obedient(voltaro_server, "CP1") as charger:
        fault = {"connectorId": 1, "status": "Faulted", "errorCode": "GroundFailure", "info": "<b>RCD</b>", "vendorErrorCode": "E-17"}
        await charger.say("StatusNotification", fault)
        await onlooker.open("/chargers/CP1")
        shown = page.locator("[data-fault='GroundFailure']")
        await expect(shown).to_contain_text("The earth leakage protection has tripped")
        await expect(shown).to_contain_text("On site: Keep it out of service.")
        await expect(shown).to_contain_text("GroundFailure · E-17 · <b>RCD</b>")
        await charger.say("StatusNotification", fault | {"errorCode": "OtherError", "vendorErrorCode": "CX008"})
        await expect(page.locator("[data-fault='OtherError']")).to_contain_text("The emergency stop was pressed.")
        await charger.status(1, "Available")
        await expect(page.locator("[data-fault]")).to_have_count(0)


async def test_only_what_makes_sense_now_can_be_pressed(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    page = onlooker.page
    async with obedient(voltaro_server, "CP1") as charger:
        charger.answers |= {"UnlockConnector": {"status": "Unlocked"}, "Reset": ACCEPTED}
        await charger.status(1, "Available")
        await onlooker.open("/chargers/CP1")
        card = page.locator("[data-evse='1']")
        await expect(card.get_by_role("button", name="Start")).to_be_visible()
        await expect(card.get_by_role("button", name="In service")).to_have_count(0)
        await charger.status(1, "Unavailable")
        await expect(card.get_by_role("button")).to_have_text(["In service"])
        await charger.status(1, "Charging")
        await charger.start(TAG)
        await expect(card.get_by_role("button", name="Start")).to_have_count(0)
        await card.get_by_role("button", name="Unlock").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("A session runs here.")
        await dialog.get_by_role("button", name="Unlock").click()
        await expect(page.get_by_label("Answers of the charger")).to_contain_text("Unlocked")
        await page.get_by_role("button", name="Reset").click()
        await expect(dialog).to_contain_text("1 session runs here.")
        await expect(dialog).to_contain_text("A hard reset: as if its supply was switched off and on.")
        assert await violations(page) == []
        await dialog.get_by_role("button", name="When idle").click()
        assert await charger.asked("Reset") == {"type": "Soft"}
    await expect(card.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_text("The charger is offline; it cannot be told anything now.")).to_be_visible()


async def test_a_viewer_has_no_button_that_changes_anything(look: Look, voltaro_server: RunningServer, database_url: str) -> None:
    await lived(database_url)
    await voltaro_server.api("POST", "/api/v1/users", {"name": "vera", "role": "viewer", "password": PASSWORD})
    onlooker = await look()
    await onlooker.sign_in("vera")
    page = onlooker.page
    async with obedient(voltaro_server, "CP1") as charger:
        await charger.status(1, "Charging")
        await charger.start(TAG)
        for tab in ("", "charging", "maintenance", "security", "notes"):
            await onlooker.open(f"/chargers/CP1?tab={tab}")
            await expect(page.locator(".charger-page .card").first).to_be_visible()
            await expect(page.locator(".loading")).to_have_count(0)
            for word in (
                "Start",
                "Stop",
                "Reset",
                "Unlock",
                "Out of service",
                "Set a limit",
                "Reserve",
                "Update firmware",
                "Renew",
                "New password",
                "Save",
            ):
                await expect(page.get_by_role("button", name=word, exact=True)).to_have_count(0)


async def test_security_events_and_expiry_are_shown(look: Look, voltaro_server: RunningServer, database_url: str) -> None:
    await lived(database_url)
    onlooker = await look()
    await onlooker.sign_in(at="/chargers/CP1?tab=security")
    page = onlooker.page
    panel = page.get_by_role("region", name="Security events")
    await expect(panel.locator("[data-security-event]").first).to_contain_text("Critical TamperDetectionActivated")
    await expect(panel.locator("[data-security-event]").first).to_contain_text("<b>door</b>")
    await expect(panel.locator("[data-security-event]").last).not_to_contain_text("Critical")
    async with page.expect_download() as download:
        await panel.get_by_role("button", name="CSV").click()
    assert "TamperDetectionActivated" in (await (await download.value).path()).read_text()


async def test_the_views_speak_german(look: Look, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look()
    await onlooker.sign_in()
    await onlooker.page.evaluate("localStorage.setItem('voltaro.language', 'de')")
    await onlooker.open("/chargers/CP1")
    page = onlooker.page
    await expect(page.get_by_role("navigation", name="Ansichten dieser Ladestation")).to_contain_text("Zeitverlauf")
    await expect(page.locator("[data-evse='1']").get_by_role("button", name="Starten")).to_be_visible()
    await page.get_by_role("button", name="Zeitverlauf").click()
    await expect(page.locator("[data-lane='line']")).to_contain_text("Verbindung")

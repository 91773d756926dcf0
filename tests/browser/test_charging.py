"""Charging profiles and reservations on a charger's page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import TAG, Look
from tests.conformance.obedient import obedient
from tests.running import RunningServer

expect.set_options(timeout=20_000)
ACCEPTED = {"status": "Accepted"}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
async def test_a_limit_is_set_drawn_asked_for_and_cleared(look: Look, voltaro_server: RunningServer, width: int, scheme: str) -> None:
    onlooker = await look(width=width, color_scheme=scheme)
    await onlooker.sign_in()
    async with obedient(voltaro_server, "CP1") as charger:
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 9.5}]}
        charger.answers |= {"SetChargingProfile": ACCEPTED, "ClearChargingProfile": ACCEPTED}
        charger.answers["GetCompositeSchedule"] = ACCEPTED | {"chargingSchedule": schedule}
        await charger.status(1, "Available")
        await onlooker.open("/chargers/CP1?tab=charging")
        panel = onlooker.page.get_by_label("Charging profiles", exact=True)
        await expect(panel).to_contain_text("It holds no profile")
        await expect(panel.locator(".chart figcaption")).to_have_text("now no limit")
        await panel.get_by_role("button", name="Set a limit").click()
        dialog = onlooker.page.get_by_role("dialog")
        await dialog.get_by_label("Where").select_option("1")
        await dialog.get_by_label("At most").fill("10")
        await dialog.get_by_role("button", name="Set", exact=True).click()
        row = panel.locator("[data-profile]")
        await expect(row).to_contain_text("10 A")
        await expect(row).to_contain_text("connector 1")
        await expect(panel.locator(".chart figcaption")).to_have_text("now 10 A")
        await expect(panel.locator("[data-steps]")).to_have_attribute("data-steps", "1")
        await expect(panel.locator(".uplot canvas")).to_be_visible()
        assert (await onlooker.page.evaluate("document.documentElement.scrollWidth")) <= width
        await panel.get_by_role("button", name="Ask the charger").click()
        await expect(onlooker.page.get_by_label("Answers of the charger")).to_contain_text("Ask for its schedule")
        await charger.asked("GetCompositeSchedule")
        await row.get_by_role("button", name="Clear").click()
        await expect(row).to_have_count(0)
        assert len(charger.of("ClearChargingProfile")) == 1


async def test_steps_are_set_by_presets_keys_and_figures_and_lie_in_layers(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    async with obedient(voltaro_server, "CP1") as charger:
        charger.answers |= {"SetChargingProfile": ACCEPTED}
        await charger.status(1, "Available")
        await onlooker.open("/chargers/CP1?tab=charging")
        panel = onlooker.page.get_by_label("Charging profiles", exact=True)
        await panel.get_by_role("button", name="Set a limit").click()
        dialog = onlooker.page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Nights only").click()
        await expect(dialog.locator("[data-step]")).to_have_count(3)
        second = dialog.get_by_role("slider", name="Step 2")
        await expect(second).to_have_attribute("aria-valuetext", "from 06:00: 0 A")
        await second.focus()
        for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
            await onlooker.page.keyboard.press(key)
        await expect(dialog.get_by_label("Step 2 begins at")).to_have_value("06:15")
        await expect(dialog.get_by_label("Step 2: at most")).to_have_value("7")
        await dialog.get_by_label("Step 3 begins at").fill("21:00")
        await dialog.get_by_role("button", name="Add a step").click()
        await dialog.get_by_label("Step 3: at most").fill("20")
        await dialog.get_by_role("button", name="Remove step 4").click()
        assert await violations(onlooker.page) == []
        await dialog.get_by_role("button", name="Set", exact=True).click()
        told = (await charger.asked("SetChargingProfile"))["csChargingProfiles"]
        assert (told["chargingProfileKind"], told["recurrencyKind"]) == ("Recurring", "Daily")
        periods = told["chargingSchedule"]["chargingSchedulePeriod"]
        assert [(period["startPeriod"], period["limit"]) for period in periods] == [(0, 32), (22_500, 7), (49_500, 20)]
        layer = panel.locator("[data-layer]")
        await expect(layer).to_have_count(1)
        await expect(panel.locator("[data-profile]")).to_contain_text("7 A to 32 A, 3 periods, every day")


async def test_a_reservation_is_made_and_cancelled_and_a_refused_one_shows_the_chargers_word(
    look: Look, voltaro_server: RunningServer
) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    async with obedient(voltaro_server, "CP1") as charger:
        charger.answers |= {"ReserveNow": ACCEPTED, "CancelReservation": ACCEPTED}
        await charger.status(1, "Available")
        await onlooker.open("/chargers/CP1?tab=charging")
        panel = onlooker.page.get_by_label("Reservations", exact=True)
        await expect(panel).to_contain_text("Nothing is reserved")
        for word, said in (("Accepted", "reserved"), ("Occupied", "The charger said Occupied")):
            charger.answers["ReserveNow"] = {"status": word}
            await panel.get_by_role("button", name="Reserve").click()
            dialog = onlooker.page.get_by_role("dialog")
            await expect(dialog.get_by_label("Connector")).to_have_value("1")
            await dialog.get_by_label("Tag").fill(TAG)
            await dialog.get_by_role("button", name="Reserve").click()
            await expect(onlooker.page.locator(".notices")).to_contain_text(said)
        refused = panel.locator("[data-state='refused']")
        await expect(refused).to_contain_text("Occupied")
        kept = panel.locator("[data-state='accepted']")
        await expect(kept).to_contain_text(TAG)
        await kept.get_by_role("button", name="Cancel").click()
        await expect(panel.locator("[data-state='cancelled']")).to_have_count(1)
        await expect(kept).to_have_count(0)

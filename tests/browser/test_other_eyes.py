"""The dashboard for who sees it otherwise: in few colours, enlarged, or with more on it than most have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from tests.browser.conftest import TAG, Look, Plug
from tests.e2e.talking import ask, boot, dial
from tests.running import RunningServer
from voltaro.simulator import SimulatedCharger

expect.set_options(timeout=20_000)


async def test_what_is_chosen_is_seen_without_colours(look: Look, plug: Plug) -> None:
    await plug("CP1")
    onlooker = await look(forced_colors="active")
    await onlooker.sign_in()
    page = onlooker.page
    await onlooker.open("/chargers/CP1?tab=timeline")
    await expect(page.get_by_role("button", name="24 hours")).to_have_attribute("aria-pressed", "true")
    grounds = await page.evaluate(
        """() => {
          const ground = (found) => getComputedStyle(found).backgroundColor;
          return ["nav a", ".tabs button", "button[aria-pressed]"].map((kind) => {
            const all = [...document.querySelectorAll(kind)];
            const isChosen = (one) => one.matches("[aria-current], [aria-pressed=true]");
            return [all.filter(isChosen).map(ground), all.filter((one) => !isChosen(one)).map(ground)];
          });
        }"""
    )
    for chosen, others in grounds:
        assert chosen
        assert not set(chosen) & set(others)


async def test_the_overview_fits_a_very_narrow_window_in_german(look: Look, plug: Plug) -> None:
    charger = await plug("A-STATION-WITH-A-VERY-LONG-NAME-OF-48-CHARACTERS")
    await charger.plug_in(1)
    await charger.present_tag(TAG, 1)
    onlooker = await look(width=320, height=640, locale="de-DE")
    await onlooker.sign_in(at="/tags")
    await onlooker.open("/")
    await expect(onlooker.page.locator("tr[data-session]")).to_contain_text("kWh")
    assert await onlooker.page.evaluate("document.documentElement.scrollWidth") == 320


async def test_of_many_connectors_it_is_said_how_many_stand_how(look: Look, voltaro_server: RunningServer) -> None:
    charger = SimulatedCharger(f"{voltaro_server.ocpp_url}/ocpp", "TWELVE", "ocpp2.0.1", evses=12)
    await charger.connect()
    await charger.booted()
    await charger.plug_in(3)
    onlooker = await look()
    await onlooker.sign_in(at="/chargers")
    dots = onlooker.page.locator("[data-charger=TWELVE] .dots")
    await expect(dots.locator("i[title=Available]")).to_have_text("11")
    await expect(dots.locator("i")).to_have_count(2)
    await charger.close()


async def test_all_that_a_session_measured_is_read_at_once(look: Look, voltaro_server: RunningServer) -> None:
    begin = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    async with dial(voltaro_server, "CP1") as socket:
        await boot(socket)
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": begin.isoformat()}
        number = (await ask(socket, "StartTransaction", start))[2]["transactionId"]
        for hour in range(3):
            values = [
                {
                    "timestamp": (begin + timedelta(hours=hour, seconds=10 * place)).isoformat(),
                    "sampledValue": [{"value": str(3600 * hour + 10 * place)}],
                }
                for place in range(300)
            ]
            await ask(socket, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
        await ask(
            socket,
            "StopTransaction",
            {"transactionId": number, "meterStop": 10_800, "timestamp": (begin + timedelta(hours=3)).isoformat()},
        )
    [session] = (await voltaro_server.api("GET", "/api/v1/sessions"))["items"]
    onlooker = await look()
    asked: list[str] = []
    onlooker.page.on("request", lambda request: asked.append(request.url) if "/meter-values" in request.url else None)
    await onlooker.sign_in(at=f"/sessions/{session['id']}")
    stored = len([value async for value in values_of(voltaro_server, session["id"])])
    await expect(onlooker.page.get_by_text(f"Meter values ({stored})")).to_be_visible()
    assert stored > 500
    assert asked
    assert not any("cursor" in url for url in asked)


async def values_of(server: RunningServer, session: int) -> AsyncIterator[object]:
    """What the API lists of a session's meter, page by page."""
    following = "?limit=500"
    while following:
        page = await server.api("GET", f"/api/v1/sessions/{session}/meter-values{following}")
        for value in page["items"]:
            yield value
        following = page["next"] and f"?limit=500&cursor={page['next']}"

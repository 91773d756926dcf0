"""Whatever a charger or an operator writes is shown as text: nothing of it runs, nothing of it is fetched, and no page breaks of it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import urllib.error
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PASSWORD, TAG, Look, windowed
from tests.browser.hostile import CALLED, IDENTITIES, TEXTS, HostileCharger, Liar, hostile_charger
from tests.browser.telling import Teller
from tests.running import RunningServer
from voltaro.ocpp.schemas import load

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.timeout(420)

ROUTES = Path(__file__).parents[2] / "web" / "ui" / "app" / "pages.js"
FORGIVEN = (("409 (Conflict)", "/configuration)"), ("404 (Not Found)", "/simulator/chargers)"))
"""What a page asks for and may be refused: a charger of 2.x has no keys of 1.6, this server has no simulator."""
LISTS = {"batches": "command-batches"}
"""Lists of the API that are called other than the pages of their things."""
_ROUTE = re.compile(r"^\s*\[/\^(.+?)\$/,", re.MULTILINE)
_PARAMETER = re.compile(r"\(\?<\w+>[^)]*\)")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")

WATCH = f"""
window.{CALLED} = () => {{ window.__pwned = (window.__pwned ?? 0) + 1; }};
window.__refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__refused.push([event.violatedDirective, event.blockedURI, event.sample].join(" ")));
"""

FOREIGN = (
    "img:not([src^='/api/v1/qr.svg?']), iframe, object, embed, base, form[action], body script, body style, body link, meta[http-equiv]"
)
LOOK = f"""() => {{
  const all = [...document.querySelectorAll("*")];
  const named = (one) => `${{one.tagName}}.${{one.getAttribute("class")}}`;
  const url = (one) => one.href?.baseVal ?? one.href ?? one.src;
  const held = (one) => one && (getComputedStyle(one).overflowX !== "visible" ? one.tagName !== "HTML" : held(one.parentElement));
  return {{
    ran: window.__pwned ?? 0,
    refused: window.__refused,
    handlers: all.filter((one) => [...one.attributes].some((attribute) => /^on/i.test(attribute.name))).map(named),
    foreign: [...document.querySelectorAll("{FOREIGN}")].map((one) => one.outerHTML.slice(0, 120)),
    links: [...document.querySelectorAll("[href], [src]")].map(url).filter((found) => !/^(https?:|blob:|data:image)/.test(found)),
    wide: document.documentElement.scrollWidth - innerWidth,
    widest: all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !held(one)).slice(-3).map(named),
  }};
}}"""
"""What is wrong with a page, as the page itself can tell."""


@dataclass
class Site:
    """A server that has been told lies, and the paths of its pages."""

    server: RunningServer
    paths: list[str]


async def told(server: RunningServer, method: str, path: str, body: object) -> Any:
    """Ask the API for something that it may refuse: a 4xx is an answer, a 5xx is not. The answer, or None where it refused."""
    try:
        return await server.api(method, path, body)
    except urllib.error.HTTPError as refusal:
        if refusal.code >= 500:
            raise
        return None


async def tell_as_16(charger: HostileCharger) -> None:
    """Everything that a charger of 1.6 may say, and a session."""
    await charger.lie("BootNotification")
    teller = Teller.of_late(charger.socket)
    started = await charger.lie("StartTransaction", connectorId=1, reservationId=None, meterStart=1000, timestamp=teller.at(0))
    number = started[2]["transactionId"]
    for action in charger.said:
        if action not in ("BootNotification", "StartTransaction", "StopTransaction"):
            for _ in range(3):
                await charger.lie(action, transactionId=number, connectorId=1)
    power = {"value": "7000", "measurand": "Power.Active.Import", "unit": "W"}
    for minute in (1, 2, 3):
        reading = [{"timestamp": teller.at(minute), "sampledValue": [{"value": str(1000 + 100 * minute)}, power]}]
        await charger.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": reading})
    await charger.lie("StopTransaction", transactionId=number, meterStop=2000, timestamp=teller.at(5), transactionData=None)
    await charger.lie("StopTransaction", transactionId=-1, meterStop=2000)
    await charger.lie("StartTransaction", connectorId=1, reservationId=None, meterStart="many")


async def tell_as_2x(charger: HostileCharger) -> None:
    """Everything that a charger of 2.0.1 may say, and a session."""
    await charger.lie("BootNotification", signingCertificate=None)
    transaction = charger.liar.text(36)
    for kind, number in (("Started", 0), ("Updated", 1), ("Ended", 2)):
        info = {"transactionId": transaction, "chargingState": "Charging"}
        await charger.lie("TransactionEvent", eventType=kind, seqNo=number, transactionInfo=info, triggerReason="Authorized", offline=False)
    for action in charger.said:
        if action not in ("BootNotification", "TransactionEvent"):
            for _ in range(2):
                await charger.lie(action, requestId=1, tbc=None)


async def tell_as_operator(server: RunningServer, identity: str) -> None:
    """What an operator may type, in all the places there are."""
    liar, charger = Liar(7), f"/api/v1/chargers/{quote(identity, safe='')}"
    for _ in range(12):
        await told(
            server,
            "POST",
            "/api/v1/tags",
            {"id_tag": liar.text(36), "note": liar.text(300), "parent": liar.text(36), "type": liar.text(20)},
        )
        await told(server, "POST", "/api/v1/users", {"name": liar.text(60), "role": "viewer", "password": PASSWORD})
        await told(server, "POST", "/api/v1/tokens", {"name": liar.text(60), "scopes": ["chargers:read"]})
        await told(server, "POST", f"{charger}/notes", {"text": liar.text(300)})
        site = await told(server, "POST", "/api/v1/sites", {"name": liar.text(60), "address": liar.text(100), "note": liar.text(200)})
        driver = await told(
            server, "POST", "/api/v1/drivers", {"name": liar.text(60), "external_id": liar.text(40), "note": liar.text(100)}
        )
        await told(server, "PATCH", f"/api/v1/tags/{TAG}", {"user_id": driver and driver["id"], "note": liar.text(100)})
        await told(server, "PATCH", charger, {"name": liar.text(100), "site_id": site and site["id"]})
    payload = {"vendorId": liar.text(60), "messageId": liar.text(36), "data": liar.text(300)}
    await server.api("POST", "/api/v1/commands:batch", {"action": "DataTransfer", "payload": payload, "filter": {}})
    for action in (
        "DataTransfer",
        "GetConfiguration",
        "ChangeConfiguration",
        "GetDiagnostics",
        "UpdateFirmware",
        "SendLocalList",
        "GetVariables",
    ):
        version = "v201" if action == "GetVariables" else "v16"
        payload = liar.payload(load(version).requests[action].document)
        await told(server, "POST", f"{charger}/commands", {"action": action, "payload": payload})
    unresolved = (await server.api("GET", "/api/v1/sessions?state=unresolved"))["items"]
    letters = (await server.api("GET", "/api/v1/dead-letters"))["items"]
    assert len(unresolved) > 1, "there are ends without a start"
    assert len(letters) > 1, "there are frames that were put aside"
    await server.api("POST", f"/api/v1/sessions/{unresolved[0]['id']}/discard", {"reason": liar.text(300)})
    await server.api("POST", f"/api/v1/dead-letters/{letters[0]['id']}/discard", {"reason": liar.text(300)})
    await told(server, "POST", f"/api/v1/dead-letters/{letters[1]['id']}/redrive", {})


@windowed
async def hostile(voltaro_server: RunningServer) -> AsyncIterator[Site]:
    """A fleet of liars that stays connected, and operators who lie too."""
    async with AsyncExitStack() as stack:
        for place, identity in enumerate(IDENTITIES):
            protocol = "ocpp2.0.1" if place % 2 else "ocpp1.6"
            charger = await stack.enter_async_context(hostile_charger(voltaro_server, identity, protocol, place * 7))
            await (tell_as_2x if place % 2 else tell_as_16)(charger)
            if place == 0:
                await charger.call(charger.liar.text(36), {charger.liar.text(): charger.liar.text()})
                await charger.socket.send(f"<svg onload={CALLED}()> is no JSON")
                await charger.lie("StartTransaction", connectorId=1, idTag=TAG, reservationId=None)
        await tell_as_operator(voltaro_server, IDENTITIES[0])
        yield Site(voltaro_server, await paths_of(voltaro_server))


async def paths_of(server: RunningServer) -> list[str]:
    """Every page of the dashboard, those with something in their address for each of some things."""
    patterns = [found.replace("\\/", "/") for found in _ROUTE.findall(ROUTES.read_text())]
    assert "/chargers/(?<id>[^/]+)" in patterns
    paths = []
    for pattern in patterns:
        if not _PARAMETER.search(pattern):
            paths.append(pattern)
            continue
        paths += [_PARAMETER.sub(lambda _, name=name: name, pattern) for name in await names_of(server, pattern.split("/")[1])]
    return paths


async def names_of(server: RunningServer, collection: str) -> list[str]:
    """What stands in the address of a page for the things of a list of the API."""
    items = (await server.api("GET", f"/api/v1/{LISTS.get(collection, collection)}" + ("?limit=500" if collection == "messages" else "")))[
        "items"
    ]
    assert items, f"there are no {collection} to look at"
    if collection == "chargers":
        return [quote(identity, safe="") for identity in IDENTITIES]
    if collection == "messages":
        kinds = {(row["action"], row["outcome"]): row for row in items}
        return [str(row["id"]) for row in list(kinds.values())[:12]]
    return [quote(str(item.get("id", item.get("name"))), safe="") for item in items[:8]]


async def unfold(page: Page) -> None:
    """Open what a page keeps folded."""
    for summary in (await page.locator("main summary").all())[:12]:
        with contextlib.suppress(Exception):
            await summary.click(timeout=1000)
    for fold in (await page.locator("main button[aria-expanded=false]").all())[:4]:
        with contextlib.suppress(Exception):
            await fold.click(timeout=1000)


async def look_over(page: Page, where: str, *, may_scroll: bool = False) -> list[str]:
    """What is wrong with the page as it stands."""
    seen = await page.evaluate(LOOK)
    wrong = [f"{where}: {name}: {seen[name]}" for name in ("ran", "refused", "handlers", "foreign", "links") if seen[name]]
    if seen["wide"] > 0 and not may_scroll:
        wrong.append(f"{where}: wider than the screen by {seen['wide']} px: {seen['widest']}")
    return wrong


async def visit(page: Page, server: RunningServer, path: str) -> list[str]:
    """Look at a page, at each of its tabs, and at what they keep folded."""
    await page.goto(server.http_url + path)
    await expect(page.locator("main h1").first).to_be_visible()
    await expect(page.locator("main .loading")).to_have_count(0)
    await unfold(page)
    wrong = await look_over(page, path)
    tabs = page.locator("main .tabs button, main [role=tab]")
    names = [await tab.inner_text() for tab in await tabs.all()]
    for place, name in enumerate(names[1:] if is_first(path) else [], start=1):
        await tabs.nth(place).click()
        await expect(page.locator("main .loading")).to_have_count(0)
        await unfold(page)
        wrong += await look_over(page, f"{path} {name}")
    return wrong


def is_first(path: str) -> bool:
    """Whether a page's tabs are looked at, too: those of one charger of each version."""
    return not path.startswith("/chargers/") or path in [f"/chargers/{quote(identity, safe='')}" for identity in IDENTITIES[:2]]


@pytest.mark.parametrize(
    "window",
    [{"width": 1280, "color_scheme": "light"}, {"width": 390, "height": 844, "color_scheme": "dark"}],
    ids=["desk", "phone"],
)
async def test_hostile_text_is_text_on_every_page(look: Look, hostile: Site, window: dict[str, object]) -> None:
    onlooker = await look(**window)
    page, elsewhere, asked = onlooker.page, [], []
    await page.add_init_script(WATCH)
    own = urlsplit(hostile.server.http_url).netloc
    page.on("request", lambda request: None if urlsplit(request.url).netloc in (own, "") else elsewhere.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    await onlooker.sign_in()
    wrong = [line for path in hostile.paths for line in await visit(page, hostile.server, path)]
    for path in ("/tags?learn=1", *(f"/{name}?search={quote(text)}" for name, text in zip(("chargers", "tags"), TEXTS, strict=False))):
        wrong += await visit(page, hostile.server, path)
    assert "\n".join(wrong) == ""
    onlooker.complaints[:] = [
        line for line in onlooker.complaints if not any(what in line and line.endswith(path) for what, path in FORGIVEN)
    ]
    assert (elsewhere, asked) == ([], [])


async def test_a_hostile_identity_is_told_whole_and_its_page_is_its_own(look: Look, hostile: Site) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    for identity in IDENTITIES[1:]:  # the first has a name for people
        await onlooker.open(f"/chargers/{quote(identity, safe='')}")
        await expect(onlooker.page.locator("main h1")).to_have_text(identity)
        await expect(onlooker.page.get_by_label("Connectors").first).to_be_visible()


async def test_no_cell_of_an_export_is_a_formula(hostile: Site) -> None:
    server = hostile.server
    checked = 0
    for path in await exports_of(server):
        try:
            text = await server.api("GET", path, None, {"Accept": "text/csv"})
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (403, 404, 409):  # a token has no logins; neither simulator nor variables are here
                raise
            continue
        rows = list(csv.reader(io.StringIO(text, newline="")))
        for cell in (cell for row in rows[1:] for cell in row):
            checked += 1
            assert not _FORMULA.match(cell) or _NUMBER.fullmatch(cell), (path, cell)
    assert checked > 1000
    sessions = [
        json.loads(line) for line in (await server.api("GET", "/api/v1/sessions", None, {"Accept": "application/x-ndjson"})).splitlines()
    ]
    assert any(session["id_tag"] in TEXTS for session in sessions), "as NDJSON it is told as it was said"


async def exports_of(server: RunningServer) -> list[str]:
    """Every list that can be had as CSV, with what its address needs."""
    document = await server.api("GET", "/api/v1/openapi.json")
    charger = quote(IDENTITIES[0], safe="")
    session = (await server.api("GET", "/api/v1/sessions?state=ended"))["items"][0]["id"]
    given = {"charger_id": charger, "session_id": str(session)}
    paths = []
    for path, methods in document["paths"].items():
        answer = methods.get("get", {}).get("responses", {}).get("200", {})
        names = re.findall(r"\{(\w+)\}", path)
        if "text/csv" in answer.get("content", {}) and set(names) <= given.keys():
            paths.append(path.format(**given))
    assert "/api/v1/sessions" in paths, paths
    return paths

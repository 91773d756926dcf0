"""A fleet and an operator who say all there is to say, in texts of a test's choice, and the pages that then have something to show."""

from __future__ import annotations

import contextlib
import re
import urllib.error
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import Page

from tests.browser.conftest import PASSWORD, TAG
from tests.browser.hostile import CALLED, IDENTITIES, TEXTS, HostileCharger, Liar, hostile_charger
from tests.browser.telling import Teller
from tests.running import RunningServer
from voltaro.ocpp.schemas import load

ROUTES = Path(__file__).parents[2] / "web" / "ui" / "app" / "pages.js"
LISTS = {"batches": "command-batches"}
"""Lists of the API that are called other than the pages of their things."""
_ROUTE = re.compile(r"^\s*\[/\^(.+?)\$/,", re.MULTILINE)
_PARAMETER = re.compile(r"\(\?<\w+>[^)]*\)")


@asynccontextmanager
async def talking_fleet(server: RunningServer, identities: Sequence[str] = IDENTITIES, texts: Sequence[str] = TEXTS) -> AsyncIterator[None]:
    """Chargers of both kinds that have said all they may and stay connected, and an operator who has used every form."""
    async with AsyncExitStack() as stack:
        for place, identity in enumerate(identities):
            protocol = "ocpp2.0.1" if place % 2 else "ocpp1.6"
            charger = await stack.enter_async_context(hostile_charger(server, identity, protocol, place * 7, texts))
            await (tell_as_2x if place % 2 else tell_as_16)(charger)
            if place == 0:
                await charger.call(charger.liar.text(36), {charger.liar.text(): charger.liar.text()})
                await charger.socket.send(f"<svg onload={CALLED}()> is no JSON")
                await charger.lie("StartTransaction", connectorId=1, idTag=TAG, reservationId=None)
        await tell_as_operator(server, identities[0], texts)
        yield


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


async def tell_as_operator(server: RunningServer, identity: str, texts: Sequence[str]) -> None:
    """What an operator may type, in all the places there are."""
    liar, charger = Liar(7, texts), f"/api/v1/chargers/{quote(identity, safe='')}"
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


async def paths_of(server: RunningServer, identities: Sequence[str]) -> list[str]:
    """Every page of the dashboard, those with something in their address for each of some things; and the wall alone."""
    patterns = [found.replace("\\/", "/") for found in _ROUTE.findall(ROUTES.read_text())]
    assert "/chargers/(?<id>[^/]+)" in patterns
    paths = ["/chargers?kiosk"]
    for pattern in patterns:
        if not _PARAMETER.search(pattern):
            paths.append(pattern)
            continue
        paths += [_PARAMETER.sub(lambda _, name=name: name, pattern) for name in await names_of(server, pattern.split("/")[1], identities)]
    return paths


async def names_of(server: RunningServer, collection: str, identities: Sequence[str]) -> list[str]:
    """What stands in the address of a page for the things of a list of the API."""
    items = (await server.api("GET", f"/api/v1/{LISTS.get(collection, collection)}" + ("?limit=500" if collection == "messages" else "")))[
        "items"
    ]
    assert items, f"there are no {collection} to look at"
    if collection == "chargers":
        return [quote(identity, safe="") for identity in identities]
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

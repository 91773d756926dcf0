"""Whatever a charger or an operator writes is shown as text: nothing of it runs, nothing of it is fetched, and no page breaks of it."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.error
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Look, windowed
from tests.browser.everything import paths_of, talking_fleet, unfold
from tests.browser.hostile import CALLED, IDENTITIES, TEXTS
from tests.running import RunningServer

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.timeout(420)

FORGIVEN = (("409 (Conflict)", "/configuration)"), ("404 (Not Found)", "/simulator/chargers)"))
"""What a page asks for and may be refused: a charger of 2.x has no keys of 1.6, this server has no simulator."""
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


@windowed
async def hostile(voltaro_server: RunningServer) -> AsyncIterator[Site]:
    """A fleet of liars that stays connected, and operators who lie too."""
    async with talking_fleet(voltaro_server):
        yield Site(voltaro_server, await paths_of(voltaro_server, IDENTITIES))


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

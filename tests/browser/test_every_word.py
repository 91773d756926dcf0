"""Every word a person reads comes from the catalogue of languages: where each text of it is marked, no page has one that is not.

What chargers and operators say is made of digits here, so that whatever has letters is ours. What Intl says is in the language by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import PASSWORD, TAG, Look, Onlooker, windowed
from tests.browser.everything import paths_of, talking_fleet, unfold
from tests.running import RunningServer, running_server
from voltaro.ocpp.schemas import load

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.timeout(420)

CATALOGUE = Path(__file__).parents[2] / "web" / "ui" / "languages" / "de.json"
IDENTITIES = ("4711", "4712", "4713", "4714")
DIGITS = tuple(str(7_000_000_000_000 + place * 7919) for place in range(40))

SPOKEN = """
localStorage.setItem("voltaro.language", "de");
const marked = (text) => `⟦${text}⟧`;
for (const kind of [Intl.DateTimeFormat, Intl.NumberFormat]) {
  const own = Object.getOwnPropertyDescriptor(kind.prototype, "format").get;
  Object.defineProperty(kind.prototype, "format", { configurable: true, get() {
    const format = own.call(this);
    return (...values) => marked(format(...values));
  } });
}
const relative = Intl.RelativeTimeFormat.prototype.format;
Intl.RelativeTimeFormat.prototype.format = function (...values) { return marked(relative.apply(this, values)); };
"""
"""The browser speaks the marked language; what Intl formats is marked too."""

SAID = """() => {
  const shown = (one) => (one.closest("select") ?? one.closest("svg") ?? one).checkVisibility({ visibilityProperty: true });
  const raw = "code, pre, kbd, .mono, [translate=no], [lang]:not(html)";
  const told = "bdi, [dir=auto]";
  const found = [["title", document.title, false]];
  for (const one of document.body.querySelectorAll("*")) {
    if (one.matches("script, style, noscript") || !shown(one)) continue;
    const where = `${one.tagName.toLowerCase()}.${one.getAttribute("class") ?? ""}`;
    for (const name of ["aria-label", "aria-description", "aria-valuetext", "aria-roledescription", "title", "placeholder", "alt", "label"])
      if (one.hasAttribute(name)) found.push([`${where}[${name}]`, one.getAttribute(name), false]);
    if (one.closest(raw)) continue;
    for (const child of one.childNodes)
      if (child.nodeType === Node.TEXT_NODE) found.push([where, child.data, Boolean(one.closest(told))]);
  }
  return found;
}"""
"""All texts on the screen: where, what, and whether it stands in an element for what chargers and operators say."""

KNOWN = frozenset(
    {
        *("ada", "admin", TAG),  # who the server was told of
        *("English", "Deutsch"),  # languages call themselves
        *(
            "Voltaro",
            "OCPP",
            "OCMF",
            "PostgreSQL",
            "CSV",
            "NDJSON",
            "JSON",
            "UTC",
            "GET",
            "ws",
            "wss",
            "svg",
            "CALL",
        ),  # formats, protocols, names
        *("kWh", "MWh", "Wh", "kW", "MW", "W", "A", "V", "Hz", "ms", "s", "km", "m", "KiB", "MiB", "GiB"),  # units
        *("supervisor", "persistence", "auth", "registry", "charger"),  # actors' names
    }
)
"""What is the same in every language."""
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_SET_APART = re.compile("\u2068[^\u2069]*\u2069")
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
_AROUND = '.,;:!?()[]+"\u201c\u201d\u2026\u00b7\u00d7\u2192'
_BLANK = re.compile(r"\{(\w+)\}")


@cache
def ocpp_words() -> frozenset[str]:
    """Every action, member and choice of all versions of OCPP."""
    words: set[str] = set()

    def gather(schema: Any) -> None:
        if isinstance(schema, dict):
            words.update(str(word) for word in schema.get("enum", ()))
            words.update(schema.get("properties", ()))
        for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            gather(inner)

    for version in ("v16", "v201", "v21"):
        book = load(version)
        words.update(book.requests)
        for check in (*book.requests.values(), *book.responses.values()):
            gather(check.document)
    return frozenset(words)


def foreign_words(text: str, is_told: bool) -> list[str]:
    """What of a text is neither from the catalogue nor known; a word of OCPP is, where it is shown that somebody else says it."""
    rest = _SET_APART.sub(" ", _MARKED.sub(" ", text))
    words = (word.strip(_AROUND) for word in rest.split())
    return [
        word
        for word in words
        if _WORD.fullmatch(word)  # all others are addresses, ids, paths, times, names of fields
        and word not in KNOWN
        and not re.search(r"[a-z][A-Z]", word)  # nor does any language write so
        and not (is_told and word in ocpp_words())
    ]


DIALOGS = (
    ("/chargers?state=offline&sort=-id", "Views"),
    ("/", "Go to or do"),
    ("/", ": preferences and sign-out"),
    ("/chargers", "Add a charger"),
    ("/sites", "Add a site"),
    ("/tags", "Add a tag"),
    ("/tags", "Import"),
    ("/drivers", "Add a driver"),
    ("/drivers", "Import"),
    ("/users", "Let somebody in"),
    ("/tokens", "Make a token"),
    ("/chargers/4711", "Reset"),
    ("/chargers/4711?tab=charging", "Set a limit"),
    ("/chargers/4711?tab=charging", "Reserve"),
    ("/chargers/4711?tab=configuration", "Recommended"),
    ("/chargers/4711?tab=maintenance", "Update firmware"),
    ("/chargers/4711?tab=security", "Install a root"),
    ("/chargers/4711?tab=security", "Higher profile"),
    ("/chargers/4711?tab=commands&action=RemoteStartTransaction", ""),
    ("/chargers/4712?tab=commands&action=SetChargingProfile", ""),
)
"""What is opened by a button: the page, and a part of the button's text in English."""


@windowed
async def voltaro_server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server with all that may be switched on."""
    flags = ("--unknown-chargers", "accept", "--fault-injection", "--simulator")
    async with running_server(database_url, tmp_path, *flags) as server:
        await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": PASSWORD})
        await server.api("POST", "/api/v1/tags", {"id_tag": TAG})
        yield server


async def speak(route: Route) -> None:
    """The catalogue of the marked language: every text in marks, what is filled in outside of them."""

    def marked(text: str) -> str:
        return f"⟦{_BLANK.sub(lambda blank: f'⟧{blank.group()}⟦', text)}⟧"

    made = {
        text: dict.fromkeys(said, marked(text)) if isinstance(said, dict) else marked(text)
        for text, said in json.loads(CATALOGUE.read_text()).items()
    }
    await route.fulfill(body=json.dumps(made), content_type="application/json")


async def foreign(page: Page, where: str) -> list[str]:
    """The words on the screen that are in no catalogue."""
    lines = []
    for place, text, is_told in await page.evaluate(SAID):
        words = foreign_words(text, is_told)
        if words:
            lines.append(f"{where}: {place}: {text.strip()[:160]!r}: {', '.join(words)}"[:300])
    return lines


async def settled(page: Page) -> None:
    await expect(page.locator("main h1, main h2").first).to_be_visible()
    await expect(page.locator("main .loading")).to_have_count(0)


async def visit(onlooker: Onlooker, path: str) -> list[str]:
    """Look at a page, at each of its tabs, and at what they keep folded."""
    page = onlooker.page
    await onlooker.open(path)
    await settled(page)
    await unfold(page)
    lines = await foreign(page, path)
    tabs = page.locator("main .tabs button, main [role=tab]")
    for place in range(1, await tabs.count()):
        await tabs.nth(place).click()
        await settled(page)
        await unfold(page)
        lines += await foreign(page, f"{path} {await tabs.nth(place).inner_text()}")
    return lines


async def opened_by(onlooker: Onlooker, path: str, word: str) -> list[str]:
    """What is opened by a button of a page."""
    page = onlooker.page
    await onlooker.open(path)
    await settled(page)
    if word:
        before = await page.locator("dialog[open], :popover-open").count()
        await page.get_by_role("button", name=word).first.click()
        await expect(page.locator("dialog[open], :popover-open")).not_to_have_count(before)
    return await foreign(page, f"{path} {word}")


async def test_every_word_on_every_page_is_in_the_catalogue(look: Look, voltaro_server: RunningServer) -> None:
    async with talking_fleet(voltaro_server, IDENTITIES, DIGITS):
        onlooker = await look()
        await onlooker.page.route("**/languages/de.json", speak)
        await onlooker.page.add_init_script(SPOKEN)
        await onlooker.open("/")
        lines = await foreign(onlooker.page, "sign in")
        await onlooker.sign_in()
        for path in await paths_of(voltaro_server, IDENTITIES):
            lines += await visit(onlooker, path)
        for path, word in DIALOGS:
            lines += await opened_by(onlooker, path, word)
        assert not lines, "\n".join(dict.fromkeys(lines))

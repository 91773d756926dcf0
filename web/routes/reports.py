"""What browsers report of our pages' content policy: counted, and a few a minute logged. On a good day there is nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from aiohttp import web

from voltaro.metrics import BROWSER_REPORTS
from web.problem import Problem
from web.reading import read_bytes
from web.route import Ask, Routes
from web.throttle import Allowance

log = structlog.get_logger("voltaro.web")

routes = Routes("people")

LARGEST = 16 * 1024
_MOST_IN_ONE = 10
_LONGEST = 200
_OF_ADDRESS = Allowance(burst=20, refill_s=6)
_OF_ALL = Allowance(burst=60, refill_s=1)
_MEDIA = ("application/csp-report", "application/reports+json", "application/json")


@routes.post("/reports", "Take what a browser reports of a page's content policy.", public=True, body_media="application/reports+json")
async def report_violations(ask: Ask[None, None]) -> web.Response:
    house = ask.house
    if ask.request.content_type not in _MEDIA:
        raise Problem(415, "unsupported_media_type", f"Send one of {', '.join(_MEDIA)}.")
    for key, allowance in ((f"report:{house.gate.peers.address(ask.request)}", _OF_ADDRESS), ("report", _OF_ALL)):
        wait_s = house.throttle.wait_s(key, allowance)
        if wait_s:
            raise Problem(429, "too_many_reports", "Enough is known already.", headers={"Retry-After": str(wait_s)})
        house.throttle.failed(key, allowance)
    try:
        told = msgspec.json.decode(await read_bytes(ask.request, LARGEST))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(400, "not_json", "The body is not JSON.") from error
    for report in _reports(told)[:_MOST_IN_ONE]:
        BROWSER_REPORTS.inc()
        # Not the page's address: it may be a link that signs in.
        log.warning("browser.report", **{name: _short(report, words) for name, words in _SHOWN.items()})
    return web.Response(status=204)


def _reports(told: Any) -> list[dict[str, Any]]:
    """Of the Reporting API a list, of ``report-uri`` one (CSP Level 3 sections 5.3 and 5.5)."""
    found = [item.get("body") for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    if isinstance(told, dict):
        found = [told.get("csp-report")]
    return [report for report in found if isinstance(report, dict)]


def _short(report: dict[str, Any], words: tuple[str, ...]) -> str:
    value = next((report[word] for word in words if word in report), "")
    text = "".join(character for character in str(value)[:_LONGEST] if character.isprintable())
    return text.partition("?")[0].partition("#")[0]


_SHOWN = {
    "directive": ("effectiveDirective", "effective-directive", "violated-directive"),
    "blocked": ("blockedURL", "blocked-uri"),
    "source": ("sourceFile", "source-file"),
    "line": ("lineNumber", "line-number"),
}

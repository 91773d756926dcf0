"""What browsers report, and the headers that make them."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from tests.web.site import Site
from voltaro.metrics import BROWSER_REPORTS

NEW = [
    {
        "type": "csp-violation",
        "url": "https://x/login/secret",
        "body": {"effectiveDirective": "script-src", "blockedURL": "inline", "lineNumber": 7},
    }
]
OLD = {
    "csp-report": {"violated-directive": "img-src", "blocked-uri": "https://evil.example/p?token=hush\n", "document-uri": "/login/secret"}
}


def counted() -> float:
    return BROWSER_REPORTS._value.get()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("body", "media", "seen"),
    [(NEW, "application/reports+json", ("script-src", "inline")), (OLD, "application/csp-report", ("img-src", "https://evil.example/p"))],
)
async def test_a_report_is_counted_and_logged_without_what_is_secret(site: Site, body: object, media: str, seen: tuple[str, str]) -> None:
    before = counted()
    with capture_logs() as logs:
        assert (await site.post("/reports", body, token=None, headers={"Content-Type": media})).status == 204
    [told] = [entry for entry in logs if entry["event"] == "browser.report"]
    assert (told["directive"], told["blocked"]) == seen
    assert "secret" not in str(logs)
    assert "hush" not in str(logs)
    assert counted() == before + 1


@pytest.mark.parametrize("body", [[], {}, [1, {"body": 2}], {"csp-report": []}, "x", None, 7])
async def test_what_is_no_report_is_nothing(site: Site, body: object) -> None:
    before = counted()
    headers = {"Content-Type": "application/reports+json"}
    assert (await site.post("/reports", data=json.dumps(body), token=None, headers=headers)).status == 204
    assert counted() == before


async def test_what_is_too_much_is_refused(site: Site) -> None:
    headers = {"Content-Type": "application/csp-report"}
    assert (await site.post("/reports", data="{", token=None, headers=headers)).status == 400
    assert (await site.post("/reports", data="x", token=None, headers={"Content-Type": "text/html"})).status == 415
    assert (await site.post("/reports", data="[" + " " * 20_000 + "]", token=None, headers=headers)).status == 413
    before = counted()
    many = [NEW[0]] * 500
    assert (await site.post("/reports", many, token=None, headers={"Content-Type": "application/reports+json"})).status in (204, 413)
    assert counted() <= before + 10
    answers = [(await site.post("/reports", OLD, token=None, headers=headers)).status for _ in range(30)]
    assert answers.count(429) >= 10
    site.clock.advance(3600)
    assert (await site.post("/reports", OLD, token=None, headers=headers)).status == 204


async def test_every_page_names_its_policy_and_what_it_never_asks_for(site: Site) -> None:
    page = await site.get("/chargers", api=False, token=None)
    policy = page.headers["Content-Security-Policy"]
    for directive in (
        "default-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types voltaro",
        "report-uri /api/v1/reports",
        "report-to voltaro",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    assert page.headers["Reporting-Endpoints"] == 'voltaro="/api/v1/reports"'
    for feature in ("camera", "geolocation", "microphone", "payment", "usb"):
        assert f"{feature}=()" in page.headers["Permissions-Policy"]
    assert (await site.get("/tags")).headers["Permissions-Policy"] == page.headers["Permissions-Policy"]

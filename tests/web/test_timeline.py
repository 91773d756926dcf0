"""The life of a charger over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.charger import ConnectorReport, ConnectorState
from voltaro.domain.fact import ChargerConnected, ChargerDisconnected, ConnectorReported, SecurityEventReported
from voltaro.domain.person import Scope

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def spelled(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def lived(site: Site) -> None:
    """A charger that came an hour ago, was away for six minutes, and charges at connector 1."""
    await stored.charger(site.store, "CP1")
    report = ConnectorReport(1, 1, "Charging", ago(20), "NoError")
    for fact in (
        ChargerConnected("CP1", "ocpp1.6", "10.0.0.7", ago(60)),
        ChargerDisconnected("CP1", 1006, "the line broke", ago(40)),
        ChargerConnected("CP1", "ocpp1.6", "10.0.0.7", ago(34)),
        ConnectorReported("CP1", report, ConnectorState.CHARGING, ago(20)),
    ):
        await site.store.write([fact])


async def test_a_timeline_tells_line_connectors_sessions_and_notes(site: Site) -> None:
    await lived(site)
    running = await stored.session(site.store, at=ago(20))
    await site.post("/chargers/CP1/notes", {"text": "Gate code 4711"})
    await stored.happened(site.store)
    told = (await site.get("/chargers/CP1/timeline")).json
    lanes = told["connection"]["items"]
    assert [(span["online"], span["since"]) for span in lanes[:3]] == [
        (True, spelled(ago(60))),
        (False, spelled(ago(40))),
        (True, spelled(ago(34))),
    ]
    assert (lanes[1]["code"], lanes[1]["reason"]) == (1006, "the line broke")
    (stood,) = told["connectors"]["items"]
    assert (stood["state"], stood["status"], stood["since"], stood["until"]) == ("charging", "Charging", spelled(ago(20)), None)
    assert [(mark["id"], mark["ended_at"]) for mark in told["sessions"]["items"]] == [(running.id, None)]
    assert [event["type"] for event in told["happenings"]["items"]] == ["charger.anomaly"]
    assert [note["text"] for note in told["notes"]["items"]] == ["Gate code 4711"]
    assert (told["jobs"], told["commands"]["cut"]) == ({"items": [], "cut": False}, False)


async def test_a_window_is_at_most_a_month_and_runs_forward(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    month = quote(spelled(NOW - timedelta(days=32)))
    for query in (f"since={month}", f"since={quote(spelled(NOW + timedelta(days=1)))}", "since=2026-01-01T00:00:00", "limit=501", "x=1"):
        answer = await site.get(f"/chargers/CP1/timeline?{query}")
        assert (answer.status, "errors" in answer.json) == (400, True), query
    assert (await site.get("/chargers/NONE/timeline")).status == 404
    past = await site.get(f"/chargers/CP1/timeline?since={quote(spelled(ago(600)))}&until={quote(spelled(ago(300)))}")
    assert (past.status, past.json["until"]) == (200, spelled(ago(300)))


async def test_who_may_not_read_sessions_sees_none_on_a_timeline(site: Site) -> None:
    await lived(site)
    await stored.session(site.store, at=ago(20))
    token = await site.add_token(Scope.CHARGERS_READ)
    assert (await site.get("/chargers/CP1/timeline", token=token)).json["sessions"] is None
    blind = await site.add_token(Scope.TAGS_READ)
    for path in ("timeline", "uptime", "security-events", "notes"):
        assert (await site.get(f"/chargers/CP1/{path}", token=blind)).status == 403, path


async def test_uptime_is_of_what_is_known(site: Site) -> None:
    await lived(site)
    told = (await site.get("/chargers/CP1/uptime")).json
    day, week, month = told["windows"]
    assert [window["hours"] for window in (day, week, month)] == [24, 168, 720]
    assert day["disconnections"] == 1
    since_s = (datetime.now(UTC) - NOW).total_seconds()
    assert 3600 <= day["known_s"] == month["known_s"] <= 3602 + since_s
    # The line that is open as far as is recorded is not there any more: it ended when the charger was last seen.
    assert day["online_s"] == 1200
    await stored.charger(site.store, "CP2")
    assert (await site.get("/chargers/CP2/uptime")).json["windows"][0]["online_percent"] is None


async def test_security_events_are_listed_and_told_apart_by_how_bad_they_are(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    for number, kind in enumerate(("SettingSystemTime", "TamperDetectionActivated")):
        await site.store.write([SecurityEventReported("CP1", kind, ago(9 - number), NOW, "=1+1")])
    listed = (await site.get("/chargers/CP1/security-events?limit=1")).json
    assert [(event["type"], event["critical"]) for event in listed["items"]] == [("TamperDetectionActivated", True)]
    rest = (await site.get(f"/chargers/CP1/security-events?limit=1&cursor={listed['next']}")).json
    assert [event["type"] for event in rest["items"]] == ["SettingSystemTime"]
    table = await site.get("/chargers/CP1/security-events", headers={"Accept": "text/csv"})
    assert table.text.count("'=1+1") == 2


@pytest.mark.parametrize("until", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_window_at_the_end_of_all_days_is_refused(site: Site, until: str) -> None:
    await stored.charger(site.store, "CP1")
    refused = await site.get(f"/chargers/CP1/timeline?until={until}")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?until")

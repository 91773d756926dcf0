"""What needs attention over the API: listed worst first, muted for a while, told when it changes; and the day's figures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web import stored
from tests.web.fakes import connector
from tests.web.site import Site
from tests.web.test_events import listening
from voltaro.domain.charger import ConnectorState
from voltaro.domain.fact import ChargerSeen, SecurityEventReported
from voltaro.domain.figures import Ledger, bucket_of
from voltaro.domain.person import Scope
from voltaro.domain.site import midnight
from voltaro.ports.sites import FLEET, BucketRow


async def listed(site: Site, query: str = "") -> list[dict[str, Any]]:
    site.clock.advance(4)
    answer = await site.get(f"/attention{query}")
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def faulted(site: Site, *charger_ids: str) -> None:
    for name in charger_ids:
        fault = connector(1, status="Faulted", state=ConnectorState.FAULTED)._replace(error_code="GroundFailure")
        site.fleet.connect(name, [fault])


async def test_troubles_of_all_sorts_are_listed_worst_first_with_a_link(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP/2", "CP3")
    faulted(site, "CP/2")
    site.room.come("NEW")
    site.fleet.resting["charger/CP3"] = (5, datetime.now(UTC))
    await stored.kept(site.store, "CP1", b"[2]")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    await site.store.write([ChargerSeen("CP1", long_ago)])
    items = await listed(site)
    assert [(item["kind"], item["severity"], item["link"]) for item in items] == [
        ("quarantined", "critical", "/actors"),
        ("faulted", "critical", "/chargers/CP%2F2"),
        ("unknown_charger", "warning", "/chargers"),
        ("offline", "warning", "/chargers/CP1"),
        ("dead_letters", "warning", "/dead-letters"),
    ]
    assert items[1]["params"]["error_code"] == "GroundFailure"
    assert items[4]["params"] == {"count": 1}


async def test_an_open_session_of_an_offline_charger_is_listed_with_its_session(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await stored.session(site.store)
    await site.store.write([ChargerSeen("CP1", datetime.now(UTC) - timedelta(minutes=2))])
    [item] = await listed(site)
    assert (item["kind"], item["link"]) == ("offline_in_session", f"/sessions/{session.id}")


async def test_security_events_of_the_last_day_are_listed_by_type(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    now = datetime.now(UTC)
    reports = [("TamperDetectionActivated", now), ("TamperDetectionActivated", now - timedelta(hours=1)), ("SettingSystemTime", now)]
    await site.store.write([SecurityEventReported("CP1", kind, at, at, None) for kind, at in reports])
    [item] = await listed(site)
    assert (item["kind"], item["params"], item["link"]) == (
        "security_event", {"type": "TamperDetectionActivated", "count": 2}, "/chargers/CP1?tab=security",
    )  # fmt: skip


async def test_the_list_is_filtered_paged_and_counted(site: Site) -> None:
    faulted(site, "CP1", "CP2", "CP3")
    site.room.come("NEW")
    assert len(await listed(site, "?kind=faulted")) == 3
    assert [item["charger_id"] for item in await listed(site, "?severity=warning")] == ["NEW"]
    assert [item["charger_id"] for item in await listed(site, "?charger_id=CP2")] == ["CP2"]
    first = (await site.get("/attention?limit=3")).json
    assert [(count["kind"], count["count"], count["muted"]) for count in first["kinds"]] == [("faulted", 3, 0), ("unknown_charger", 1, 0)]
    second = (await site.get(f"/attention?limit=3&cursor={first['next']}")).json
    assert ([item["charger_id"] for item in second["items"]], second["next"]) == (["NEW"], None)
    assert (await site.get("/attention?cursor=gone")).status == 400
    lines = (await site.get("/attention", headers={"Accept": "text/csv"})).text.splitlines()
    assert len(lines) == 5


async def test_an_item_is_muted_for_a_while_with_a_note_and_audited(site: Site) -> None:
    faulted(site, "CP1", "CP2")
    item = (await listed(site, "?charger_id=CP1"))[0]
    until = site.clock.now() + timedelta(hours=8)
    answer = await site.ask("PUT", f"/attention/{item['id']}/mute", {"until": until.isoformat(), "note": "technician comes"})
    assert answer.status == 200, answer.text
    assert answer.json["mute"]["note"] == "technician comes"
    assert [shown["charger_id"] for shown in await listed(site, "?muted=false")] == ["CP2"]
    [muted] = await listed(site, "?muted=true")
    assert (muted["charger_id"], muted["mute"]["muted_by"]) == ("CP1", "token:admin")
    assert (await site.get("/attention")).json["kinds"][0]["muted"] == 1
    assert (await site.delete(f"/attention/{item['id']}/mute")).status == 204
    assert len(await listed(site, "?muted=false")) == 2
    assert (await site.delete(f"/attention/{item['id']}/mute")).status == 404
    actions = [(entry["action"], entry["target"]) for entry in (await site.get("/audit")).json["items"]]
    assert actions[:2] == [("attention.unmuted", "CP1"), ("attention.muted", "CP1")]


async def test_a_mute_ends_by_itself(site: Site) -> None:
    faulted(site, "CP1")
    [item] = await listed(site)
    until = site.clock.now() + timedelta(hours=1)
    await site.ask("PUT", f"/attention/{item['id']}/mute", {"until": until.isoformat()})
    assert await listed(site, "?muted=false") == []
    site.clock.advance(3600)
    assert len(await listed(site, "?muted=false")) == 1


@pytest.mark.parametrize("ahead", [timedelta(seconds=-1), timedelta(days=91)])
async def test_a_mute_without_end_is_refused(site: Site, ahead: timedelta) -> None:
    faulted(site, "CP1")
    [item] = await listed(site)
    answer = await site.ask("PUT", f"/attention/{item['id']}/mute", {"until": (site.clock.now() + ahead).isoformat()})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/until")


async def test_what_needs_no_attention_cannot_be_muted_and_a_reader_mutes_nothing(site: Site) -> None:
    until = {"until": (site.clock.now() + timedelta(hours=1)).isoformat()}
    assert (await site.ask("PUT", "/attention/0123/mute", until)).status == 404
    reader = await site.add_token(Scope.CHARGERS_READ)
    assert (await site.ask("PUT", "/attention/0123/mute", until, token=reader)).status == 403
    assert (await site.get("/attention", token=reader)).status == 200


async def test_a_change_is_told_on_the_stream(site: Site) -> None:
    async with listening(site, "?topics=attention") as stream:
        while not site.stream.is_watched():
            await asyncio.sleep(0)
        faulted(site, "CP1")
        site.clock.advance(4)
        await site.get("/attention")
        kind, data, event_id = await stream.event()
        if data["total"] == 0:  # what was found when the server started, where the stream was attached by then
            kind, data, event_id = await stream.event()
        assert (kind, data["total"], event_id) == ("attention.updated", 1, None)


async def test_the_day_and_the_history_are_told_by_zone_and_by_site(site: Site) -> None:
    await site.post("/sites", {"id": "depot", "name": "Depot"})
    now = site.clock.now()
    day = midnight(now, "Asia/Tokyo")
    rows = [
        BucketRow(FLEET, bucket_of(now), 2, 8000, 700),
        BucketRow(FLEET, day - timedelta(minutes=5), 1, 90_000, 4000),
        BucketRow("depot", bucket_of(now), 1, 3000, 100),
    ]
    assert await site.store.add_figures(rows, Ledger(version=1))
    shown = (await site.get("/overview?time_zone=Asia/Tokyo")).json
    assert (shown["energy_today_wh"], shown["peak_today_w"], shown["time_zone"]) == (700, 8000, "Asia/Tokyo")
    refused = await site.get("/overview?time_zone=Asia/Nowhere")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?time_zone")
    history = (await site.get("/overview/history?hours=48")).json
    assert (history["step_s"], history["energy_wh"], history["peak_w"]) == (600, 4700, 90_000)
    assert history["items"][-1]["power_w"] == 4000
    week = (await site.get("/overview/history?hours=168")).json
    assert (week["step_s"], week["energy_wh"]) == (1800, 4700)
    assert (await site.get("/overview/history?site_id=depot")).json["energy_wh"] == 100
    assert (await site.get("/overview/history?site_id=nowhere")).status == 404
    lines = (await site.get("/overview/history", headers={"Accept": "text/csv"})).text.splitlines()
    assert lines[0] == "at,power_w,power_max_w,energy_wh,online,charging,sessions"


async def test_a_session_that_stands_still_is_found_while_it_charges(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = replace(await stored.session(site.store, at=site.clock.now()), energy_wh=500, power_w=7000)
    site.fleet.connect("CP1", [connector(1, status="Charging", state=ConnectorState.CHARGING)], {1: session})
    assert await listed(site) == []
    site.clock.advance(16 * 60)
    [item] = await listed(site)
    assert (item["kind"], item["session_id"], item["link"]) == ("no_progress", session.id, f"/sessions/{session.id}")

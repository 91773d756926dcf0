"""Sites over the API: made, changed, listed with what goes on there, and removed only when it is said where their chargers go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web import stored
from tests.web.fakes import connector
from tests.web.site import Site
from voltaro.domain.charger import ConnectorState
from voltaro.domain.figures import BUCKET, Ledger, bucket_of
from voltaro.domain.person import Scope
from voltaro.domain.site import midnight
from voltaro.ports.sites import BucketRow

DEPOT = {"id": "depot", "name": "Depot North", "latitude": 52.52, "longitude": 13.4, "time_zone": "Europe/Berlin"}


async def made(site: Site, **changes: Any) -> dict[str, Any]:
    answer = await site.post("/sites", DEPOT | changes)
    assert answer.status == 201, answer.text
    shown: dict[str, Any] = answer.json
    return shown


async def test_a_site_is_made_shown_and_listed_by_name(site: Site) -> None:
    answer = await site.post("/sites", DEPOT)
    assert (answer.status, answer.headers["Location"], answer.headers["ETag"]) == (201, "/api/v1/sites/depot", '"1"')
    await made(site, id="yard", name="alpha yard")
    shown = (await site.get("/sites/depot")).json
    assert (shown["name"], shown["time_zone"], shown["latitude"], shown["chargers"]) == ("Depot North", "Europe/Berlin", 52.52, 0)
    assert [item["id"] for item in (await site.get("/sites")).json["items"]] == ["yard", "depot"]
    assert [item["id"] for item in (await site.get("/sites?search=NORTH")).json["items"]] == ["depot"]
    first = (await site.get("/sites?limit=1")).json
    assert [item["id"] for item in (await site.get(f"/sites?limit=1&cursor={first['next']}")).json["items"]] == ["depot"]


async def test_a_site_without_an_id_is_given_one(site: Site) -> None:
    shown = (await site.post("/sites", {"name": "Depot"})).json
    assert (await site.get(f"/sites/{shown['id']}")).json["time_zone"] == "UTC"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time_zone": "Europe/Nowhere"}, "/time_zone"),
        ({"time_zone": "localtime"}, "/time_zone"),
        ({"latitude": None}, "/latitude"),
        ({"longitude": None}, "/longitude"),
        ({"latitude": 91}, "/latitude"),
        ({"name": "  "}, "/name"),
        ({"id": "../x"}, "/id"),
    ],
)
async def test_a_site_that_cannot_be_is_422_with_the_pointer(site: Site, change: dict[str, Any], pointer: str) -> None:
    answer = await site.post("/sites", DEPOT | change)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


async def test_a_change_needs_the_version_it_was_made_on_and_is_audited_with_before_and_after(site: Site) -> None:
    await made(site)
    changed = await site.patch("/sites/depot", {"name": "Depot South"}, headers={"If-Match": '"1"'})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert (await site.patch("/sites/depot", {"note": "x"}, headers={"If-Match": '"1"'})).status == 412
    assert (await site.patch("/sites/depot", {}, headers={"If-Match": '"1"'})).status == 412
    assert (await site.patch("/sites/depot", {"latitude": None})).json["errors"][0]["pointer"] == "/latitude"
    assert (await site.patch("/sites/depot", {"latitude": None, "longitude": None})).json["latitude"] is None
    assert (await site.patch("/sites/nowhere", {"name": "x"})).status == 404
    entry = next(entry for entry in (await site.get("/audit")).json["items"] if "name" in (entry["before"] or {}))
    assert (entry["action"], entry["target"]) == ("site.changed", "depot")
    assert (entry["before"], entry["after"]) == ({"name": "Depot North"}, {"name": "Depot South"})


async def test_a_charger_stands_only_at_a_site_that_exists(site: Site) -> None:
    await made(site)
    assert (await site.post("/chargers", {"id": "CP1", "security_profile": 0, "site_id": "depot"})).json["site_id"] == "depot"
    await stored.charger(site.store, "CP2")
    for refused in (
        await site.post("/chargers", {"id": "CP3", "security_profile": 0, "site_id": "nowhere"}),
        await site.patch("/chargers/CP2", {"site_id": "nowhere"}),
    ):
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/site_id")
    assert [charger["id"] for charger in (await site.get("/chargers?site_id=depot")).json["items"]] == ["CP1"]


async def test_a_site_shows_what_goes_on_there(site: Site) -> None:
    await made(site)
    for name in ("CP1", "CP2", "CP3"):
        await site.post("/chargers", {"id": name, "security_profile": 0, "site_id": "depot"})
    session = replace(await stored.session(site.store), power_w=7400)
    site.fleet.connect("CP1", [connector(1, status="Charging", state=ConnectorState.CHARGING)], {1: session})
    site.fleet.connect("CP2", [connector(1, status="Faulted", state=ConnectorState.FAULTED)])
    now = datetime.now(UTC)
    day = midnight(now, "Europe/Berlin")
    rows = [BucketRow("depot", bucket_of(now), 1, 7400, 900), BucketRow("depot", day - BUCKET, 1, 1, 5000)]
    assert await site.store.add_figures(rows, Ledger(version=1))
    site.clock.advance(10)
    [shown] = (await site.get("/sites")).json["items"]
    names = ("chargers", "online", "charging", "faulted", "power_w", "energy_today_wh")
    assert [shown[name] for name in names] == [3, 2, 1, 1, 7400, 900]


async def test_a_site_with_chargers_is_removed_only_when_it_is_said_where_they_go(site: Site) -> None:
    await made(site)
    await made(site, id="yard")
    for name in ("CP1", "CP2"):
        await site.post("/chargers", {"id": name, "security_profile": 0, "site_id": "depot"})
    refused = await site.delete("/sites/depot")
    assert (refused.status, refused.json["type"]) == (409, "urn:voltaro:problem:site_in_use")
    assert "2 chargers" in refused.json["detail"]
    for query in ("move_to=nowhere", "move_to=depot", "move_to=yard&detach=true"):
        assert (await site.delete(f"/sites/depot?{query}")).status == 400
    assert (await site.delete("/sites/depot?move_to=yard", headers={"If-Match": '"7"'})).status == 412
    assert (await site.delete("/sites/depot?move_to=yard")).status == 204
    assert (await site.get("/chargers/CP2")).json["site_id"] == "yard"
    assert (await site.delete("/sites/yard?detach=true")).status == 204
    assert (await site.get("/chargers/CP2")).json["site_id"] is None
    assert (await site.delete("/sites/yard")).status == 404
    actions = [entry["action"] for entry in (await site.get("/audit")).json["items"]]
    assert actions.count("site.removed") == actions.count("chargers.moved") == 2


async def test_sites_are_had_as_csv(site: Site) -> None:
    await made(site, name="=cmd()")
    lines = (await site.get("/sites", headers={"Accept": "text/csv"})).text.splitlines()
    assert lines[0].startswith("id,name,address,")
    assert lines[1].startswith("depot,'=cmd(),")


async def test_a_change_of_a_site_is_told_to_who_listens(site: Site) -> None:
    await made(site)
    await site.patch("/sites/depot", {"name": "Depot South"})
    await site.delete("/sites/depot")
    events = await site.store.events_after(0, limit=10)
    assert [event.type for event in events] == ["site.added", "site.updated", "site.removed"]
    assert events[1].data["name"] == "Depot South"


async def test_a_viewers_token_reads_sites_and_changes_none(site: Site) -> None:
    await made(site)
    reader = await site.add_token(Scope.CHARGERS_READ)
    assert (await site.get("/sites/depot", token=reader)).status == 200
    assert (await site.post("/sites", DEPOT, token=reader)).status == 403
    assert (await site.patch("/sites/depot", {"name": "x"}, token=reader)).status == 403
    assert (await site.delete("/sites/depot", token=reader)).status == 403


async def test_the_audit_tells_what_a_site_was_before_and_after(site: Site) -> None:
    await site.post("/sites", {"id": "depot", "name": "Depot", "note": "left gate"})
    await site.patch("/sites/depot", {"name": "Depot", "note": None})
    await site.delete("/sites/depot")
    removed, changed, added = ((entry["before"], entry["after"]) for entry in (await site.get("/audit?action=site.")).json["items"])
    assert added == (None, {"name": "Depot", "time_zone": "UTC", "note": "left gate"})
    assert changed == ({"note": "left gate"}, {"note": None})
    assert removed == ({"name": "Depot", "time_zone": "UTC"}, None)

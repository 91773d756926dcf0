"""The list of chargers: its filters over what is stored and what is live, and its forms."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.web import stored
from tests.web.fakes import connector
from tests.web.site import Site
from voltaro.domain.charger import Connection, ConnectorState, Registration
from voltaro.domain.charger_state import ChargerState, LiveState, charger_state, loudest
from voltaro.ports import Change, NewCharger


@pytest.fixture
async def fleet(site: Site) -> Site:
    """A free, a charging and a faulted charger that are here, one that waits for an operator, and two that are away."""
    await stored.site(site.store, "north")
    for number, name in enumerate(("AWAY-1", "AWAY-2", "BAD", "BUSY", "FREE", "WAITS")):
        profile, place = (0, "north") if number % 2 else (1, None)
        await site.store.add_charger(NewCharger(name, security_profile=profile, site_id=place, name=f"Number {number}"), "test")
    await site.store.change_charger("WAITS", Change({"registration": Registration.PENDING}), "test")
    site.fleet.connect("FREE", [connector(1), connector(2)])
    site.fleet.connect("BUSY", [connector(1), connector(2, 1, "Charging", ConnectorState.CHARGING)])
    site.fleet.connect("BAD", [connector(0, 0, "Available"), connector(1, 1, "Faulted", ConnectorState.FAULTED)])
    site.fleet.connect("WAITS", [connector(1)])
    return site


async def _ids(site: Site, query: str) -> list[str]:
    answer = await site.get(f"/chargers?{query}")
    assert answer.status == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=charging", ["BUSY"]),
        ("state=available", ["FREE"]),
        ("state=faulted,offline", ["AWAY-1", "AWAY-2", "BAD"]),
        ("state=pending", ["WAITS"]),
        ("connection=online", ["BAD", "BUSY", "FREE", "WAITS"]),
        ("connection=offline", ["AWAY-1", "AWAY-2"]),
        ("connection=offline&site_id=north", ["AWAY-2"]),
        ("connection=online&state=offline", []),
        ("security_profile=0&search=b", ["BUSY", "WAITS", "AWAY-2"]),
        ("search=number%205", ["WAITS"]),
        ("firmware_version=none", []),
    ],
)
async def test_chargers_are_found_by_what_is_stored_and_what_is_live(fleet: Site, query: str, ids: list[str]) -> None:
    found = await _ids(fleet, query)
    assert found == sorted(ids)
    brief = await fleet.get(f"/chargers?{query}&view=brief")
    assert [item["id"] for item in brief.json["items"]] == sorted(ids)


async def test_a_filtered_list_has_pages(fleet: Site) -> None:
    first = await fleet.get("/chargers?connection=online&limit=3")
    assert [item["id"] for item in first.json["items"]] == ["BAD", "BUSY", "FREE"]
    assert await _ids(fleet, f"connection=online&limit=3&cursor={first.json['next']}") == ["WAITS"]


@pytest.mark.parametrize("query", ["state=happy", "connection=online,so-so", "view=long", "security_profile=4", "colour=red"])
async def test_a_filter_that_cannot_be_is_refused(site: Site, query: str) -> None:
    assert (await site.get(f"/chargers?{query}")).status == 400


async def test_the_view_of_a_charger_says_its_state(fleet: Site) -> None:
    assert {item["id"]: item["state"] for item in (await fleet.get("/chargers")).json["items"]} == {
        "AWAY-1": "offline",
        "AWAY-2": "offline",
        "BAD": "faulted",
        "BUSY": "charging",
        "FREE": "available",
        "WAITS": "pending",
    }


async def test_a_list_as_csv_has_a_line_for_each_and_no_formula(fleet: Site) -> None:
    await fleet.store.change_charger("FREE", Change({"name": "=cmd|x"}), "test")
    answer = await fleet.get("/chargers?connection=online", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ["BAD", "BUSY", "FREE", "WAITS"]
    assert (rows[2]["name"], rows[2]["connectors"], rows[2]["password"], rows[1]["state"]) == ("'=cmd|x", "2", "", "charging")


async def test_a_list_as_ndjson_is_whole_or_in_brief(fleet: Site) -> None:
    await stored.session(fleet.store, "AWAY-1")
    ndjson = {"Accept": "application/x-ndjson"}
    whole = [json.loads(line) for line in (await fleet.get("/chargers", headers=ndjson)).text.splitlines()]
    assert whole == (await fleet.get("/chargers")).json["items"]
    brief = [json.loads(line) for line in (await fleet.get("/chargers?view=brief", headers=ndjson)).text.splitlines()]
    assert [item["id"] for item in brief] == [item["id"] for item in whole]
    assert brief[0] == {"id": "AWAY-1", "name": "Number 0", "evses": [{"id": 1, "connectors": [], "session_id": 1}]}
    assert brief[3]["evses"][1]["connectors"][0]["state"] == "charging"


def test_the_loudest_state_stands_for_a_charger() -> None:
    assert loudest([]) is ConnectorState.UNKNOWN
    assert loudest([ConnectorState.AVAILABLE, ConnectorState.SUSPENDED_EV, ConnectorState.PREPARING]) is ConnectorState.SUSPENDED_EV
    here = LiveState(Connection.SUSPECT, ConnectorState.AVAILABLE)
    assert charger_state(here, Registration.ACCEPTED) is ChargerState.AVAILABLE
    assert charger_state(here, Registration.PENDING) is ChargerState.PENDING
    assert charger_state(here._replace(quarantined=True), Registration.PENDING) is ChargerState.QUARANTINED
    assert charger_state(here._replace(connection=Connection.OFFLINE), Registration.PENDING) is ChargerState.OFFLINE

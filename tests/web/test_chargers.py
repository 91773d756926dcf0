"""The chargers of the API: stored rows with what is live laid over them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web import stored
from tests.web.fakes import connector
from tests.web.site import Site
from voltaro.domain.charger import ConnectorState, Registration
from voltaro.domain.person import Scope


async def test_a_charger_is_made_with_a_password_shown_once(site: Site) -> None:
    made = await site.post("/chargers", {"id": "CP1", "name": "North"})
    assert made.status == 201
    assert made.headers["Location"] == "/api/v1/chargers/CP1"
    assert made.json["password"] == "made-by-the-server"
    shown = await site.get("/chargers/CP1")
    assert "password" not in shown.json
    assert shown.headers["ETag"].startswith(f'"{shown.json["version"]}-')
    credentials = await site.store.credentials(["CP1"])
    assert credentials["CP1"].password_hash == b"hash of made-by-the-server"


async def test_a_given_password_is_not_shown(site: Site) -> None:
    made = await site.post("/chargers", {"id": "CP1", "password": "the-operators-own"})
    assert "password" not in made.json
    assert (await site.store.credentials(["CP1"]))["CP1"].password_hash == b"hash of the-operators-own"


async def test_an_open_charger_has_no_password_and_is_shown_as_open(site: Site) -> None:
    made = await site.post("/chargers", {"id": "CP1", "security_profile": 0})
    assert made.json["security_profile"] == 0
    assert "password" not in made.json
    assert (await site.store.credentials(["CP1"]))["CP1"].password_hash is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/id"),
        ({"id": ""}, "/id"),
        ({"id": "a:b"}, "/id"),
        ({"id": "x" * 49}, "/id"),
        ({"id": "CP1", "nmae": "x"}, "/nmae"),
        ({"id": "CP1", "latitude": 91}, "/latitude"),
        ({"id": "CP1", "name": "a\0b"}, "/name"),
        ({"id": "CP1", "security_profile": 4}, "/security_profile"),
        ({"id": "CP1", "security_profile": 0, "password": "long enough"}, "/password"),
        ({"id": "CP1", "password": "short"}, "/password"),
    ],
)
async def test_a_charger_that_cannot_be_is_422_with_the_pointer(site: Site, body: object, pointer: str) -> None:
    answer = await site.post("/chargers", body)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_a_charger_is_made_once(site: Site) -> None:
    await site.post("/chargers", {"id": "CP1"})
    assert (await site.post("/chargers", {"id": "CP1"})).status == 409


async def test_an_offline_charger_is_shown_from_the_store(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    running = await stored.session(site.store)
    shown = (await site.get("/chargers/CP1")).json
    assert (shown["connection"], shown["actor"]["state"]) == ("offline", "stopped")
    assert [(evse["id"], evse["session_id"]) for evse in shown["evses"]] == [(1, running.id)]


async def test_what_is_live_is_laid_over_what_is_stored(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    running = await stored.session(site.store)
    connectors = [connector(0), connector(2, 2), connector(2, 1), connector(1, 1, "Charging", ConnectorState.CHARGING)]
    site.fleet.connect("CP1", connectors, {1: running})
    first, second = (await site.get("/chargers")).json["items"]
    assert (first["connection"], first["protocol"], second["connection"]) == ("online", "ocpp1.6", "offline")
    assert first["actor"] == {"state": "running", "restarts": 2, "mailbox": 0}
    assert first["station"]["status"] == "Available"
    assert [(evse["id"], evse["session_id"], [c["id"] for c in evse["connectors"]]) for evse in first["evses"]] == [
        (1, running.id, [1]),
        (2, None, [1, 2]),
    ]
    assert first["evses"][0]["connectors"][0]["state"] == "charging"


async def test_the_list_is_paged_by_cursor(site: Site) -> None:
    await stored.charger(site.store, *(f"CP{number}" for number in range(7)))
    seen, cursor = [], ""
    while True:
        page = (await site.get(f"/chargers?limit=3{cursor}")).json
        seen += [charger["id"] for charger in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [f"CP{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=nonsense", "nosuch=1", "limit=1&limit=2", "search=%00", "registration=no"]
)
async def test_a_wrong_query_is_400(site: Site, query: str) -> None:
    answer = await site.get(f"/chargers?{query}")
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_stranger_is_listed_among_the_pending_and_accepted(site: Site) -> None:
    site.room.come("NEW1")
    assert (await site.get("/strangers")).json["items"][0]["boot"]["vendor"] == "Acme"
    [pending] = (await site.get("/chargers?registration=pending")).json["items"]
    assert (pending["id"], pending["registration"], pending["vendor"]) == ("NEW1", "pending", "Acme")
    accepted = await site.post("/strangers/NEW1/accept")
    assert (accepted.status, accepted.json["security_profile"]) == (201, 0)
    assert site.room.waiting == []
    assert (await site.get("/chargers/NEW1")).json["registration"] == "accepted"
    assert (await site.post("/strangers/NEW1/accept")).status == 404


async def test_a_stranger_accepted_with_a_password_must_know_it(site: Site) -> None:
    site.room.come("NEW1")
    accepted = await site.post("/strangers/NEW1/accept", {"password": "known to it"})
    assert accepted.json["security_profile"] == 1
    assert (await site.store.credentials(["NEW1"]))["NEW1"].password_hash is not None


async def test_a_change_needs_the_version_it_was_made_on(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    tag = (await site.get("/chargers/CP1")).headers["ETag"]
    changed = await site.patch("/chargers/CP1", {"name": "South", "latitude": 48.1}, headers={"If-Match": tag})
    assert (changed.status, changed.json["name"], changed.json["latitude"]) == (200, "South", 48.1)
    late = await site.patch("/chargers/CP1", {"name": "West"}, headers={"If-Match": tag})
    assert late.status == 412
    assert (await site.get("/chargers/CP1")).json["name"] == "South"
    assert (await site.delete("/chargers/CP1", headers={"If-Match": tag})).status == 412


async def test_a_new_password_hangs_up_on_the_charger(site: Site) -> None:
    await site.post("/chargers", {"id": "CP1"})
    site.fleet.connect("CP1")
    answer = await site.post("/chargers/CP1/password")
    assert answer.json == {"password": "made-by-the-server"}
    assert site.fleet.disconnected == ["CP1"]


async def test_closing_an_open_charger_makes_a_password(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    answer = await site.patch("/chargers/CP1", {"security_profile": 1})
    assert (answer.json["security_profile"], answer.json["password"]) == (1, "made-by-the-server")
    assert (await site.store.credentials(["CP1"]))["CP1"].password_hash is not None
    opened = await site.patch("/chargers/CP1", {"security_profile": 0})
    assert opened.json["security_profile"] == 0
    assert (await site.store.credentials(["CP1"]))["CP1"].password_hash is None


async def test_a_removed_charger_is_hung_up_on(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    assert (await site.delete("/chargers/CP1")).status == 204
    assert site.fleet.disconnected == ["CP1"]
    assert (await site.get("/chargers/CP1")).status == 404


async def test_a_rejected_charger_is_hung_up_on(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    assert (await site.patch("/chargers/CP1", {"registration": "rejected"})).json["registration"] == Registration.REJECTED
    assert site.fleet.disconnected == ["CP1"]


async def test_an_identity_with_odd_characters_has_an_address(site: Site) -> None:
    made = await site.post("/chargers", {"id": "DE*A/1 ü%", "security_profile": 0})
    assert made.status == 201
    shown = await site.get(made.headers["Location"].removeprefix("/api/v1"))
    assert shown.json["id"] == "DE*A/1 ü%"


async def test_the_overview_counts(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    site.fleet.connect("CP1")
    await stored.session(site.store, at=site.clock.now())
    shown = (await site.get("/overview")).json
    assert (shown["chargers"], shown["online"], shown["sessions_active"]) == (2, 1, 1)


async def test_messages_are_shown_as_frames(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    await stored.exchange(site.store, "CP1", "Heartbeat", '[2,"m1","Heartbeat",{}]', '[3,"m1",{}]')
    await stored.exchange(site.store, "CP1", "Odd", "not json", None)
    odd, heartbeat = (await site.get("/chargers/CP1/messages")).json["items"]
    assert heartbeat["request"] == [2, "m1", "Heartbeat", {}]
    assert odd["request"] == "not json"
    filtered = (await site.get("/chargers/CP1/messages?action=Heartbeat&direction=in&since=2020-01-01T00:00:00Z")).json["items"]
    assert [message["action"] for message in filtered] == ["Heartbeat"]


async def test_frames_put_aside_are_shown(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    await stored.kept(site.store, "CP1", b'[2,"m1","StopTransaction",{"meterStop":"\xff"}]')
    [frame] = (await site.get("/dead-letters")).json["items"]
    assert (frame["kind"], frame["raw"]) == ("invalid", '[2,"m1","StopTransaction",{"meterStop":"\\xff"}]')


async def test_the_secrets_in_frames_put_aside_are_masked(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    await stored.kept(site.store, "CP1", b'[2,"m1","StopTransaction",{"password":"hush"}]')
    [frame] = (await site.get("/dead-letters")).json["items"]
    assert frame["raw"] == '[2,"m1","StopTransaction",{"password":"***"}]'


async def test_the_actors_are_shown_as_a_tree(site: Site) -> None:
    site.fleet.connect("CP1")
    tree = (await site.get("/actors")).json
    assert tree["children"][0]["children"][0]["name"] == "charger/CP1"


async def test_faults_are_404_unless_enabled_and_for_admins_only(site: Site) -> None:
    operator = await site.add_token(*(set(Scope) - {Scope.ADMIN}))
    wish = {"target": "registry", "kind": "crash"}
    assert (await site.post("/faults", wish)).status == 404
    for path in ("/faults", "/faults/kinds", "/faults/f1"):
        assert (await site.get(path)).status == 404
    site.fleet.faults_made = {}
    assert (await site.post("/faults", wish, token=operator)).status == 403
    made = await site.post("/faults", wish)
    assert (made.status, made.headers["Location"]) == (202, "/api/v1/faults/f1")
    assert (await site.get("/faults/f1")).json["kind"] == "crash"
    assert [fault["id"] for fault in (await site.get("/faults")).json["items"]] == ["f1"]
    assert (await site.get("/faults/kinds")).json["points"]["registry"] == ["receive", "start"]
    assert (await site.post("/faults", {"target": "nobody", "kind": "crash"})).json["errors"][0]["pointer"] == "/target"


async def test_the_quirks_of_a_charger_are_switched_one_by_one_and_stay(site: Site) -> None:
    made = await site.post("/chargers", {"id": "CP1"})
    as_they_come = made.json["quirks"]
    assert (as_they_come["mode"], as_they_come["energy_scale"], as_they_come["other_version"]) == ("tolerant", "1", False)
    await site.patch("/chargers/CP1", {"quirks": {"energy_scale": "1000", "time_zone": "Europe/Berlin"}})
    changed = await site.patch("/chargers/CP1", {"quirks": {"other_version": True}})
    assert changed.json["quirks"] == as_they_come | {"energy_scale": "1000", "time_zone": "Europe/Berlin", "other_version": True}
    assert (await site.get("/chargers/CP1")).json["quirks"] == changed.json["quirks"]
    assert site.fleet.disconnected == []
    reset = await site.patch("/chargers/CP1", {"quirks": {"energy_scale": 1, "time_zone": None, "other_version": False}})
    assert reset.json["quirks"] == as_they_come


async def test_a_charger_that_is_made_strict_is_hung_up_on(site: Site) -> None:
    await site.post("/chargers", {"id": "CP1"})
    assert (await site.patch("/chargers/CP1", {"quirks": {"mode": "strict"}})).json["quirks"]["mode"] == "strict"
    assert site.fleet.disconnected == ["CP1"]
    assert (await site.store.credentials(["CP1"]))["CP1"].strict


@pytest.mark.parametrize(
    ("quirks", "pointer"),
    [
        ({"mode": "loose"}, "/quirks/mode"),
        ({"energy_scale": 3}, "/quirks/energy_scale"),
        ({"energy_scale": "NaN"}, "/quirks/energy_scale"),
        ({"power_scale": "x"}, "/quirks/power_scale"),
        ({"time_zone": "Mars/Olympus"}, "/quirks/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/quirks/time_zone"),
        ({"other_version": 1}, "/quirks/other_version"),
        ({"unheard": True}, "/quirks/unheard"),
    ],
)
async def test_a_quirk_that_cannot_be_is_refused_with_the_member(site: Site, quirks: dict[str, object], pointer: str) -> None:
    await site.post("/chargers", {"id": "CP1"})
    refused = await site.patch("/chargers/CP1", {"quirks": quirks})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"password": "a-password-of-one's-own", "site_id": "nowhere"}, "/site_id"),
        ({"password": "a-password-of-one's-own", "quirks": {"energy_scale": "7"}}, "/quirks/energy_scale"),
        ({"security_profile": 0, "site_id": "nowhere"}, "/site_id"),
    ],
)
async def test_a_change_that_is_refused_has_changed_nothing(site: Site, patch: dict[str, Any], pointer: str) -> None:
    await site.post("/chargers", {"id": "CP1", "password": "a-password-to-begin-with"})
    before, known = (await site.get("/chargers/CP1")).json, await site.store.credentials(["CP1"])
    refused = await site.patch("/chargers/CP1", patch)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert await site.store.credentials(["CP1"]) == known
    assert (await site.get("/chargers/CP1")).json == before
    assert [entry["action"] for entry in (await site.get("/audit")).json["items"]] == ["charger.added"]


async def test_an_open_charger_whose_new_profile_is_refused_stays_open(site: Site) -> None:
    await site.post("/chargers", {"id": "CP1", "security_profile": 0})
    assert (await site.patch("/chargers/CP1", {"security_profile": 1, "site_id": "nowhere"})).status == 422
    assert (await site.store.credentials(["CP1"]))["CP1"].password_hash is None

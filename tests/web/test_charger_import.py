"""Chargers from a file: tried first, then done; by line what is wrong; passwords told once."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.charger import Registration

CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson"}


async def test_an_import_is_tried_first_and_then_done(site: Site) -> None:
    await stored.site(site.store, "north")
    await site.post("/chargers", {"id": "OLD", "name": "Old", "site_id": "north", "security_profile": 0})
    await site.post("/chargers", {"id": "SAME", "name": "Same", "security_profile": 0})
    text = "id,name,security_profile,password\r\nOLD,New name,,\r\nSAME,Same,0,\r\nNEW,,,\r\nOWN,,,my-own-password\r\nOPEN,,0,\r\n"
    counts = {"added": 3, "changed": 1, "unchanged": 1, "wrong": 0, "errors": []}
    tried = await site.post("/chargers/import?dry_run=true", data=text, headers=CSV)
    assert tried.json == {"dry_run": True, **counts, "passwords": []}
    assert (await site.get("/chargers/NEW")).status == 404
    done = await site.post("/chargers/import", data=text, headers=CSV)
    assert done.json == {"dry_run": False, **counts, "passwords": [{"id": "NEW", "password": "made-by-the-server"}]}
    old = (await site.get("/chargers/OLD")).json
    assert (old["name"], old["site_id"], old["version"]) == ("New name", "north", 2)
    assert (await site.get("/chargers/SAME")).json["version"] == 1
    assert [(await site.get(f"/chargers/{name}")).json["security_profile"] for name in ("NEW", "OWN", "OPEN")] == [1, 1, 0]
    found = await site.store.credentials(["NEW", "OWN", "OPEN"])
    assert [found[name].password_hash for name in ("NEW", "OWN", "OPEN")] == [
        b"hash of made-by-the-server",
        b"hash of my-own-password",
        None,
    ]
    again = await site.post("/chargers/import", data="id,name,security_profile\nOLD,New name,0\nNEW,,1\n", headers=CSV)
    assert (again.json["unchanged"], again.json["passwords"]) == (2, []), "what is so already is left alone"
    [entry] = [
        entry for entry in (await site.get("/audit")).json["items"] if entry["action"] == "chargers.imported" and entry["detail"]["added"]
    ]
    assert (entry["detail"]["added"], entry["detail"]["changed"], sorted(entry["detail"]["ids"])) == (3, 1, ["NEW", "OLD", "OPEN", "OWN"])
    assert "password" not in json.dumps(entry)


async def test_good_lines_are_applied_beside_wrong_ones_unless_all_or_none_is_asked_for(site: Site) -> None:
    text = "id,latitude,security_profile\nGOOD,48.1,0\nA:B,,\nFAR,100,\nGOOD,,\n"
    wrong = [(3, "id"), (4, "latitude"), (5, "id")]
    none = await site.post("/chargers/import?atomic=true", data=text, headers=CSV)
    assert (none.status, sorted(error["pointer"] for error in none.json["errors"])) == (422, ["/3/id", "/4/latitude", "/5/id"])
    assert (await site.get("/chargers")).json["items"] == []
    done = await site.post("/chargers/import", data=text, headers=CSV)
    assert (done.json["added"], done.json["wrong"]) == (1, 3)
    assert [(error["line"], error["column"]) for error in done.json["errors"]] == wrong
    assert (await site.get("/chargers/GOOD")).json["latitude"] == 48.1


async def test_a_file_that_cannot_be_read_to_its_end_imports_nothing(site: Site) -> None:
    for raw in (b"id\nGOOD\n\xff", b"name\nx\n", b"id,colour\nGOOD,red\n"):
        assert (await site.post("/chargers/import", data=raw, headers=CSV)).status == 422
    assert (await site.get("/chargers")).json["items"] == []


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ({"id": "CP1", "password": "short"}, "password"),
        ({"id": "CP1", "password": "long-enough", "security_profile": 0}, "password"),
        ({"id": "CP1", "registration": "perhaps"}, "registration"),
        ({"id": "CP1", "registration": None}, "registration"),
        ({"id": "CP1", "security_profile": 4}, "security_profile"),
        ({"id": "CP1", "latitude": "north"}, "latitude"),
        ({"id": " CP1"}, "id"),
        ({"id": "CP1", "secret": "x"}, "secret"),
    ],
)
async def test_what_is_wrong_is_told_by_line_and_member(site: Site, line: dict[str, object], column: str) -> None:
    tried = await site.post("/chargers/import?dry_run=true", data=json.dumps(line), headers=NDJSON)
    [error] = tried.json["errors"]
    assert (error["line"], error["column"]) == (1, column)


async def test_null_takes_away_and_an_empty_cell_leaves(site: Site) -> None:
    await stored.site(site.store, "north")
    await site.post("/chargers", {"id": "CP1", "name": "One", "site_id": "north", "security_profile": 0})
    await site.post("/chargers/import", data="id,name,site_id\nCP1,,\n", headers=CSV)
    assert (await site.get("/chargers/CP1")).json["name"] == "One"
    await site.post("/chargers/import", data='{"id": "CP1", "name": null}', headers=NDJSON)
    charger = (await site.get("/chargers/CP1")).json
    assert (charger["name"], charger["site_id"]) == (None, "north")


async def test_a_change_of_credential_or_registration_hangs_up(site: Site) -> None:
    for name in ("CLOSED", "OPENED", "REFUSED", "NAMED"):
        await site.post("/chargers", {"id": name, "security_profile": 1 if name == "OPENED" else 0})
    lines = [
        {"id": "CLOSED", "security_profile": 1},
        {"id": "OPENED", "security_profile": 0},
        {"id": "REFUSED", "registration": "rejected"},
        {"id": "NAMED", "name": "x"},
    ]
    done = await site.post("/chargers/import", data="\n".join(map(json.dumps, lines)), headers=NDJSON)
    assert [made["id"] for made in done.json["passwords"]] == ["CLOSED"]
    assert site.fleet.disconnected == ["CLOSED", "OPENED", "REFUSED"]
    found = await site.store.credentials(["CLOSED", "OPENED", "REFUSED"])
    assert [found[name].password_hash is None for name in ("CLOSED", "OPENED")] == [False, True]
    assert found["REFUSED"].registration is Registration.REJECTED


@pytest.mark.parametrize("media", ["text/csv", "application/x-ndjson"])
async def test_what_is_exported_can_be_imported(site: Site, media: str) -> None:
    await stored.site(site.store, "s")
    for number, name in enumerate(("=SUM", "-1", "CP-ünï")):
        await site.post("/chargers", {"id": name, "name": f"@{name}", "site_id": "s", "latitude": 1.5 * number, "security_profile": 0})
    exported = await site.get("/chargers", headers={"Accept": media})
    same = await site.post("/chargers/import", data=exported.body, headers={"Content-Type": media})
    assert (same.json["unchanged"], same.json["errors"]) == (3, [])
    for name in ("%3DSUM", "-1", "CP-%C3%BCn%C3%AF"):
        assert (await site.delete(f"/chargers/{name}")).status == 204
    back = await site.post("/chargers/import", data=exported.body, headers={"Content-Type": media})
    assert back.json["added"] == 3, back.text
    assert (await site.get("/chargers/%3DSUM")).json["name"] == "@=SUM"


async def test_the_answer_is_had_as_a_file_with_the_passwords_that_were_made(site: Site) -> None:
    answer = await site.post("/chargers/import", data="id,password\nNEW,\nOWN,my-own-password\n::,\n", headers=CSV | {"Accept": "text/csv"})
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(line["line"], line["id"], line["result"], line["password"]) for line in lines] == [
        ("2", "NEW", "added", "made-by-the-server"),
        ("3", "OWN", "added", ""),
        ("4", "", "wrong", ""),
    ]
    assert "my-own-password" not in answer.text


async def test_a_site_that_there_is_not_is_wrong_in_its_line(site: Site) -> None:
    await stored.site(site.store, "north")
    done = await site.post("/chargers/import", data="id,site_id\nCP1,north\nCP2,nowhere\n", headers=CSV)
    assert done.json["added"] == 1
    assert done.json["errors"] == [{"line": 3, "column": "site_id", "detail": "names no site"}]


async def test_ten_thousand_chargers_are_imported_in_one_request(site: Site) -> None:
    await stored.site(site.store, "north", "south")
    text = "id,name,site_id\n" + "".join(f"CP{number:05},Name {number},north\n" for number in range(10_000))
    done = await site.post("/chargers/import", data=text, headers=CSV)
    assert (done.json["added"], len(done.json["passwords"])) == (10_000, 10_000)
    again = await site.post("/chargers/import", data=text.replace("north", "south"), headers=CSV)
    assert (again.json["changed"], again.json["passwords"]) == (10_000, [])
    assert await site.store.count_chargers() == 10_000

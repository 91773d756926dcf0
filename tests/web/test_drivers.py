"""Drivers over the API, their tags, and their import and export."""

from __future__ import annotations

import pytest

from tests.web import stored
from tests.web.site import Site

CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson"}


async def test_a_driver_is_made_changed_and_removed(site: Site) -> None:
    made = await site.post("/drivers", {"name": "Dora", "email": "dora@example.org", "phone": "+49 30 123"})
    assert (made.status, made.json["disabled"]) == (201, False)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert (await site.get(path)).json["tags"] == []
    changed = await site.patch(path, {"email": None, "disabled": True}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.json["email"], changed.json["disabled"], changed.json["version"]) == (None, True, 2)
    stale = {"If-Match": made.headers["ETag"]}
    assert (await site.patch(path, {"note": "x"}, headers=stale)).status == 412
    assert (await site.patch(path, {}, headers=stale)).status == 412
    assert (await site.delete(path, headers=stale)).status == 412
    assert (await site.delete(path)).status == 204
    for answer in (await site.get(path), await site.patch(path, {"note": "x"}), await site.delete(path)):
        assert answer.status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/name"), ({"name": " "}, "/name"), ({"name": "D", "email": "nowhere"}, "/email"), ({"name": "D", "phone": "call me"}, "/phone")],
)
async def test_what_is_wrong_with_a_driver_is_told(site: Site, body: dict[str, str], pointer: str) -> None:
    answer = await site.post("/drivers", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


async def test_a_driver_shows_tags_and_sessions_and_both_lists_are_filtered(site: Site) -> None:
    driver = (await site.post("/drivers", {"name": "Dora"})).json["id"]
    other = (await site.post("/drivers", {"name": "Otto"})).json["id"]
    await stored.charger(site.store, "CP1")
    await site.post("/tags", {"id_tag": "TAG1", "user_id": driver})
    await site.post("/tags", {"id_tag": "TAG2", "user_id": other})
    session = await stored.session(site.store)
    shown = (await site.get(f"/drivers/{driver}")).json
    assert [tag["id_tag"] for tag in shown["tags"]] == ["TAG1"]
    assert [seen["id"] for seen in shown["sessions"]] == [session.id]
    assert [tag["id_tag"] for tag in (await site.get(f"/tags?user_id={other}")).json["items"]] == ["TAG2"]
    assert [seen["id"] for seen in (await site.get(f"/sessions?driver_id={driver}")).json["items"]] == [session.id]
    assert (await site.get(f"/sessions?driver_id={other}")).json["items"] == []


async def test_a_tag_of_an_unknown_driver_is_422_with_its_pointer(site: Site) -> None:
    await site.post("/tags", {"id_tag": "TAG1"})
    for answer in (await site.post("/tags", {"id_tag": "TAG2", "user_id": 4711}), await site.patch("/tags/TAG1", {"user_id": 4711})):
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/user_id")
    text = "id_tag,user_id\nTAG3,4711\n"
    tried = await site.post("/tags/import?dry_run=true", data=text, headers=CSV)
    assert [(error["line"], error["column"]) for error in tried.json["errors"]] == [(2, "user_id")]
    done = await site.post("/tags/import", data=text, headers=CSV)
    assert (done.status, done.json["errors"][0]["pointer"]) == (422, "/2/user_id")


async def test_what_is_exported_can_be_imported(site: Site) -> None:
    await site.post("/drivers", {"name": "=Dora", "external_id": "F-1", "note": "two\nlines"})
    for accept, headers in (("text/csv", CSV), ("application/x-ndjson", NDJSON)):
        exported = await site.get("/drivers", headers={"Accept": accept})
        tried = await site.post("/drivers/import?dry_run=true", data=exported.body.replace(b"two", b"three"), headers=headers)
        assert tried.json == {"dry_run": True, "added": 0, "changed": 1, "errors": []}
        done = await site.post("/drivers/import", data=exported.body, headers=headers)
        assert (done.json["added"], done.json["changed"]) == (0, 0), done.text
    [driver] = (await site.get("/drivers")).json["items"]
    assert (driver["name"], driver["note"]) == ("=Dora", "two\nlines")


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("external_id,name\nF-1,Dora D.\n", CSV),
        ("external_id,name,disabled\nF-1,Dora D.,\n", CSV),
        ('{"external_id": "F-1", "name": "Dora D."}', NDJSON),
    ],
)
async def test_what_an_import_does_not_name_stays_as_it_is(site: Site, text: str, headers: dict[str, str]) -> None:
    await site.post("/drivers", {"name": "Dora", "external_id": "F-1", "phone": "+49 30 123", "disabled": True})
    [before] = (await site.get("/drivers")).json["items"]
    for ending in ("?dry_run=true", ""):
        assert (await site.post(f"/drivers/import{ending}", data=text, headers=headers)).json["changed"] == 1
    assert (await site.get("/drivers")).json["items"] == [before | {"name": "Dora D.", "version": 2}]
    assert (await site.get("/audit")).json["items"][0]["detail"] == {"rows": 1, "added": 0, "changed": 1, "ids": [before["id"]]}
    await site.post("/drivers/import", data="external_id,name,phone\nF-1,Dora D.,\n", headers=CSV)
    assert (await site.get("/drivers")).json["items"] == [before | {"name": "Dora D.", "version": 3, "phone": None}]


@pytest.mark.parametrize(
    ("text", "headers", "pointer"),
    [
        ("name,colour\nD,red\n", CSV, "/1/colour"),
        ("name\nA,B\n", CSV, "/2/"),
        ("email\na@b\n", CSV, "/2/name"),
        ("name;external_id\nA;F\nB;F\n", CSV, "/3/"),
        ("name,disabled\nA,perhaps\n", CSV, "/2/disabled"),
        ('{"name": "A"}\n{"name": 1}\n', NDJSON, "/2/name"),
        ('{"name": "A"\n', NDJSON, "/1/"),
        ("[]\n", NDJSON, "/1/"),
        ('{"name": "A\\u0000"}\n', NDJSON, "/1/name"),
        ('"' + "x" * 140_000 + '"\n', CSV, "/1/"),
    ],
)
async def test_a_wrong_file_imports_nothing_and_is_told_by_line_and_column(
    site: Site, text: str, headers: dict[str, str], pointer: str
) -> None:
    answer = await site.post("/drivers/import", data=text, headers=headers)
    assert (answer.status, answer.json["errors"][0]["pointer"].startswith(pointer)) == (422, True), answer.text
    assert (await site.get("/drivers")).json["items"] == []


async def test_a_file_of_another_kind_is_415(site: Site) -> None:
    assert (await site.post("/drivers/import", {"name": "A"})).status == 415


async def test_a_driver_cannot_sign_in(site: Site) -> None:
    await site.post("/drivers", {"name": "dora", "email": "dora@example.org"})
    assert (await site.post("/login", {"name": "dora", "password": ""}, token=None)).status == 401

"""Tags over the API, and their import and export."""

from __future__ import annotations

import msgspec
import pytest

from tests.web.site import Site
from web import importing

CSV = {"Content-Type": "text/csv"}
NDJSON = {"Accept": "application/x-ndjson"}
NDJSON_BODY = {"Content-Type": "application/x-ndjson"}


async def test_a_tag_is_made_changed_and_removed(site: Site) -> None:
    made = await site.post("/tags", {"id_tag": "TAG1", "expires_at": "2030-01-01T00:00:00+01:00", "max_active_sessions": 1})
    assert made.status == 201
    assert made.json["expires_at"] == "2029-12-31T23:00:00Z"
    assert (await site.get("/tags/tag1")).json["id_tag"] == "TAG1"
    changed = await site.patch("/tags/TAG1", {"status": "blocked", "note": "lost"}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.json["status"], changed.json["note"], changed.json["max_active_sessions"]) == ("blocked", "lost", 1)
    stale = {"If-Match": made.headers["ETag"]}
    assert (await site.patch("/tags/TAG1", {"note": None}, headers=stale)).status == 412
    assert (await site.delete("/tags/TAG1", headers=stale)).status == 412
    assert (await site.patch("/tags/TAG1", {"note": None})).json["note"] is None
    assert (await site.delete("/tags/TAG1")).status == 204
    assert (await site.get("/tags/TAG1")).status == 404
    assert (await site.delete("/tags/TAG1")).status == 404


async def test_a_tag_is_made_once_whatever_its_case(site: Site) -> None:
    await site.post("/tags", {"id_tag": "TAG1"})
    assert (await site.post("/tags", {"id_tag": "tag1"})).status == 409


async def test_a_tag_of_500_characters_is_422(site: Site) -> None:
    assert (await site.post("/tags", {"id_tag": "x" * 500})).json["errors"][0]["pointer"] == "/id_tag"


async def test_an_import_is_tried_first_and_then_done(site: Site) -> None:
    await site.post("/tags", {"id_tag": "OLD"})
    text = 'id_tag,status,note\r\nold,blocked,\r\nNEW,,"two\nlines"\r\n'
    tried = await site.post("/tags/import?dry_run=true", data=text, headers=CSV)
    assert tried.json == {"dry_run": True, "added": 1, "changed": 1, "errors": []}
    assert (await site.get("/tags/NEW")).status == 404
    done = await site.post("/tags/import", data=text, headers=CSV)
    assert (done.json["added"], done.json["changed"]) == (1, 1)
    assert (await site.get("/tags/OLD")).json["status"] == "blocked"
    assert (await site.get("/tags/NEW")).json["note"] == "two\nlines"


async def test_a_tried_import_counts_as_the_import_does(site: Site) -> None:
    await site.post("/tags", {"id_tag": "SAME", "note": "x"})
    await site.post("/tags", {"id_tag": "OTHER", "expires_at": "2030-01-01T00:00:00Z"})
    first = "id_tag,note,expires_at\nSAME,x,\nother,,2030-01-01T01:00:00+01:00\nNEW,,\n"
    for text, changed in ((first, 1), (first, 0), (first.replace("SAME,x", "SAME,y"), 1)):
        told = [(await site.post(f"/tags/import?dry_run={dry_run}", data=text, headers=CSV)).json for dry_run in ("true", "false")]
        assert [answer["changed"] for answer in told] == [changed, changed]
        assert told[0]["added"] == told[1]["added"]


@pytest.mark.parametrize(
    ("text", "headers"),
    [("id_tag,note\nlost,van 7\n", CSV), ("id_tag,status,note\nlost,,van 7\n", CSV), ('{"id_tag": "lost", "note": "van 7"}', NDJSON_BODY)],
)
async def test_what_an_import_does_not_name_stays_as_it_is(site: Site, text: str, headers: dict[str, str]) -> None:
    await site.post("/tags", {"id_tag": "lost", "status": "blocked", "parent": "P", "expires_at": "2030-01-01T00:00:00Z"})
    before = (await site.get("/tags/lost")).json
    assert (await site.post("/tags/import", data=text, headers=headers)).json["changed"] == 1
    assert (await site.get("/tags/lost")).json == before | {"note": "van 7", "version": 2}


async def test_an_empty_cell_of_an_imported_tag_empties(site: Site) -> None:
    await site.post("/tags", {"id_tag": "TAG1", "note": "van 7", "parent": "P"})
    await site.post("/tags/import", data="id_tag,note\nTAG1,\n", headers=CSV)
    tag = (await site.get("/tags/TAG1")).json
    assert (tag["note"], tag["parent"]) == (None, "P")


async def test_the_audit_names_the_tags_that_an_import_made_and_changed(site: Site) -> None:
    for id_tag in ("SAME", "OTHER"):
        await site.post("/tags", {"id_tag": id_tag})
    await site.post("/tags/import", data="id_tag,note\nSAME,\nOTHER,x\nNEW,\n", headers=CSV)
    [entry, *_] = (await site.get("/audit")).json["items"]
    assert (entry["action"], entry["detail"]["added"], entry["detail"]["changed"]) == ("tags.imported", 1, 1)
    assert entry["detail"]["ids"] == ["OTHER", "NEW"]


async def test_an_import_with_a_wrong_line_imports_nothing(site: Site) -> None:
    text = "id_tag,status\nGOOD,accepted\nBAD,perhaps\n"
    tried = await site.post("/tags/import?dry_run=true", data=text, headers=CSV)
    [error] = tried.json["errors"]
    assert (error["line"], error["column"]) == (3, "status")
    done = await site.post("/tags/import", data=text, headers=CSV)
    assert (done.status, done.json["errors"][0]["pointer"]) == (422, "/3/status")
    assert (await site.get("/tags")).json["items"] == []


async def test_what_is_exported_can_be_imported(site: Site) -> None:
    await site.post("/tags", {"id_tag": "=SUM", "note": "@x", "type": "ISO14443", "expires_at": "2030-01-01T00:00:00Z"})
    exported = await site.get("/tags", headers={"Accept": "text/csv"})
    assert "'=SUM" in exported.text
    await site.delete("/tags/%3DSUM")
    done = await site.post("/tags/import", data=exported.body, headers=CSV)
    assert done.json["added"] == 1, done.text
    tag = (await site.get("/tags/%3DSUM")).json
    assert (tag["note"], tag["type"], tag["expires_at"]) == ("@x", "ISO14443", "2030-01-01T00:00:00Z")


async def test_an_import_is_larger_than_a_body_may_be_but_not_endless(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id_tag,note\n" + "".join(f"T{number},{'x' * 990}\n" for number in range(1100))
    assert len(text) > 1024 * 1024
    assert (await site.post("/tags/import?dry_run=true", data=text, headers=CSV)).json["added"] == 1100
    monkeypatch.setattr(importing, "IMPORT_LIMIT", 1000)
    assert (await site.post("/tags/import?dry_run=true", data=text, headers=CSV)).status == 413


async def test_a_body_that_is_no_csv_is_415(site: Site) -> None:
    assert (await site.post("/tags/import", {"id_tag": "X"})).status == 415


async def test_tags_are_imported_from_ndjson(site: Site) -> None:
    await site.post("/tags", {"id_tag": "OLD", "note": "kept as text"})
    exported = await site.get("/tags", headers=NDJSON)
    lines = exported.body + b'\n{"id_tag": "NEW", "max_active_sessions": 2}\n{"id_tag": "old", "status": "blocked"}'
    twice = await site.post("/tags/import", data=lines, headers=NDJSON_BODY)
    assert (twice.status, twice.json["errors"][0]["pointer"]) == (422, "/4/id_tag"), "old is the tag of line 1 again"
    done = await site.post("/tags/import", data=lines.rpartition(b"\n")[0], headers=NDJSON_BODY)
    assert (done.json["added"], done.json["changed"]) == (1, 0)
    assert (await site.get("/tags/NEW")).json["max_active_sessions"] == 2


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [("id_tag", "aBc"), ("-id_tag", "cBa"), ("created_at", "Bac"), ("-created_at", "caB")],
)
async def test_tags_are_sorted_over_pages(site: Site, sort: str, wanted: str) -> None:
    for id_tag in "Bac":
        await site.post("/tags", {"id_tag": id_tag})
    found, path = "", f"/tags?limit=1&sort={sort}"
    for _ in wanted:
        page = await site.get(path)
        found += page.json["items"][0]["id_tag"]
        path = f"/tags?limit=1&sort={sort}&cursor={page.json['next']}"
    assert found == wanted
    assert page.json["next"] is None
    listed = await site.get(f"/tags?sort={sort}", headers={"Accept": "application/x-ndjson"})
    assert [tag["id_tag"] for tag in map(msgspec.json.decode, listed.body.splitlines())] == list(wanted)
    assert (await site.get("/tags?sort=color")).status == 400


@pytest.mark.parametrize("id_tag", ["TAG1", "a b", "a/b?c", "Ünï"])
async def test_a_new_tags_location_leads_to_it(site: Site, id_tag: str) -> None:
    made = await site.post("/tags", {"id_tag": id_tag})
    assert (await site.get(made.headers["Location"], api=False)).json == made.json

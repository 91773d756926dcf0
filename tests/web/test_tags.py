"""Tags over the API, and their import and export."""

from __future__ import annotations

import msgspec
import pytest

from tests.web.site import Site
from voltaro.domain.tag import Tag, TagStatus
from web.routes import tags as tags_route
from web.routes.tags import read_tags

CSV = {"Content-Type": "text/csv"}


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
    monkeypatch.setattr(tags_route, "IMPORT_LIMIT", 1000)
    assert (await site.post("/tags/import?dry_run=true", data=text, headers=CSV)).status == 413


async def test_a_body_that_is_no_csv_is_415(site: Site) -> None:
    assert (await site.post("/tags/import", {"id_tag": "X"})).status == 415


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"", 1, "id_tag"),
        (b"status\naccepted\n", 1, "id_tag"),
        (b"id_tag,colour\nA,red\n", 1, "colour"),
        (b"id_tag\nA\n\xff\n", 3, ""),
        (b"id_tag\nA\na\n", 3, "id_tag"),
        (b"id_tag,note\nA\n,x\n", 3, "id_tag"),
        (b"id_tag\nA,B\n", 2, ""),
        (b"id_tag,max_active_sessions\nA,many\n", 2, "max_active_sessions"),
        (b"id_tag,expires_at\nA,2030-01-01\n", 2, "expires_at"),
        (b'id_tag\n"' + b"x" * 140_000 + b'"\n', 2, ""),
    ],
)
async def test_a_wrong_file_is_told_by_line_and_column(raw: bytes, line: int, column: str) -> None:
    _, errors = await read_tags(raw)
    assert (errors[0].line, errors[0].column) == (line, column)


async def test_a_spreadsheets_semicolons_and_mark_are_understood() -> None:
    tags, errors = await read_tags(b"\xef\xbb\xbfid_tag;status\r\nA;blocked\r\n")
    assert (tags, errors) == ([Tag("A", TagStatus.BLOCKED)], [])


async def test_no_more_than_a_hundred_errors_are_told() -> None:
    _, errors = await read_tags(b"id_tag,status\n" + b"".join(b"T%d,no\n" % number for number in range(500)))
    assert len(errors) == 100


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

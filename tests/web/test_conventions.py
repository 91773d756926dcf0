"""What holds for every route: validators, links, keys that make a request happen once, limits, ids to follow a request by."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import psycopg
import pytest
import structlog
from structlog.testing import LogCapture

from tests.web.site import Site, open_site
from voltaro.domain.person import Role, Scope
from voltaro.ports import Store, StoreUnavailable
from web import middleware

KEYED = {"Idempotency-Key": "k1"}


async def test_what_is_read_again_unchanged_is_304(site: Site) -> None:
    await site.post("/tags", {"id_tag": "TAG1"})
    for path in ("/tags/TAG1", "/tags", "/me", "/openapi.json"):
        first = await site.get(path)
        again = await site.get(path, headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    before = (await site.get("/tags/TAG1")).headers["ETag"]
    await site.patch("/tags/TAG1", {"note": "lost"})
    assert (await site.get("/tags/TAG1", headers={"If-None-Match": before})).status == 200


async def test_what_is_live_changes_the_etag_of_a_charger_but_is_no_conflict(site: Site) -> None:
    await site.post("/chargers", {"id": "CP1", "security_profile": 0})
    quiet = (await site.get("/chargers/CP1")).headers["ETag"]
    site.fleet.connect("CP1")
    live = (await site.get("/chargers/CP1", headers={"If-None-Match": quiet})).headers["ETag"]
    assert live != quiet
    assert (await site.patch("/chargers/CP1", {"name": "North"}, headers={"If-Match": quiet})).status == 200
    assert (await site.patch("/chargers/CP1", {"name": "South"}, headers={"If-Match": live})).status == 412


async def test_if_match_holds_for_items_without_a_version(site: Site) -> None:
    await site.add_person("vera", Role.VIEWER)
    user = (await site.get("/users")).json["items"][0]
    path = f"/users/{user['id']}"
    read = (await site.get(path)).headers["ETag"]
    assert (await site.patch(path, {"role": "operator"}, headers={"If-Match": read})).status == 200
    late = await site.patch(path, {"role": "admin"}, headers={"If-Match": read})
    assert (late.status, late.json["type"]) == (412, "urn:voltaro:problem:version_conflict")
    assert (await site.patch(path, {"role": "admin"}, headers={"If-Match": "*"})).status == 200
    assert (await site.patch("/users/999", {"role": "admin"}, headers={"If-Match": "*"})).status == 404


async def test_a_list_links_to_its_next_page(site: Site) -> None:
    for number in range(3):
        await site.post("/tags", {"id_tag": f"TAG{number}"})
    first = await site.get("/tags?limit=2&status=accepted")
    target, _, relation = first.headers["Link"].partition(";")
    assert relation.strip() == 'rel="next"'
    assert "status=accepted" in target
    assert "limit=2" in target
    last = await site.get(target[1:-1], api=False)
    assert [len(first.json["items"]), len(last.json["items"])] == [2, 1]
    assert "Link" not in last.headers


async def test_a_repeat_under_the_same_key_is_answered_as_before_and_not_done_again(site: Site) -> None:
    first = await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    again = await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    assert (again.status, again.body, again.headers["ETag"]) == (201, first.body, first.headers["ETag"])
    assert (again.headers["Idempotency-Replayed"], first.headers.get("Idempotency-Replayed")) == ("true", None)
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    other = await site.post("/tags", {"id_tag": "TAG2"}, headers=KEYED)
    assert (other.status, other.json["type"]) == (422, "urn:voltaro:problem:idempotency_key_reused")
    entries = (await site.get("/audit")).json["items"]
    assert [entry["action"] for entry in entries] == ["tag.added"]


async def test_a_key_stands_over_a_restart_for_a_day(store: Store, database_url: str) -> None:
    async with open_site(store) as site:
        await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    async with open_site(store) as site:
        assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).headers["Idempotency-Replayed"] == "true"
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE idempotency_keys SET reserved_at = now() - interval '25 hours'")
        assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).status == 409


async def test_a_key_is_free_again_after_a_refusal(site: Site) -> None:
    assert (await site.post("/tags", {"id_tag": ""}, headers=KEYED)).status == 422
    assert (await site.patch("/tags/TAG1", {"note": "x"}, headers=KEYED)).status == 404
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).status == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [("/chargers", {"id": "CP1"}), ("/tokens", {"name": "t", "scopes": ["tags:read"]})],
)
async def test_an_answer_that_shows_a_secret_is_not_kept_and_its_repeat_does_nothing(
    site: Site, database_url: str, path: str, body: dict[str, Any]
) -> None:
    first = await site.post(path, body, headers=KEYED)
    secret = first.json.get("password") or first.json["token"]
    again = await site.post(path, body, headers=KEYED)
    assert (again.status, again.json["type"]) == (409, "urn:voltaro:problem:answer_not_kept")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT idempotency_keys::text FROM idempotency_keys").fetchall()
    assert secret not in str(rows)
    assert len((await site.get(path)).json["items"]) == 1


async def test_an_import_under_a_key_is_made_once(site: Site) -> None:
    told: dict[str, Any] = {"data": "id_tag\nTAG1\n", "headers": {**KEYED, "Content-Type": "text/csv"}}
    first = await site.post("/tags/import", **told)
    again = await site.post("/tags/import", **told)
    assert first.json == again.json == {"dry_run": False, "added": 1, "changed": 0, "errors": []}
    other = await site.post("/tags/import", **{**told, "data": "id_tag\nTAG2\n"})
    assert other.status == 422
    assert (await site.post("/tags/import?dry_run=true", **told)).status == 422


async def test_a_key_is_of_one_token_though_another_has_its_name(site: Site) -> None:
    one, other = await site.add_token(Scope.TAGS_WRITE), await site.add_token(Scope.TAGS_WRITE)
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED, token=one)).status == 201
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED, token=other)).status == 409


async def test_what_was_cut_off_is_not_done_again_by_itself(site: Site, database_url: str) -> None:
    await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL")
    during = await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    assert (during.status, during.json["type"]) == (409, "urn:voltaro:problem:idempotency_key_in_use")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE idempotency_keys SET reserved_at = now() - interval '3 minutes'")
    after = await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)
    assert (after.status, after.json["type"]) == (409, "urn:voltaro:problem:idempotency_outcome_unknown")


async def test_many_at_once_under_one_key_are_done_once(site: Site) -> None:
    answers = await asyncio.gather(*(site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED) for _ in range(10)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers if answer.status == 201) == 1
    assert all(answer.json["type"].endswith("idempotency_key_in_use") for answer in answers if answer.status == 409)


async def test_what_failed_for_want_of_the_database_may_be_asked_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(site.store, "add_tag", away)
        assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).status == 503
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).status == 201


async def test_who_asks_too_often_is_told_to_wait_and_for_how_long(store: Store) -> None:
    async with open_site(store, requests_per_minute=3) as site:
        told = [(await site.get("/me")).headers["RateLimit"] for _ in range(3)]
        assert told == ['"principal";r=2;t=20', '"principal";r=1;t=40', '"principal";r=0;t=60']
        refused = await site.get("/tags")
        assert (refused.status, refused.json["type"]) == (429, "urn:voltaro:problem:too_many_requests")
        assert refused.headers["Retry-After"] == "20"
        assert refused.headers["RateLimit-Policy"] == '"principal";q=3;w=60'
        assert (await site.get("/me", token=await site.add_token(Scope.TAGS_READ))).status == 200
        site.clock.advance(20)
        assert (await site.get("/me")).status == 200
        assert (await site.get("/me")).status == 429


async def test_an_address_that_guesses_tokens_is_held_back_and_health_never(store: Store) -> None:
    async with open_site(store, public_requests_per_minute=3) as site:
        assert [(await site.get("/me", token="vlt_guess")).status for _ in range(4)] == [401, 401, 401, 429]
        assert (await site.get("/openapi.json", token=None)).status == 429
        assert (await site.get("/me")).status == 200
        for _ in range(5):
            assert (await site.get("/livez", api=False, token=None)).status == 200


async def test_no_limit_is_told_where_there_is_none(store: Store) -> None:
    async with open_site(store, requests_per_minute=0) as site:
        assert "RateLimit" not in (await site.get("/me")).headers


async def test_a_request_is_found_in_the_log_by_the_trace_it_is_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = LogCapture()
    monkeypatch.setattr(middleware, "log", structlog.wrap_logger(None, [heard], structlog.BoundLogger))
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await site.get("/me", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    await site.get("/me", headers={"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"})
    assert [line["trace_id"] for line in heard.entries if line["event"] == "http.answered"] == [trace, None]


async def test_a_cursor_of_another_list_or_of_other_filters_is_400(site: Site) -> None:
    for number in range(3):
        await site.post("/tags", {"id_tag": f"TAG{number}"})
        await site.post("/chargers", {"id": f"CP{number}", "security_profile": 0})
    cursor = (await site.get("/tags?limit=1&status=accepted")).json["next"]
    assert (await site.get(f"/tags?limit=2&cursor={cursor}&status=accepted")).status == 200
    for wrong in (f"/tags?cursor={cursor}", f"/tags?status=blocked&cursor={cursor}", f"/chargers?cursor={cursor}", "/tags?cursor=x"):
        refused = await site.get(wrong)
        assert (refused.status, refused.json["type"]) == (400, "urn:voltaro:problem:bad_cursor")


async def test_everything_that_is_wrong_with_a_query_is_told_at_once(site: Site) -> None:
    refused = await site.get("/sessions?limit=0&state=gone&color=red&started_after=soon&charger_id=a&charger_id=b")
    assert (refused.status, refused.json["type"]) == (400, "urn:voltaro:problem:bad_query")
    told = {error["pointer"]: error["detail"] for error in refused.json["errors"]}
    assert told.keys() == {"?limit", "?state", "?color", "?started_after", "?charger_id"}
    assert "known are limit, cursor, charger_id" in told["?color"]
    assert told["?state"].endswith("it is one of active, ended, unresolved, assigned, discarded")
    assert (await site.get("/me?color=red")).json["errors"][0]["detail"] == "is not known here; this takes none"


async def test_the_word_null_is_no_way_around_a_filter(site: Site) -> None:
    """A filter that fell away would clear more profiles than were meant, and list what was not asked for."""
    refused = await site.get("/sessions?state=null")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?state")
    await site.post("/tags", {"id_tag": "NULL"})
    await site.post("/tags", {"id_tag": "OTHER"})
    assert [tag["id_tag"] for tag in (await site.get("/tags?search=null")).json["items"]] == ["NULL"]


@pytest.mark.parametrize(
    "raw",
    [
        '{"action": "Reset", "payload": ' + '{"a":' * 5000 + "1" + "}" * 5001,
        '{"action": "Reset", "payload": {"n": 1' + "0" * 5000 + "}}",
        '{"action": "Reset", "payload": {"n": 1e999}}',
        '{"action": "Reset\\ud83d", "payload": {}}',
        '{"action": "Re\\u0000set", "payload": {}}',
        '{"action": "Reset", "payload": {"\\u0000": NaN}}',
        "[" * 100_000,
        "\x00",
        "\ufeff{}",
        "null",
        "[]",
        '"text"',
    ],
)
async def test_no_body_is_a_fault_of_the_server(site: Site, raw: str) -> None:
    await site.post("/chargers", {"id": "CP1", "security_profile": 0})
    site.fleet.connect("CP1")
    for path in ("/chargers/CP1/commands", "/tags", "/chargers", "/tokens"):
        refused = await site.ask("POST", path, data=raw, headers={"Content-Type": "application/json", "Idempotency-Key": "k"})
        assert refused.status in (202, 400, 422), (path, refused.text)


async def test_an_unknown_method_is_405_everywhere_and_an_unknown_address_404(site: Site) -> None:
    refused = await site.get("/chargers/CP1/start")
    assert (refused.status, refused.headers["Allow"], refused.json["type"]) == (405, "POST", "urn:voltaro:problem:method_not_allowed")
    assert (await site.post("/nothing")).status == 404
    assert (await site.get("/api", api=False)).status == 404


async def test_what_was_done_is_answered_though_the_answer_cannot_be_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(site.store, "settle_key", away)
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).status == 201
    assert (await site.post("/tags", {"id_tag": "TAG1"}, headers=KEYED)).json["type"].endswith("idempotency_key_in_use")


async def test_if_match_takes_a_list_and_no_weak_tag(site: Site) -> None:
    await site.post("/tags", {"id_tag": "TAG1"})
    await site.add_person("vera", Role.VIEWER)
    person = f"/users/{(await site.get('/users')).json['items'][0]['id']}"
    for path, changes in (("/tags/TAG1", ({"note": "a"}, {"note": "b"})), (person, ({"role": "operator"}, {"role": "admin"}))):
        read = (await site.get(path)).headers["ETag"]
        assert (await site.patch(path, changes[0], headers={"If-Match": f"W/{read}"})).status == 412
        assert (await site.patch(path, changes[0], headers={"If-Match": f'"other", W/{read}'})).status == 412
        assert (await site.patch(path, changes[0], headers={"If-Match": f'"other", {read}'})).status == 200
        assert (await site.patch(path, changes[1], headers={"If-Match": f'{read}, "other"'})).status == 412
    latest = (await site.get("/tags/TAG1")).headers["ETag"]
    assert (await site.delete("/tags/TAG1", headers={"If-Match": f'"7-x", {latest}'})).status == 204


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-00:01"])
async def test_a_time_that_utc_cannot_tell_is_refused_where_it_stands(site: Site, moment: str) -> None:
    in_query = quote(moment)
    for path in (f"/sessions?started_after={in_query}", f"/audit?until={in_query}", f"/messages?since={in_query}"):
        asked = await site.get(path)
        assert (asked.status, asked.json["errors"][0]["pointer"]) == (400, path[path.index("?") : path.index("=")])
    made = await site.post("/tags", {"id_tag": "TAG1", "expires_at": moment})
    assert (made.status, made.json["errors"][0]["pointer"]) == (422, "/expires_at")
    told: dict[str, Any] = {"data": f"id_tag,expires_at\nTAG1,{moment}\n", "headers": {"Content-Type": "text/csv"}}
    imported = await site.post("/tags/import", **told)
    assert (imported.status, imported.json["errors"][0]["pointer"]) == (422, "/2/expires_at")


async def test_head_is_answered_as_get_without_a_body(site: Site) -> None:
    for number in range(3):
        await site.post("/tags", {"id_tag": f"TAG{number}"})
    for path, headers in (("/tags?limit=2", {}), ("/tags/TAG1", {}), ("/me", {}), ("/tags", {"Accept": "text/csv"}), ("/tags/none", {})):
        shown, told = await site.get(path, headers=headers), await site.ask("HEAD", path, headers=headers)
        assert (told.status, told.body) == (shown.status, b"")
        for name in ("ETag", "Link", "Content-Type", "Content-Disposition"):
            assert told.headers.get(name) == shown.headers.get(name), (path, name)
    known = (await site.get("/tags/TAG1")).headers["ETag"]
    assert (await site.ask("HEAD", "/tags/TAG1", headers={"If-None-Match": known})).status == 304
    assert (await site.ask("HEAD", "/tags", token=None)).status == 401
    assert (await site.ask("HEAD", "/livez", token=None, api=False)).status == 200
    assert (await site.ask("HEAD", "/events")).status == 405, "a stream has no end that a head could tell of"


async def test_many_heads_leave_one_connection_whole(site: Site) -> None:
    async with aiohttp.TCPConnector(limit=1) as connector, aiohttp.ClientSession(connector=connector) as client:
        await site.post("/tags", {"id_tag": "TAG1"})
        for _ in range(3):
            assert (await site.ask("HEAD", "/tags", headers={"Accept": "text/csv"}, client=client)).status == 200
            assert (await site.get("/tags/TAG1", client=client)).json["id_tag"] == "TAG1"

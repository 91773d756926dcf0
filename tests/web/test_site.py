"""The application as a whole: problems, headers, health, pages."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from tests.web.site import Site
from voltaro.ports import Pulse, StoreUnavailable


async def test_every_error_is_a_problem_with_the_requests_id(site: Site) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/tags", 405), ("GET", "/tags/x", 404), ("POST", "/tags", 422)):
        answer = await site.ask(method, path, headers={"X-Request-Id": "mine-1"})
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        body = answer.json
        assert (body["status"], body["request_id"], body["instance"]) == (status, "mine-1", f"/api/v1{path}")
        assert body["type"].startswith("urn:voltaro:problem:")
        assert body["detail"]
        assert answer.headers["X-Request-Id"] == "mine-1"


async def test_a_method_that_is_not_taken_says_which_are(site: Site) -> None:
    assert set((await site.ask("PUT", "/tags")).headers["Allow"].split(",")) >= {"GET", "POST"}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-what"])
@pytest.mark.parametrize("body", [gzip.compress(b"[" * 64_000_000), b"nonsense"], ids=["bomb", "broken"])
async def test_a_body_that_is_compressed_is_refused_unread(site: Site, encoding: str, body: bytes) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    for path in ("/tags", "/tags/import"):
        answer = await site.post(path, data=body, headers=headers)
        assert answer.status == 415, path
    assert (await site.get("/tags")).status == 200


async def test_our_own_mistake_is_a_500_that_tells_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> object:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(site.fleet, "tree", broken)
    answer = await site.get("/actors")
    assert answer.status == 500
    assert "secret detail" not in answer.text
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


async def test_a_database_that_is_away_is_503_and_not_ready_but_alive(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable

    for name in ("tags", "ping", "last_event_id"):
        monkeypatch.setattr(site.store, name, away)
    for path in ("/tags", "/events"):
        answer = await site.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert int(answer.headers["Retry-After"]) > 0
    assert (await site.get("/readyz", api=False, token=None)).status == 503
    assert (await site.get("/livez", api=False, token=None)).status == 200


@pytest.mark.parametrize(("pulse", "status"), [(Pulse(9, 9), 200), (Pulse(11, 0), 503), (Pulse(0, 11), 503)])
async def test_a_loop_or_a_supervisor_that_stands_still_is_not_alive(site: Site, pulse: Pulse, status: int) -> None:
    site.fleet.felt = pulse
    assert (await site.get("/livez", api=False, token=None)).status == status


async def test_a_body_that_is_too_large_is_413(site: Site) -> None:
    answer = await site.post("/tags", data=b'{"id_tag": "' + b"x" * 1024 * 1024 + b'"}', headers={"Content-Type": "application/json"})
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    async def endless() -> object:
        while True:
            yield b" " * 65536

    async with (
        asyncio.timeout(30),
        site.client.post(
            site.url("/api/v1/tags"),
            data=endless(),
            headers={"Authorization": "Bearer an-admin-token-of-the-tests-0123456789", "Content-Type": "application/json"},
        ) as response,
    ):
        assert response.status == 413


async def test_what_is_no_json_is_400_or_415(site: Site) -> None:
    for raw in (b"{", b"\xff\xfe", b'{"id_tag": "\\ud800"}'):
        assert (await site.post("/tags", data=raw, headers={"Content-Type": "application/json"})).status == 400
    assert (await site.post("/tags", data="id_tag=X", headers={"Content-Type": "application/x-www-form-urlencoded"})).status == 415


async def test_the_server_is_ready_and_counts(site: Site) -> None:
    assert (await site.get("/readyz", api=False, token=None)).json == {"status": "ok"}
    metrics = await site.get("/metrics", api=False, token=None)
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"voltaro_stream_readers" in metrics.body


async def test_pages_run_nothing_but_our_own_scripts(site: Site) -> None:
    for path in ("/", "/chargers/CP1.2", "/sessions", "/api/docs"):
        page = await site.get(path, api=False, token=None)
        assert page.status == 200, path
        assert page.headers["Content-Type"].startswith("text/html")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_assets_are_kept_for_ever_and_compressed(site: Site) -> None:
    dashboard = site.house.dashboard
    name = next(name for name, asset in dashboard.assets.items() if asset.zipped)
    asset = await site.get(f"/ui/{dashboard.version}/{name}", api=False, token=None, headers={"Accept-Encoding": "gzip"})
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asset.headers["Content-Encoding"] == "gzip"
    assert "connect-src 'self'" in asset.headers["Content-Security-Policy"]  # the shared worker reads the live stream
    unversioned = await site.get(f"/ui/{name}", api=False, token=None)
    assert unversioned.headers["Cache-Control"] == "no-cache"
    again = await site.get(f"/ui/{name}", api=False, token=None, headers={"If-None-Match": unversioned.headers["ETag"]})
    assert again.status == 304


async def test_what_is_neither_page_nor_file_is_404(site: Site) -> None:
    for path in ("/ui/nothing.js", "/ui/../web/app.py", "/ui/%2e%2e/app.py", "/api/v2", "/favicon.ico"):
        assert (await site.get(path, api=False, token=None)).status == 404, path


async def test_the_api_is_never_kept_by_a_cache(site: Site) -> None:
    assert (await site.get("/tags")).headers["Cache-Control"] == "no-store"


async def test_the_document_is_served(site: Site) -> None:
    document = (await site.get("/openapi.json", token=None)).json
    assert document["openapi"].startswith("3.1")


async def test_a_body_that_does_not_come_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.reading.read_bytes.__defaults__", (0.05,))
    reader, writer = await asyncio.open_connection(site.served.host, site.served.port)
    head = "POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    writer.write(head.encode())
    async with asyncio.timeout(30):
        assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 408 Request Timeout\r\n"
    writer.close()

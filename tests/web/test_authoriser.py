"""The external authoriser over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from voltaro.domain.tag import Authorization, Verdict
from web.authoriser import AuthoriserFailed, HttpAuthoriser

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[HttpAuthoriser]]


@pytest.fixture
async def answered_by() -> AsyncIterator[Serve]:
    """Serve an authoriser, and give the client that asks it."""
    ending: list[Callable[[], Awaitable[Any]]] = []

    async def serve(handler: Handler) -> HttpAuthoriser:
        app = web.Application()
        app.router.add_post("/ask", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        authoriser = HttpAuthoriser(f"http://127.0.0.1:{runner.addresses[0][1]}/ask", timeout_s=0.3, token="secret")
        ending.extend((runner.cleanup, authoriser.close))
        return authoriser

    yield serve
    for end in reversed(ending):
        await end()


async def test_a_verdict_is_asked_for_and_read(answered_by: Serve) -> None:
    asked: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append((await request.json(), request.headers["Authorization"]))
        return web.json_response({"verdict": "Accepted", "parent": "FLEET", "expires_at": "2030-01-01T00:00:00+01:00"})

    authoriser = await answered_by(handler)
    verdict = await authoriser.authorize("TAG1", "CP1")
    assert verdict == Authorization(Verdict.ACCEPTED, "FLEET", datetime(2029, 12, 31, 23, tzinfo=UTC))
    assert asked == [({"id_tag": "TAG1", "charger_id": "CP1"}, "Bearer secret")]


async def test_404_is_an_unknown_tag(answered_by: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=404)

    assert (await (await answered_by(handler)).authorize("X", "CP1")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("body", ["", "nope", '{"verdict": "Perhaps"}', '{"verdict": "Accepted", "expires_at": "2030-01-01"}', "[]"])
async def test_an_answer_that_is_not_understood_is_a_failure(answered_by: Serve, body: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=body)

    with pytest.raises(AuthoriserFailed, match="not understood"):
        await (await answered_by(handler)).authorize("X", "CP1")


@pytest.mark.parametrize("status", [500, 302, 401])
async def test_any_other_status_is_a_failure(answered_by: Serve, status: int) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    with pytest.raises(AuthoriserFailed, match=str(status)):
        await (await answered_by(handler)).authorize("X", "CP1")


async def test_no_answer_in_time_is_a_failure(answered_by: Serve) -> None:
    hung = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await hung.wait()
        return web.Response()

    with pytest.raises(AuthoriserFailed, match="in time"):
        await (await answered_by(handler)).authorize("X", "CP1")
    hung.set()


async def test_nobody_there_is_a_failure() -> None:
    authoriser = HttpAuthoriser("http://127.0.0.1:1/ask", timeout_s=0.5)
    with pytest.raises(AuthoriserFailed, match="reached"):
        await authoriser.authorize("X", "CP1")
    await authoriser.close()

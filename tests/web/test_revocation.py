"""Whatever takes a right away ends API and live stream, though no notice of it comes: within five seconds at the latest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import aiohttp
import pytest

from tests.web.site import Site
from voltaro.domain.person import Role, Scope
from voltaro.ports import Change, Notice
from web import auth, sse
from web.auth import hash_secret, new_token

PROMISED_S = 5.0


def test_what_is_waited_for_at_most_is_less_than_what_is_promised() -> None:
    assert auth._CACHED_S < PROMISED_S
    assert sse.RECHECK_S < PROMISED_S


class Reader:
    """Somebody who reads the stream, with a token or a cookie."""

    def __init__(self, site: Site, client: aiohttp.ClientSession, token: str | None = None) -> None:
        self.site = site
        self.client = client
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def begin(self, stack: AsyncExitStack) -> None:
        self.stream = await stack.enter_async_context(self.client.get(self.site.url("/api/v1/events"), headers=self.headers))
        assert self.stream.status == 200
        await self.stream.content.readuntil(b"id: ")

    async def ended(self) -> None:
        """Wait for the end of the stream."""
        async with asyncio.timeout(PROMISED_S + 5):
            await self.stream.content.read()

    async def status(self) -> int:
        async with self.client.get(self.site.url("/api/v1/chargers"), headers=self.headers) as answer:
            return answer.status


Take = Callable[[Site, int], Awaitable[object]]
"""Takes a right away, as another process would: behind the back of the server. Gets the user's id."""

FROM_A_PERSON: dict[str, Take] = {
    "disabled": lambda site, user: site.store.change_user(user, Change({"disabled": True}), "elsewhere"),
    "another role": lambda site, user: site.store.change_user(user, Change({"role": Role.VIEWER}), "elsewhere"),
    "another password": lambda site, user: site.store.change_user(user, Change({"password_hash": "x"}), "elsewhere"),
    "login ended": lambda site, user: site.store.end_logins(user, "elsewhere"),
}


async def test_a_persons_api_and_stream_end_without_a_notice(site: Site) -> None:
    async with AsyncExitStack() as stack:
        readers = []
        await site.add_person("boss", Role.ADMIN)
        for name in FROM_A_PERSON:
            await site.add_person(name.replace(" ", "-"), Role.OPERATOR)
            browser, _ = await stack.enter_async_context(site.signed_in(name.replace(" ", "-")))
            reader = Reader(site, browser)
            await reader.begin(stack)
            assert await reader.status() == 200
            readers.append(reader)
        users = {user.name: user.id for user in (await site.store.users(limit=9)).items}
        for name, take in FROM_A_PERSON.items():
            await take(site, users[name.replace(" ", "-")])
        await asyncio.gather(*(reader.ended() for reader in readers))
        site.clock.advance(PROMISED_S)
        assert [await reader.status() for reader in readers] == [401] * len(readers)


async def test_a_tokens_api_and_stream_end_without_a_notice_also_when_it_expires(site: Site) -> None:
    revoked, expiring = new_token(), new_token()
    in_a_moment = site.clock.now() + timedelta(seconds=3)
    for secret, expires_at in ((revoked, None), (expiring, in_a_moment)):
        await site.store.add_token("of a test", secret[:12], hash_secret(secret), frozenset({Scope.CHARGERS_READ}), expires_at, "test")
    async with AsyncExitStack() as stack:
        readers = [Reader(site, site.client, secret) for secret in (revoked, expiring)]
        for reader in readers:
            await reader.begin(stack)
            assert await reader.status() == 200
        [token] = [token for token in (await site.store.tokens(limit=9)).items if token.expires_at is None]
        await site.store.revoke_token(token.id, "elsewhere")
        await asyncio.gather(*(reader.ended() for reader in readers))
        site.clock.advance(PROMISED_S)
        assert [await reader.status() for reader in readers] == [401, 401]


@pytest.mark.parametrize("word", FROM_A_PERSON)
async def test_with_a_notice_it_is_at_once(site: Site, word: str) -> None:
    await site.add_person("boss", Role.ADMIN)
    await site.add_person("otto", Role.OPERATOR)
    async with AsyncExitStack() as stack:
        browser, _ = await stack.enter_async_context(site.signed_in("otto"))
        reader = Reader(site, browser)
        await reader.begin(stack)
        otto = next(user for user in (await site.store.users(limit=9)).items if user.name == "otto")
        await FROM_A_PERSON[word](site, otto.id)
        site.house.forget(Notice("user", str(otto.id)))
        assert await reader.status() == 401
        await reader.ended()


async def test_over_the_api_it_is_at_once(site: Site) -> None:
    await site.add_person("boss", Role.ADMIN)
    await site.add_person("otto", Role.OPERATOR)
    otto = next(user for user in (await site.store.users(limit=9)).items if user.name == "otto")
    logins = f"/users/{otto.id}/logins"
    for end in (
        lambda: site.delete(logins),
        lambda: site.patch(f"/users/{otto.id}", {"role": "viewer"}),
        lambda: site.patch(f"/users/{otto.id}", {"disabled": True}),
    ):
        async with AsyncExitStack() as stack:
            browser, _ = await stack.enter_async_context(site.signed_in("otto"))
            reader = Reader(site, browser)
            await reader.begin(stack)
            assert await reader.status() == 200
            assert (await end()).status == 200
            assert await reader.status() == 401
            await reader.ended()


async def test_ones_own_new_password_keeps_the_browser_that_gave_it(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    async with site.signed_in("alice") as (here, csrf), site.signed_in("alice") as (there, _):
        body = {"current": "correct horse battery", "new": "a good long password"}
        before = {cookie.value for cookie in here.cookie_jar}
        answer = await site.post("/me/password", body, token=None, client=here, headers={"X-Voltaro-CSRF": csrf})
        assert answer.status == 204
        assert {cookie.value for cookie in here.cookie_jar} != before
        me = await site.get("/me", token=None, client=here)
        assert (me.status, me.json["csrf"] != csrf) == (200, True)
        assert (await site.get("/me", token=None, client=there)).status == 401


async def test_the_use_of_a_token_and_of_a_login_is_noted_apart_from_the_request(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    noted = asyncio.Event()
    note_uses = site.store.note_uses

    async def told(tokens: list[bytes], logins: list[bytes]) -> None:
        await note_uses(tokens, logins)
        noted.set()

    site.store.note_uses = told  # type: ignore[method-assign,assignment]
    secret = await site.add_token(Scope.TAGS_READ)
    assert (await site.get("/tags", token=secret)).status == 200
    async with asyncio.timeout(30):
        await noted.wait()
    [token] = (await site.store.tokens(limit=9)).items
    assert token.last_used_at is not None

"""The cookie of a login, and the link that opens one: over TLS and without."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.conformance.authority import Authority
from tests.web.site import PASSWORD, Site, open_site
from voltaro.domain.person import Role
from voltaro.ports import Store
from web.auth import hash_secret


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    [pair, *_] = Authority(tmp_path, "Lab").server("ec")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


async def test_over_tls_the_cookie_is_bound_to_this_very_host_and_never_sent_without(store: Store, tls: ssl.SSLContext) -> None:
    async with open_site(store, tls=tls) as site, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        await site.add_person("alice", Role.VIEWER)
        body = {"name": "alice", "password": PASSWORD}
        async with browser.post(site.url("/api/v1/login"), json=body, ssl=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        name, _, value = cookie.partition(";")[0].partition("=")
        words = {word.strip().lower() for word in cookie.split(";")[1:]}
        assert name == "__Host-voltaro_login"
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= words
        assert not any(word.startswith("domain") for word in words)
        for sent, status in ((f"{name}={value}", 200), (f"voltaro_login={value}", 401)):
            async with browser.get(site.url("/api/v1/me"), headers={"Cookie": sent}, ssl=False) as answer:
                assert answer.status == status, sent


async def test_without_tls_it_is_kept_from_scripts_and_other_sites_all_the_same(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    cookie = (await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None)).headers["Set-Cookie"]
    words = {word.strip().lower() for word in cookie.split(";")[1:]}
    assert cookie.startswith("voltaro_login=")
    assert {"httponly", "samesite=lax", "path=/"} <= words
    assert "secure" not in words


async def test_a_login_link_signs_one_in_however_many_follow_it_at_once(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    [alice] = (await site.store.users(limit=9)).items
    await site.store.add_login_link(alice.id, hash_secret("one-time"), site.clock.now() + timedelta(minutes=5))
    await site.store.add_login_link(alice.id, hash_secret("late"), site.clock.now() - timedelta(seconds=1))
    answers = await asyncio.gather(*(site.get("/login/one-time", token=None, api=False) for _ in range(12)))
    assert sorted(answer.status for answer in answers) == [303] + [410] * 11
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1
    assert len(await site.store.logins(alice.id)) == 1
    assert (await site.get("/login/late", token=None, api=False)).status == 410

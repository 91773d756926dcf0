"""Who gets in: tokens, logins, links, roles, cross-site rules."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest

from tests.web.site import ADMIN_TOKEN, PASSWORD, Site, open_site
from voltaro.domain.person import Role, Scope
from voltaro.ports import Notice, Store
from web.auth import hash_secret


async def test_a_proof_that_does_not_hold_is_refused(site: Site) -> None:
    for header in ("Bearer wrong", "Bearer", "Basic YTpi", f"Token {ADMIN_TOKEN}", "Bearer " + "x" * 5000):
        assert (await site.get("/me", token=None, headers={"Authorization": header})).status == 401, header[:20]


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site) -> None:
    made = await site.post("/tokens", {"name": "ci", "scopes": ["chargers:read"]})
    secret = made.json["token"]
    assert made.status == 201
    assert secret.startswith("vlt_")
    assert len(secret) > 40
    assert (await site.get("/me", token=secret)).json["name"] == "token:ci"
    assert secret not in (await site.get("/tokens")).text
    assert (await site.delete(f"/tokens/{made.json['id']}")).status == 204
    assert (await site.get("/me", token=secret)).status == 401
    assert (await site.delete(f"/tokens/{made.json['id']}")).status == 404


async def test_a_token_ends_at_its_time_also_when_it_is_cached(site: Site) -> None:
    expires_at = (site.clock.now() + timedelta(minutes=5)).isoformat()
    secret = (await site.post("/tokens", {"name": "short", "scopes": ["admin"], "expires_at": expires_at})).json["token"]
    assert (await site.get("/me", token=secret)).status == 200
    assert (await site.house.gate.who(_Bearer(secret))) is not None  # type: ignore[arg-type]
    past = (site.clock.now() - timedelta(minutes=5)).isoformat()
    assert (await site.post("/tokens", {"name": "old", "scopes": ["admin"], "expires_at": past})).status == 422


class _Bearer:
    """As much of a request as the gate reads of one with a token."""

    def __init__(self, secret: str) -> None:
        self.headers = {"Authorization": f"Bearer {secret}"}


async def test_a_revocation_elsewhere_takes_effect_with_its_notice(site: Site) -> None:
    secret = await site.add_token(Scope.ADMIN)
    assert (await site.get("/me", token=secret)).status == 200
    [token] = (await site.store.tokens(limit=9)).items
    await site.store.revoke_token(token.id, "elsewhere")
    site.house.forget(Notice("token", str(token.id)))
    assert (await site.get("/me", token=secret)).status == 401


async def test_a_person_signs_in_looks_and_signs_out(site: Site) -> None:
    await site.add_person("alice", Role.OPERATOR)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        answer = await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None, client=browser)
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie
        me = (await site.get("/me", token=None, client=browser)).json
        assert (me["name"], me["role"], me["csrf"]) == ("alice", "operator", answer.json["csrf"])
        out = await site.post("/logout", token=None, client=browser, headers={"X-Voltaro-CSRF": me["csrf"]})
        assert out.status == 204
        browser.cookie_jar.clear()
        stale = cookie.partition(";")[0]
        assert (await site.get("/me", token=None, client=browser, headers={"Cookie": stale})).status == 401


async def test_wrong_name_and_wrong_password_are_answered_alike(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    wrong = await site.post("/login", {"name": "alice", "password": "guess"}, token=None)
    unknown = await site.post("/login", {"name": "nobody", "password": "guess"}, token=None)
    assert wrong.status == unknown.status == 401
    assert wrong.json["detail"] == unknown.json["detail"]


async def test_guessing_is_slowed_down_and_time_heals_it(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    for _ in range(5):
        assert (await site.post("/login", {"name": "alice", "password": "guess"}, token=None)).status == 401
    limited = await site.post("/login", {"name": "Alice", "password": PASSWORD}, token=None)
    assert limited.status == 429
    site.clock.advance(int(limited.headers["Retry-After"]))
    assert (await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None)).status == 200


async def test_a_disabled_person_is_out_at_once_and_cannot_come_back(site: Site) -> None:
    await site.add_person("boss", Role.ADMIN)
    await site.add_person("alice", Role.ADMIN)
    async with site.signed_in("alice") as (browser, _):
        [alice, _] = (await site.store.users(limit=9)).items
        assert (await site.patch(f"/users/{alice.id}", {"disabled": True})).json["disabled"] is True
        assert (await site.get("/me", token=None, client=browser)).status == 401
        assert (await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None)).status == 401


async def test_a_cookie_alone_changes_nothing(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    async with site.signed_in("alice") as (browser, csrf):
        body = {"id_tag": "T1"}
        assert (await site.post("/tags", body, token=None, client=browser)).status == 403
        assert (await site.post("/tags", body, token=None, client=browser, headers={"X-Voltaro-CSRF": "guess"})).status == 403
        foreign = {"X-Voltaro-CSRF": csrf, "Origin": "https://evil.example"}
        assert (await site.post("/tags", body, token=None, client=browser, headers=foreign)).status == 403
        own = {"X-Voltaro-CSRF": csrf, "Origin": site.served.url}
        assert (await site.post("/tags", body, token=None, client=browser, headers=own)).status == 201


async def test_a_login_from_another_sites_page_is_refused(site: Site) -> None:
    body = {"name": "alice", "password": PASSWORD}
    assert (await site.post("/login", body, token=None, headers={"Origin": "https://evil.example"})).status == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await site.post("/login", data="name=a&password=b", token=None, headers=form)).status == 415


async def test_a_login_link_works_once(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    [alice] = (await site.store.users(limit=9)).items
    await site.store.add_login_link(alice.id, hash_secret("one-time"), site.clock.now() + timedelta(minutes=5))
    followed = await site.get("/login/one-time", token=None, api=False)
    assert (followed.status, followed.headers["Location"]) == (303, "/")
    cookie = followed.headers["Set-Cookie"].partition(";")[0]
    assert (await site.get("/me", token=None, headers={"Cookie": cookie})).json["name"] == "alice"
    again = await site.get("/login/one-time", token=None, api=False)
    assert again.status == 410
    assert "Set-Cookie" not in again.headers


async def test_people_are_let_in_and_changed_by_admins(site: Site) -> None:
    made = await site.post("/users", {"name": "bob", "role": "viewer", "password": PASSWORD})
    assert made.status == 201
    assert PASSWORD not in made.text
    assert "argon2" not in made.text
    assert (await site.post("/users", {"name": "bob", "role": "viewer", "password": PASSWORD})).status == 409
    assert (await site.post("/users", {"name": "eve", "role": "viewer", "password": "short"})).json["errors"][0]["pointer"] == "/password"
    changed = await site.patch(f"/users/{made.json['id']}", {"role": "operator"})
    assert changed.json["role"] == "operator"
    assert (await site.get(f"/users/{made.json['id']}")).json["role"] == "operator"
    assert [user["name"] for user in (await site.get("/users")).json["items"]] == ["bob"]


async def test_one_cannot_take_ones_own_rights_away(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    [alice] = (await site.store.users(limit=9)).items
    async with site.signed_in("alice") as (browser, csrf):
        answer = await site.patch(f"/users/{alice.id}", {"role": "viewer"}, token=None, client=browser, headers={"X-Voltaro-CSRF": csrf})
        assert answer.status == 409


async def test_one_changes_ones_own_password_by_the_old_one(site: Site) -> None:
    await site.add_person("alice", Role.VIEWER)
    async with site.signed_in("alice") as (browser, csrf):
        headers = {"X-Voltaro-CSRF": csrf}
        wrong = {"current": "guess", "new": "a new long password"}
        assert (await site.post("/me/password", wrong, token=None, client=browser, headers=headers)).status == 403
        right = {"current": PASSWORD, "new": "a new long password"}
        assert (await site.post("/me/password", right, token=None, client=browser, headers=headers)).status == 204
    assert (await site.post("/login", {"name": "alice", "password": "a new long password"}, token=None)).status == 200


async def test_what_was_done_is_audited_by_whom(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    async with site.signed_in("alice") as (browser, csrf):
        await site.post("/tags", {"id_tag": "T1"}, token=None, client=browser, headers={"X-Voltaro-CSRF": csrf})
    deeds = [(entry["actor"], entry["action"]) for entry in (await site.get("/audit")).json["items"]]
    assert ("alice", "login.opened") in deeds
    assert any(actor == "alice" and "tag" in action for actor, action in deeds)


async def test_only_a_trusted_proxy_is_believed(store: Store) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9, 127.0.0.1"}
    for proxies, secure in (((), False), (("127.0.0.0/8",), True)):
        async with open_site(store, trusted_proxies=proxies) as site:
            if not secure:
                await site.add_person("alice", Role.VIEWER)
            answer = await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None, headers=forwarded)
            assert ("Secure" in answer.headers["Set-Cookie"]) is secure
            assert answer.headers["Set-Cookie"].startswith("__Host-") is secure
            assert ("Strict-Transport-Security" in answer.headers) is secure
            [latest, *_] = (await site.get("/audit")).json["items"]
            assert latest["address"] == ("203.0.113.9" if secure else "127.0.0.1")


@pytest.mark.parametrize("entry", ["nonsense", "300.1.1.1"])
async def test_a_trusted_proxy_that_is_no_address_is_refused_at_start(store: Store, entry: str) -> None:
    with pytest.raises(ValueError, match=re.escape(entry)):
        async with open_site(store, trusted_proxies=(entry,)):
            pass

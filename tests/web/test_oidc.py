"""Signing in by OpenID Connect, at a provider that really signs, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from yarl import URL

from tests.web.identity import CLIENT, SECRET, Claims, IdentityProvider, identity_provider, parameters
from tests.web.site import PASSWORD, Answer, Site, open_site
from voltaro.domain.person import Role
from voltaro.ports import Change, Store
from web.oidc import Attempt, OidcSettings, person_name, sealed, unsealed

ROLES = {"ops": Role.OPERATOR, "everyone": Role.VIEWER, "bosses": Role.ADMIN}


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with identity_provider() as served:
        yield served


@asynccontextmanager
async def site_of(store: Store, provider: IdentityProvider, claim: str = "groups", **settings: object) -> AsyncIterator[Site]:
    wanted = OidcSettings(provider.url, CLIENT, SECRET, claim, ROLES, label="Our house")
    async with open_site(store, oidc=wanted, **settings) as opened:
        yield opened


@pytest.fixture
async def site(store: Store, provider: IdentityProvider) -> AsyncIterator[Site]:
    async with site_of(store, provider) as opened:
        yield opened


class Window:
    """A browser's window that follows where it is sent, step by step."""

    def __init__(self, site: Site, client: aiohttp.ClientSession) -> None:
        self.site = site
        self.client = client

    async def go(self, url: str) -> Answer:
        async with self.client.get(URL(url, encoded=True), allow_redirects=False) as response:
            return Answer(response.status, response.headers, await response.read())

    async def begin(self) -> str:
        """The address at the provider."""
        answer = await self.go(f"{self.site.served.url}/login/oidc")
        assert answer.status == 303, answer.text
        return str(answer.headers["Location"])

    async def granted(self) -> str:
        """The address that the provider sends the browser back to."""
        return str((await self.go(await self.begin())).headers["Location"])

    async def sign_in(self) -> Answer:
        return await self.go(await self.granted())

    async def me(self) -> Claims | None:
        answer = await self.site.get("/me", token=None, client=self.client)
        return answer.json if answer.status == 200 else None


@asynccontextmanager
async def window(site: Site) -> AsyncIterator[Window]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield Window(site, client)


async def test_a_person_is_made_at_the_first_sign_in_and_known_at_the_next(site: Site, provider: IdentityProvider) -> None:
    assert (await site.get("/login/methods", token=None)).json == {"password": True, "oidc": {"url": "/login/oidc", "label": "Our house"}}
    for _ in range(2):
        async with window(site) as browser:
            answer = await browser.sign_in()
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            me = await browser.me()
            assert me is not None
            assert (me["name"], me["role"], me["has_password"], me["is_external"]) == ("olga", "operator", False, True)
            [login] = (await site.get("/me/logins", token=None, client=browser.client)).json["items"][:1]
            assert (login["method"], login["current"]) == ("oidc", True)
    assert len((await site.store.users(limit=9)).items) == 1
    deeds = [(entry["actor"], entry["action"], entry["target"]) for entry in (await site.get("/audit")).json["items"]]
    assert deeds == [("olga", "login.opened", "olga"), ("olga", "login.opened", "olga"), ("oidc", "user.added", "olga")]


async def test_a_role_follows_the_provider_and_ends_what_is_signed_in(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as first, window(site) as second:
        await first.sign_in()
        provider.person["groups"] = ["everyone", "nothing here"]
        await second.sign_in()
        assert await first.me() is None
        me = await second.me()
        assert me is not None
        assert me["role"] == "viewer"


async def test_the_highest_role_counts_and_a_claim_may_lie_deep(store: Store, provider: IdentityProvider) -> None:
    provider.person |= {"groups": None, "realm_access": {"roles": ["everyone", "bosses", 7, "ops"]}}
    async with site_of(store, provider, "realm_access.roles") as site, window(site) as browser:
        await browser.sign_in()
        me = await browser.me()
        assert me is not None
        assert me["role"] == "admin"


@pytest.mark.parametrize("groups", [[], ["strangers"], None, "stranger", {"ops": True}, [["ops"]]])
async def test_who_has_no_role_is_refused_in_plain_words(site: Site, provider: IdentityProvider, groups: object) -> None:
    provider.person["groups"] = groups
    async with window(site) as browser:
        answer = await browser.sign_in()
        assert (answer.status, "none of your groups has a role here" in answer.text) == (403, True)
        assert await browser.me() is None
    assert (await site.store.users(limit=9)).items == []
    assert (await site.get("/audit")).json["items"][0]["action"] == "login.refused"


async def test_a_disabled_person_is_refused(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        await browser.sign_in()
        [olga] = (await site.store.users(limit=9)).items
        await site.store.change_user(olga.id, Change({"disabled": True}), "test")
        answer = await browser.sign_in()
        assert (answer.status, "disabled" in answer.text) == (403, True)
        assert await browser.me() is None


async def test_the_provider_cannot_take_the_last_admins_role(site: Site, provider: IdentityProvider) -> None:
    provider.person["groups"] = ["bosses"]
    async with window(site) as browser:
        await browser.sign_in()
        provider.person["groups"] = ["ops"]
        assert (await browser.sign_in()).status == 409


async def test_a_name_that_is_taken_is_never_taken_over(site: Site, provider: IdentityProvider) -> None:
    await site.add_person("Olga", Role.ADMIN)
    async with window(site) as browser:
        await browser.sign_in()
        me = await browser.me()
        assert me is not None
        assert (me["name"], me["role"]) == ("olga-2", "operator")


async def test_the_same_person_in_many_windows_at_once_is_one(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as one, window(site) as two, window(site) as three:
        answers = await asyncio.gather(*(each.sign_in() for each in (one, two, three)))
    assert [answer.status for answer in answers] == [303] * 3
    assert len((await site.store.users(limit=9)).items) == 1


async def test_keys_that_have_changed_are_read_once_more(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        assert (await browser.sign_in()).status == 303
        provider.rotate("EC")
        assert (await browser.sign_in()).status == 303
        assert (await browser.sign_in()).status == 303
    assert (provider.asked.count("keys"), provider.asked.count("document")) == (2, 1)


def _later(claims: Claims, **seconds: int) -> None:
    for name, ahead in seconds.items():
        claims[name] = claims["iat"] + ahead


SPOILT = {
    "another audience": lambda claims: claims.update(aud="another client"),
    "an audience among others without azp": lambda claims: claims.update(aud=[CLIENT, "another client"]),
    "meant for another": lambda claims: claims.update(azp="another client"),
    "expired": lambda claims: _later(claims, exp=-61),
    "without an end": lambda claims: claims.pop("exp"),
    "an end that is no number": lambda claims: claims.update(exp="tomorrow"),
    "from the future": lambda claims: _later(claims, iat=3600, exp=7200),
    "not yet": lambda claims: _later(claims, nbf=3600),
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "the nonce of another": lambda claims: claims.update(nonce="guess"),
    "without a nonce": lambda claims: claims.pop("nonce"),
    "nobody": lambda claims: claims.update(sub=""),
    "a number for somebody": lambda claims: claims.update(sub=42),
}


@pytest.mark.parametrize("word", SPOILT)
async def test_a_token_in_which_anything_is_wrong_is_not_believed(site: Site, provider: IdentityProvider, word: str) -> None:
    provider.spoil = SPOILT[word]
    await refused(site)


@pytest.mark.parametrize("how", ["unsigned", "by_public_key", "by_another"])
async def test_a_token_that_the_provider_has_not_signed_is_not_believed(site: Site, provider: IdentityProvider, how: str) -> None:
    provider.sign = getattr(provider, how)
    await refused(site)


async def test_a_token_under_a_key_that_nobody_names_is_not_believed(site: Site, provider: IdentityProvider) -> None:
    old = provider.keys[0]
    provider.rotate()

    def sign(claims: Claims) -> str:
        named, provider.keys = provider.keys, [old]
        try:
            return provider.id_token(claims)
        finally:
            provider.keys = named

    provider.sign = sign
    await refused(site)
    assert provider.asked.count("keys") == 2


async def refused(site: Site) -> None:
    async with window(site) as browser:
        answer = await browser.sign_in()
        assert (answer.status, "cannot be used now" in answer.text) == (502, True)
        assert await browser.me() is None
    assert (await site.store.users(limit=9)).items == []


async def test_an_answer_that_another_browser_asked_for_is_refused(site: Site, provider: IdentityProvider) -> None:
    """Somebody is given a link that would sign them in as the attacker (login CSRF)."""
    async with window(site) as attacker, window(site) as victim:
        theirs = await attacker.granted()
        assert (await victim.go(theirs)).status == 400
        await victim.begin()
        assert (await victim.go(theirs)).status == 400
        assert await victim.me() is None


async def test_a_state_that_is_wrong_missing_or_late_is_refused(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        back = await browser.granted()
        for wrong in (
            back.replace("state=", "state=x"),
            back.replace("state=", "stage="),
            back.replace(parameters(back)["state"], "%C3%A9"),
        ):
            assert (await browser.go(wrong)).status == 400
        back = await browser.granted()
        site.clock.advance(601)
        assert (await browser.go(back)).status == 400


async def test_a_code_is_good_once_also_with_the_cookie_kept(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        back = await browser.granted()
        kept = {cookie.key: cookie.value for cookie in browser.client.cookie_jar}
        assert (await browser.go(back)).status == 303
        browser.client.cookie_jar.clear()
        browser.client.cookie_jar.update_cookies(kept, URL(site.served.url))
        answer = await browser.go(back)
        assert (answer.status, "finished before" in answer.text) == (400, True)
        assert await browser.me() is None
    assert provider.asked.count("token") == 1


async def test_an_answer_of_another_issuer_is_refused(site: Site, provider: IdentityProvider) -> None:
    """Mix-up: the answer of a provider that somebody else runs (RFC 9207)."""
    async with window(site) as browser:
        back = await browser.granted()
        assert (await browser.go(back.replace("iss=http", "iss=ftp"))).status == 502
    assert "token" not in provider.asked


async def test_a_refusal_of_the_provider_is_told_as_text(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        state = parameters(await browser.begin())["state"]
        answer = await browser.go(f"{site.served.url}/login/oidc/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state={state}")
        assert answer.status == 403
        assert "<script>" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("document", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://198.51.100.1/token"}, {"jwks_uri": 7}])
async def test_a_document_that_cannot_be_right_is_not_used(site: Site, provider: IdentityProvider, document: Claims) -> None:
    provider.document = document
    assert (await site.get("/login/oidc", token=None, api=False)).status == 502


async def test_a_provider_that_is_away_or_errs_is_said_to_be(site: Site, provider: IdentityProvider) -> None:
    provider.token_status = 500
    await refused(site)


async def test_there_is_no_such_way_where_none_is_set_up(store: Store) -> None:
    async with open_site(store) as site:
        assert (await site.get("/login/methods", token=None)).json == {"password": True, "oidc": None}
        for path in ("/login/oidc", "/login/oidc/callback?code=x&state=y"):
            assert (await site.get(path, token=None, api=False)).status == 404


async def test_passwords_may_be_switched_off(store: Store, provider: IdentityProvider) -> None:
    async with site_of(store, provider, password_login=False) as site:
        await site.add_person("alice", Role.ADMIN)
        answer = await site.post("/login", {"name": "alice", "password": PASSWORD}, token=None)
        assert (answer.status, answer.json["type"]) == (403, "urn:voltaro:problem:password_login_off")
        assert (await site.get("/login/methods", token=None)).json["password"] is False


async def test_one_who_signs_in_elsewhere_gets_no_password_here(site: Site, provider: IdentityProvider) -> None:
    async with window(site) as browser:
        await browser.sign_in()
        me = await browser.me()
        assert me is not None
        body = {"new": "a new long password"}
        headers = {"X-Voltaro-CSRF": me["csrf"]}
        assert (await site.post("/me/password", body, token=None, client=browser.client, headers=headers)).status == 403
        assert (await site.patch(f"/users/{me['user_id']}", {"password": "a new long password"})).status == 409


def test_an_attempt_is_only_taken_from_a_cookie_that_we_have_signed() -> None:
    attempt, key = Attempt("state", "nonce", "verifier", 1), b"k" * 32
    value = sealed(attempt, key)
    assert unsealed(value, key) == attempt
    for forged in (None, "", ".", value[:-1], "x" + value, value.partition(".")[0], value.replace(".", ".é"), sealed(attempt, b"other")):
        assert unsealed(forged, key) is None


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("olga", "olga"),
        (" Olga N. ", "Olga-N."),
        ("a:b/c", "a-b-c"),
        ("\u202egalo\x00", "galo"),
        (" \t", "somebody"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_name_from_elsewhere_is_made_one_of_ours(told: str, name: str) -> None:
    assert person_name(told) == name

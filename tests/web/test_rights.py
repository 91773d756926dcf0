"""The rights matrix, generated: every endpoint there is, asked by everybody there can be. What a new one needs is here by itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from persistence.store import PostgresStore
from tests.web import stored
from tests.web.site import ADMIN_TOKEN, Answer, Site, open_site
from voltaro.domain.driver import Driver
from voltaro.domain.person import SCOPES_OF_ROLE, Role, Scope
from voltaro.domain.tag import Tag
from voltaro.ports import Change
from web.app import all_endpoints
from web.auth import CSRF_HEADER, SAFE_METHODS, hash_secret, new_token
from web.route import Endpoint

ENDPOINTS = all_endpoints()
GUARDED = [endpoint for endpoint in ENDPOINTS if not endpoint.public]

OPEN_TO_ALL = {
    "log_in": "one is nobody before it",
    "follow_login_link": "the link is the proof",
    "show_ways": "the sign-in page asks it",
    "begin_oidc": "one is nobody before it",
    "finish_oidc": "the provider's answer is the proof",
    "report_violations": "a browser does not sign its reports; they are few, short, and only counted and logged",
    "live": "asked by what watches the process",
    "ready": "asked by what watches the process",
    "metrics": "asked by what collects figures; it names nobody",
    "show_openapi": "what the API is, is no secret",
    "show_docs": "what the API is, is no secret",
    "show_docs_file": "what the API is, is no secret",
}
"""Every endpoint that asks nobody who they are, with the reason."""

OPEN_TO_WHO_IS_SIGNED_IN = {
    "show_me": "about oneself",
    "log_out": "about oneself",
    "change_own_password": "about oneself",
    "list_own_logins": "about oneself",
    "end_other_logins": "about oneself",
    "end_own_login": "about oneself",
    "show_qr": "draws what one has given it",
    "list_ocpp_actions": "what OCPP says is no secret",
    "show_ocpp_action": "what OCPP says is no secret",
    "read_events": "each family of events asks for its scope",
}
"""Every endpoint that asks for no scope, with the reason."""

NUMBERS = {"session_id", "user_id", "token_id", "frame_id", "driver_id", "login_id", "value_id", "message_id", "reservation_id"}
ENDS_ITSELF = {"log_out"}


def address(endpoint: Endpoint, known: dict[str, str] | None = None) -> str:
    """The endpoint's path, with what is known in its places, or with what is nowhere."""

    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        return (known or {}).get(name) or ("999999" if name in NUMBERS else "nowhere")

    path = re.sub(r"\{(\w+)(?::[^}]*)?\}", fill, endpoint.path)
    # A stream that is let in does not end: a topic that there is not ends it in time.
    return f"{path}?topics=%21" if "text/event-stream" in endpoint.media else path


@dataclass(frozen=True)
class Asker:
    """Somebody who asks; ``scopes`` None: they are nobody (any more)."""

    name: str
    scopes: frozenset[Scope] | None
    token: str | None = None
    browser: aiohttp.ClientSession | None = None
    csrf: str | None = None

    async def ask(self, site: Site, endpoint: Endpoint, path: str, **headers: str) -> Answer:
        sent = {CSRF_HEADER: self.csrf} if self.csrf else {}
        return await site.ask(endpoint.method, path, token=self.token, client=self.browser, headers={**sent, **headers}, api=False)

    def may(self, endpoint: Endpoint) -> bool:
        return self.scopes is not None and (endpoint.scope is None or endpoint.scope in self.scopes or Scope.ADMIN in self.scopes)


@pytest.fixture
async def site(store: PostgresStore) -> AsyncIterator[Site]:
    async with open_site(store, fault_injection=True) as opened:
        yield opened


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_says_who_may(endpoint: Endpoint) -> None:
    if endpoint.public:
        assert endpoint.scope is None
        assert endpoint.name in OPEN_TO_ALL, "a public endpoint needs a reason here"
    elif endpoint.scope is None:
        assert endpoint.name in OPEN_TO_WHO_IS_SIGNED_IN, "an endpoint without a scope needs a reason here"
    elif endpoint.method not in SAFE_METHODS:
        assert endpoint.scope not in SCOPES_OF_ROLE[Role.VIEWER], "who may only look could change something here"


async def test_nobody_gets_in_without_a_proof_that_holds(site: Site) -> None:
    gone, revoked, expired = new_token(), new_token(), new_token()
    for secret, expires_at in ((revoked, None), (expired, datetime.now(UTC) - timedelta(seconds=1))):
        await site.store.add_token("of a test", secret[:12], hash_secret(secret), frozenset(Scope), expires_at, "test")
    for token in (await site.store.tokens(limit=9)).items:
        if token.expires_at is None:
            await site.store.revoke_token(token.id, "test")
    await site.add_person("boss", Role.ADMIN)
    await site.add_person("alice", Role.ADMIN)
    async with site.signed_in("alice") as (browser, csrf):
        alice = next(user for user in (await site.store.users(limit=9)).items if user.name == "alice")
        await site.store.change_user(alice.id, Change({"disabled": True}), "test")
        site.house.gate._forget_all()
        nobodies = [
            Asker("nobody", None),
            *(Asker(word, None, secret) for word, secret in (("gone", gone), ("revoked", revoked), ("expired", expired))),
            Asker("disabled", None, browser=browser, csrf=csrf),
        ]
        for asker in nobodies:
            site.clock.advance(60)  # so many refusals in a minute are more than one address may ask for
            for endpoint in GUARDED:
                answer = await asker.ask(site, endpoint, address(endpoint))
                assert answer.status == 401, (asker.name, endpoint.name, answer.text)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_every_role_may_what_its_scopes_say_and_nothing_else(site: Site) -> None:
    for role in Role:
        await site.add_person(role.value, role)
        async with site.signed_in(role.value) as (browser, csrf):
            asker = Asker(role.value, SCOPES_OF_ROLE[role], browser=browser, csrf=csrf)
            for endpoint in sorted(GUARDED, key=lambda endpoint: endpoint.name in ENDS_ITSELF):
                check(asker, endpoint, await asker.ask(site, endpoint, address(endpoint)))


@pytest.mark.parametrize("scope", Scope, ids=str)
async def test_a_token_may_what_its_scope_says_and_nothing_else(site: Site, scope: Scope) -> None:
    asker = Asker(scope, frozenset({scope}), await site.add_token(scope))
    for endpoint in GUARDED:
        if endpoint.name not in ENDS_ITSELF:
            check(asker, endpoint, await asker.ask(site, endpoint, address(endpoint)))


async def test_a_cookie_alone_changes_nothing_anywhere(site: Site) -> None:
    await site.add_person("boss", Role.ADMIN)
    async with site.signed_in("boss") as (browser, csrf):
        for endpoint in GUARDED:
            if endpoint.method in SAFE_METHODS:
                continue
            for word, asker, headers in (
                ("csrf", Asker("without csrf", None, browser=browser), {}),
                ("csrf", Asker("guessed csrf", None, browser=browser, csrf="guess"), {}),
                ("cross_origin", Asker("another page", None, browser=browser, csrf=csrf), {"Origin": "https://evil.example"}),
                ("cross_origin", Asker("no page at all", None, browser=browser, csrf=csrf), {"Origin": "null"}),
            ):
                answer = await asker.ask(site, endpoint, address(endpoint), **headers)
                assert (answer.status, answer.json["type"]) == (403, f"urn:voltaro:problem:{word}"), (asker.name, endpoint.name)


async def test_a_refusal_tells_nothing_of_what_there_is(site: Site) -> None:
    """Who may not do a thing is answered alike, whether what they name exists or not."""
    await stored.charger(site.store, "CP1")
    session = await stored.session(site.store)
    driver = await site.store.add_driver(Driver(0, "Dora Driver", email="dora@example.org"), "test")
    await site.store.add_tag(Tag("TAG1", user_id=driver.id), "test")
    await stored.kept(site.store, "CP1", b"{}")
    await site.add_person("viewer", Role.VIEWER)
    [viewer] = (await site.store.users(limit=9)).items
    known = {"charger_id": "CP1", "session_id": str(session.id), "driver_id": str(driver.id), "id_tag": "TAG1", "frame_id": "1"}
    known |= {"user_id": str(viewer.id), "token_id": "1", "login_id": "1"}
    token = Asker("no right that is asked for", frozenset(), await site.add_token())
    for endpoint in GUARDED:
        if endpoint.scope is None or "{" not in endpoint.path:
            continue
        there, nowhere = [await token.ask(site, endpoint, path) for path in (address(endpoint, known), address(endpoint))]
        told = [
            {name: value for name, value in answer.json.items() if name not in ("instance", "request_id")} for answer in (there, nowhere)
        ]
        assert there.status == nowhere.status == 403
        assert told[0] == told[1], endpoint.name
        assert "Dora" not in there.text


async def test_one_ends_no_login_of_another_person_and_sees_none(site: Site) -> None:
    await site.add_person("alice", Role.ADMIN)
    await site.add_person("mallory", Role.OPERATOR)
    async with site.signed_in("alice") as (alices, _), site.signed_in("mallory") as (browser, csrf):
        options = {"token": None, "client": browser, "headers": {CSRF_HEADER: csrf}}
        alice = next(user for user in (await site.store.users(limit=9)).items if user.name == "alice")
        [theirs] = await site.store.logins(alice.id)
        missing = await site.delete("/me/logins/999999", **options)
        foreign = await site.delete(f"/me/logins/{theirs.id}", **options)
        assert (foreign.status, foreign.json["detail"].replace(str(theirs.id), "999999")) == (404, missing.json["detail"])
        shown = (await site.get("/me/logins", **options)).json["items"]
        assert [login["current"] for login in shown] == [True]
        assert (await site.delete("/me/logins?others=true", **options)).json == {"ended": 0}
        assert (await site.get("/me", token=None, client=alices)).status == 200


async def test_a_token_has_no_login_and_no_password(site: Site) -> None:
    for method, path in (("GET", "/me/logins"), ("DELETE", "/me/logins?others=true"), ("DELETE", "/me/logins/1")):
        assert (await site.ask(method, path)).status == 403
    assert (await site.post("/me/password", {"current": "x", "new": "a new long password"})).status == 403


async def test_who_may_see_drivers_does_not_see_their_tags_and_sessions_by_that(site: Site) -> None:
    driver = await site.store.add_driver(Driver(0, "Dora"), "test")
    await site.store.add_tag(Tag("TAG1", user_id=driver.id), "test")
    token = await site.add_token(Scope.DRIVERS_READ)
    shown = (await site.get(f"/drivers/{driver.id}", token=token)).json
    assert (shown["name"], shown["tags"], shown["sessions"]) == ("Dora", None, None)
    assert [tag["id_tag"] for tag in (await site.get(f"/drivers/{driver.id}", token=ADMIN_TOKEN)).json["tags"]] == ["TAG1"]


def check(asker: Asker, endpoint: Endpoint, answer: Answer) -> None:
    """Who may is judged on what they ask, who may not is refused before that."""
    if asker.may(endpoint):
        refused = answer.status in (401, 403) and endpoint.scope is not None
        assert not refused, (asker.name, endpoint.name, answer.text)
        assert answer.status < 500, (asker.name, endpoint.name, answer.text)
    else:
        assert answer.status == 403, (asker.name, endpoint.name, answer.status)
        assert answer.json["type"] == "urn:voltaro:problem:forbidden"

"""People, logins, tokens and secrets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from persistence.store import PostgresStore
from voltaro.domain.person import Role, Scope, SignIn, TokenState
from voltaro.ports import AlreadyExists, AuditQuery, Change, LastAdmin, NewLogin, Origin, VersionConflict, asked_by


def later(seconds: float) -> datetime:
    """The store judges expiry by PostgreSQL's clock."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def login_until(secret: bytes, expires_at: datetime) -> NewLogin:
    return NewLogin(secret, "csrf", expires_at, SignIn.PASSWORD, "192.0.2.1", "a browser")


async def test_a_user_is_found_by_name_without_case(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    assert await store.user_secret("anna") == (anna, "argon")
    assert await store.user_secret("ben") is None
    with pytest.raises(AlreadyExists):
        await store.add_user("ANNA", Role.VIEWER, "x", "cli")
    assert (await store.users(limit=9)).items == [anna]


async def test_a_login_ends_with_its_time_its_end_or_its_user(store: PostgresStore) -> None:
    await store.add_user("Boss", Role.ADMIN, "argon", "cli")
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    for secret, seconds in ((b"one", 60), (b"two", 60), (b"old", -1)):
        await store.open_login(anna.id, login_until(secret, later(seconds)))
    login = await store.login(b"one")
    assert login is not None
    assert (login.user.id, login.user.name, login.csrf) == (anna.id, "Anna", "csrf")
    assert login.user.last_login_at is not None
    assert await store.login(b"old") is None
    await store.close_login(b"one")
    assert await store.login(b"one") is None
    disabled = await store.change_user(anna.id, Change({"disabled": True}), "cli")
    assert disabled is not None
    assert disabled.disabled
    assert await store.login(b"two") is None
    await store.change_user(anna.id, Change({"disabled": False, "role": Role.VIEWER}), "cli")
    assert await store.login(b"two") is None


async def test_a_new_password_signs_out_everywhere(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    await store.open_login(anna.id, login_until(b"one", later(60)))
    await store.change_user(anna.id, Change({"password_hash": "new"}), "cli")
    assert await store.login(b"one") is None
    changed = await store.user_secret("anna")
    assert changed is not None
    assert (changed[0].version, changed[1]) == (2, "new")
    entry = (await store.audit(limit=1)).items[0]
    assert (entry.before, entry.after) == ({"password_hash": "kept secret"}, {"password_hash": "changed"})
    assert await store.change_user(404, Change({"disabled": True}), "cli") is None


async def test_a_login_link_works_once_also_for_two_at_the_same_time(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    await store.add_login_link(anna.id, b"link", later(60))
    await store.add_login_link(anna.id, b"old", later(-1))
    users = await asyncio.gather(*(store.use_login_link(b"link") for _ in range(5)))
    assert sorted(user is None for user in users) == [False, True, True, True, True]
    assert await store.use_login_link(b"old") is None


async def test_a_token_works_until_it_is_revoked_or_expires(store: PostgresStore) -> None:
    scopes = frozenset({Scope.TAGS_READ, Scope.ADMIN})
    made = await store.add_token("script", "vt_abc", b"hash", scopes, None, "anna")
    await store.add_token("old", "vt_old", b"old", scopes, later(-1), "anna")
    found = await store.token(b"hash")
    assert found is not None
    assert (found.id, found.name, found.prefix, found.scopes) == (made.id, "script", "vt_abc", scopes)
    assert await store.token(b"old") is None
    assert await store.token(b"none") is None
    assert [token.last_used_at for token in (await store.tokens(limit=9)).items] == [None, None]
    await store.note_uses([b"hash"], [])
    first = (await store.tokens(TokenState.ACTIVE, limit=9)).items[0].last_used_at
    assert first is not None
    await store.note_uses([b"hash"], [])
    assert [token.last_used_at for token in (await store.tokens(TokenState.ACTIVE, limit=9)).items] == [first], "noted to the minute"
    assert [token.name for token in (await store.tokens(TokenState.EXPIRED, limit=9)).items] == ["old"]
    assert await store.revoke_token(made.id, "anna")
    assert not await store.revoke_token(made.id, "anna")
    assert await store.token(b"hash") is None
    assert [(token.name, token.created_by) for token in (await store.tokens(TokenState.REVOKED, limit=9)).items] == [("script", "anna")]


async def test_a_secret_is_made_once_however_many_ask(store: PostgresStore, database_url: str) -> None:
    other = PostgresStore(database_url)
    try:
        found = await asyncio.gather(*(one.secret("cookies") for one in (store, other) * 3))
    finally:
        await other.close()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert await store.secret("other") != found[0]


async def test_the_audit_log_is_paged_newest_first(store: PostgresStore) -> None:
    for number in range(5):
        await store.record_audit("anna", "did", str(number), {"n": number})
    first = await store.audit(limit=2)
    second = await store.audit(limit=2, cursor=first.next)
    third = await store.audit(limit=2, cursor=second.next)
    assert [entry.target for page in (first, second, third) for entry in page.items] == ["4", "3", "2", "1", "0"]
    assert third.next is None


async def test_a_token_of_a_newer_release_keeps_the_scopes_that_are_known(store: PostgresStore) -> None:
    await store.add_token("newer", "vt_new", b"newer", frozenset({Scope.TAGS_READ}), None, "anna")
    async with store._database.changing() as connection:
        await connection.exec_driver_sql("UPDATE tokens SET scopes = array_append(scopes, 'moons:read')")
    found = await store.token(b"newer")
    assert found is not None
    assert found.scopes == {Scope.TAGS_READ}


async def test_logins_are_listed_and_ended_one_by_one_or_all_but_one(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    ben = await store.add_user("Ben", Role.VIEWER, "argon", "cli")
    for user, secret in ((anna, b"one"), (anna, b"two"), (anna, b"three"), (ben, b"other")):
        await store.open_login(user.id, login_until(secret, later(60)))
    await store.open_login(anna.id, login_until(b"old", later(-1)))
    listed = await store.logins(anna.id)
    assert [login.secret_hash for login in listed] == [b"three", b"two", b"one"]
    assert (listed[0].address, listed[0].user_agent, listed[0].last_seen_at is not None) == ("192.0.2.1", "a browser", True)
    assert await store.end_logins(ben.id, "anna", login_id=listed[0].id) == 0, "of another person"
    assert await store.end_logins(anna.id, "anna", login_id=listed[0].id) == 1
    assert await store.end_logins(anna.id, "anna", but=b"one") == 1
    assert [login.secret_hash for login in await store.logins(anna.id)] == [b"one"]
    assert await store.end_logins(anna.id, "anna") == 1
    assert await store.end_logins(anna.id, "anna") == 0
    assert len(await store.logins(ben.id)) == 1
    assert [entry.target for entry in (await store.audit(AuditQuery(action="login.ended"), limit=9)).items] == ["Anna"] * 3


async def test_a_new_role_signs_out_everywhere_and_the_same_one_does_not(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.OPERATOR, "argon", "cli")
    await store.open_login(anna.id, login_until(b"one", later(60)))
    await store.change_user(anna.id, Change({"role": Role.OPERATOR}), "cli")
    assert await store.login(b"one") is not None
    with pytest.raises(VersionConflict):
        await store.change_user(anna.id, Change({"role": Role.VIEWER}, version=7), "cli")
    await store.change_user(anna.id, Change({"role": Role.VIEWER}, version=1), "cli")
    assert await store.login(b"one") is None


async def test_the_last_admin_stays_also_when_two_demote_each_other_at_once(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    for change in ({"disabled": True}, {"role": Role.VIEWER}):
        with pytest.raises(LastAdmin):
            await store.change_user(anna.id, Change(change), "cli")
    ben = await store.add_user("Ben", Role.ADMIN, "argon", "cli")
    done = await asyncio.gather(
        store.change_user(anna.id, Change({"role": Role.VIEWER}), "Ben"),
        store.change_user(ben.id, Change({"disabled": True}), "Anna"),
        return_exceptions=True,
    )
    assert sorted(isinstance(result, LastAdmin) for result in done) == [False, True]
    assert sum(user.role is Role.ADMIN and not user.disabled for user in (await store.users(limit=9)).items) == 1


async def test_somebody_can_sign_in_with_a_password_or_from_elsewhere(store: PostgresStore) -> None:
    assert not await store.can_sign_in()
    await store.add_user("fresh", Role.ADMIN, "!", "voltaro")
    assert not await store.can_sign_in()
    olga = await store.add_external_user("olga", Role.ADMIN, "https://id.example", "42", "oidc")
    assert await store.can_sign_in()
    assert await store.user_by_subject("https://id.example", "42") == olga
    assert (olga.is_external, olga.has_password) == (True, False)
    assert await store.user_by_subject("https://other.example", "42") is None
    with pytest.raises(AlreadyExists):
        await store.add_external_user("olga2", Role.ADMIN, "https://id.example", "42", "oidc")


async def test_the_audit_is_filtered_and_says_where_a_request_came_from(store: PostgresStore) -> None:
    with asked_by(Origin("192.0.2.9", "r1")) as origin:
        await store.record_audit("anna", "tag.added", "T1", {}, after={"status": "accepted", "note": None})
        await store.record_audit(
            "anna", "tag.changed", "T1", {}, before={"status": "accepted", "note": "x"}, after={"status": "blocked", "note": "x"}
        )
    assert origin.entries == 2
    await store.record_audit("ben", "tags.imported", "", {"rows": 3})
    changed = (await store.audit(AuditQuery(action="tag.changed"), limit=9)).items[0]
    assert (changed.before, changed.after) == ({"status": "accepted"}, {"status": "blocked"})
    assert (changed.address, changed.request_id) == ("192.0.2.9", "r1")
    for query, found in (
        (AuditQuery(actor="anna"), ["tag.changed", "tag.added"]),
        (AuditQuery(action="tag."), ["tag.changed", "tag.added"]),
        (AuditQuery(target="T1", action="tag.added"), ["tag.added"]),
        (AuditQuery(since=later(60)), []),
        (AuditQuery(until=later(-60)), []),
        (AuditQuery(since=later(-60), until=later(60), actor="ben"), ["tags.imported"]),
    ):
        assert [entry.action for entry in (await store.audit(query, limit=9)).items] == found, query
    [imported] = (await store.audit(AuditQuery(actor="ben"), limit=9)).items
    assert (imported.before, imported.after, imported.address) == (None, None, None)


async def test_a_change_of_nothing_in_particular_leaves_its_origin_behind(store: PostgresStore) -> None:
    """What a request has left running is not done for it any more."""
    done = asyncio.Event()

    async def later_on() -> None:
        await done.wait()
        await store.record_audit("voltaro", "did", "it", {})

    with asked_by(Origin("192.0.2.9", "r1")):
        left = asyncio.create_task(later_on())
    done.set()
    await left
    assert (await store.audit(limit=1)).items[0].address is None

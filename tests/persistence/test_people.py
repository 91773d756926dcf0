"""People, logins, tokens and secrets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from persistence.store import PostgresStore
from voltaro.domain.person import Role, Scope
from voltaro.ports import AlreadyExists, Change


def later(seconds: float) -> datetime:
    """The store judges expiry by PostgreSQL's clock."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_a_user_is_found_by_name_without_case(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    assert await store.user_secret("anna") == (anna, "argon")
    assert await store.user_secret("ben") is None
    with pytest.raises(AlreadyExists):
        await store.add_user("ANNA", Role.VIEWER, "x", "cli")
    assert await store.users() == [anna]


async def test_a_login_ends_with_its_time_its_end_or_its_user(store: PostgresStore) -> None:
    anna = await store.add_user("Anna", Role.ADMIN, "argon", "cli")
    for secret, seconds in ((b"one", 60), (b"two", 60), (b"old", -1)):
        await store.open_login(anna.id, secret, "csrf", later(seconds))
    login = await store.login(b"one")
    assert login is not None
    assert (login.user, login.csrf) == (anna, "csrf")
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
    await store.open_login(anna.id, b"one", "csrf", later(60))
    await store.change_user(anna.id, Change({"password_hash": "new"}), "cli")
    assert await store.login(b"one") is None
    assert await store.user_secret("anna") == (anna, "new")
    assert "new" not in str((await store.audit(limit=1)).items[0].detail)
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
    assert [token.last_used_at is not None for token in await store.tokens() if token.id == made.id] == [True]
    assert await store.revoke_token(made.id, "anna")
    assert not await store.revoke_token(made.id, "anna")
    assert await store.token(b"hash") is None


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

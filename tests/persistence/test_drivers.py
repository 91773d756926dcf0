"""Drivers, their tags, and whose session is whose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from persistence import migrations
from persistence.store import PostgresStore
from tests.web import stored
from voltaro.domain.driver import Driver, UnknownDriver
from voltaro.domain.session import Session
from voltaro.domain.tag import Tag, Verdict, authorize
from voltaro.ports import AlreadyExists, Change, DriverQuery, SessionQuery, VersionConflict


async def driver(store: PostgresStore, name: str = "Dora", **values: object) -> Driver:
    return await store.add_driver(Driver(0, name, **values), "ada")  # type: ignore[arg-type]


async def sessions_of(store: PostgresStore, who: Driver) -> list[int]:
    page = await store.sessions(SessionQuery(driver_id=who.id), limit=50)
    assert [session.id async for session in store.stream_sessions(SessionQuery(driver_id=who.id))] == [session.id for session in page.items]
    return [session.id for session in page.items]


async def test_a_driver_is_made_changed_and_removed(store: PostgresStore) -> None:
    dora = await driver(store, email="dora@example.org", external_id="F-1")
    assert await store.driver(dora.id) == dora
    with pytest.raises(AlreadyExists):
        await driver(store, "Twin", external_id="F-1")
    other = await driver(store, "Otto")
    with pytest.raises(AlreadyExists):
        await store.change_driver(other.id, Change({"external_id": "F-1"}), "ada")
    with pytest.raises(VersionConflict):
        await store.change_driver(dora.id, Change({"note": "x"}, version=9), "ada")
    changed = await store.change_driver(dora.id, Change({"note": "a new car", "external_id": "F-1"}, version=1), "ada")
    assert changed is not None
    assert (changed.note, changed.version) == ("a new car", 2)
    entry = (await store.audit(limit=1)).items[0]
    assert (entry.action, entry.target, entry.before, entry.after) == (
        "driver.changed",
        str(dora.id),
        {"note": None},
        {"note": "a new car"},
    )
    with pytest.raises(VersionConflict):
        await store.remove_driver(dora.id, "ada", version=1)
    assert await store.remove_driver(dora.id, "ada", version=2)
    assert not await store.remove_driver(dora.id, "ada")
    assert await store.change_driver(dora.id, Change({"note": None}), "ada") is None


async def test_drivers_are_searched_and_paged_newest_first(store: PostgresStore) -> None:
    made = [await driver(store, name, phone=phone) for name, phone in (("Dora", "+49 1"), ("Otto_1", "+49 2"), ("Otto 2", "+43 3"))]
    first = await store.drivers(limit=2)
    second = await store.drivers(limit=2, cursor=first.next)
    assert [found.id for page in (first, second) for found in page.items] == [found.id for found in reversed(made)]
    for search, names in (("otto", ["Otto 2", "Otto_1"]), ("_", ["Otto_1"]), ("+49", ["Otto_1", "Dora"]), ("nobody", [])):
        assert [found.name for found in (await store.drivers(DriverQuery(search), limit=9)).items] == names, search
    await store.change_driver(made[0].id, Change({"disabled": True}), "ada")
    assert [found.name for found in (await store.drivers(DriverQuery(disabled=True), limit=9)).items] == ["Dora"]


async def test_a_tag_is_only_a_known_drivers(store: PostgresStore) -> None:
    dora = await driver(store)
    with pytest.raises(UnknownDriver):
        await store.add_tag(Tag("T1", user_id=dora.id + 1), "ada")
    await store.add_tag(Tag("T1", user_id=dora.id), "ada")
    with pytest.raises(UnknownDriver):
        await store.change_tag("T1", Change({"user_id": dora.id + 1}), "ada")
    with pytest.raises(UnknownDriver):
        await store.import_tags([Tag("T2", user_id=4711)], "ada")
    assert await store.driverless([Tag("T1", user_id=dora.id), Tag("T2", user_id=4711), Tag("T3")]) == ["T2"]
    assert [tag.id_tag for tag in await store.tags_of_driver(dora.id, limit=9)] == ["T1"]
    assert [tag.id_tag for tag in (await store.tags(limit=9, user_id=dora.id)).items] == ["T1"]


async def test_a_removed_drivers_tags_are_nobodys(store: PostgresStore) -> None:
    dora = await driver(store)
    await store.add_tag(Tag("T1", user_id=dora.id), "ada")
    assert await store.remove_driver(dora.id, "ada")
    tag = await store.tag("T1")
    assert tag is not None
    assert (tag.user_id, tag.version) == (None, 2)
    assert (await store.audit(limit=1)).items[0].detail == {"tags": ["T1"]}


async def test_the_tags_of_a_disabled_driver_do_not_charge(store: PostgresStore) -> None:
    dora, otto = await driver(store), await driver(store, "Otto")
    for id_tag in ("T1", "T2"):
        await store.add_tag(Tag(id_tag, user_id=dora.id), "ada")

    async def verdicts() -> list[Verdict]:
        tags = await store.tags_named(["t1", "t2", "t3"])
        return [authorize(tags[key], datetime.now(UTC)).verdict for key in sorted(tags)]

    await store.change_driver(dora.id, Change({"disabled": True}), "ada")
    assert await verdicts() == [Verdict.BLOCKED, Verdict.BLOCKED]
    await store.change_tag("T2", Change({"user_id": otto.id}), "ada")
    await store.add_tag(Tag("T3", user_id=dora.id), "ada")
    assert await verdicts() == [Verdict.BLOCKED, Verdict.ACCEPTED, Verdict.BLOCKED]
    await store.remove_driver(dora.id, "ada")
    assert await verdicts() == [Verdict.ACCEPTED] * 3


async def test_a_session_is_of_whoever_had_the_tag_when_it_began(store: PostgresStore) -> None:
    dora, otto = await driver(store), await driver(store, "Otto")
    await stored.charger(store, "CP1")

    async def charged(minutes: int) -> Session:
        begun = datetime.now(UTC) + timedelta(minutes=minutes)
        return await stored.ended(store, await stored.session(store, at=begun, id_tag="Card1"))

    await store.add_tag(Tag("CARD1"), "ada")
    early = await charged(-60)
    await store.change_tag("CARD1", Change({"user_id": dora.id}), "ada")
    assert await sessions_of(store, dora) == [early.id], "the first owner has what came before"
    await store.change_tag("CARD1", Change({"user_id": otto.id}), "ada")
    late = await charged(60)
    assert (await sessions_of(store, dora), await sessions_of(store, otto)) == ([early.id], [late.id])
    await store.remove_tag("CARD1", "ada")
    await store.add_tag(Tag("card1", user_id=dora.id), "ada")
    after = await charged(120)
    assert (await sessions_of(store, dora), await sessions_of(store, otto)) == ([after.id, late.id, early.id], [])


async def test_nobody_inherits_the_sessions_of_a_removed_driver(store: PostgresStore) -> None:
    dora, otto = await driver(store), await driver(store, "Otto")
    await stored.charger(store, "CP1")
    await store.add_tag(Tag("TAG1", user_id=dora.id), "ada")
    await stored.session(store)
    await store.remove_driver(dora.id, "ada")
    await store.change_tag("TAG1", Change({"user_id": otto.id}), "ada")
    assert await sessions_of(store, otto) == []


async def test_an_import_adds_and_changes_by_the_external_id(store: PostgresStore) -> None:
    dora = await driver(store, external_id="F-1")
    rows = [Driver(0, "Dora D.", external_id="F-1"), Driver(0, "Otto", external_id="F-2"), Driver(0, "Nobody's")]
    assert await store.import_drivers(rows, "ada", dry_run=True) == (2, 1)
    assert len((await store.drivers(limit=9)).items) == 1
    assert await store.import_drivers(rows, "ada") == (2, 1)
    changed = await store.driver(dora.id)
    assert changed is not None
    assert (changed.name, changed.version) == ("Dora D.", 2)
    assert await store.import_drivers(rows[:2], "ada") == (0, 0)


def test_tags_of_users_that_are_no_drivers_survive_the_migration(empty_database_url: str) -> None:
    """Before drivers, ``user_id`` was any number: it stays, and no driver is given it."""
    assert migrations.upgrade(empty_database_url, "0009")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        for key, user_id in (("a", 7), ("b", 41), ("c", 2**62), ("d", None)):
            connection.execute("INSERT INTO tags (key, id_tag, status, user_id) VALUES (%s, %s, 'accepted', %s)", (key, key, user_id))
    assert migrations.upgrade(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        assert connection.execute("SELECT user_id FROM tags ORDER BY key").fetchall() == [(7,), (41,), (2**62,), (None,)]
        connection.execute("UPDATE tags SET note = 'changed', user_id = user_id")
        assert connection.execute("INSERT INTO drivers (name) VALUES ('first') RETURNING id").fetchone() == (42,)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("UPDATE tags SET user_id = 8 WHERE key = 'a'")

"""Tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, event, ids, recorded, start, stop
from voltaro.domain.session import EventKind, SessionState
from voltaro.domain.tag import Tag, TagStatus
from voltaro.ports import AlreadyExists, Change, SessionQuery, VersionConflict


async def test_a_tag_is_kept_as_given_and_found_without_case(store: PostgresStore) -> None:
    made = await store.add_tag(Tag("AbC", type="ISO14443", parent="P", expires_at=NOON, max_active_sessions=1, note="n"), "me")
    assert (made.id_tag, made.version, made.created_at is not None) == ("AbC", 1, True)
    assert await store.tag("aBc") == made
    assert await store.tags_named(["abc", "none"]) == {"abc": made}
    with pytest.raises(AlreadyExists):
        await store.add_tag(Tag("ABC"), "me")


async def test_a_change_of_a_tag_is_checked_against_the_version(store: PostgresStore) -> None:
    made = await store.add_tag(Tag("A"), "me")
    changed = await store.change_tag("a", Change({"status": TagStatus.BLOCKED, "note": "lost"}, version=1), "me")
    assert changed == replace(made, status=TagStatus.BLOCKED, note="lost", version=2)
    with pytest.raises(VersionConflict):
        await store.change_tag("A", Change({"note": ""}, version=1), "me")
    assert await store.change_tag("B", Change({"note": ""}), "me") is None
    with pytest.raises(VersionConflict):
        await store.remove_tag("A", "me", 1)
    assert await store.tag("A") is not None, "what was refused has taken nothing"
    assert await store.remove_tag("A", "me", 2)
    assert not await store.remove_tag("A", "me")


async def test_tags_are_listed_newest_first_and_filtered(store: PostgresStore) -> None:
    for number in range(5):
        await store.add_tag(
            Tag(f"T{number}", TagStatus.BLOCKED if number == 2 else TagStatus.ACCEPTED, note="Fleet" if number > 2 else None), "me"
        )
    first = await store.tags(limit=3)
    rest = await store.tags(limit=3, cursor=first.next)
    assert [tag.id_tag for tag in (*first.items, *rest.items)] == ["T4", "T3", "T2", "T1", "T0"]
    assert rest.next is None
    assert [tag.id_tag for tag in (await store.tags(limit=9, status="blocked")).items] == ["T2"]
    assert [tag.id_tag for tag in (await store.tags(limit=9, search="fleet")).items] == ["T4", "T3"]


async def test_an_import_adds_what_is_new_and_changes_what_differs(store: PostgresStore) -> None:
    same = await store.add_tag(Tag("SAME", note="n"), "me")
    await store.add_tag(Tag("OLD"), "me")
    new = [Tag("SAME", note="n"), Tag("old", TagStatus.BLOCKED), Tag("N1", expires_at=NOON), Tag("N2"), Tag("n2", note="last counts")]
    assert await store.import_tags(new, "me") == (2, 1)
    assert await store.tag("SAME") == same
    changed = await store.tag("OLD")
    assert changed is not None
    assert (changed.id_tag, changed.status, changed.version) == ("old", TagStatus.BLOCKED, 2)
    twice = await store.tag("N2")
    assert twice is not None
    assert twice.note == "last counts"
    assert await store.import_tags(new, "me") == (0, 0)
    assert await store.import_tags([], "me") == (0, 0)
    assert (await store.audit(limit=3)).items[2].detail == {"rows": 5, "added": 2, "changed": 1, "ids": ["old", "N1", "n2"]}


async def test_the_open_sessions_of_a_tag_are_found_without_case_in_all_versions(store: PostgresStore) -> None:
    old, _ = await recorded(store, start("CP1", id_tag="AbC"))
    theirs, _ = await recorded(store, event(0, EventKind.STARTED, charger_id="CP2", id_tag="aBC"))
    await recorded(store, start("CP3", id_tag="other"))
    assert ids(await store.open_sessions_of_tag("ABC")) == [old.id, theirs.id]
    await recorded(store, stop(old))
    assert ids(await store.open_sessions_of_tag("ABC")) == [theirs.id]
    listed = await store.sessions(SessionQuery(id_tag="abc"), limit=5)
    assert {session.id for session in listed.items} == {old.id, theirs.id}
    assert [session.id for session in (await store.sessions(SessionQuery(id_tag="abc", state=SessionState.ENDED), limit=5)).items] == [
        old.id
    ]

"""Local authorization lists: what a charger should hold, and what brings it there."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from voltaro.domain.configuration import Configuration, ConfigurationKey
from voltaro.domain.local_list import MOST_ENTRIES, PER_MESSAGE, ListEntry, Update, bounds_of, difference, digest_of, entries_of, whole
from voltaro.domain.tag import Tag, Verdict

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LISTS = some.dictionaries(some.sampled_from("abcdefgh"), some.sampled_from([Verdict.ACCEPTED, Verdict.BLOCKED]), max_size=8).map(
    lambda found: {key: ListEntry(key, status) for key, status in found.items()}
)


def held_after(held: dict[str, ListEntry], updates: tuple[Update, ...], version: int) -> dict[str, ListEntry]:
    """What a charger holds that does as OCPP says: a version that does not rise is refused."""
    for update in updates:
        assert update.version > version
        version = update.version
        held = {} if update.full else dict(held)
        for entry in update.entries:
            if entry.status is None:
                assert held.pop(entry.id_tag, None) is not None
            else:
                held[entry.id_tag] = entry
    return held


@given(LISTS, LISTS, some.integers(1, 4))
def test_a_difference_turns_one_list_into_the_other(held: dict[str, ListEntry], wanted: dict[str, ListEntry], size: int) -> None:
    updates = difference(held, wanted, 8, size)
    assert all(len(update.entries) <= size and not update.full for update in updates)
    assert held_after(held, updates, 7) == wanted
    assert bool(updates) is (digest_of(held) != digest_of(wanted))


@given(LISTS, LISTS, some.integers(1, 4))
def test_a_whole_list_replaces_whatever_was_there(held: dict[str, ListEntry], wanted: dict[str, ListEntry], size: int) -> None:
    updates = whole(wanted, 8, size)
    assert [update.full for update in updates] == [True] + [False] * (len(updates) - 1)
    assert held_after(held, updates, 7) == wanted


def test_the_first_tags_are_those_that_have_room() -> None:
    tags = [Tag("B"), Tag("A"), Tag("C", expires_at=NOON)]
    assert list(entries_of(tags, NOON, 2)) == ["b", "a"]
    assert entries_of(tags, NOON, 3)["c"].status is Verdict.EXPIRED


def test_bounds_are_the_chargers_or_ours() -> None:
    assert bounds_of(Configuration(), ()) == (MOST_ENTRIES, PER_MESSAGE, None)
    keys = (ConfigurationKey("LocalAuthListMaxLength", '"30"'), ConfigurationKey("SendLocalListMaxLength", "0"))
    assert bounds_of(Configuration(keys), ()) == (30, PER_MESSAGE, 30)
    component = {"name": "LocalAuthListCtrlr"}
    report = (
        {"component": component, "variable": {"name": "Entries"}, "variableCharacteristics": {"maxLimit": 50}},
        {"component": component, "variable": {"name": "ItemsPerMessage"}, "variableAttribute": [{"value": "5"}]},
        {"component": {"name": "Other"}, "variable": {"name": "Entries"}},
    )
    assert bounds_of(Configuration(), report) == (50, 5, 50)

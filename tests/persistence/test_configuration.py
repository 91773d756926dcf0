"""Configuration keys and local lists in the store."""

from __future__ import annotations

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after
from voltaro.domain.configuration import MOST_KEYS, KeyState, ReadKey
from voltaro.domain.fact import (
    ConfigurationAsked,
    ConfigurationRebooted,
    ConfigurationTold,
    ConfigurationWritten,
    LocalListSent,
    LocalListTold,
)
from voltaro.domain.local_list import ListEntry, LocalList
from voltaro.domain.tag import Tag, TagStatus, Verdict
from voltaro.ports import NewCharger
from voltaro.ports.configuration import ConfigurationFacts
from voltaro.ports.local_list import LocalListFacts


def told(seconds: float, *keys: ReadKey, whole: bool = True, unknown: tuple[str, ...] = ()) -> ConfigurationTold:
    return ConfigurationTold("CP1", keys, unknown, after(seconds), whole)


async def test_the_newest_word_on_a_key_counts_whatever_its_case(store: PostgresStore) -> None:
    await store.write([told(2, ReadKey("HeartbeatInterval", "60", False))])
    await store.write([told(1, ReadKey("heartbeatinterval", "30", True), whole=False)])
    (key,) = (await store.configuration("CP1")).keys
    assert (key.name, key.value, key.readonly) == ("HeartbeatInterval", "60", False)
    await store.write([told(3, ReadKey("HeartbeatInterval", "90", False)), told(4, unknown=("Nonsense",), whole=False)])
    configuration = await store.configuration("CP1")
    assert [(key.name, key.value, key.known) for key in configuration.keys] == [
        ("HeartbeatInterval", "90", True),
        ("Nonsense", None, False),
    ]
    assert configuration.read_at == after(3)


async def test_what_waits_for_a_boot_is_waiting_until_it_comes(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", security_profile=0), "test")
    await store.write(
        [ConfigurationWritten("CP1", "A", "1", "RebootRequired", NOON), ConfigurationWritten("CP1", "B", "1", "Rejected", NOON)]
    )
    facts = (await store.charger_facts(["CP1"]))["CP1"]
    assert facts.configuration == ConfigurationFacts(None, 0, False, None, ("A",))
    assert [key.state for key in (await store.configuration("CP1")).keys] == [KeyState.REBOOT_REQUIRED, KeyState.REJECTED]
    await store.write([ConfigurationRebooted("CP1", after(1))])
    assert [key.state for key in (await store.configuration("CP1")).keys] == [KeyState.UNCONFIRMED, KeyState.REJECTED]


async def test_a_reading_that_was_begun_is_not_done_until_it_is(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", security_profile=0), "test")
    await store.write([told(0, ReadKey("GetConfigurationMaxKeys", " 5 ", True))])
    await store.write([ConfigurationAsked("CP1", "2.0", 1, after(1))])
    assert (await store.charger_facts(["CP1"]))["CP1"].configuration == ConfigurationFacts("2.0", 1, False, 5, ())
    await store.write([told(2)])
    assert (await store.charger_facts(["CP1"]))["CP1"].configuration == ConfigurationFacts(None, 1, True, 5, ())


async def test_a_charger_that_makes_keys_up_fills_no_table(store: PostgresStore) -> None:
    for turn in range(2):
        keys = [ReadKey(f"Key{turn}.{number}", "1", False) for number in range(MOST_KEYS)]
        await store.write([told(turn, *keys)])
    assert {key.name[:4] for key in (await store.configuration("CP1")).keys} == {"Key1"}


async def test_a_list_that_the_charger_no_longer_holds_is_not_known(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", security_profile=0), "test")
    entries = {"a": ListEntry("A", Verdict.ACCEPTED, "P", NOON, None)}
    await store.write([LocalListSent("CP1", 1, "Accepted", NOON, 1, None), LocalListSent("CP1", 2, "Accepted", NOON, 2, entries)])
    assert await store.held_entries("CP1") == entries
    await store.write([LocalListTold("CP1", 2, after(1))])
    assert await store.held_entries("CP1") == entries
    await store.write([LocalListSent("CP1", 3, "Failed", after(2), failure="no")])
    assert await store.held_entries("CP1") == entries
    await store.write([LocalListTold("CP1", 7, after(3))])
    assert await store.held_entries("CP1") is None
    stored = await store.local_list("CP1")
    assert (stored.version, stored.sent_version, stored.held, stored.digest) == (7, 3, None, None)
    assert (await store.charger_facts(["CP1"]))["CP1"].local_list == LocalListFacts(7)


async def test_tags_for_lists_come_in_the_same_order_always(store: PostgresStore) -> None:
    for tag in (
        Tag("B"),
        Tag("OLD", expires_at=after(-1)),
        Tag("A"),
        Tag("NO", TagStatus.INVALID),
        Tag("BAD", TagStatus.BLOCKED),
        Tag("LONGER"),
    ):
        await store.add_tag(tag, "test")
    found = await store.list_tags(5, NOON)
    assert ([tag.id_tag for tag in found.tags], found.too_long) == (["B", "A", "OLD", "BAD"], 1)


async def test_a_removed_charger_leaves_no_keys_and_no_list(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", security_profile=0), "test")
    await store.set_list_sync("CP1", True, "test")
    await store.write([told(0, ReadKey("A", "1", False))])
    assert await store.synced_lists() == ["CP1"]
    await store.remove_charger("CP1", "test")
    assert (await store.configuration("CP1")).keys == ()
    assert await store.local_list("CP1") == LocalList()

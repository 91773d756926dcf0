"""Chargers as operators keep them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, event_types, recorded, start, stop
from voltaro.domain.charger import Registration
from voltaro.domain.fact import ChargerConnected, VariablesReported
from voltaro.domain.site import Site
from voltaro.ports import AlreadyExists, BadCursor, Change, Credential, NewCharger, Poison, VersionConflict


async def test_a_charger_is_added_once(store: PostgresStore) -> None:
    await store.add_site(Site("s", "South", NOON), "me")
    made = await store.add_charger(
        NewCharger("CP1", name="North", site_id="s", latitude=1.5, longitude=-2.5, salt=b"s", password_hash=b"h"), "me"
    )
    assert (made.id, made.name, made.registration, made.version, made.connectors) == ("CP1", "North", Registration.ACCEPTED, 1, ())
    assert await store.charger("CP1") == made
    with pytest.raises(AlreadyExists):
        await store.add_charger(NewCharger("CP1"), "me")
    assert await store.count_chargers() == 1


async def test_identities_are_compared_with_their_case(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "me")
    assert await store.charger("cp1") is None


async def test_a_change_is_checked_against_the_version(store: PostgresStore) -> None:
    made = await store.add_charger(NewCharger("CP1"), "me")
    changed = await store.change_charger("CP1", Change({"name": "North", "registration": Registration.REJECTED}, version=1), "me")
    assert changed == replace(made, name="North", registration=Registration.REJECTED, version=2)
    with pytest.raises(VersionConflict):
        await store.change_charger("CP1", Change({"name": "South"}, version=1), "me")
    assert await store.change_charger("CP404", Change({"name": "x"}), "me") is None
    with pytest.raises(ValueError, match="only"):
        await store.change_charger("CP1", Change({"id": "other"}), "me")


async def test_removing_a_charger_keeps_its_sessions(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "me")
    session, _ = await recorded(store, start())
    assert await store.remove_charger("CP1", "me")
    assert not await store.remove_charger("CP1", "me")
    assert await store.charger("CP1") is None
    assert (await recorded(store, stop(session))).session.energy_wh == 4000
    await store.write([ChargerConnected("CP1", "ocpp1.6", "127.0.0.1", NOON)])
    assert await event_types(store) == ["session.started", "session.ended", "charger.connected"]


async def test_credentials_are_read_for_many_at_once(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", salt=b"salt", password_hash=b"hash", security_profile=2), "me")
    await store.add_charger(NewCharger("CP2", security_profile=0, protocol_override="ocpp1.6"), "me")
    assert await store.credentials(["CP1", "CP2", "CP3"]) == {
        "CP1": Credential("CP1", Registration.ACCEPTED, 2, b"salt", b"hash", None),
        "CP2": Credential("CP2", Registration.ACCEPTED, 0, b"", None, "ocpp1.6"),
    }
    assert await store.set_charger_password("CP1", b"new", None, "me")
    assert not await store.set_charger_password("CP404", b"new", None, "me")
    assert (await store.credentials(["CP1"]))["CP1"].password_hash is None
    assert await store.credentials([]) == {}


async def test_chargers_are_listed_by_id_a_page_at_a_time(store: PostgresStore) -> None:
    for number in range(7):
        await store.add_charger(NewCharger(f"CP{number}", Registration.PENDING if number % 2 else Registration.ACCEPTED), "me")
    first = await store.chargers(limit=3)
    second = await store.chargers(limit=3, cursor=first.next)
    third = await store.chargers(limit=3, cursor=second.next)
    assert [charger.id for page in (first, second, third) for charger in page.items] == [f"CP{number}" for number in range(7)]
    assert third.next is None
    pending = await store.chargers(limit=10, registration=Registration.PENDING)
    assert [charger.id for charger in pending.items] == ["CP1", "CP3", "CP5"]
    with pytest.raises(BadCursor):
        await store.chargers(limit=3, cursor="nonsense")


async def test_search_finds_a_part_without_case_and_takes_wildcards_as_they_are(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", name="Nörth 100%"), "me")
    await store.add_charger(NewCharger("CP_2", name="South"), "me")
    for search, found in {"nÖr": ["CP1"], "cp": ["CP1", "CP_2"], "_": ["CP_2"], "%": ["CP1"], "zzz": []}.items():
        assert [charger.id for charger in (await store.chargers(limit=5, search=search)).items] == found, search


async def test_a_text_that_postgresql_never_takes_is_the_askers_fault(store: PostgresStore) -> None:
    for text in ("a\0b", "\ud800"):
        with pytest.raises(Poison):
            await store.charger(text)
        with pytest.raises(Poison):
            await store.add_charger(NewCharger("CP1", name=text), "me")


async def test_the_newest_report_of_each_variable_is_kept(store: PostgresStore) -> None:
    def variable(name: str, value: str) -> dict[str, object]:
        return {"component": {"name": "Ctrlr"}, "variable": {"name": name}, "variableAttribute": [{"value": value}]}

    await store.write([VariablesReported("CP1", 1, 0, False, NOON, (variable("A", "1"), variable("B", "2")))])
    await store.write([VariablesReported("CP1", 1, 1, True, NOON, (variable("C", "3"),))])
    await store.write([VariablesReported("CP1", 2, 0, True, NOON, (variable("A", "9\0"),))])
    kept = await store.variables("CP1")
    assert list(kept) == [variable("B", "2"), variable("C", "3"), variable("A", "9\0")]
    assert await store.variables("CP2") == []


async def test_who_did_what_is_in_the_audit_log(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", password_hash=b"hash"), "anna")
    await store.change_charger("CP1", Change({"name": "North"}), "ben")
    await store.set_charger_password("CP1", b"s", b"h", "ben")
    await store.remove_charger("CP1", "anna")
    entries = (await store.audit(limit=10)).items
    assert [(entry.actor, entry.action, entry.target) for entry in entries] == [
        ("anna", "charger.removed", "CP1"),
        ("ben", "charger.password", "CP1"),
        ("ben", "charger.changed", "CP1"),
        ("anna", "charger.added", "CP1"),
    ]
    assert (entries[2].before, entries[2].after) == ({"name": None}, {"name": "North"})
    assert (entries[0].after, (entries[0].before or {})["name"]) == (None, "North")
    assert "hash" not in str(entries[3].after)


async def test_many_are_provisioned_at_once_and_known_ones_keep_what_they_have(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", name="North", security_profile=2, password_hash=b"hash", salt=b"salt"), by="ada")
    found = await store.provision_chargers([NewCharger(name, security_profile=0) for name in ("CP1", "CP2", "CP3")], by="policy")
    assert {name: credential.security_profile for name, credential in found.items()} == {"CP1": 2, "CP2": 0, "CP3": 0}
    known = await store.charger("CP1")
    assert known is not None
    assert known.name == "North"
    noted = (await store.audit(limit=1)).items[0]
    assert (noted.action, sorted(noted.detail["ids"])) == ("chargers.provisioned", ["CP2", "CP3"])


async def test_a_charger_that_has_changed_meanwhile_is_not_removed(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "me")
    await store.change_charger("CP1", Change({"name": "North"}), "ben")
    with pytest.raises(VersionConflict):
        await store.remove_charger("CP1", "ada", 1)
    assert await store.charger("CP1") is not None
    assert await store.remove_charger("CP1", "ada", 2)
    assert (await store.audit(limit=1)).items[0].before["name"] == "North"  # type: ignore[index]

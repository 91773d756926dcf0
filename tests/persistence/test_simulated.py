"""What is simulated is marked, counted, and removed whole; what is real is never touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from persistence.store import PostgresStore
from persistence.tables import metadata
from tests.persistence.facts import after, event, reading, recorded, start, stop
from voltaro.domain.session import EventKind
from voltaro.domain.tag import Tag
from voltaro.ports import IdentityTaken, NewCharger, SessionQuery, VirtualIdentity

VIRTUAL = [VirtualIdentity(name, "ocpp1.6", b"salt", b"hash") for name in ("SIM-1", "SIM-2")]


async def test_chargers_and_tags_of_the_simulator_are_marked(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "ada")
    await store.add_tag(Tag("MINE"), "ada")
    await store.add_simulated(VIRTUAL, [Tag("DEMO1", note="demo"), Tag("mine")], "ada")
    shown = {charger.id: charger.simulated for charger in (await store.chargers(limit=10)).items}
    assert shown == {"CP1": False, "SIM-1": True, "SIM-2": True}
    cards = {tag.id_tag: tag.simulated for tag in (await store.tags(limit=10)).items}
    assert cards == {"MINE": False, "DEMO1": True}


@pytest.mark.parametrize(
    "fact",
    [
        start("SIM-1"),
        stop(charger_id="SIM-1", transaction_id="77"),
        event(0, EventKind.STARTED, 1000, charger_id="SIM-1", id_tag="TAG1", evse_id=1, connector_id=1),
    ],
    ids=["start of 1.6", "stop of nobody's start", "event of 2.x"],
)
async def test_every_session_of_a_virtual_charger_is_marked_and_stays_so(store: PostgresStore, fact: object) -> None:
    await store.add_simulated(VIRTUAL, [], "ada")
    session = (await recorded(store, fact)).session  # type: ignore[arg-type]
    assert session.simulated
    await store.remove_charger("SIM-1", "ada")
    await store.write([event(1, EventKind.ENDED, 2000, charger_id="SIM-1")])
    stored = await store.session(session.id)
    assert stored is not None
    assert stored.simulated


async def test_a_session_whose_events_come_out_of_order_keeps_its_mark(store: PostgresStore) -> None:
    await store.add_simulated(VIRTUAL, [], "ada")
    whole = [event(0, EventKind.STARTED, 1000, charger_id="SIM-1", evse_id=1), event(1, register_wh=1500, charger_id="SIM-1")]
    for fact in reversed(whole):
        session = (await recorded(store, fact)).session
    assert session.simulated
    assert (await store.sessions(SessionQuery(), limit=5)).items[0].simulated


async def test_a_real_session_is_not_marked(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "ada")
    await store.add_simulated(VIRTUAL, [], "ada")
    assert not (await recorded(store, start("CP1"))).session.simulated


async def test_a_real_chargers_identity_is_not_taken(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("SIM-2"), "ada")
    with pytest.raises(IdentityTaken, match="SIM-2"):
        await store.add_simulated(VIRTUAL, [], "ada")
    assert await store.charger("SIM-1") is None
    assert await store.simulated_chargers() == []


async def test_what_is_simulated_goes_whole_and_what_is_real_stays(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "ada")
    await store.add_tag(Tag("MINE"), "ada")
    await store.add_simulated(VIRTUAL, [Tag("DEMO1")], "ada")
    mine = (await recorded(store, start("CP1"))).session
    theirs = (await recorded(store, start("SIM-1"))).session
    orphan = (await recorded(store, start("SIM-2", at=after(60)))).session
    await store.write([reading(mine, 10, 1500), reading(theirs, 10, 1500), reading(orphan, 10, 1600)])
    await store.write([event(0, EventKind.STARTED, 1000, charger_id="SIM-2", evse_id=1), stop(theirs)])
    await store.remove_charger("SIM-2", "ada")  # its sessions stay, and go with the rest
    counted = await store.count_simulated()
    assert (counted.chargers, counted.tags, counted.sessions, counted.meter_values) == (1, 1, 3, 2)
    removed = await store.remove_simulated(None, "ada")
    assert removed == counted
    assert await store.count_simulated() == type(counted)()
    assert [charger.id for charger in (await store.chargers(limit=10)).items] == ["CP1"]
    assert [tag.id_tag for tag in (await store.tags(limit=10)).items] == ["MINE"]
    assert [session.id for session in (await store.sessions(SessionQuery(), limit=10)).items] == [mine.id]
    assert len((await store.meter_values(mine.id, limit=10)).items) == 1
    assert {happened.charger_id for happened in await store.events_after(0, limit=100)} == {"CP1"}
    (entry, *_) = (await store.audit(limit=1)).items
    assert (entry.action, entry.actor, entry.detail["chargers"]) == ("simulator.removed", "ada", 1)


async def test_no_row_of_a_removed_virtual_charger_is_left_in_any_table(store: PostgresStore) -> None:
    await store.add_simulated(VIRTUAL, [], "ada")
    session = (await recorded(store, start("SIM-1"))).session
    await store.write([reading(session, 10, 1500), stop(session), stop(session, meter_stop_wh=6000)])
    await store.remove_simulated(["SIM-1"], "ada")
    assert await store.simulated_chargers() == ["SIM-2"]
    async with store._database.reading() as connection:
        for table in metadata.sorted_tables:
            if "charger_id" in table.c:
                assert (await connection.execute(table.select().where(table.c.charger_id == "SIM-1"))).all() == [], table.name
            elif "session_id" in table.c:
                assert (await connection.execute(table.select().where(table.c.session_id == session.id))).all() == [], table.name


async def test_a_real_charger_that_took_a_virtual_ones_place_keeps_its_own(store: PostgresStore) -> None:
    await store.add_simulated(VIRTUAL, [], "ada")
    old = (await recorded(store, start("SIM-1"))).session
    await store.write([stop(old)])
    await store.remove_charger("SIM-1", "ada")
    await store.add_charger(NewCharger("SIM-1"), "ada")
    new = (await recorded(store, start("SIM-1", at=after(7200)))).session
    assert not new.simulated
    await store.remove_simulated(None, "ada")
    assert await store.session(new.id) is not None
    assert await store.charger("SIM-1") is not None


async def test_a_known_virtual_charger_gets_the_new_password(store: PostgresStore) -> None:
    await store.add_simulated(VIRTUAL, [], "ada")
    await store.add_simulated([replace(VIRTUAL[0], password_hash=b"new")], [], "ada")
    assert (await store.credentials(["SIM-1"]))["SIM-1"].password_hash == b"new"

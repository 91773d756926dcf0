"""1.6 transactions that nobody knows: -1, whose start was never answered, and ids of others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event_types, reading, recorded, start, stop
from voltaro.domain.fact import MeterReported
from voltaro.domain.meter import Sample
from voltaro.domain.session import Session, SessionFlag, SessionState
from voltaro.ports import SessionQuery


def stray(seconds: float, register_wh: int, *, evse_id: int = 1, transaction_id: str = "-1", charger_id: str = "CP1") -> MeterReported:
    samples = (Sample(after(seconds), str(register_wh)),)
    return MeterReported(charger_id, evse_id, None, transaction_id, after(seconds), samples)


async def unresolved(store: PostgresStore) -> list[Session]:
    return list((await store.sessions(SessionQuery(state=SessionState.UNRESOLVED), limit=20)).items)


async def values(store: PostgresStore, session: Session) -> list[str]:
    return [row.sample.value for row in (await store.meter_values(session.id, limit=50)).items]


async def test_readings_and_a_stop_of_minus_one_are_one_unresolved_session_with_its_energy(store: PostgresStore) -> None:
    await store.write([stray(60, 1500)])
    await store.write([stray(120, 2000), stray(90, 1800)])
    (orphan,) = await unresolved(store)
    assert (orphan.evse_id, orphan.started_at, orphan.energy_wh, orphan.ended_at) == (1, after(60), 500, None)
    ended, new = await recorded(store, stop(meter_stop_wh=2500, id_tag="TAG1"))
    assert (ended.id, new) == (orphan.id, True)
    assert (ended.state, ended.energy_wh, ended.meter_stop_wh, ended.id_tag) == (SessionState.UNRESOLVED, 1000, 2500, "TAG1")
    assert await store.session(ended.id) == ended
    assert await values(store, ended) == ["1500", "1800", "2000"]
    assert await event_types(store) == ["session.unresolved", "session.ended"]


async def test_everything_of_an_orphan_may_come_again_and_changes_nothing(store: PostgresStore) -> None:
    facts = [stray(60, 1500), stray(120, 2000)]
    for fact in facts:
        await store.write([fact])
    ended, _ = await recorded(store, stop(meter_stop_wh=2500))
    await store.write(facts)
    again = await recorded(store, stop(meter_stop_wh=2500))
    await store.write(facts)
    assert (again.session, again.new) == (ended, False)
    assert await unresolved(store) == [ended]
    assert len(await values(store, ended)) == 2


async def test_the_next_transaction_of_minus_one_is_another_orphan_and_each_connector_has_its_own(store: PostgresStore) -> None:
    await store.write([stray(60, 1500), stray(70, 90_000, evse_id=2)])
    await recorded(store, stop(at=after(600), meter_stop_wh=1700, transaction_id="-2"))
    one, two, other = sorted(await unresolved(store), key=lambda session: session.id)
    assert [one.ended_at, two.ended_at, other.ended_at] == [None, None, after(600)]
    first, _ = await recorded(store, stop(at=after(600), meter_stop_wh=1700))
    assert first.id == one.id, "the other connector's meter stands higher"
    await store.write([stray(1200, 1800)])
    assert len(await unresolved(store)) == 4


async def test_a_stop_that_may_end_several_orphans_ends_none(store: PostgresStore) -> None:
    await store.write([stray(60, 1500), stray(70, 1600, evse_id=2)])
    alone, _ = await recorded(store, stop(at=after(600), meter_stop_wh=1700))
    assert alone.evse_id is None
    assert sorted(session.ended_at is None for session in await unresolved(store)) == [False, True, True]


async def test_readings_of_an_id_that_nobody_gave_out_are_kept_together(store: PostgresStore) -> None:
    await store.write([stray(60, 1500, transaction_id="2000000007")])
    ended, _ = await recorded(store, stop(transaction_id="2000000007", meter_stop_wh=2500))
    await store.write([stray(30, 1400, transaction_id="2000000007")])
    assert [session.id for session in await unresolved(store)] == [ended.id]
    assert len(await values(store, ended)) == 2


async def test_readings_of_another_chargers_transaction_are_kept_apart_and_told(store: PostgresStore) -> None:
    ours, _ = await recorded(store, start())
    for _ in range(2):
        await store.write([stray(60, 1500, transaction_id=ours.transaction_id, charger_id="CP2"), reading(ours, 60, 1400)])
    (orphan,) = await unresolved(store)
    assert (orphan.charger_id, SessionFlag.FOREIGN_TRANSACTION in orphan.flags) == ("CP2", True)
    assert await values(store, ours) == ["1400"]
    assert await store.session(ours.id) == ours
    told = [happened for happened in await store.events_after(0, limit=50) if happened.type == "charger.security_event"]
    assert [(happened.charger_id, happened.data["type"]) for happened in told] == [("CP2", "ForeignTransaction")]


async def test_readings_of_minus_one_while_a_session_runs_on_their_connector_are_its_own(store: PostgresStore) -> None:
    running, _ = await recorded(store, start())
    await store.write([stray(60, 1500), stray(60, 7000, evse_id=2), stray(-60, 900)])
    assert await values(store, running) == ["1500"]
    assert sorted((session.evse_id, session.started_at) for session in await unresolved(store)) == [(1, after(-60)), (2, after(60))]


async def late_start(store: PostgresStore, **changes: Any) -> Session:
    return (await recorded(store, start(received_at=after(7200), **changes))).session


async def test_a_start_that_comes_late_takes_in_its_orphan(store: PostgresStore) -> None:
    await store.write([stray(60, 1500)])
    orphan, _ = await recorded(store, stop(meter_stop_wh=2500, id_tag="tag1"))
    whole = await late_start(store)
    assert (whole.state, whole.energy_wh, whole.ended_at, whole.meter_stop_wh) == (SessionState.ENDED, 1500, after(3600), 2500)
    assert await values(store, whole) == ["1500"]
    left = await store.session(orphan.id)
    assert left is not None
    assert (left.state, left.assigned_to, left.resolved_by) == (SessionState.ASSIGNED, whole.id, "voltaro")
    again = await recorded(store, start(received_at=after(7300)))
    assert (again.session, again.new) == (whole, False)
    assert (await event_types(store))[-3:] == ["session.started", "session.assigned", "session.ended"]


async def test_a_late_start_takes_in_an_orphan_that_still_runs(store: PostgresStore) -> None:
    await store.write([stray(60, 1500)])
    running = await late_start(store)
    assert (running.state, running.energy_wh) == (SessionState.ACTIVE, 500)
    await store.write([stray(120, 1900), stray(60, 1500)])
    assert await values(store, running) == ["1500", "1900"]


async def test_a_late_start_takes_in_nothing_that_may_be_anothers(store: PostgresStore) -> None:
    await store.write([stray(60, 1500)])
    orphan, _ = await recorded(store, stop(meter_stop_wh=2500, id_tag="TAG9"))
    for changes in ({}, {"evse_id": 2}, {"meter_start_wh": 1501, "id_tag": "TAG9"}, {"at": after(61), "id_tag": "TAG9"}):
        assert (await late_start(store, **changes)).state is SessionState.ACTIVE, changes
    assert await store.session(orphan.id) == orphan


async def test_a_late_start_takes_in_nothing_where_another_session_began_in_between(store: PostgresStore) -> None:
    between, _ = await recorded(store, start(at=after(30), meter_start_wh=1400))
    await recorded(store, stop(between, at=after(40), meter_stop_wh=1450))
    await store.write([stray(60, 1500)])
    assert (await late_start(store)).state is SessionState.ACTIVE
    assert len(await unresolved(store)) == 1


async def test_a_start_in_time_looks_for_no_orphan(store: PostgresStore) -> None:
    await store.write([stray(60, 1500)])
    await recorded(store, start(received_at=NOON + timedelta(seconds=5)))
    assert len(await unresolved(store)) == 1

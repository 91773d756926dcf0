"""1.6 starts."""

from __future__ import annotations

from datetime import timedelta

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event_types, metered, reading, recorded, start, stop
from voltaro.domain.charger import Boot, Registration
from voltaro.domain.fact import ChargerBooted
from voltaro.domain.session import SessionFlag, SessionState
from voltaro.ports import NewCharger, Recorded, SessionQuery


async def test_a_start_is_an_active_session_with_a_positive_transaction_id(store: PostgresStore) -> None:
    session, new = await recorded(store, start())
    assert new
    assert int(session.transaction_id) > 0
    assert (session.state, session.id_tag, session.meter_start_wh, session.energy_wh) == (SessionState.ACTIVE, "TAG1", 1000, 0)
    assert (session.started_at, session.authorization) == (NOON, "Accepted")
    assert await store.session(session.id) == session
    assert await store.session_by_transaction("CP1", session.transaction_id) == session


async def test_the_same_start_again_is_the_same_session(store: PostgresStore) -> None:
    first = await recorded(store, start())
    again = await recorded(store, start(received_at=after(30), authorization="ConcurrentTx"))
    assert again == Recorded(first.session, new=False)
    assert await event_types(store) == ["session.started"]


async def test_one_batch_with_the_same_start_twice_makes_one_session(store: PostgresStore) -> None:
    first, second = await store.write([start(), start()])
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert (first.new, second.new) == (True, False)
    assert first.session == second.session


async def test_transaction_ids_are_unique_over_chargers(store: PostgresStore) -> None:
    results = await store.write([start(f"CP{number}") for number in range(200)])
    assert len({result.session.transaction_id for result in results if isinstance(result, Recorded)}) == 200


async def test_starts_that_differ_in_any_part_are_different_sessions(store: PostgresStore) -> None:
    variants = [start(), start(evse_id=2), start(id_tag="TAG2"), start(meter_start_wh=1001), start(at=after(1)), start("CP9")]
    found = {(await recorded(store, variant)).session.id for variant in variants}
    assert len(found) == len(variants)


async def test_a_start_ends_what_still_ran_on_its_connector_with_the_last_reading(store: PostgresStore) -> None:
    old, _ = await recorded(store, start())
    other, _ = await recorded(store, start(evse_id=2))
    await store.write([reading(old, 60, 1500), metered(old, 61, 1500), reading(old, 120, 1800)])
    new, _ = await recorded(store, start(at=after(600), meter_start_wh=1800))
    ended = await store.session(old.id)
    assert ended is not None
    assert (ended.state, ended.energy_wh, ended.meter_stop_wh, ended.ended_at) == (SessionState.ENDED, 800, 1800, after(120))
    assert (ended.stop_reason, ended.flags) == ("Lost", (SessionFlag.ENDED_BY_NEXT_START, SessionFlag.ESTIMATED))
    running = await store.sessions(SessionQuery(state=SessionState.ACTIVE), limit=10)
    assert {session.id for session in running.items} == {new.id, other.id}
    assert await event_types(store) == ["session.started", "session.started", "session.started", "session.ended"]


async def test_a_start_from_an_offline_queue_does_not_end_a_younger_session(store: PostgresStore) -> None:
    young, _ = await recorded(store, start(at=after(600)))
    await recorded(store, start(at=NOON, received_at=after(700)))
    still = await store.session(young.id)
    assert still is not None
    assert still.state is SessionState.ACTIVE


async def test_a_start_with_a_wrong_clock_is_flagged_and_ends_what_ran(store: PostgresStore) -> None:
    old, _ = await recorded(store, start())
    new, _ = await recorded(store, start(at=NOON.replace(year=1970), received_at=after(60), clock_flag="clock_unset"))
    before = await store.session(old.id)
    assert before is not None
    assert before.state is SessionState.ENDED
    assert SessionFlag.CLOCK_SUSPECT in new.flags


LOST_CLOCK = {
    "meter_start_wh": 0,
    "at": NOON.replace(year=1970),
    "clock_flag": "clock_unset",
    "raw_timestamp": "1970-05-04T12:00:00Z",
}


async def test_an_equal_start_a_day_after_the_old_session_ended_is_another_one_of_a_clock_that_begins_anew(store: PostgresStore) -> None:
    old, _ = await recorded(store, start(**LOST_CLOCK, received_at=NOON))
    await recorded(store, stop(old))
    soon = await recorded(store, start(**LOST_CLOCK, received_at=after(7200)))
    assert (soon.session.id, soon.new) == (old.id, False)
    later = await recorded(store, start(**LOST_CLOCK, received_at=NOON + timedelta(hours=25)))
    assert later.new
    assert later.session.transaction_id != old.transaction_id
    assert SessionFlag.CLOCK_SUSPECT in later.session.flags


async def test_an_equal_start_of_a_clock_that_begins_anew_is_another_one_once_the_charger_has_booted_since(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    old, _ = await recorded(store, start(**LOST_CLOCK, received_at=NOON))
    await store.write([ChargerBooted("CP1", Boot("V", "M"), Registration.ACCEPTED, "ocpp1.6", after(30))])
    again = await recorded(store, start(**LOST_CLOCK, received_at=after(40)))
    assert (again.session.id, again.new) == (old.id, False), "it was in the charger's queue while it booted"
    await recorded(store, stop(old, received_at=after(3600)))
    await store.write([ChargerBooted("CP1", Boot("V", "M"), Registration.ACCEPTED, "ocpp1.6", after(3700))])
    other = await recorded(store, start(**LOST_CLOCK, received_at=after(3800)))
    assert other.new
    assert SessionFlag.CLOCK_SUSPECT in other.session.flags


async def test_an_equal_start_is_a_repeat_where_the_meter_has_moved_on_since(store: PostgresStore) -> None:
    moved = {**LOST_CLOCK, "meter_start_wh": 1000}
    old, _ = await recorded(store, start(**moved, received_at=NOON))
    await recorded(store, stop(old))
    again = await recorded(store, start(**moved, received_at=NOON + timedelta(days=3)))
    assert (again.session.id, again.new) == (old.id, False)


async def test_an_equal_start_of_a_right_clock_is_a_repeat_however_late_it_comes(store: PostgresStore) -> None:
    first, _ = await recorded(store, start())
    ended, _ = await recorded(store, stop(first))
    again = await recorded(store, start(received_at=NOON + timedelta(days=3)))
    assert (again.session, again.new) == (ended, False)


async def test_an_equal_start_a_day_later_is_the_same_while_the_session_runs(store: PostgresStore) -> None:
    first, _ = await recorded(store, start(**LOST_CLOCK, received_at=NOON))
    again = await recorded(store, start(**LOST_CLOCK, received_at=NOON + timedelta(days=3)))
    assert (again.session.id, again.new) == (first.id, False)

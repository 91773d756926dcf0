"""Meter samples: kept as sent, once, in the session they belong to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from persistence.reports import METERED
from persistence.store import PostgresStore
from persistence.writer import BY_KEY
from tests.persistence.facts import NOON, after, event, metered, reading, recorded, start, stop
from voltaro.domain.charger import Registration
from voltaro.domain.fact import MeterReported
from voltaro.domain.meter import Sample
from voltaro.domain.session import SessionFlag
from voltaro.ports import BadCursor, NewCharger, Poison, SessionQuery


async def test_samples_are_kept_exactly_as_sent(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    texts = ["1500", "1500.0", " 1,5 ", 'a "quoted" \\ value', "{},NULL", "NULL", "", "\t\n\x02", "é€😀", "9" * 40, "x" * 40_000]
    samples = tuple(Sample(after(number), text, signed=number % 2 == 0) for number, text in enumerate(texts))
    await store.write([MeterReported("CP1", 1, session.id, None, after(60), samples)])
    page = await store.meter_values(session.id, limit=100)
    assert tuple(row.sample for row in page.items) == samples
    assert {(row.evse_id, row.received_at) for row in page.items} == {(1, after(60))}


async def test_every_part_of_a_sample_comes_back(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    samples = (
        Sample(NOON, "16.1", "Current.Import", "A", "Sample.Clock", "L1", "Inlet"),
        Sample(NOON, "55", "SoC", "Percent", "Transaction.Begin", None, "EV"),
    )
    await store.write([MeterReported("CP1", 1, session.id, None, NOON, samples)])
    page = await store.meter_values(session.id, limit=100)
    assert {row.sample for row in page.items} == set(samples)


async def test_the_same_samples_again_are_stored_once(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    first = reading(session, 60, 1500, 7000)
    await store.write([first])
    await store.write([first._replace(received_at=after(90)), first])
    page = await store.meter_values(session.id, limit=100)
    assert [row.received_at for row in page.items] == [after(60), after(60)]


async def test_samples_without_a_session_are_stored_once_too(store: PostgresStore, database_url: str) -> None:
    clock = MeterReported("CP1", 0, None, None, NOON, (Sample(NOON, "77", context="Sample.Clock"),))
    await store.write([clock, clock])
    await store.write([clock])
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("SELECT charger_id, session_id, value FROM meter_values")
        assert await cursor.fetchall() == [("CP1", None, "77")]


async def test_late_samples_find_their_session_by_the_chargers_transaction_id(store: PostgresStore) -> None:
    ours, _ = await recorded(store, start("CP1"))
    await recorded(store, stop(ours))
    theirs, _ = await recorded(store, event(0, charger_id="CP2", transaction_id="tx-9"))
    late = [reading(session, 90, 1700)._replace(session_id=None) for session in (ours, theirs)]
    foreign = late[0]._replace(charger_id="CP3")
    await store.write([*late, foreign])
    for session in (ours, theirs):
        assert [row.sample.value for row in (await store.meter_values(session.id, limit=10)).items] == ["1700"]


async def test_samples_of_any_year_are_taken(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 1970, 2099, 9999)]
    samples = tuple(Sample(at, str(at.year)) for at in years)
    await store.write([MeterReported("CP1", 1, session.id, None, NOON, samples)])
    page = await store.meter_values(session.id, limit=10)
    assert tuple(row.sample for row in page.items) == samples


async def test_samples_are_paged_in_the_order_of_time(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await store.write([reading(session, seconds, 1000 + seconds, 7000) for seconds in (50, 10, 40, 20, 30)])
    seen: list[Any] = []
    cursor = None
    while True:
        page = await store.meter_values(session.id, limit=3, cursor=cursor)
        seen += [(row.sample.at, row.sample.value) for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert [at for at, _ in seen] == sorted(after(seconds) for seconds in (10, 20, 30, 40, 50) for _ in range(2))
    assert len(set(seen)) == 10


async def test_a_cursor_of_another_list_is_refused(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await recorded(store, start(evse_id=2))
    page = await store.sessions(SessionQuery(), limit=1)
    assert page.next is not None
    for cursor in (page.next, "", "nonsense", "é", "A" * 5000):
        with pytest.raises(BadCursor):
            await store.meter_values(session.id, limit=3, cursor=cursor)


@pytest.mark.parametrize("value", ["\0", "12\x0034", "\ud800"])
async def test_a_value_that_postgresql_never_takes_is_poison_and_its_neighbours_are_stored(store: PostgresStore, value: str) -> None:
    session, _ = await recorded(store, start())
    good = [reading(session, seconds, 1000 + seconds) for seconds in range(20)]
    bad = MeterReported("CP1", 1, session.id, None, NOON, (Sample(NOON, value),))
    results = await store.write([*good[:7], bad, *good[7:]])
    assert [isinstance(result, Poison) for result in results] == [False] * 7 + [True] + [False] * 13
    assert len((await store.meter_values(session.id, limit=100)).items) == 20


@pytest.mark.parametrize("part", ["measurand", "unit", "context", "phase", "location"])
async def test_poison_in_what_a_sample_measures_is_isolated_too(store: PostgresStore, part: str) -> None:
    session, _ = await recorded(store, start())
    bad = MeterReported("CP1", 1, session.id, None, NOON, (Sample(NOON, "1")._replace(**{part: "\0"}),))
    results = await store.write([reading(session, 1, 1001), bad, reading(session, 2, 1002)])
    assert [type(result) for result in results] == [type(None), Poison, type(None)]
    assert len((await store.meter_values(session.id, limit=100)).items) == 2


async def test_an_evse_number_beyond_an_int_is_poison(store: PostgresStore) -> None:
    (result,) = await store.write([MeterReported("CP1", 2**40, None, None, NOON, (Sample(NOON, "1"),))])
    assert isinstance(result, Poison)
    assert result.sqlstate == "22003"


async def test_what_an_actor_rebuilds_from_counts_the_samples_behind_the_last_figures(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    await store.add_charger(NewCharger("CP2", Registration.PENDING), by="test")
    session, _ = await recorded(store, start())
    await store.write([reading(session, 60, 1500), metered(session, 61, 1500), reading(session, 120, 1800, 6900)])
    facts = await store.charger_facts(["CP1", "CP2", "CP3"])
    assert set(facts) == {"CP1", "CP2"}
    (running,) = facts["CP1"].open_sessions
    assert (running.energy_wh, running.register_wh, running.power_w) == (800, 1800, 6900)
    assert facts["CP2"].open_sessions == ()


async def test_a_meter_reset_between_two_stored_figures_survives_a_crash(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    session, _ = await recorded(store, start())
    await store.write([reading(session, 60, 1500), metered(session, 61, 1500), reading(session, 120, 20), reading(session, 180, 70)])
    (running,) = (await store.charger_facts(["CP1"]))["CP1"].open_sessions
    assert running.energy_wh == 550
    assert SessionFlag.METER_RESET in running.flags


async def test_running_figures_are_stored_and_older_ones_do_not_undo_them(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await store.write([metered(session, 120, 1800, flags=("meter_reset",))])
    await store.write([metered(session, 60, 1500)])
    shown = await store.session(session.id)
    assert shown is not None
    assert (shown.energy_wh, shown.power_w, shown.flags) == (800, 7000, ("meter_reset",))


async def test_partitions_are_made_ahead_and_take_over_what_came_too_early(store: PostgresStore, database_url: str) -> None:
    session, _ = await recorded(store, start())
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("SELECT retire_partitions('meter_values', 'infinity')")
        now = datetime.now(UTC)
        samples = (Sample(now, "1"), Sample(datetime(1970, 1, 1, tzinfo=UTC), "2"))
        await store.write([MeterReported("CP1", 1, session.id, None, now, samples)])
        await store.prepare_partitions()
        cursor = await connection.execute("SELECT value, tableoid::regclass::text FROM meter_values ORDER BY value")
        month = now.strftime("%Y%m01")
        assert await cursor.fetchall() == [("1", f"meter_values_{month}"), ("2", "meter_values_default")]
    await store.retire(meter_values_before=datetime(2100, 1, 1, tzinfo=UTC), messages_before=now, events_before=now)
    assert (await store.meter_values(session.id, limit=10)).items == []
    await store.prepare_partitions()


def test_running_sessions_are_metered_by_their_keys_also_while_nobody_has_counted_them(database_url: str) -> None:
    """A young table: the planner knows nothing of it. Reading all that are active for each that is new once took a whole core."""
    row = "charger_id, evse_id, transaction_id, protocol, state, started_at, received_at, meter_start_wh, base_wh, register_wh, flags"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE sessions SET (autovacuum_enabled = off)")
        connection.execute(
            f"INSERT INTO sessions ({row}) SELECT 'CP' || n, 1, n::text, 'ocpp1.6', 'active', now(), now(), 0, 0, 0, '{{}}' "
            "FROM generate_series(1, 3000) AS n"
        )
        connection.execute(f"{BY_KEY}; SET plan_cache_mode TO force_generic_plan")
        connection.execute(f"PREPARE metered AS {METERED}")  # type: ignore[arg-type]
        plan = "\n".join(str(row[0]) for row in connection.execute("EXPLAIN EXECUTE metered ('[]')"))
    assert "Index Scan using pk_sessions on sessions" in plan, plan
    assert "Index Cond: (id = new.session_id)" in plan, plan

"""1.6 stops."""

from __future__ import annotations

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event_types, metered, reading, recorded, start, stop
from voltaro.domain.fact import MeterReported
from voltaro.domain.meter import Sample
from voltaro.domain.session import SessionFlag, SessionState
from voltaro.ports import Recorded, SessionQuery


async def test_a_stop_ends_its_session_with_the_energy_between_the_registers(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    ended, new = await recorded(store, stop(session, meter_stop_wh=5000, reason="EVDisconnected"))
    assert new
    assert (ended.state, ended.energy_wh, ended.meter_stop_wh, ended.stop_reason) == (SessionState.ENDED, 4000, 5000, "EVDisconnected")
    assert await store.session(session.id) == ended
    assert await event_types(store) == ["session.started", "session.ended"]


async def test_an_event_of_a_session_shows_it_as_the_api_does(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await recorded(store, stop(session))
    _, ended = await store.events_after(0, limit=10)
    assert (ended.charger_id, ended.session_id) == ("CP1", session.id)
    wanted = {"id": session.id, "charger_id": "CP1", "state": "ended", "energy_wh": 4000, "id_tag": "TAG1", "cost": None, "evse_id": 1}
    assert {key: ended.data[key] for key in wanted} == wanted


async def test_the_same_stop_again_changes_nothing(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    first = await recorded(store, stop(session))
    again = await recorded(store, stop(session))
    assert again == Recorded(first.session, new=False)
    assert await event_types(store) == ["session.started", "session.ended"]


async def test_another_stop_of_an_ended_session_is_kept_and_flagged_and_the_first_counts(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await recorded(store, stop(session))
    second, new = await recorded(store, stop(session, meter_stop_wh=9000))
    assert new
    assert (second.meter_stop_wh, second.energy_wh) == (5000, 4000)
    assert SessionFlag.STOP_CONFLICT in second.flags
    assert not (await recorded(store, stop(session, meter_stop_wh=9000))).new
    assert await event_types(store) == ["session.started", "session.ended"]


async def test_a_charger_cannot_stop_the_session_of_another(store: PostgresStore) -> None:
    session, _ = await recorded(store, start("CP1"))
    foreign, _ = await recorded(store, stop(session, charger_id="CP2"))
    assert foreign.state is SessionState.UNRESOLVED
    assert foreign.id != session.id
    untouched = await store.session(session.id)
    assert untouched == session


async def test_a_stop_of_an_unknown_transaction_is_kept_as_unresolved_once(store: PostgresStore) -> None:
    running, _ = await recorded(store, start())
    for unknown in ("-1", "0", "4711"):
        first, new = await recorded(store, stop(charger_id="CP1", transaction_id=unknown, id_tag="TAG9"))
        assert new
        assert (first.state, first.transaction_id, first.meter_stop_wh) == (SessionState.UNRESOLVED, unknown, 5000)
        assert SessionFlag.UNKNOWN_TRANSACTION in first.flags
        again = await recorded(store, stop(charger_id="CP1", transaction_id=unknown, id_tag="TAG9"))
        assert again == Recorded(first, new=False)
    assert await store.session(running.id) == running
    unresolved = await store.sessions(SessionQuery(state=SessionState.UNRESOLVED), limit=10)
    assert len(unresolved.items) == 3


async def test_the_samples_of_a_stop_belong_to_its_session(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    samples = (Sample(NOON, "1000", context="Transaction.Begin"), Sample(after(3600), "5000", context="Transaction.End"))
    await recorded(store, stop(session, samples=samples))
    await recorded(store, stop(session, samples=samples))
    page = await store.meter_values(session.id, limit=10)
    assert tuple(row.sample for row in page.items) == samples
    assert {row.session_id for row in page.items} == {session.id}


async def test_a_stop_counts_a_meter_reset_that_only_the_samples_know_of(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await store.write([reading(session, 60, 1500), reading(session, 120, 20)])
    ended, _ = await recorded(store, stop(session, meter_stop_wh=70))
    assert ended.energy_wh == 550
    assert SessionFlag.METER_RESET in ended.flags


async def test_a_reading_that_comes_late_or_again_is_no_meter_reset(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    first, second = reading(session, 60, 1500), reading(session, 120, 2000)
    await store.write([second, metered(session, 121, 2000)])
    misled = metered(session, 181, 1500, carried_wh=1000, base_wh=1500, energy_wh=1000, flags=("meter_reset",))
    await store.write([first._replace(received_at=after(180)), misled])
    ended, _ = await recorded(store, stop(session, meter_stop_wh=5000))
    assert (ended.energy_wh, ended.flags) == (4000, ())


async def test_readings_of_a_clock_that_was_set_back_are_counted_as_they_came(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    long_ago = (Sample(NOON.replace(year=1970), "20"),)
    await store.write([reading(session, 60, 1500), MeterReported("CP1", 1, session.id, None, after(120), long_ago)])
    ended, _ = await recorded(store, stop(session, meter_stop_wh=70))
    assert ended.energy_wh == 550
    assert SessionFlag.METER_RESET in ended.flags


async def test_a_stop_of_another_chargers_transaction_is_a_security_event_told_once(store: PostgresStore) -> None:
    session, _ = await recorded(store, start("CP1"))
    for _ in range(2):
        foreign, _ = await recorded(store, stop(session, charger_id="CP2"))
    assert SessionFlag.FOREIGN_TRANSACTION in foreign.flags
    told = [happened for happened in await store.events_after(0, limit=50) if happened.type == "charger.security_event"]
    assert [(happened.charger_id, happened.data["type"]) for happened in told] == [("CP2", "ForeignTransaction")]
    assert session.transaction_id in told[0].data["tech_info"]
    invented, _ = await recorded(store, stop(charger_id="CP2", transaction_id="1999999998"))
    assert SessionFlag.FOREIGN_TRANSACTION not in invented.flags, "nobody was ever given that id"


async def test_the_chargers_own_stop_replaces_the_end_we_took_for_granted(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await store.write([metered(session, 61, 1800)])
    await recorded(store, start(at=after(7200)))
    late, new = await recorded(store, stop(session, at=after(3600), meter_stop_wh=5000))
    assert new
    assert (late.energy_wh, late.meter_stop_wh, late.ended_at, late.stop_reason) == (4000, 5000, after(3600), "Local")
    assert SessionFlag.ENDED_BY_NEXT_START not in late.flags
    assert (await event_types(store))[-1] == "session.corrected"
    assert not (await recorded(store, stop(session, at=after(3600), meter_stop_wh=5000))).new


async def test_start_and_stop_of_one_charger_in_one_batch_keep_their_order(store: PostgresStore) -> None:
    first, _ = await recorded(store, start())
    results = await store.write([stop(first, at=after(60)), start(at=after(120), meter_start_wh=5000), start("CP2")])
    ended, second, other = (result.session for result in results if isinstance(result, Recorded))
    assert (ended.state, ended.flags) == (SessionState.ENDED, ())
    assert (second.state, other.state) == (SessionState.ACTIVE, SessionState.ACTIVE)


async def test_running_figures_do_not_move_an_ended_session(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    ended, _ = await recorded(store, stop(session))
    await store.write([metered(session, 4000, 9999)])
    assert await store.session(session.id) == ended

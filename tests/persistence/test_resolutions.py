"""What operators decide of sessions that chargers left open or unexplained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event, event_types, metered, reading, recorded, start, stop
from voltaro.domain.meter import Sample
from voltaro.domain.resolution import AssignSession, BadDecision, CloseSession, DiscardSession, GiveStart, NotNow
from voltaro.domain.session import EventKind, Session, SessionFlag, SessionState


async def orphan(store: PostgresStore, **changes: Any) -> Session:
    return (await recorded(store, stop(**changes))).session


async def resolved(store: PostgresStore, resolution: Any) -> Session:
    touched = await store.resolve(resolution, "ada")
    assert touched is not None
    for session in touched:
        assert await store.session(session.id) == session
    return touched[0]


async def audited(store: PostgresStore) -> list[Any]:
    return [entry for entry in (await store.audit(limit=50)).items if entry.action.startswith("session.")]


# --- assign ---


async def test_an_unresolved_stop_is_assigned_to_the_session_it_ends(store: PostgresStore) -> None:
    running, _ = await recorded(store, start())
    samples = (Sample(after(60), "1500"),)
    stray = await orphan(store, meter_stop_wh=6000, reason="EVDisconnected", samples=samples)
    await store.write([reading(running, 30, 1200)])
    left = await resolved(store, AssignSession(stray.id, running.id, "same car"))
    assert (left.state, left.assigned_to, left.resolved_by, left.resolved_reason) == (SessionState.ASSIGNED, running.id, "ada", "same car")
    ended = await store.session(running.id)
    assert ended is not None
    assert (ended.state, ended.energy_wh, ended.meter_stop_wh, ended.stop_reason) == (SessionState.ENDED, 5000, 6000, "EVDisconnected")
    assert [row.sample.value for row in (await store.meter_values(running.id, limit=10)).items] == ["1200", "1500"]
    assert (await event_types(store))[-2:] == ["session.assigned", "session.ended"]


async def test_an_assignment_is_made_once_and_the_stop_again_finds_its_place(store: PostgresStore) -> None:
    running, _ = await recorded(store, start())
    stray = await orphan(store)
    first = await resolved(store, AssignSession(stray.id, running.id))
    told = await event_types(store)
    assert await resolved(store, AssignSession(stray.id, running.id)) == first
    again, new = await recorded(store, stop())
    assert (again, new) == (first, False)
    assert await event_types(store) == told
    assert len(await audited(store)) == 1


async def test_a_session_that_we_took_for_ended_takes_an_assigned_stop(store: PostgresStore) -> None:
    old, _ = await recorded(store, start())
    await recorded(store, start(at=after(7200), meter_start_wh=9000))
    stray = await orphan(store, meter_stop_wh=6000)
    await resolved(store, AssignSession(stray.id, old.id))
    corrected = await store.session(old.id)
    assert corrected is not None
    assert (corrected.energy_wh, corrected.flags) == (5000, ())
    assert (await event_types(store))[-1] == "session.corrected"


async def test_a_stop_is_never_assigned_to_a_session_of_another_charger_or_with_its_own_end(store: PostgresStore) -> None:
    stray = await orphan(store)
    foreign, _ = await recorded(store, start("CP2"))
    with pytest.raises(BadDecision, match="CP2"):
        await store.resolve(AssignSession(stray.id, foreign.id), "ada")
    over, _ = await recorded(store, start())
    await recorded(store, stop(over, meter_stop_wh=2000))
    with pytest.raises(NotNow, match="an end of its own"):
        await store.resolve(AssignSession(stray.id, over.id), "ada")
    with pytest.raises(BadDecision, match="is no session"):
        await store.resolve(AssignSession(stray.id, 4711), "ada")
    assert await store.resolve(AssignSession(4711, over.id), "ada") is None
    assert await store.session(stray.id) == stray
    assert await audited(store) == []


# --- a start that never came ---


async def test_an_unresolved_stop_that_is_given_its_start_is_a_whole_session(store: PostgresStore) -> None:
    stray = await orphan(store, meter_stop_wh=6000, samples=(Sample(after(60), "2500"), Sample(after(120), "100")))
    decision = GiveStart(stray.id, NOON, 2000, "TAG7", 2, 1, "from the display")
    whole = await resolved(store, decision)
    assert (whole.state, whole.started_at, whole.id_tag, whole.evse_id) == (SessionState.ENDED, NOON, "TAG7", 2)
    assert whole.energy_wh == 500 + 5900
    assert set(whole.flags) == {SessionFlag.START_BY_OPERATOR, SessionFlag.METER_RESET}
    assert await resolved(store, decision) == whole
    with pytest.raises(NotNow):
        await store.resolve(replace(decision, meter_start_wh=0), "ada")


async def test_a_start_that_cannot_be_is_refused(store: PostgresStore) -> None:
    stray = await orphan(store, meter_stop_wh=6000)
    with pytest.raises(BadDecision, match="6000 Wh"):
        await store.resolve(GiveStart(stray.id, NOON, 6001), "ada")
    with pytest.raises(BadDecision, match="after the session's end"):
        await store.resolve(GiveStart(stray.id, after(3601), 0), "ada")


# --- close ---


async def test_an_open_session_is_closed_as_an_estimate(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    await store.write([reading(session, 60, 1500), metered(session, 61, 1500), reading(session, 120, 1800)])
    with pytest.raises(BadDecision, match="1800 Wh"):
        await store.resolve(CloseSession(session.id, after(600), 1700), "ada")
    with pytest.raises(BadDecision, match="before the session's start"):
        await store.resolve(CloseSession(session.id, after(-1)), "ada")
    over = await resolved(store, CloseSession(session.id, after(600), 2000, "charger is dead"))
    assert (over.state, over.energy_wh, over.meter_stop_wh, over.ended_at) == (SessionState.ENDED, 1000, 2000, after(600))
    assert {SessionFlag.CLOSED_BY_OPERATOR, SessionFlag.ESTIMATED} <= set(over.flags)
    assert await resolved(store, CloseSession(session.id, after(600), 2000)) == over
    (entry,) = await audited(store)
    assert (entry.actor, entry.action, entry.target) == ("ada", "session.closed", str(session.id))
    was, now = entry.before or {}, entry.after or {}
    assert (was[f"{entry.target}.state"], now[f"{entry.target}.state"]) == ("active", "ended")
    assert now[f"{entry.target}.energy_wh"] == 1000
    assert await event_types(store) == ["session.started", "session.ended"]


@pytest.mark.parametrize("meter_stop_wh", [1900, 5000])
async def test_the_chargers_own_stop_replaces_the_estimate(store: PostgresStore, meter_stop_wh: int) -> None:
    session, _ = await recorded(store, start())
    await resolved(store, CloseSession(session.id, after(600), 2000))
    own, new = await recorded(store, stop(session, meter_stop_wh=meter_stop_wh))
    assert new
    assert (own.energy_wh, own.ended_at) == (meter_stop_wh - 1000, after(3600))
    assert own.flags == (SessionFlag.CLOSED_BY_OPERATOR,)
    assert (await event_types(store))[-1] == "session.corrected"


async def test_a_2x_session_stays_closed_until_its_charger_ends_it(store: PostgresStore) -> None:
    opened, _ = await recorded(store, event(0, EventKind.STARTED, 1000))
    over = await resolved(store, CloseSession(opened.id, after(600), 2000))
    assert (over.state, over.energy_wh) == (SessionState.ENDED, 1000)
    late, _ = await recorded(store, event(1, register_wh=1500))
    assert (late.state, late.energy_wh, late.ended_at) == (SessionState.ENDED, 1000, after(600))
    more, _ = await recorded(store, event(2, register_wh=2500))
    assert (more.state, more.energy_wh, more.meter_stop_wh) == (SessionState.ENDED, 1500, 2500)
    own, _ = await recorded(store, event(4, EventKind.ENDED, 3000))
    assert (own.energy_wh, own.ended_at, own.resolved_by) == (2000, after(4), "ada")
    assert SessionFlag.ESTIMATED not in own.flags
    filled, _ = await recorded(store, event(3, register_wh=2700))
    assert filled.energy_wh == 2000
    assert await store.session(opened.id) == filled


# --- discard ---


async def test_a_discarded_session_is_shown_as_that_and_stays_so(store: PostgresStore) -> None:
    stray = await orphan(store)
    gone = await resolved(store, DiscardSession(stray.id, "a test"))
    assert (gone.state, gone.resolved_reason, gone.meter_stop_wh) == (SessionState.DISCARDED, "a test", 5000)
    assert await resolved(store, DiscardSession(stray.id, "a test")) == gone
    with pytest.raises(NotNow, match="discarded"):
        await store.resolve(DiscardSession(stray.id, "another reason"), "ada")
    with pytest.raises(NotNow):
        await store.resolve(CloseSession(stray.id, after(9)), "ada")
    again, new = await recorded(store, stop())
    assert (again, new) == (gone, False)


async def test_a_discarded_session_is_not_brought_back_by_what_comes_late(store: PostgresStore) -> None:
    ghost, _ = await recorded(store, start())
    await resolved(store, DiscardSession(ghost.id, "ghost"))
    late, _ = await recorded(store, stop(ghost))
    assert late.state is SessionState.DISCARDED
    assert SessionFlag.STOP_CONFLICT in late.flags
    opened, _ = await recorded(store, event(0, EventKind.STARTED, 1000))
    await resolved(store, DiscardSession(opened.id, "ghost"))
    for fact in (event(1, register_wh=2000), event(2, EventKind.ENDED, 3000)):
        assert (await recorded(store, fact)).session.state is SessionState.DISCARDED


async def test_a_reason_that_postgresql_never_takes_is_refused_and_changes_nothing(store: PostgresStore) -> None:
    stray = await orphan(store)
    with pytest.raises(Exception, match="value"):
        await store.resolve(DiscardSession(stray.id, "\0"), "ada")
    assert await store.session(stray.id) == stray

"""Lists of sessions: a bounded piece at a time, sorted, and summed up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from persistence import session_lists
from persistence.store import PostgresStore
from tests.persistence.facts import NOON, start, stop
from voltaro.domain.session import Session, SessionState
from voltaro.domain.site import Site
from voltaro.ports import BadCursor, NewCharger, Recorded, SessionOrder, SessionQuery

HOUR = timedelta(hours=1)


async def ended(store: PostgresStore, number: int, energy_wh: int, **changes: Any) -> Session:
    """A session of an hour that began ``number`` hours after noon."""
    [begun] = await store.write([start(at=NOON + number * HOUR, **changes)])
    assert isinstance(begun, Recorded)
    [over] = await store.write([stop(begun.session, NOON + (number + 1) * HOUR, 1000 + energy_wh)])
    assert isinstance(over, Recorded)
    return over.session


async def everything(store: PostgresStore, query: SessionQuery, limit: int) -> tuple[list[int], int]:
    """The ids of all that a list holds, and in how many pages."""
    ids: list[int] = []
    cursor, pages = None, 0
    while True:
        page = await store.sessions(query, limit=limit, cursor=cursor)
        ids += [session.id for session in page.items]
        cursor, pages = page.next, pages + 1
        if cursor is None:
            return ids, pages


async def test_sessions_come_in_each_order_page_by_page(store: PostgresStore) -> None:
    made = [await ended(store, number, energy_wh) for number, energy_wh in enumerate((500, 9000, 500, 0, 7000))]
    ids = [session.id for session in made]
    assert (await everything(store, SessionQuery(order=SessionOrder.OLDEST), 2))[0] == ids
    assert (await everything(store, SessionQuery(), 2))[0] == ids[::-1]
    assert (await everything(store, SessionQuery(order=SessionOrder.MOST_ENERGY), 2))[0] == [ids[place] for place in (1, 4, 2, 0, 3)]
    assert (await everything(store, SessionQuery(order=SessionOrder.LEAST_ENERGY), 2))[0] == [ids[place] for place in (3, 0, 2, 4, 1)]
    streamed = [session.id async for session in store.stream_sessions(SessionQuery(order=SessionOrder.OLDEST))]
    assert streamed == ids


async def test_a_cursor_of_another_order_is_refused(store: PostgresStore) -> None:
    for number in range(2):
        await ended(store, number, 500)
    page = await store.sessions(SessionQuery(), limit=1)
    with pytest.raises(BadCursor):
        await store.sessions(SessionQuery(order=SessionOrder.OLDEST), limit=1, cursor=page.next)


async def test_a_page_looks_at_a_bounded_number_of_rows_and_the_next_goes_on_there(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_lists, "EXAMINED", 4)
    made = [await ended(store, number, 50_000 if number in (1, 8) else 500) for number in range(10)]
    wanted = SessionQuery(energy_at_least_wh=20_000)
    first = await store.sessions(wanted, limit=5)
    assert [session.id for session in first.items] == [made[8].id]
    assert first.next is not None
    assert await everything(store, wanted, 5) == ([made[8].id, made[1].id], 3)
    assert [session.id async for session in store.stream_sessions(wanted)] == [made[8].id, made[1].id]


async def test_sessions_are_found_by_site_energy_and_flags(store: PostgresStore) -> None:
    await store.add_site(Site("north", "North", NOON), "test")
    await store.add_charger(NewCharger("CP1", site_id="north"), "test")
    plain = await ended(store, 0, 500)
    odd = await ended(store, 1, 900, charger_id="CP2", authorization="Invalid")
    negative = await ended(store, 2, -200, charger_id="CP2")
    assert "negative_energy" in negative.flags
    for query, found in {
        SessionQuery(site_id="north"): [plain],
        SessionQuery(energy_at_least_wh=900): [odd],
        SessionQuery(flagged=True): [negative],
        SessionQuery(flags=("negative_energy", "offline")): [negative],
        SessionQuery(flags=("offline",)): [],
    }.items():
        assert (await everything(store, query, 10))[0] == [session.id for session in found], query


async def test_totals_are_over_what_the_filters_leave(store: PostgresStore) -> None:
    await ended(store, 0, 500)
    await ended(store, 1, 900, id_tag="OTHER")
    await store.write([start(at=NOON, charger_id="CP3")])
    both = await store.session_totals(SessionQuery(state=SessionState.ENDED))
    assert (both.count, both.running, both.energy_wh, both.duration_s, both.complete) == (2, 0, 1400, 7200, True)
    assert (await store.session_totals(SessionQuery(energy_at_least_wh=900))).energy_wh == 900
    everywhere = await store.session_totals(SessionQuery())
    assert (everywhere.count, everywhere.running) == (3, 1)
    assert everywhere.duration_s > 7200
    none = await store.session_totals(SessionQuery(charger_id="nobody"))
    assert (none.count, none.energy_wh, none.duration_s, none.complete) == (0, 0, 0, True)


async def test_totals_say_when_there_was_more_than_they_look_at(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_lists, "SUMMED", 2)
    for number in range(3):
        await ended(store, number, 500)
    totals = await store.session_totals(SessionQuery())
    assert (totals.count, totals.energy_wh, totals.complete) == (2, 1000, False)

"""2.x TransactionEvents: whatever order they come in, however often and in whatever batches, the fold is what is stored."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event, event_types, metered, recorded, start
from voltaro.domain.fact import TransactionReported
from voltaro.domain.meter import PHASES_SUMMED, Figures, Sample
from voltaro.domain.session import EventKind, SessionFlag, SessionState, fold
from voltaro.ports import Recorded, SessionQuery

WHOLE = [
    event(0, EventKind.STARTED, 1000, id_tag="TAG1", evse_id=1, connector_id=1, authorization="Accepted"),
    event(1, register_wh=1500, charging_state="Charging"),
    event(2, register_wh=2500),
    event(3, EventKind.ENDED, 3000, stopped_reason="EVDisconnected"),
]


async def test_events_in_order_make_a_session_that_starts_moves_and_ends(store: PostgresStore) -> None:
    started, new = await recorded(store, WHOLE[0])
    assert new
    assert (started.state, started.energy_wh, started.authorization, started.id_tag) == (SessionState.ACTIVE, 0, "Accepted", "TAG1")
    moved, _ = await recorded(store, WHOLE[1])
    assert (moved.id, moved.energy_wh, moved.charging_state) == (started.id, 500, "Charging")
    await recorded(store, WHOLE[2])
    ended, _ = await recorded(store, WHOLE[3])
    assert (ended.state, ended.energy_wh, ended.stop_reason, ended.flags) == (SessionState.ENDED, 2000, "EVDisconnected", ())
    assert await store.session(started.id) == ended
    assert await event_types(store) == ["session.started", "session.ended"]


async def test_an_event_that_comes_again_has_no_second_effect(store: PostgresStore) -> None:
    results = await store.write([WHOLE[0], WHOLE[1], WHOLE[1]])
    again = await recorded(store, WHOLE[1])
    assert [result.new for result in results if isinstance(result, Recorded)] == [True, True, False]
    assert not again.new
    assert again.session.events_count == 2


async def test_an_event_with_a_seq_no_used_before_and_other_content_is_kept_and_flagged(store: PostgresStore) -> None:
    await store.write(WHOLE[:2])
    other, new = await recorded(store, event(1, register_wh=1600, digest="other"))
    assert new
    assert other.events_count == 3
    assert SessionFlag.SEQUENCE_REPEATED in other.flags


async def test_late_events_do_not_reopen_a_session_and_still_count(store: PostgresStore) -> None:
    await store.write([WHOLE[0], WHOLE[3]])
    late, _ = await recorded(store, WHOLE[2])
    assert (late.state, late.energy_wh) == (SessionState.ENDED, 2000)
    beyond, _ = await recorded(store, event(9, register_wh=3300))
    assert beyond.state is SessionState.ENDED
    types = await event_types(store)
    assert types.count("session.started") == types.count("session.ended") == 1


async def test_a_session_first_heard_of_by_its_end_is_ended_at_once(store: PostgresStore) -> None:
    ended, _ = await recorded(store, WHOLE[3])
    assert ended.state is SessionState.ENDED
    assert SessionFlag.STARTED_MISSING in ended.flags
    assert await event_types(store) == ["session.started", "session.ended"]
    whole = (await store.write([WHOLE[0], WHOLE[1], WHOLE[2]]))[-1]
    assert isinstance(whole, Recorded)
    assert whole.session.complete
    assert (await event_types(store)).count("session.ended") == 1


async def test_transaction_ids_are_compared_with_their_case_and_by_charger(store: PostgresStore) -> None:
    variants = [event(0, transaction_id="abc"), event(0, transaction_id="AbC"), event(0, transaction_id="abc", charger_id="CP3")]
    results = await store.write(variants)
    assert len({result.session.id for result in results if isinstance(result, Recorded)}) == 3


async def test_a_transaction_named_like_one_of_ours_is_another_session(store: PostgresStore) -> None:
    ours, _ = await recorded(store, start("CP2"))
    theirs, _ = await recorded(store, event(0, transaction_id=ours.transaction_id))
    assert theirs.id != ours.id
    assert await store.session(ours.id) == ours


async def test_samples_of_events_are_stored_once(store: PostgresStore) -> None:
    samples = (Sample(after(1), "1500"), Sample(after(1), "7200", "Power.Active.Import", "W"))
    session, _ = await recorded(store, event(1, samples=samples))
    await recorded(store, event(1, samples=samples))
    page = await store.meter_values(session.id, limit=10)
    assert sorted(row.sample for row in page.items) == sorted(samples)


async def test_a_refused_token_is_shown_on_the_session(store: PostgresStore) -> None:
    session, _ = await recorded(store, event(0, EventKind.STARTED, id_tag="TAG1", authorization="Blocked"))
    later, _ = await recorded(store, event(1, id_tag="TAG1", authorization="Accepted"))
    assert session.authorization == later.authorization == "Blocked"
    assert SessionFlag.NOT_AUTHORIZED in later.flags


async def test_running_figures_do_not_touch_a_session_that_is_folded(store: PostgresStore) -> None:
    session, _ = await recorded(store, WHOLE[0])
    await store.write([metered(session, 5, 9999)])
    assert await store.session(session.id) == session


async def test_two_writers_of_one_session_lose_nothing(store: PostgresStore, database_url: str) -> None:
    other = PostgresStore(database_url)
    try:
        events = [event(number, EventKind.UPDATED, 1000 + number) for number in range(40)]
        halves = [(store, events[::2]), (other, events[1::2])]
        await asyncio.gather(*(one(writer, facts) for writer, facts in halves))
        (session,) = (await store.sessions(SessionQuery(), limit=10)).items
        assert replace(session, authorization=None) == fold(session.id, [fact.event for fact in events])
    finally:
        await other.close()


async def one(store: PostgresStore, facts: list[TransactionReported]) -> None:
    for fact in facts:
        await store.write([fact])


_numbers = itertools.count()
_figures = st.builds(
    Figures,
    st.none() | st.integers(0, 5000),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(0, 22_000),
    st.none(),
    st.just(()) | st.just((PHASES_SUMMED,)),
)
_one_event = st.builds(
    lambda seq_no, kind, offset, received, figures, tag, verdict, digest, offline: event(
        seq_no,
        kind,
        at=NOON + timedelta(seconds=offset),
        received_at=NOON + timedelta(seconds=received),
        figures=figures,
        id_tag=tag,
        authorization=verdict if tag else None,
        digest=digest,
        offline=offline,
    ),
    st.integers(0, 12),
    st.sampled_from(EventKind),
    st.integers(0, 50),
    st.integers(0, 50),
    _figures,
    st.sampled_from([None, None, "TAG1", "TAG2"]),
    st.sampled_from(["Accepted", "Invalid"]),
    st.sampled_from("abc"),
    st.booleans(),
)


@st.composite
def _deliveries(draw: st.DrawFn) -> tuple[list[TransactionReported], list[list[TransactionReported]]]:
    """Distinct events of one transaction, and batches in which each comes at least once."""
    events = draw(st.lists(_one_event, min_size=1, max_size=10, unique_by=lambda fact: (fact.event.seq_no, fact.event.digest)))
    charger_id = f"H{next(_numbers)}"
    events = [replace(fact, event=replace(fact.event, charger_id=charger_id)) for fact in events]
    again = draw(st.lists(st.sampled_from(events), max_size=6))
    order = draw(st.permutations(events + again))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=5)))
    return events, [list(order[low:high]) for low, high in itertools.pairwise([0, *cuts, len(order)]) if low < high]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(delivery=_deliveries())
async def test_any_order_any_repeats_and_any_batches_give_the_session_of_the_fold(
    store: PostgresStore, delivery: tuple[list[TransactionReported], list[list[TransactionReported]]]
) -> None:
    events, batches = delivery
    for batch in batches:
        results = await store.write(batch)
        assert all(isinstance(result, Recorded) for result in results)
    charger_id, transaction_id = events[0].event.charger_id, events[0].event.transaction_id
    stored = await store.session_by_transaction(charger_id, transaction_id)
    assert stored is not None
    ordered = sorted(events, key=lambda fact: fact.event.order)
    verdict = next((fact.authorization for fact in ordered if fact.authorization), None)
    flags = {flag for flag in stored.flags if flag != SessionFlag.NOT_AUTHORIZED}
    assert (SessionFlag.NOT_AUTHORIZED in stored.flags) == (verdict == "Invalid")
    assert stored.authorization == verdict
    plain = replace(stored, authorization=None, flags=tuple(sorted(flags)))
    assert plain == fold(stored.id, [fact.event for fact in events])
    told = [happened.type for happened in await store.events_after(0, limit=100_000) if happened.charger_id == charger_id]
    ended = any(fact.event.kind is EventKind.ENDED for fact in events)
    assert (told.count("session.started"), told.count("session.ended")) == (1, int(ended))

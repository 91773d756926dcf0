"""Any order that OCPP allows, with any repeats and in any batches, gives the same session. ``VOLTARO_LONG=1`` makes the long form."""

from __future__ import annotations

import os
from itertools import count
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persistence.store import PostgresStore
from tests.faults.orders import Wanted, again, charged, transaction, written
from voltaro.domain.session import fold

LONG = os.environ.get("VOLTARO_LONG") == "1"
seeds = st.integers(0, 2**63)


@settings(max_examples=5000 if LONG else 300)
@given(seed=seeds)
def test_any_permutation_of_a_transactions_events_folds_to_the_same_session(seed: int) -> None:
    random = Random(seed)
    case = transaction(random, "CP1", "tx-1")
    different = {event.digest: event for event in again(random, case.events)}
    assert fold(1, different.values()) == fold(1, case.events)
    assert Wanted.of(fold(1, case.events)) == case.wanted


@settings(max_examples=500 if LONG else 10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=seeds)
async def test_any_delivery_of_transaction_events_is_stored_as_the_same_session(store: PostgresStore, seed: int) -> None:
    assert await written(Random(seed), store, 10, f"{seed:x}") == 0


@settings(max_examples=500 if LONG else 25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=seeds)
async def test_a_16_session_with_everything_sent_again_later_is_stored_as_one(store: PostgresStore, seed: int) -> None:
    assert await charged(Random(seed), store, 1, f"{next(_runs)}") == 0


_runs = count()
"""The store keeps what earlier runs have written, also of the same seed."""

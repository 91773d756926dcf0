"""Sockets of one identity race for it: there are never two owners."""

from __future__ import annotations

from random import Random

import pytest

from persistence.store import PostgresStore
from tests.faults.races import IDENTITIES, course

RACES = 300


@pytest.mark.parametrize("seed", [2026])
async def test_racing_sockets_never_own_a_charger_both(store: PostgresStore, seed: int) -> None:
    random = Random(seed)
    async with course(store) as races:
        for number in range(RACES):
            await races.race(random, f"CP{number % IDENTITIES}")
            assert races.wrong == [], f"race {number} of seed {seed}"

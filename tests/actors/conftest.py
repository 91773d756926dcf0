"""The house that tests of chargers' actors live in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from persistence.store import PostgresStore
from tests.actors.house import House


@pytest.fixture
async def house(store: PostgresStore) -> AsyncIterator[House]:
    house = House(store)
    yield house
    house.store.away = False
    await house.tree.stop()

"""The short form of the scenario of wild frames."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.frames import SCENARIOS
from tests.faults.rows import broken


@pytest.mark.parametrize("name", SCENARIOS)
async def test_nothing_is_missed_doubled_or_broken(name: str) -> None:
    assert broken(await SCENARIOS[name](Random(20260601), False)) == []

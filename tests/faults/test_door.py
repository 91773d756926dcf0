"""The scenarios at the door that take seconds: their targets hold."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.door import SCENARIOS


@pytest.mark.parametrize("name", ["bombs", "authentication-cost", "no-files", "drain"])
async def test_the_targets_hold(name: str) -> None:
    rows = await SCENARIOS[name](Random(2026), False)
    missed = [row for row in rows if (row.measured < row.wanted if row.at_least else row.measured > row.wanted)]
    assert missed == []

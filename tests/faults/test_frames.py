"""The short form of the scenario of wild frames."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.frames import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_figure_is_met(name: str) -> None:
    rows = await SCENARIOS[name](Random(20260601), False)
    assert [row for row in rows if (row.measured < row.wanted if row.at_least else row.measured > row.wanted)] == []

"""The scenarios at the door that take seconds: their targets hold."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.door import SCENARIOS
from tests.faults.rows import broken


@pytest.mark.parametrize("name", ["bombs", "no-files", "drain"])
async def test_the_targets_hold(name: str) -> None:
    assert broken(await SCENARIOS[name](Random(2026), False)) == []

"""Small runs of the scenarios against a real server: what is counted must be right; how long it took is for `make faults`."""

from __future__ import annotations

from random import Random

from tests.faults.actors import SCENARIOS, crash_chargers, crash_permanent, poison
from tests.faults.rows import broken


async def test_crashes_of_chargers_actors_lose_double_and_close_nothing() -> None:
    assert broken(await crash_chargers(Random(1), chargers=8, rounds=1, at_once=4)) == []


async def test_crashes_of_permanent_actors_at_every_point_lose_double_and_close_nothing() -> None:
    assert broken(await crash_permanent(Random(1), chargers=4, kinds=("base_exception",))) == []


async def test_poison_frames_crash_their_actors_twice_at_most_and_are_answered() -> None:
    assert broken(await poison(Random(1), chargers=4)) == []


def test_the_scenarios_are_listed() -> None:
    assert set(SCENARIOS) == {"charger actor crashes", "permanent actors crash", "actors hang", "poison frames"}

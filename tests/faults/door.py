"""Every scenario at the chargers' door, by name: a generator of chance and whether it may take long, to rows of figures.

A short run takes two and a half minutes in all, a long one some twenty; both drive real server processes on loopback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from tests.faults import door_hostile, door_lines, door_storms
from tests.faults.rows import Row

SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {
    **door_hostile.SCENARIOS,
    **door_lines.SCENARIOS,
    **door_storms.SCENARIOS,
}

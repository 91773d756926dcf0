"""One line of the table of figures: what was measured, and what is wanted of it."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """``measured`` may be at most ``wanted``, or has to be at least that where ``at_least`` is set."""

    what: str
    measured: float
    wanted: float
    unit: str
    at_least: bool = False

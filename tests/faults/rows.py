"""A row of the table of faults: what was tried, what came of it, and what was wanted."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One figure. It is met when ``measured`` is at most ``wanted``, or at least that with ``at_least``."""

    what: str
    measured: float
    wanted: float
    unit: str
    at_least: bool = False

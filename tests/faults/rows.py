"""A line of the table that a run of faults prints: what was measured, and what was wanted."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A figure and its target: at most ``wanted``, or at least where ``at_least`` says so."""

    what: str
    measured: float
    wanted: float
    unit: str
    at_least: bool = False

"""A line of the table that a run of faults prints: what was measured, and what was wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure and its target: at most ``wanted``, or at least where ``at_least`` says so."""

    what: str
    measured: float
    wanted: float
    unit: str
    at_least: bool = False


MACHINES = frozenset({"s", "ms", "us", "MB", "MB more", "MiB", "cores", "ratio", "guesses"})
"""Units of what depends on how fast and how busy the machine is: measured by ``make faults``, judged by no test."""


def holds(row: Row) -> bool:
    """Whether the target is met."""
    return row.measured >= row.wanted if row.at_least else row.measured <= row.wanted


def broken(rows: Iterable[Row]) -> list[Row]:
    """The rows that count what may never happen, or must, and do not hold. Raises ValueError where nothing is counted."""
    counted = [row for row in rows if row.unit not in MACHINES]
    if not counted:
        raise ValueError("the scenario counts nothing")
    return [row for row in counted if not holds(row)]

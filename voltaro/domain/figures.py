"""The fleet's figures over time: how much of each session's energy has been counted, so that none is counted twice or lost.

Rule 1: a session's energy is counted as it grows above the highest figure counted before. What is taken back is not.
Rule 2: what a session has delivered unseen (between two samples, while the server was down) is counted when it is next seen; that of
one that has ended, at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

BUCKET = timedelta(minutes=5)
OLDEST = timedelta(days=7)
"""An end that is told later than this, or by a clock that wrong, is not put into the past."""


class Delivered(NamedTuple):
    """What a session has delivered so far; ``ended_at`` is None while it runs. ``counts`` is False for one that was found to be none."""

    session_id: int
    charger_id: str
    energy_wh: int
    ended_at: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Ledger:
    """What has been counted: Wh by session, of those that run; sessions with a larger id than ``newest`` have never been seen."""

    newest: int = 0
    energies: Mapping[int, int] = field(default_factory=dict)
    version: int = 0


class Growth(NamedTuple):
    """Energy of a charger that belongs into the bucket that begins ``at``."""

    charger_id: str
    at: datetime
    energy_wh: int


def bucket_of(at: datetime) -> datetime:
    """When the bucket of this moment began."""
    seconds = int(BUCKET.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def counted(ledger: Ledger, seen: Iterable[Delivered], newest: int, now: datetime) -> tuple[Ledger, list[Growth]]:
    """The ledger after these sessions, and what they have added. Those of the ledger that are not among ``seen`` stay in it;
    ``newest`` is the largest id up to which all are among them, or were before."""
    energies = dict(ledger.energies)
    grown: list[Growth] = []
    for session_id, charger_id, energy_wh, ended_at, counts in seen:
        before = energies.get(session_id, 0)
        if ended_at is None and counts:
            energies[session_id] = max(before, energy_wh)
        else:
            energies.pop(session_id, None)
        if counts and energy_wh > before:
            at = now if ended_at is None or not now - OLDEST <= ended_at <= now else ended_at
            grown.append(Growth(charger_id, bucket_of(at), energy_wh - before))
    return Ledger(max(newest, ledger.newest), energies, ledger.version + 1), grown

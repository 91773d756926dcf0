"""What this process has learned of chargers' WebSockets, so that the next handshake goes better (quirks Q-07, Q-08).

Kept in memory and bounded: only authenticated chargers get here, and what is forgotten is learned again.
"""

from __future__ import annotations

from enum import StrEnum

MOST = 20_000
CLOSINGS = 3
"""So many lines in a row that ended only because no ping was answered: then this charger's pings are not waited for any more."""


class Habit(StrEnum):
    """What a wire found out about its charger."""

    DEFLATE_BROKEN = "deflate_broken"
    """It negotiated compression, and sent what cannot be read."""
    PINGS_UNANSWERED = "pings_unanswered"
    """It spoke, but never answered a ping."""
    ANSWERS_PINGS = "answers_pings"


class Habits:
    """By identity, without regard to case."""

    def __init__(self) -> None:
        self._no_deflate: dict[str, None] = {}
        self._closings: dict[str, int] = {}

    def note(self, identity: str, habit: Habit) -> bool:
        """A line has ended, and this was seen on it. True: its charger is treated otherwise from now on."""
        key = identity.casefold()
        if habit is Habit.DEFLATE_BROKEN:
            is_new = key not in self._no_deflate
            self._no_deflate[key] = None
            _bound(self._no_deflate)
            return is_new
        if habit is Habit.ANSWERS_PINGS:
            self._closings.pop(key, None)
            return False
        count = self._closings[key] = self._closings.get(key, 0) + 1
        _bound(self._closings)
        return count == CLOSINGS

    def shuns_deflate(self, identity: str) -> bool:
        """Whether compression is not to be offered to it."""
        return bool(self._no_deflate) and identity.casefold() in self._no_deflate

    def leaves_pings(self, identity: str) -> bool:
        """Whether it leaves pings unanswered, and so is to be judged by its heartbeat."""
        return bool(self._closings) and self._closings.get(identity.casefold(), 0) >= CLOSINGS


def _bound(kept: dict[str, None] | dict[str, int]) -> None:
    if len(kept) > MOST:
        del kept[next(iter(kept))]

"""Chargers whose lines come and go all the time: two devices with one identity, or one that is ill.

Each end of a line counts, whoever ended it. One that has had too many in a minute is held: while the line it has is alive, no
newer one replaces it, so that the incumbent is served and the newcomer told to wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from voltaro.ports import Clock

WINDOW_S = 60.0


@dataclass(slots=True)
class _Count:
    since: float
    ends: int = 0
    held_until: float = 0.0


class Flapping:
    """Counts the ends of lines by identity; ``most`` in a minute and the identity is held for ``hold_s``.

    Only authenticated chargers are counted, and what is older than a minute is forgotten.
    """

    def __init__(self, clock: Clock, most: int, hold_s: float) -> None:
        self._clock = clock
        self._most = most
        self._hold_s = hold_s
        self._counts: dict[str, _Count] = {}
        self._tidied = clock.monotonic()

    def __len__(self) -> int:
        return len(self._counts)

    def ended(self, identity: str) -> bool:
        """A line of this charger has ended. True: with this one it is held."""
        now = self._clock.monotonic()
        if now - self._tidied >= WINDOW_S:
            self._tidy(now)
        count = self._counts.get(identity)
        if count is None or now - count.since >= WINDOW_S:
            held = 0.0 if count is None else count.held_until
            count = self._counts[identity] = _Count(now, held_until=held)
        count.ends += 1
        if count.ends < self._most or now < count.held_until:
            return False
        count.held_until = now + self._hold_s
        return True

    def held_s(self, identity: str) -> float:
        """How long the charger is still held; 0.0 when it is not."""
        count = self._counts.get(identity)
        return 0.0 if count is None else max(0.0, count.held_until - self._clock.monotonic())

    def _tidy(self, now: float) -> None:
        self._tidied = now
        for identity in [name for name, count in self._counts.items() if now - count.since >= WINDOW_S and now >= count.held_until]:
            del self._counts[identity]

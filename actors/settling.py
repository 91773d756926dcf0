"""When chargers are asked what we need to know of them: some seconds after they came, and never thousands in one moment."""

from __future__ import annotations

A_SECOND = 200
"""How many chargers begin to be asked within a second. Ten thousand that come back together are asked within a minute."""


class Settling:
    """Gives the chargers of a process their turns, one after the other."""

    __slots__ = ("_free_at",)

    def __init__(self) -> None:
        self._free_at = 0.0

    def wait_s(self, now: float) -> float:
        """How many seconds whoever asks at ``now`` (monotonic) is to wait; nothing unless many ask at once."""
        at = max(now, self._free_at)
        self._free_at = at + 1 / A_SECOND
        return at - now

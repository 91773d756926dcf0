"""What is odd about the frames of one line, counted on its way to the charger's actor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voltaro.domain.anomaly import Anomaly

MOST = 50
"""Different oddities that are counted between two sweeps."""


class Oddities:
    """The actor hears of the first at once, and of what follows with the next sweep: a charger that sends nothing but junk must not
    fill its mailbox."""

    __slots__ = ("_counts", "_message_id", "_tell")

    def __init__(self, tell: Callable[[Mapping[Anomaly, int], str | None], None]) -> None:
        """``tell`` takes how often each came, and the id of the newest call among them."""
        self._tell = tell
        self._counts: dict[Anomaly, int] | None = None
        self._message_id: str | None = None

    def note(self, anomaly: Anomaly, message_id: str | None, *, at_once: bool) -> None:
        """Count one; ``message_id`` where it is that of a call. ``at_once``: the actor is there."""
        self._message_id = message_id or self._message_id
        if self._counts is None:
            self._counts = {}
            if at_once:
                self._tell({anomaly: 1}, self._message_id)
                return
        if anomaly in self._counts or len(self._counts) < MOST:
            self._counts[anomaly] = self._counts.get(anomaly, 0) + 1

    def tell(self) -> None:
        """The sweep: tell what has gathered."""
        counts, self._counts = self._counts, None
        if counts:
            self._tell(counts, self._message_id)

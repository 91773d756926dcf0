"""What a fleet counts while it runs: messages, answers, errors, waiting times. Shared by all chargers of one fleet."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

_GROWTH = math.log(1.02)
_SMALLEST_S = 1e-5


class Latencies:
    """Waiting times in buckets that grow by 2 %: any number of them in little memory, quantiles right within 2 %."""

    __slots__ = ("_buckets", "count", "longest_s")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.longest_s = 0.0

    def add(self, seconds: float) -> None:
        self._buckets[int(math.log(max(seconds, _SMALLEST_S) / _SMALLEST_S) / _GROWTH)] += 1
        self.count += 1
        self.longest_s = max(self.longest_s, seconds)

    def quantile_s(self, share: float) -> float:
        """The waiting time that ``share`` of all stayed below; 0 when there are none."""
        rank, seen = share * self.count, 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= rank:
                return min(self.longest_s, _SMALLEST_S * math.exp((bucket + 0.5) * _GROWTH))
        return 0.0


@dataclass(slots=True)
class Tally:
    """Counters by name. ``sent`` and ``answered`` are by action, ``commands`` by action and the answer's status."""

    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """CALLERRORs by code, ``timeout`` for calls never answered, ``late`` for answers after their time-out."""
    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    dials: int = 0
    lines_opened: int = 0
    reconnects: int = 0
    """Lines opened again after an earlier one was lost."""
    lines_lost: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    """Dials that did not become a line, by reason."""
    boots: Counter[str] = field(default_factory=Counter)
    sessions_started: int = 0
    sessions_ended: int = 0
    sessions_begun: int = 0
    """Sessions whose start the central system acknowledged."""
    sessions_closed: int = 0
    """Sessions whose end the central system acknowledged."""
    energy_wh: int = 0
    """Of ended sessions, by their registers."""
    discarded: int = 0
    latencies: Latencies = field(default_factory=Latencies)

"""A limit on failed attempts: a bucket of failures a key, that refills with time. Success costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from voltaro.ports import Clock

MOST_KEYS = 10_000


@dataclass(slots=True)
class _Bucket:
    failures: float
    at: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """``burst`` failures at once, and one more every ``refill_s`` seconds."""

    burst: int
    refill_s: float


class Throttle:
    """Failures by key. The right password still passes until a key has spent its allowance, and again after a short wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, key: str, allowance: Allowance) -> int:
        """0 when an attempt may be judged now, else the seconds to wait."""
        bucket = self._drained(key, allowance)
        if bucket is None or bucket.failures <= allowance.burst - 1:
            return 0
        return max(1, round((bucket.failures - allowance.burst + 1) * allowance.refill_s))

    def failed(self, key: str, allowance: Allowance) -> None:
        """Count a failed attempt."""
        bucket = self._drained(key, allowance)
        if bucket is None:
            if len(self._buckets) >= MOST_KEYS:
                self._buckets.pop(next(iter(self._buckets)))
            bucket = self._buckets[key] = _Bucket(0, self._clock.monotonic())
        bucket.failures += 1

    def forgive(self, key: str) -> None:
        """Take one counted attempt back, because it was right."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.failures -= 1

    def _drained(self, key: str, allowance: Allowance) -> _Bucket | None:
        bucket = self._buckets.get(key)
        if bucket is None:
            return None
        now = self._clock.monotonic()
        bucket.failures -= (now - bucket.at) / allowance.refill_s
        bucket.at = now
        if bucket.failures <= 0:
            del self._buckets[key]
            return None
        return bucket

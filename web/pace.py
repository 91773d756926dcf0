"""How fast requests may come: a bucket of tokens for each principal, or for each address where nobody is signed in.

The bucket holds a minute's worth and refills evenly, so that a burst is served and a steady stream is held to the limit. What is left is
told in the headers of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from voltaro.ports import Clock
from web.problem import Problem

MOST_KEYS = 10_000
WINDOW_S = 60.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Pace:
    """One limit for many keys; ``per_minute`` 0 is no limit."""

    def __init__(self, clock: Clock, name: str, per_minute: int) -> None:
        self._clock = clock
        self._name = name
        self._most = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> dict[str, str]:
        """Count a request; the headers that tell what is left. Raises Problem 429 when nothing is."""
        if not self._most:
            return {}
        now = self._clock.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= MOST_KEYS:
                self._buckets.popitem(last=False)  # the one that was used longest ago, which is as good as full
            bucket = self._buckets[key] = _Bucket(self._most, now)
        else:
            self._buckets.move_to_end(key)
            bucket.tokens = min(self._most, bucket.tokens + (now - bucket.at) * self._most / WINDOW_S)
            bucket.at = now
        if bucket.tokens < 1:
            wait_s = math.ceil((1 - bucket.tokens) * WINDOW_S / self._most)
            detail = f"More than {self._most} requests a minute; try again in {wait_s} s."
            raise Problem(429, "too_many_requests", detail, headers={**self._told(bucket), "Retry-After": str(wait_s)})
        bucket.tokens -= 1
        return self._told(bucket)

    def _told(self, bucket: _Bucket) -> dict[str, str]:
        full_in_s = math.ceil((self._most - bucket.tokens) * WINDOW_S / self._most)
        return {
            "RateLimit-Policy": f'"{self._name}";q={self._most};w={WINDOW_S:.0f}',
            "RateLimit": f'"{self._name}";r={int(bucket.tokens)};t={full_in_s}',
        }


PACED = web.RequestKey("paced", dict[str, str])
"""What the headers of the answer tell of the limit."""

"""The limit on failed attempts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from web import throttle
from web.throttle import Allowance, Throttle

FIVE = Allowance(burst=5, refill_s=30)


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


def test_as_many_failures_as_allowed_then_a_wait() -> None:
    limit = Throttle(Watch())
    for _ in range(5):
        assert limit.wait_s("k", FIVE) == 0
        limit.failed("k", FIVE)
    assert limit.wait_s("k", FIVE) == 30


def test_an_allowance_comes_back_with_time() -> None:
    watch = Watch()
    limit = Throttle(watch)
    for _ in range(5):
        limit.failed("k", FIVE)
    watch.seconds = 30
    assert limit.wait_s("k", FIVE) == 0
    limit.failed("k", FIVE)
    assert limit.wait_s("k", FIVE) == 30


def test_keys_do_not_disturb_each_other() -> None:
    limit = Throttle(Watch())
    for _ in range(9):
        limit.failed("k", FIVE)
    assert limit.wait_s("other", FIVE) == 0


def test_a_right_attempt_is_given_back() -> None:
    limit = Throttle(Watch())
    for _ in range(50):
        assert limit.wait_s("k", FIVE) == 0
        limit.failed("k", FIVE)
        limit.forgive("k")


def test_the_memory_of_failures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_KEYS", 10)
    limit = Throttle(Watch())
    for number in range(100):
        limit.failed(f"k{number}", FIVE)
    assert len(limit._buckets) == 10

"""Time for virtual chargers: what o'clock it is, and being called when it is later. Tests bring their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from voltaro.ports import Clock


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None: ...


class Alarm(Clock, Protocol):
    """A clock that also rings."""

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call back once the monotonic clock shows ``when``."""
        ...


class LoopAlarm:
    """The real time, rung by the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        return self._loop.call_later(max(0.0, when - time.monotonic()), callback)


class WrongClock:
    """A charger's own idea of the time: ahead by ``ahead_s`` seconds, behind where that is negative. It rings when it should."""

    def __init__(self, right: Clock, ahead_s: float) -> None:
        self.right = right
        self.ahead_s = ahead_s

    def now(self) -> datetime:
        return self.right.now() + timedelta(seconds=self.ahead_s)

    def monotonic(self) -> float:
        return self.right.monotonic()


def stamp(at: datetime) -> str:
    """A timestamp as OCPP wants it: UTC, milliseconds, ``Z``."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A timestamp of the central system; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)

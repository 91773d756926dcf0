"""Time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time as an argument: UTC for what is recorded, monotonic seconds for what is waited for."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

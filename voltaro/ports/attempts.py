"""What the door remembers of who tried to connect. ``gateway/attempts.py`` implements it; the web shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voltaro.domain.attempt import Attempt


class ConnectionAttempts(Protocol):
    """The attempts that are remembered: some hundred, in memory, gone with the process."""

    def attempts(self) -> Sequence[Attempt]:
        """Newest first."""
        ...

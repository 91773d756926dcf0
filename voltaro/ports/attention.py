"""What lies between the web and what is stored of troubles: those that no live view shows, and those that are muted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from voltaro.domain.attention import Mute, Patience, Troubles


class AttentionStore(Protocol):
    """Every method may raise StoreUnavailable."""

    async def troubles(self, now: datetime, patience: Patience) -> Troubles: ...
    async def mutes(self, now: datetime) -> Sequence[Mute]: ...  # those that are not over
    async def mute(self, mute: Mute) -> None: ...  # replaces one of the same item
    async def unmute(self, item: str, by: str) -> bool: ...

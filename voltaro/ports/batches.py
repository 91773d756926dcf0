"""Batches as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from voltaro.domain.batch import Batch, BatchItem, BatchState
from voltaro.ports.rows import Page


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a batch with one charger. ``state`` is that of the item, or of the command that was sent."""

    position: int
    charger_id: str
    state: str
    command_id: str | None
    error: str | None
    detail: str | None
    response: Mapping[str, Any] | None


class BatchStore(Protocol):
    """The part of ``Store`` about batches. Every method may raise StoreUnavailable."""

    async def add_batch(self, batch: Batch, charger_ids: Sequence[str]) -> Sequence[BatchItem]:
        """Record a batch, with one audit entry; its items, those of unknown chargers failed already."""
        ...

    async def batch(self, batch_id: str) -> Batch | None: ...

    async def batches(self, *, limit: int, cursor: str | None = None) -> Page[Batch]:
        """Newest first. Raises BadCursor."""
        ...

    async def batch_counts(self, batch_ids: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """How many chargers have come how far, by batch and ``BatchResult.state``."""
        ...

    async def batch_results(self, batch_id: str, *, limit: int, cursor: str | None = None, states: Sequence[str] = ()) -> Page[BatchResult]:
        """In the order in which they were given. Raises BadCursor."""
        ...

    async def begin_items(self, batch_id: str, positions: Sequence[int]) -> None:
        """It is the turn of these: from now on nobody can say that nothing was done with them."""
        ...

    async def settle_items(self, batch_id: str, items: Sequence[BatchItem]) -> None:
        """What has come of these."""
        ...

    async def end_batch(self, batch_id: str, state: BatchState, now: datetime) -> None:
        """It is over; what waits is not sent."""
        ...

    async def interrupt_batches(self, now: datetime) -> int:
        """The server starts: batches that were running have ended with the one before. How many they were."""
        ...

    async def forget_batches(self, before: datetime) -> None:
        """Drop those that were made before."""
        ...

"""Stores that record otherwise than they should, so that a benchmark can tell what recording costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from persistence.store import PostgresStore
from voltaro.config import BenchStore
from voltaro.domain.fact import Fact, SessionEndReported, SessionStartReported, TransactionReported


def benched(store: PostgresStore, how: BenchStore) -> Any:
    """The store, recording as the benchmark wants it."""
    if how is BenchStore.NOTHING:
        return _WithoutRecording(store)
    return _Singly(store) if how is BenchStore.SINGLY else store


class _Singly:
    """A store that gives every fact a transaction of its own, so that a benchmark can tell what gathering them is worth."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        return [(await self._store.write([fact]))[0] for fact in facts]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _WithoutRecording:
    """A store that answers what chargers report without writing it, so that a benchmark can tell what recording costs.

    Starts, ends and transaction events are written: their answers need a session.
    """

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        needed = [fact for fact in facts if isinstance(fact, (SessionStartReported, SessionEndReported, TransactionReported))]
        written = iter(await self._store.write(needed)) if needed else iter(())
        return [
            next(written) if isinstance(fact, (SessionStartReported, SessionEndReported, TransactionReported)) else None for fact in facts
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

"""Many single questions to the store made one: what is asked while a fetch is under way goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST_AT_ONCE = 500


class Gathering(Generic[K, V]):
    """Asks ``fetch`` for all keys that have gathered. An exception of ``fetch`` goes to each who asked."""

    def __init__(self, fetch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._fetch = fetch
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, key: K) -> asyncio.Future[V | None]:
        """The value of ``key``, None when there is none. Who asks for the same key meanwhile shares the answer; who gives up
        (a charger that hangs up while it is looked up) leaves it to the others."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())
        return asyncio.shield(future)

    async def _drain(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST_AT_ONCE]
            futures = [self._waiting.pop(key) for key in keys]
            try:
                found = await self._fetch(keys)
            except asyncio.CancelledError:
                for future in futures:
                    future.cancel()
                raise
            except BaseException as error:  # noqa: BLE001 - it is handed to everyone who asked
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
                continue
            for key, future in zip(keys, futures, strict=True):
                if not future.done():
                    future.set_result(found.get(key))

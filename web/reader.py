"""One reader of the live stream: what waits for it, within bounds, and the deadline by which it must take it.

Rule 1: at most ``DEEPEST`` durable items of ``DEEPEST_BYTES`` together wait, and as many bytes of passing ones. Who is slower is
told to ``resync`` and hung up on: a reader that reads everything anew is safer than one with a silent hole.
Rule 2: of flashes with one key only the newest is kept; what finds no room is dropped, the next one shows as much.
Rule 3: every write has ``WRITE_S`` to be taken whole; a reader that is closed meanwhile is not waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

from voltaro.metrics import STREAM_RESYNCS
from web.auth import Principal

DEEPEST = 256
DEEPEST_BYTES = 256 * 1024
WRITE_S = 10.0
CHUNK = 64 * 1024
"""About how much is written at once; a larger item goes whole."""

RESYNC = b"event: resync\ndata: {}\n\n"


class Sink(Protocol):
    """Where a reader's bytes go; ``write`` waits until the other side, or the system for it, has taken them."""

    async def write(self, chunk: bytes) -> None: ...


class Reader:
    """One open stream. ``topics`` empty means everything but messages; ``denied`` are event families it may not see."""

    def __init__(self, owner: Principal, topics: frozenset[str], denied: frozenset[str], gone: Callable[[], bool]) -> None:
        self.owner = owner
        self.topics = topics
        self.last_id = 0
        self.closed = False
        self._denied = denied
        self._gone = gone
        self._durable: deque[bytes] = deque()
        self._durable_bytes = 0
        self._loose: deque[bytes] = deque()
        self._latest: dict[str, bytes] = {}
        self._passing_bytes = 0
        self._wake = asyncio.Event()
        self._overflown = False
        self._writing: asyncio.Timeout | None = None

    def __repr__(self) -> str:
        return f"Reader({self.owner.name!r}, {sorted(self.topics)}, last_id={self.last_id}, waiting={len(self._durable)})"

    @property
    def waiting_bytes(self) -> int:
        """What is kept for it."""
        return self._durable_bytes + self._passing_bytes

    def wants(self, type: str, topics: tuple[str, ...]) -> bool:
        """Whether an item of this type under these topics is for this reader."""
        family = type.partition(".")[0]
        if family in self._denied:
            return False
        return any(topic in self.topics for topic in topics) if self.topics else family != "message"

    def give(self, event_id: int, item: bytes | None) -> None:
        """Take a durable event from the pump; ``item`` None is one that is not for this reader."""
        if event_id <= self.last_id or self._overflown:
            return
        self.last_id = event_id
        if item is None:
            return
        waiting = len(self._durable)
        if waiting >= DEEPEST or (waiting and self._durable_bytes + len(item) > DEEPEST_BYTES):
            self.resync()
            return
        self._durable.append(item)
        self._durable_bytes += len(item)
        self._wake.set()

    def resync(self) -> None:
        """Tell the reader to read everything anew, and end."""
        if not self._overflown:
            self._overflown = True
            STREAM_RESYNCS.inc()
            self._durable.clear()
            self._latest.clear()
            self._loose.clear()
            self._durable_bytes = self._passing_bytes = 0
            self._wake.set()

    def flash(self, key: str, item: bytes) -> None:
        """Take a passing item, if there is room."""
        if self._overflown:
            return
        replaced = self._latest.get(key, b"") if key else b""
        grown = self._passing_bytes + len(item) - len(replaced)
        if not replaced and ((self._passing_bytes and grown > DEEPEST_BYTES) or (not key and len(self._loose) >= DEEPEST)):
            return
        if key:
            self._latest[key] = item
        else:
            self._loose.append(item)
        self._passing_bytes = grown
        self._wake.set()

    def close(self) -> None:
        """End the stream, also one that waits for its other side to read."""
        self.closed = True
        self._wake.set()
        if self._writing is not None and not self._writing.expired():
            self._writing.reschedule(0.0)

    def check(self) -> None:
        """Close when the other side has gone."""
        if not self.closed and self._gone():
            self.close()

    async def write(self, sink: Sink, chunk: bytes) -> None:
        """Raises TimeoutError when the other side does not read: in time, or until the stream was closed."""
        try:
            async with asyncio.timeout(WRITE_S) as self._writing:
                await sink.write(chunk)
        finally:
            self._writing = None

    async def next_chunk(self, within_s: float) -> bytes:
        """What waits, as one piece; empty when nothing came in time. Passing items first: a durable one may end what they tell of."""
        if not self._wake.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._wake.wait()
        self._wake.clear()
        if self._overflown:
            self.closed = True
            return RESYNC
        items: list[bytes] = []
        length = 0
        while (self._latest or self._loose) and length < CHUNK:
            item = self._latest.pop(next(iter(self._latest))) if self._latest else self._loose.popleft()
            self._passing_bytes -= len(item)
            length += len(item)
            items.append(item)
        while self._durable and length < CHUNK:
            item = self._durable.popleft()
            self._durable_bytes -= len(item)
            length += len(item)
            items.append(item)
        if self._latest or self._loose or self._durable:
            self._wake.set()
        return b"".join(items)

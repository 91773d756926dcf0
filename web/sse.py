"""The live stream: durable events from the store, passing ones from the living, fanned out to every reader (server-sent events).

How nothing is missed and nothing told twice. Durable ids only grow as readers see them. A reader first reads the store
from where it stands until it has caught up with the pump, and is attached in the same turn of the loop; from then on the
pump gives it every event with a larger id than its last.

Rule 1: an item is encoded once, not once a reader. What may wait for one reader, ``web/reader.py`` says.
Rule 2: what waits for the next round of flashes is bounded too: one a key, and ``LOOSE_BYTES`` of those without.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import NamedTuple, Protocol

import msgspec
import structlog

from voltaro.domain.event import Event, Flash, topics_of
from voltaro.metrics import STREAM_READERS, STREAM_RESYNCS
from voltaro.ports import StoreUnavailable
from web.auth import Principal
from web.reader import CHUNK, RESYNC, Reader, Sink

log = structlog.get_logger("voltaro.web.sse")

LONGEST_RESUME = 10_000
LOOSE_BYTES = 1024 * 1024
FLUSH_S = 0.25
COMMENT_S = 15.0
RECHECK_S = 4.0
"""Notices of changed tokens and users are looked at when they come; this is for one that was lost, and for what expires."""
_PAGE = 64
"""A quarter of what a reader may hold: it has its turn before the next."""
_PUMP_PAUSE_S = 0.05
_AWAY_S = 1.0
_ENDED_KEPT = 2048
_FLUSH_SLICE = 100
_NEW_S = 2.0

COMMENT = b": still here\n\n"

Work = Callable[[], Coroutine[None, None, None]]
StillHolds = Callable[[Principal], Awaitable[bool]]


class EventLog(Protocol):
    """The part of ``ports.Store`` that the stream reads."""

    async def events_after(self, event_id: int, *, limit: int) -> Iterable[Event]: ...
    async def first_event_id(self) -> int: ...
    async def last_event_id(self) -> int: ...


class _Passing(NamedTuple):
    """A flash that waits for the next round; those without a key are encoded when they come, so that their bytes are known."""

    flash: Flash
    item: bytes | None = None


class LiveStream:
    """The shared pump and its readers; implements ``ports.Announcer``. ``start`` and ``stop`` belong to the application."""

    def __init__(self, store: EventLog) -> None:
        self._store = store
        self._readers: set[Reader] = set()
        self._attached: set[Reader] = set()
        self._last = 0
        self._newest_at = float("-inf")
        self._rung = asyncio.Event()
        self._latest: dict[str, Flash] = {}
        self._loose: deque[_Passing] = deque()
        self._loose_bytes = 0
        self._ended: dict[int, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubted = asyncio.Event()
        self._still_holds: StillHolds = _always

    @property
    def readers(self) -> frozenset[Reader]:
        return frozenset(self._readers)

    # Announcer

    def flash(self, flash: Flash) -> None:
        """Show a passing event to who is looking; costs nothing when nobody is."""
        if not self._attached:
            return
        if flash.key:
            self._latest[flash.key] = flash
            return
        item = _encode_flash(flash)
        if not self._loose or self._loose_bytes + len(item) <= LOOSE_BYTES:
            self._loose.append(_Passing(flash, item))
            self._loose_bytes += len(item)

    def is_watched(self) -> bool:
        return bool(self._attached)

    def has_newcomers(self) -> bool:
        return self.is_watched() and asyncio.get_running_loop().time() - self._newest_at < _NEW_S

    def ring(self) -> None:
        """New durable events are committed."""
        self._rung.set()

    # Life

    def start(self, still_holds: StillHolds) -> None:
        """Begin to pump; call it on the running loop. ``still_holds`` says whether a reader's owner would get in now."""
        self._still_holds = still_holds
        self._keep_running(self._pump)
        self._keep_running(self._flush)
        self._keep_running(self._recheck)

    def doubt(self) -> None:
        """Tokens or users have changed: look soon whether every reader may still read."""
        self._doubted.set()

    def admit(self, reader: Reader, most: int) -> bool:
        """Count a reader in before anything is waited for on its behalf; False: its owner has ``most`` streams already."""
        if sum(other.owner.key == reader.owner.key for other in self._readers) >= most:
            return False
        self._readers.add(reader)
        STREAM_READERS.set(len(self._readers))
        return True

    def dismiss(self, reader: Reader) -> None:
        """The reader's stream is over."""
        reader.closed = True
        self._attached.discard(reader)
        self._readers.discard(reader)
        STREAM_READERS.set(len(self._readers))

    async def stop(self) -> None:
        """Hang up on every reader and end."""
        for reader in self._readers:
            reader.close()
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def serve(self, reader: Reader, sink: Sink, resume_after: int | None) -> None:
        """Write to ``sink`` what is for ``reader`` until it is closed or has overflown.

        ``resume_after`` is the last id the reader has seen; None starts now, and the first bytes tell it which id "now" is.
        Raises StoreUnavailable before anything is written, ConnectionError when the other side has gone, TimeoutError when
        it does not read: then hang up without another word.
        """
        self._readers.add(reader)
        try:
            first, last = await self._store.first_event_id(), await self._store.last_event_id()
            reader.last_id = last if resume_after is None else resume_after
            too_old = resume_after is not None and (resume_after > last or resume_after < first - 1 or last - resume_after > LONGEST_RESUME)
            await reader.write(sink, b"retry: 2000\n\n" if resume_after is not None else b"retry: 2000\nid: %d\n\n" % last)
            if too_old:
                STREAM_RESYNCS.inc()
                await reader.write(sink, b"id: %d\n" % last + RESYNC)
                reader.last_id = last
            await self._catch_up(reader, sink)
            await self._feed(reader, sink)
        finally:
            self.dismiss(reader)

    async def _catch_up(self, reader: Reader, sink: Sink) -> None:
        while not reader.closed:
            reached = self._last
            try:
                events = list(await self._store.events_after(reader.last_id, limit=_PAGE))
            except StoreUnavailable:
                await reader.write(sink, COMMENT)
                await asyncio.sleep(_AWAY_S)
                continue
            await self._write_events(reader, sink, events)
            if events:
                reader.last_id = events[-1].id
            if len(events) < _PAGE:
                # It has all there is. Where that ends before what the pump had given out, the rest is no longer kept.
                reader.last_id = max(reader.last_id, reached)
            if reader.last_id >= self._last and (self._attached or len(events) < _PAGE):
                # Nothing is awaited between this judgement and the attachment: what the pump gives next is newer.
                if not self._attached:
                    self._last = reader.last_id
                self._attached.add(reader)
                self._newest_at = asyncio.get_running_loop().time()
                self._rung.set()
                return

    async def _write_events(self, reader: Reader, sink: Sink, events: Iterable[Event]) -> None:
        """Events of the store, some ``CHUNK`` at a time."""
        chunk = b""
        for event in events:
            if reader.wants(event.type, topics_of(event)):
                chunk += _encode_event(event)
            if len(chunk) >= CHUNK:
                await reader.write(sink, chunk)
                chunk = b""
        if chunk:
            await reader.write(sink, chunk)

    async def _feed(self, reader: Reader, sink: Sink) -> None:
        loop = asyncio.get_running_loop()
        comment_at = loop.time() + COMMENT_S
        while not reader.closed:
            chunk = await reader.next_chunk(max(0.0, comment_at - loop.time()))
            if loop.time() >= comment_at:
                comment_at = loop.time() + COMMENT_S
                chunk += COMMENT
            if chunk:
                await reader.write(sink, chunk)

    async def _events_after(self, event_id: int) -> list[Event]:
        """A page of events; waits while the database is away."""
        while True:
            try:
                return list(await self._store.events_after(event_id, limit=_PAGE))
            except StoreUnavailable:
                await asyncio.sleep(_AWAY_S)

    def _keep_running(self, work: Work) -> None:
        """Run ``work``. When it fails, which is our fault, the log says so, every reader reads anew, and it runs again."""

        def ended(task: asyncio.Task[None]) -> None:
            if task not in self._tasks:
                return
            self._tasks.discard(task)
            if not task.cancelled():
                log.error("stream.failed", task=task.get_name(), exc_info=task.exception())
                for reader in self._readers:
                    reader.resync()
                self._keep_running(work)

        task = asyncio.create_task(work(), name=f"stream{work.__name__}")
        self._tasks.add(task)
        task.add_done_callback(ended)

    async def _recheck(self) -> None:
        """Hang up on readers whose token was revoked, whose login ended, or who may do less than when they came."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_S):
                    await self._doubted.wait()
            self._doubted.clear()
            for owner in {reader.owner for reader in self._readers}:
                try:
                    holds = await self._still_holds(owner)
                except StoreUnavailable:
                    self._doubted.set()
                    await asyncio.sleep(_AWAY_S)
                    break
                for reader in () if holds else tuple(self._readers):
                    if reader.owner == owner:
                        reader.close()

    async def _pump(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            while self._attached:
                events = await self._events_after(self._last)
                for event in events:
                    self._hand_out(event)
                if len(events) < _PAGE:
                    break
            # Rings come as fast as commits; one look at the store serves all of a moment.
            await asyncio.sleep(_PUMP_PAUSE_S)

    def _hand_out(self, event: Event) -> None:
        if event.type == "session.ended" and event.session_id is not None:
            self._ended[event.session_id] = None
            if len(self._ended) > _ENDED_KEPT:
                del self._ended[next(iter(self._ended))]
        topics = topics_of(event)
        item: bytes | None = None
        for reader in self._attached:
            if reader.wants(event.type, topics):
                if item is None:
                    item = _encode_event(event)
                reader.give(event.id, item)
            else:
                reader.give(event.id, None)
        self._last = max(self._last, event.id)

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            for reader in tuple(self._readers):
                reader.check()
            latest, loose = self._latest, tuple(self._loose)
            self._latest = {}
            self._loose.clear()
            self._loose_bytes = 0
            for count, passing in enumerate((*map(_Passing, latest.values()), *loose), start=1):
                if not (passing.flash.type == "session.updated" and passing.flash.session_id in self._ended):
                    self._show(passing)
                if count % _FLUSH_SLICE == 0:
                    await asyncio.sleep(0)

    def _show(self, passing: _Passing) -> None:
        flash, item = passing
        topics = topics_of(flash)
        for reader in self._attached:
            if reader.wants(flash.type, topics):
                if item is None:
                    item = _encode_flash(flash)
                reader.flash(flash.key, item)


async def _always(_: Principal) -> bool:
    return True


def _encode_event(event: Event) -> bytes:
    data = {**event.data, "at": event.at, **_whose(event)}
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.id, event.type.encode(), _JSON.encode(data))


def _encode_flash(flash: Flash) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (flash.type.encode(), _JSON.encode({**flash.data, **_whose(flash)}))


def _whose(item: Event | Flash) -> dict[str, object]:
    whose: dict[str, object] = {}
    if item.charger_id is not None:
        whose["charger_id"] = item.charger_id
    if item.session_id is not None:
        whose["session_id"] = item.session_id
    return whose


_JSON = msgspec.json.Encoder()

"""The chaos proxy: a TCP link that can be slow, silent, thin, cut, half closed, or cut at a chosen moment.

Whoever is served connects to ``port`` on loopback; ``target`` is a TCP address, the path of a Unix socket, or None for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

Target = tuple[str, int] | str | None

_CHUNK = 65536


class ResetNow(Exception):
    """The moment has come: the link is reset, and what is in hand is not passed on."""


class Watch(Protocol):
    """Looks at what the target sends on one link."""

    def pass_on(self, data: bytes) -> bytes:
        """What may be passed on now. Raises ResetNow."""


@dataclass(slots=True)
class Weather:
    """What the link is like: seconds added to each chunk, bytes a second, and whether anything comes through at all."""

    latency_s: float = 0.0
    bytes_per_s: float | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """An asynchronous context manager."""

    def __init__(self, target: Target = None, watch: Callable[[], Watch] | None = None) -> None:
        self.target = target
        self.weather = Weather()
        self.weather.open.set()
        self.resets = 0
        self._watch = watch
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        self.black_hole(False)
        links = tuple(self._links)
        for link in links:
            link.reset()
        await asyncio.gather(*(link.over.wait() for link in links))
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def black_hole(self, swallows: bool) -> None:
        """Let nothing through any more, in neither direction, without a word; what was sent comes through when it ends."""
        if swallows:
            self.weather.open.clear()
        else:
            self.weather.open.set()

    def reset_all(self) -> None:
        """Cut all links as a power cut of a router does (RST)."""
        for link in tuple(self._links):
            link.reset()

    def half_close_all(self) -> None:
        """End what the target says on all links, and leave the other direction open."""
        for link in tuple(self._links):
            link.half_close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.weather.open.wait()
            if self.target is None:
                raise ConnectionRefusedError
            if isinstance(self.target, str):
                up_reader, up_writer = await asyncio.open_unix_connection(self.target)
            else:
                up_reader, up_writer = await asyncio.open_connection(*self.target)
        except OSError:
            _abort(writer)
            return
        link = _Link(self, writer, up_writer)
        self._links.add(link)
        try:
            watch = self._watch() if self._watch is not None else None
            await asyncio.gather(link.pump(reader, up_writer, None), link.pump(up_reader, writer, watch))
        finally:
            self._links.discard(link)
            link.end()
            link.over.set()


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, target: asyncio.StreamWriter) -> None:
        self.over = asyncio.Event()
        self._proxy = proxy
        self._client = client
        self._target = target
        self._cut = False
        self._half_closed = False

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, watch: Watch | None) -> None:
        weather = self._proxy.weather
        try:
            while data := await reader.read(_CHUNK):
                if watch is not None:
                    data = watch.pass_on(data)
                delay_s = weather.latency_s + (len(data) / weather.bytes_per_s if weather.bytes_per_s else 0.0)
                if delay_s:
                    await asyncio.sleep(delay_s)
                await weather.open.wait()
                if self._cut:
                    return
                if self._half_closed and writer is self._client:
                    continue
                writer.write(data)
                await writer.drain()
            if not writer.is_closing():
                writer.write_eof()
        except ResetNow:
            self._proxy.resets += 1
            self.reset()
        except OSError:
            self.reset()

    def reset(self) -> None:
        self._cut = True
        _abort(self._client)
        _abort(self._target)

    def half_close(self) -> None:
        self._half_closed = True
        with contextlib.suppress(OSError):
            self._client.write_eof()

    def end(self) -> None:
        self._client.close()
        self._target.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with RST where the transport knows such a thing."""
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Ambush:
    """When a watched link is to be reset: at the ``after``-th moment from ``arm`` on."""

    def __init__(self) -> None:
        self.sprung = asyncio.Event()
        self._left = 0

    def arm(self, after: int) -> None:
        self.sprung.clear()
        self._left = after

    def strikes(self) -> bool:
        if not self._left:
            return False
        self._left -= 1
        if not self._left:
            self.sprung.set()
            return True
        return False


_WRITING = frozenset({b"COMMIT", b"INSERT", b"UPDATE", b"DELETE", b"MERGE", b"COPY"})


class CommitWatch:
    """Knows PostgreSQL's protocol: the moment is when it has committed and its client has not heard so.

    A commit shows as the completion of a writing statement (COMMIT too) followed by ReadyForQuery with the state idle. What comes
    from the one to the other is held back, so that COMMIT, a statement that is its own transaction and a pipeline look alike.
    """

    def __init__(self, ambush: Ambush) -> None:
        self._ambush = ambush
        self._unread = bytearray()
        self._held = bytearray()

    def pass_on(self, data: bytes) -> bytes:
        self._unread += data
        out = bytearray()
        while len(self._unread) >= 5:
            size = 1 + int.from_bytes(self._unread[1:5], "big")
            if len(self._unread) < size:
                break
            message = bytes(self._unread[:size])
            del self._unread[:size]
            kind, body = message[:1], message[5:]
            wrote = kind == b"C" and body.rstrip(b"\0").split(b" ")[0] in _WRITING
            if not (wrote or self._held):
                out += message
                continue
            self._held += message
            if kind == b"Z":
                if body == b"I" and self._ambush.strikes():
                    raise ResetNow
                out += self._held
                self._held.clear()
        return bytes(out)


class MessageWatch:
    """Knows WebSocket: the moment is a text of the server, which the charger then does not hear."""

    def __init__(self, ambush: Ambush) -> None:
        self._ambush = ambush
        self._unread = bytearray()
        self._upgraded = False

    def pass_on(self, data: bytes) -> bytes:
        self._unread += data
        out = bytearray()
        if not self._upgraded:
            end = self._unread.find(b"\r\n\r\n") + 4
            if end == 3:
                return b""
            self._upgraded = True
            out += self._unread[:end]
            del self._unread[:end]
        while len(self._unread) >= 2:
            size = self._unread[1] & 0x7F
            head = 2 if size < 126 else 4 if size == 126 else 10
            if len(self._unread) < head:
                break
            whole = head + (size if head == 2 else int.from_bytes(self._unread[2:head], "big"))
            if len(self._unread) < whole:
                break
            if self._unread[0] & 0x0F == 1 and self._ambush.strikes():
                raise ResetNow
            out += self._unread[:whole]
            del self._unread[:whole]
        return bytes(out)

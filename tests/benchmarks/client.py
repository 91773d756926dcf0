"""The client end of one WebSocket, frames written by hand so that the load generator stays cheaper than any server.

Rule 1: the masking key is four zero bytes. That is a legal key, the server unmasks as always, and masking costs us nothing.
Rule 2: no extension is offered, so nothing is compressed in any variant.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any

TEXT, CLOSE, PING = 0x81, 0x88, 0x89
"""First bytes of whole frames (FIN set, no extension bits)."""

ZERO_MASK = b"\0\0\0\0"
ACCEPTED = b"HTTP/1.1 101 "


class Refused(Exception):
    """The server did not answer the upgrade with 101; the message is its status line."""


def text_frame(payload: bytes) -> bytes:
    """``payload`` as one masked text frame."""
    length = len(payload)
    if length < 126:
        return b"\x81" + bytes((0x80 | length,)) + ZERO_MASK + payload
    if length < 0x10000:
        return struct.pack("!BBH", TEXT, 0x80 | 126, length) + ZERO_MASK + payload
    return struct.pack("!BBQ", TEXT, 0x80 | 127, length) + ZERO_MASK + payload


class Client(asyncio.Protocol):
    """One WebSocket. Subclasses hear ``text_received`` for every message and ``closed`` once, when it is over."""

    def __init__(self, path: str, host: str) -> None:
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dm9sdGFybyBiZW5jaG1hcg==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        ).encode()
        self._pending = b""
        self._transport: Any = None
        self._upgraded = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def text_received(self, payload: bytes) -> None:
        raise NotImplementedError

    def closed(self) -> None:
        raise NotImplementedError

    def send_text(self, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            self._transport.write(b"\x81" + bytes((0x80 | length,)) + ZERO_MASK + payload)
        else:
            self._transport.write(text_frame(payload))

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError("closed during the upgrade"))
        self.closed()

    def data_received(self, data: bytes) -> None:
        if not self._upgraded:
            head, end, data = (self._pending + data).partition(b"\r\n\r\n")
            if not end:
                self._pending = head
                return
            self._pending = b""
            if not head.startswith(ACCEPTED):
                if not self.opened.done():
                    self.opened.set_exception(Refused(head.partition(b"\r\n")[0].decode("latin-1")))
                self.abort()
                return
            self._upgraded = True
            if not self.opened.done():
                self.opened.set_result(None)
            if not data:
                return
        elif self._pending:
            data = self._pending + data
            self._pending = b""
        # Nearly always: one whole short text frame.
        if data[0] == TEXT and len(data) > 1 and data[1] < 126 and len(data) == 2 + data[1]:
            self.text_received(data[2:])
            return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        at, end = 0, len(data)
        while end - at >= 2:
            length, body = data[at + 1], at + 2
            if length == 126:
                if end - at < 4:
                    break
                length, body = struct.unpack_from("!H", data, at + 2)[0], at + 4
            elif length == 127:
                if end - at < 10:
                    break
                length, body = struct.unpack_from("!Q", data, at + 2)[0], at + 10
            if end - body < length:
                break
            self._frame(data[at], data[body : body + length])
            at = body + length
        self._pending = data[at:]

    def _frame(self, first: int, payload: bytes) -> None:
        if first == TEXT:
            self.text_received(payload)
        elif first == PING:
            self._transport.write(bytes((0x8A, 0x80 | len(payload))) + ZERO_MASK + payload)
        elif first == CLOSE:
            self._transport.write(bytes((CLOSE, 0x80 | len(payload))) + ZERO_MASK + payload)
            self._transport.close()
        elif first != 0x8A:
            raise ValueError(f"The server sent a frame that begins with {first:#x}; none of the servers measured here fragments")

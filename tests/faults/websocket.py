"""A WebSocket over plain streams: pings are answered, and it is said how the line ended."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import struct

from tests.websocket import basic, masked, next_frame, upgrade

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ABNORMAL = 1006


class LineLost(Exception):
    """The line is gone; ``code`` is the server's close code, or 1006."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed {code}")
        self.code = code


class Refused(Exception):
    """The upgrade was answered with another status than 101."""

    def __init__(self, status: int, retry_after_s: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after_s = retry_after_s


class WebSocket:
    """One connection. Not for two readers or two writers at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def dial(cls, host: str, port: int, path: str, protocol: str, password: str | None = None) -> WebSocket:
        """Raises Refused, LineLost, OSError."""
        reader, writer = await asyncio.open_connection(host, port)
        try:
            key = base64.b64encode(os.urandom(16))
            headers = [] if password is None else [basic(path.rsplit("/", 1)[-1], password)]
            writer.write(upgrade(path, *headers, protocol=protocol, host=f"{host}:{port}", key=key.decode()))
            head = await reader.readuntil(b"\r\n\r\n")
            status, told = _head(head)
            if status != 101:
                raise Refused(  # noqa: TRY301 - the connection is closed below in any case
                    status, float(told["retry-after"]) if told.get("retry-after", "").isdigit() else None
                )
            expected = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
            assert told["sec-websocket-accept"] == expected, "the server answered another key"
            assert told.get("sec-websocket-protocol") == protocol, "the server chose another protocol"
        except asyncio.IncompleteReadError as error:
            await _away(writer)
            raise LineLost(ABNORMAL) from error
        except BaseException:
            await _away(writer)
            raise
        return cls(reader, writer)

    def send(self, text: str) -> None:
        self._frame(TEXT, text.encode())

    async def receive(self) -> str:
        """The next text; pings are answered meanwhile. Raises LineLost."""
        text = b""
        while True:
            try:
                first, data = await next_frame(self._reader)
            except (OSError, asyncio.IncompleteReadError) as error:
                raise LineLost(ABNORMAL) from error
            opcode = first & 0x0F
            if opcode == PING:
                self._frame(PONG, data)
            elif opcode == CLOSE:
                self._frame(CLOSE, data[:2])
                raise LineLost(struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005)
            elif opcode != PONG:
                text += data
                if first & 0x80:
                    return text.decode()

    async def close(self, code: int | None = None) -> None:
        if code is not None:
            self._frame(CLOSE, struct.pack(">H", code))
        await _away(self._writer)

    def _frame(self, opcode: int, data: bytes) -> None:
        self._writer.write(masked(opcode, data))


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = (line.partition(":") for line in lines if line)
    return int(status.split(" ", 2)[1]), {name.strip().lower(): value.strip() for name, _, value in headers}


async def _away(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

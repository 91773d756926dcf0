"""A WebSocket client's bytes by hand (RFC 6455): the upgrade request and frames, right or wrong, and nothing of the server's."""

from __future__ import annotations

import asyncio
import base64
import os
import struct

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
ZERO_MASK = b"\0\0\0\0"
"""A mask that is legal and free."""


def upgrade(path: str = "/CP1", *headers: str, protocol: str | None = "ocpp1.6", host: str = "csms", key: str = KEY) -> bytes:
    """A WebSocket upgrade request."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {protocol}"] if protocol is not None else []),
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def basic(user: str, password: str | bytes) -> str:
    """The header of a charger's password (RFC 7617)."""
    secret = password.encode() if isinstance(password, str) else password
    return "Authorization: Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


def masked(opcode: int, payload: bytes, *, fin: bool = True, packed: bool = False, mask: bytes | None = None) -> bytes:
    """A client's frame. ``packed``: compressed by permessage-deflate (RFC 7692)."""
    mask = os.urandom(4) if mask is None else mask
    first, length = (0x80 if fin else 0) | (0x40 if packed else 0) | opcode, len(payload)
    if mask != ZERO_MASK:
        stretched = (mask * (length // 4 + 1))[:length]
        payload = (int.from_bytes(payload) ^ int.from_bytes(stretched)).to_bytes(length)
    if length < 126:
        return struct.pack("!BB", first, 0x80 | length) + mask + payload
    if length < 65536:
        return struct.pack("!BBH", first, 0xFE, length) + mask + payload
    return struct.pack("!BBQ", first, 0xFF, length) + mask + payload


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first byte of the server's next frame, and its payload. Raises IncompleteReadError at the end."""
    first, length = await reader.readexactly(2)
    if length == 126:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", await reader.readexactly(8))
    return first, await reader.readexactly(length)

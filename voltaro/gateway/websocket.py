"""The ``websockets`` package's sans-I/O protocol as the gateway uses it: no choice of its own, frugal compression, no talk."""

from __future__ import annotations

import logging

from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_log = logging.getLogger("voltaro.gateway.websockets")
_log.setLevel(logging.WARNING)  # at DEBUG the package logs every header, and so every password

DEFLATE = (
    ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=11,
        client_max_window_bits=12,
        compress_settings={"level": 1, "memLevel": 4},
    ),
)
"""Offered to whoever asks (RFC 7692), never required. Context takeover would keep about 45 KiB a line; OCPP messages are
short, so a small window loses next to nothing."""


class WebSocket(ServerProtocol):
    """One WebSocket, without any I/O."""

    def __init__(self, max_size: int) -> None:
        super().__init__(extensions=DEFLATE, max_size=max_size, logger=_log)

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        """The reception chooses: the package answers 400 where none is common, which breaks TR-07."""
        return None


def lone_text(data: bytes) -> bytes | None:
    """The payload of ``data`` when it is exactly one whole text frame of a client, else None: then the package parses it.

    Nearly every message comes so, and reading it here costs a fifth. Whoever calls must know that no frame is half read.
    """
    if len(data) < 6 or data[0] != 0x81 or data[1] < 0x80:
        return None
    length, start = data[1] & 0x7F, 6
    if length == 126 and len(data) >= 8:
        length, start = (data[2] << 8) | data[3], 8
        if length < 126:
            return None
    elif length > 125:
        return None
    if len(data) != start + length:
        return None
    return apply_mask(data[start:], data[start - 4 : start])


def text_frame(message: bytes) -> bytes:
    """A final, unmasked text frame (RFC 6455 section 5.2): what ``send_text`` comes to, at a quarter of its cost."""
    length = len(message)
    if length < 126:
        return b"\x81%c%b" % (length, message)
    if length < 65536:
        return b"\x81\x7e%b%b" % (length.to_bytes(2), message)
    return b"\x81\x7f%b%b" % (length.to_bytes(8), message)

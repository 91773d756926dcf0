"""Compression of messages (RFC 7692): offered to whoever asks, never required, and without memory between messages."""

from __future__ import annotations

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

DEFLATE = (
    ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=11,
        client_max_window_bits=12,
        compress_settings={"level": 1, "memLevel": 4},
    ),
)
"""Context takeover would keep about 45 KiB a line. OCPP messages are short: a small window loses next to nothing."""

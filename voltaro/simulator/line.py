"""A charger's end of a WebSocket: the ``websockets`` package's sans-I/O protocol on an asyncio transport, no tasks.

A task and a connection object a charger would cost three times the memory; here a line is one object and its transport.
Nothing is buffered on our side: a charger has one CALL and the answer to one command under way, so writes stay small.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import quote

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

LARGEST_MESSAGE = 1 << 20
_SILENT = logging.getLogger("voltaro.simulator.websockets")
_SILENT.setLevel(logging.CRITICAL)
_DEFLATE = ClientPerMessageDeflateFactory(client_no_context_takeover=True, server_no_context_takeover=True)


class Ear(Protocol):
    """Who is told what the line hears."""

    def line_opened(self, line: Line) -> None: ...

    def message_heard(self, line: Line, text: bytes) -> None: ...

    def line_closed(self, line: Line, reason: str, retry_after_s: float | None) -> None:
        """Told exactly once, also when the handshake failed; ``retry_after_s`` is a refusing server's wish."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where and as whom to dial."""

    uri: WebSocketURI
    protocol: str
    identity: str
    compression: bool = False
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, url: str, identity: str, protocol: str, *, compression: bool = False, tls: ssl.SSLContext | None = None) -> Address:
        """The identity is percent-encoded and becomes the last segment of ``url`` (OCPP-J section 3.1.1)."""
        uri = parse_uri(f"{url.rstrip('/')}/{quote(identity, safe='')}")
        if uri.secure and tls is None:
            tls = ssl.create_default_context()
        return cls(uri, protocol, identity, compression, tls)

    def credentials(self, password: bytes) -> str:
        """Basic authentication; a password need not be text."""
        return "Basic " + base64.b64encode(self.identity.encode() + b":" + password).decode()


class Line(asyncio.Protocol):
    """One WebSocket connection, from dialing to the end."""

    __slots__ = ("_ear", "_fragments", "_opened", "_pinged", "_protocol", "_request", "_retry_after_s", "_told", "_transport", "reason")

    def __init__(self, address: Address, password: bytes | None, ear: Ear) -> None:
        self._protocol = ClientProtocol(
            address.uri,
            subprotocols=[Subprotocol(address.protocol)],
            extensions=[_DEFLATE] if address.compression else None,
            max_size=LARGEST_MESSAGE,
            logger=_SILENT,
        )
        self._ear = ear
        self._transport: asyncio.Transport | None = None
        self._fragments: list[bytes] = []
        self._opened = False
        self._pinged = False
        self._told = False
        self._retry_after_s: float | None = None
        self.reason = ""
        request = self._protocol.connect()
        if password is not None:
            request.headers["Authorization"] = address.credentials(password)
        self._request = request

    # --- The charger speaks

    def send(self, text: bytes) -> None:
        """Send one text message; a line that is already closing takes it in silence."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def ping(self) -> None:
        """Ping; the wire is cut where the ping before was never answered."""
        if self._pinged and self._protocol.state is State.OPEN:
            self.abort("no pong")
        elif self._protocol.state is State.OPEN:
            self._pinged = True
            self._protocol.send_ping(b"")
            self._flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and wait for the other end to; the caller aborts if it never does."""
        self.reason = self.reason or "closed by the charger"
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        else:
            self.abort()

    def abort(self, reason: str = "closed by the charger") -> None:
        """Cut the wire."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's derives from no class of asyncio
        self._protocol.send_request(self._request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._flush()
        self._hear()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()
        self._hear()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._protocol.state is not State.CLOSED:
            self._protocol.receive_eof()
        if not self._told:
            self._told = True
            self._ear.line_closed(self, self._why(exc), self._retry_after_s)

    @property
    def connected(self) -> bool:
        """Whether there is or was a TCP connection."""
        return self._transport is not None

    @property
    def opened(self) -> bool:
        """Whether the handshake came to a line."""
        return self._opened

    # --- Within

    def _hear(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
            elif self._protocol.handshake_exc is None:
                if self._protocol.subprotocol is None:
                    self.reason = "no common version"
                    self.close(1002, "no common sub-protocol")
                else:
                    self._opened = True
                    self._ear.line_opened(self)
            else:
                self._refused(self._protocol.handshake_exc)

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._pinged = False
            return
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            if frame.fin and not self._fragments:
                self._ear.message_heard(self, bytes(frame.data))
                return
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                message, self._fragments = b"".join(self._fragments), []
                self._ear.message_heard(self, message)

    def _refused(self, error: Exception) -> None:
        if isinstance(error, InvalidStatus):
            self.reason = f"status {error.response.status_code}"
            after = error.response.headers.get("Retry-After", "")
            self._retry_after_s = float(after) if after.isascii() and after.isdigit() else None
        else:
            self.reason = "bad handshake"

    def _flush(self) -> None:
        transport = self._transport
        if transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
        if self._protocol.close_expected() and self._protocol.close_rcvd is not None:
            transport.close()  # both goodbyes are said; a charger does not wait for the server's FIN

    def _why(self, error: Exception | None) -> str:
        if self.reason:
            return self.reason
        code = self._protocol.close_code if self._protocol.close_rcvd is not None else None
        if code is not None:
            return f"close code {int(code)}"
        if self._protocol.handshake_exc is not None:
            return "bad handshake"
        return "connection reset" if error is not None else "connection closed"


async def open_line(line: Line, address: Address) -> None:
    """Open the TCP (and TLS) connection of a new line and send its handshake; the rest is told to the ear. Raises OSError."""
    uri = address.uri
    name = uri.host if address.tls is not None else None
    await asyncio.get_running_loop().create_connection(lambda: line, uri.host, uri.port, ssl=address.tls, server_hostname=name)

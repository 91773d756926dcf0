"""Listening for connections, and accepting all that wait in one turn of the loop.

uvloop's own servers accept one connection a turn (libuv since 1.45). When turns are long, because a thousand chargers are answered
in one, a storm of chargers then waits for minutes in the kernel's queue, which overflows.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Coroutine

import structlog

log = structlog.get_logger(__name__)

_AT_ONCE = 128
"""Accepted in one turn at most, so that those who are in get theirs."""
_PAUSE_S = 1.0
_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""The kernel gives up a connection whose bytes nobody acknowledges, where it has that option."""
_NOTHING_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """One listening socket. ``welcome`` gets every accepted socket, which is then its to close; it never raises."""

    def __init__(self, listening: socket.socket, welcome: Callable[[socket.socket], object]) -> None:
        self._socket = listening
        self._welcome = welcome
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self.address: tuple[str, int] = listening.getsockname()[:2]

    def start(self, backlog: int) -> None:
        self._socket.listen(backlog)
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Listen no more; nothing when that is so already."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NOTHING_LEFT:
                    raise
                # It would be ready again at once, and again: let the loop do something else for a while.
                log.critical("listener.nothing_left", reason=error.strerror)
                self._loop.remove_reader(self._socket)
                self._pause = self._loop.call_later(_PAUSE_S, self._go_on)
                return
            accepted.setblocking(False)
            self._welcome(accepted)

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._socket, self._accept)


async def bound(host: str, port: int, *, send_buffer: int, silence_s: float) -> list[socket.socket]:
    """Sockets bound to every address of ``host``, not listening yet. What is set on them is inherited by what they accept.

    Raises OSError when an address cannot be had.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listening = socket.socket(family, kind, protocol)
            stack.callback(listening.close)
            listening.setblocking(False)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if _USER_TIMEOUT is not None:
                listening.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(silence_s * 1000))
            try:
                listening.bind(address)
            except OSError as error:
                raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from None
            made.append(listening)
        stack.pop_all()
    return made


def connecting(
    make: Callable[[], asyncio.BaseProtocol], accepted: socket.socket, tls: ssl.SSLContext | None, patience_s: float
) -> Coroutine[None, None, object]:
    """Give an accepted socket its transport and protocol, after the TLS handshake where there is one."""
    return asyncio.get_running_loop().connect_accepted_socket(
        make, accepted, ssl=tls, ssl_handshake_timeout=None if tls is None else patience_s
    )

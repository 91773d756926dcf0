"""A TCP connection with back-pressure both ways: what comes in is handed up, who does not read is not read either."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from voltaro.addresses import written
from voltaro.ports import Clock

HOLD_EARLY, HOLD_WRITES, HOLD_CALLS, HOLD_LAST = 1, 2, 4, 8
"""Why a connection is not read: too much before the answer to its request, unsent bytes, too many waiting calls, its last call."""

_UNSENT_BYTES = 32 * 1024
"""A charger that leaves more than that unread is not read either. Not 0: uvloop then sends every answer by itself, at once,
where it otherwise sends all answers of a turn together, which spares the other side a wake-up each. asyncio's TLS counts its
own handshake's bytes too and does not send them while it may not read: it needs some room."""


class Connection(asyncio.BufferedProtocol):
    """asyncio's side of a wire. ``view`` is the one receive buffer of all: it is filled and emptied in one turn of the loop."""

    __slots__ = ("_clock", "_heard", "_holds", "_message_since", "_stalled_since", "_transport", "_view", "remote", "secure")

    def __init__(self, view: memoryview, clock: Clock, *, secure: bool) -> None:
        self._view = view
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._heard = clock.monotonic()
        self._message_since = 0.0
        self._stalled_since = 0.0
        self._holds = 0
        self.remote = ""
        self.secure = secure

    @property
    def host(self) -> str:
        """The address without the port."""
        if self.remote.startswith("["):
            return self.remote[1:].partition("]")[0]
        return self.remote.partition(":")[0]

    @property
    def heard(self) -> float:
        """Monotonic seconds when the last byte came in."""
        return self._heard

    def abort(self) -> None:
        """Cut the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def take(self, data: bytes) -> None:
        """Bytes came in."""
        raise NotImplementedError

    def gone(self) -> None:
        """The connection is lost; called once."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_UNSENT_BYTES)
        self.remote = address_of(transport.get_extra_info("peername"))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        self._heard = self._clock.monotonic()
        self.take(bytes(self._view[:nbytes]))

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._stalled_since = self._clock.monotonic()
        self._hold(HOLD_WRITES)

    def resume_writing(self) -> None:
        self._stalled_since = 0.0
        self._release(HOLD_WRITES)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._transport = None
            self.gone()

    def _hold(self, why: int) -> None:
        if not self._holds and self._transport is not None:
            self._transport.pause_reading()
        self._holds |= why

    def _release(self, why: int) -> None:
        if not self._holds & why:
            return
        self._holds &= ~why
        if not self._holds and self._transport is not None:
            # We were the ones who did not listen: silence and slowness count from now.
            self._heard = self._clock.monotonic()
            if self._message_since:
                self._message_since = self._heard
            self._transport.resume_reading()

    def _half_close(self) -> None:
        """Send what is written, then say that nothing follows, and go on reading.

        A full close while the charger is still sending would make the kernel reset what we have just written.
        """
        if self._transport is None:
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()


def address_of(peer: Any) -> str:
    """An address as it is shown."""
    if isinstance(peer, tuple) and len(peer) >= 2:
        return written(peer[0], peer[1])
    return str(peer or "")
